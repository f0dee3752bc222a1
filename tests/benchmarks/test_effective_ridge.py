"""The effective ridge at 50 certified digits beside direct sums over 10⁵ modes, powers of the modes computed once."""

import functools
import math

import flint
import mpmath
import pytest
from flint import arb

from tests.benchmarks.conftest import TIER
from theory.effective_ridge import effective_ridge

DECAY, N_MODES, SIZE, DIGITS = "0.5", 10**5, 100, 50
WORK = DIGITS + 10


def enclosed():
    return effective_ridge(SIZE, decay=DECAY, n_modes=N_MODES, digits=DIGITS)


def enclosed_infinite():
    return effective_ridge(SIZE, decay=DECAY, n_modes=math.inf, digits=DIGITS)


@functools.cache
def mpmath_powers():
    with mpmath.workdps(WORK):
        return [mpmath.mpf(i) ** mpmath.mpf("1.5") for i in range(1, N_MODES + 1)]


@functools.cache
def arb_powers():
    with flint.ctx.workprec(int(3.33 * WORK)):
        return [arb(i) ** (arb(3) / 2) for i in range(1, N_MODES + 1)]


def start():
    """The law of infinitely many modes, from which Newton sets out."""
    with mpmath.workdps(WORK):
        angle = mpmath.pi / mpmath.mpf("1.5")
        return (angle / (SIZE * mpmath.sin(angle))) ** mpmath.mpf("1.5")


def by_mpmath():
    """Newton in log κ, every sum in full."""
    with mpmath.workdps(WORK):
        kappa, powers = start(), mpmath_powers()
        for _ in range(12):
            shares = [1 / (1 + kappa * v) for v in powers]
            df1, df2 = mpmath.fsum(shares), mpmath.fsum(share * share for share in shares)
            step = (df1 - SIZE) / (df1 - df2)
            kappa *= mpmath.exp(step)
            if abs(step) < mpmath.mpf(10) ** (-DIGITS // 2 - 3):  # the next step is below the digits wanted
                return kappa
        raise AssertionError(step)


def by_arb():
    """The same in ball arithmetic."""
    with mpmath.workdps(WORK), flint.ctx.workprec(int(3.33 * WORK)):
        kappa, powers = arb(mpmath.nstr(start(), WORK)).mid(), arb_powers()
        for _ in range(12):
            df1 = df2 = arb(0)
            for v in powers:
                share = 1 / (1 + kappa * v)
                df1, df2 = df1 + share, df2 + share * share
            step = ((df1 - SIZE) / (df1 - df2)).mid()
            kappa = (kappa * step.exp()).mid()
            if abs(step) < arb(10) ** (-DIGITS // 2 - 3):
                return mpmath.mpf(kappa.str(WORK, radius=False))
        raise AssertionError(step)


ROUTES = [(by_mpmath, "baseline", 500), (by_arb, "baseline", 75), (enclosed, "candidate", None)]


@pytest.mark.benchmark(group="effective-ridge")
@pytest.mark.parametrize(("route", "role", "wanted"), ROUTES, ids=[route.__name__ for route, *_ in ROUTES])
def test_effective_ridge(route, role, wanted, measure, benchmark):
    mpmath_powers(), arb_powers()  # counted in neither
    found = measure(role, route, rounds=15 if role == "candidate" else 1 + 2 * (TIER == "full"), goal=wanted)
    with mpmath.workdps(WORK):
        gap = abs(found / effective_ridge(SIZE, decay=DECAY, n_modes=N_MODES, digits=DIGITS + 8) - 1)
        assert gap < mpmath.mpf(10) ** (1 - DIGITS)
    benchmark.extra_info["equality"] = f"{float(gap):.0e}"


@pytest.mark.benchmark(group="effective-ridge of infinitely many modes")
@pytest.mark.parametrize("route", [enclosed, enclosed_infinite], ids=lambda route: route.__name__)
def test_infinitely_many_modes_are_no_dearer(route, measure):
    measure("baseline" if route is enclosed else "candidate", route, rounds=15, goal=1)
