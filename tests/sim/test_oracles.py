"""Fast routes against brute force, cell by cell, on the same random arrays."""

import pytest

from sim import least_squares, random_features, streamed_features
from sim.streams import Stream

CELLS = (*((N, D) for N in (1, 2, 12, 23, 24, 40) for D in (1, 3, 12, 24, 25, 48)), (48, 48), (48, 12))
RIDGES = tuple((N, D, g) for N, D in ((1, 1), (7, 7), (5, 12), (12, 5), (16, 16)) for g in (1e-7, 1e-2, 3.0))

CASES = {
    **{
        f"unresolved-{decay}": (
            random_features.unresolved,
            {"decay": decay, "n_modes": 300, "n_features": (64, 1, 2, 17, 48)},
        )
        for decay in (0.5, 1, 2)
    },
    **{
        f"ridgeless-{decay}": (random_features.ridgeless, {"decay": decay, "n_modes": 200, "cells": CELLS})
        for decay in (0.5, 1, 2)
    },
    "ridgeless-nearly-all-modes": (
        random_features.ridgeless,
        {"decay": 1, "n_modes": 20, "cells": ((19, 19), (19, 5), (5, 19), (18, 19), (19, 18))},
    ),
    **{
        f"ridge-{decay}": (
            random_features.ridge,
            {"decay": decay, "n_modes": 120, "points": RIDGES, "n_replicates": 3},
        )
        for decay in (0.5, 1, 2)
    },
    **{
        f"streamed-{route.__name__}-{decay}": (
            route,
            {"decay": decay, "n_modes": 200, "cells": tuple((N, D) for N, D in CELLS if D > 1.3 * N or N > 1.3 * D)},
        )
        for route in (streamed_features.ridgeless, streamed_features.sampled)
        for decay in (0.5, 1)
    },
    "streamed-noisy": (
        streamed_features.sampled,
        {"decay": 1, "n_modes": 120, "cells": ((3, 9), (9, 3)), "label_noise": 0.5},
    ),
    "isotropic": (
        least_squares.isotropic,
        {"n_samples": 20, "n_fitted": (60, 1, 7, 18, 19, 20, 21, 22, 41), "n_replicates": 3},
    ),
    "isotropic-over-only": (least_squares.isotropic, {"n_samples": 1, "n_fitted": (2, 5)}),
    **{
        f"subset-{decay}": (
            least_squares.subset,
            {
                "decay": decay,
                "n_coordinates": 90,
                "n_samples": 30,
                "n_fitted": (1, 29, 30, 31, 50, 90, 10),
                "n_replicates": 2,
            },
        )
        for decay in (0.5, 1, 2)
    },
    "covariance": (
        least_squares.covariance,
        {
            "spectra": ("isotropic", "power:1.5", "spike:100", tuple(0.1 * i for i in range(1, 19))),
            "n_samples": 20,
            "n_fitted": (18, 1, 10),
            "n_replicates": 3,
        },
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_fast_route_is_the_definition(case):
    simulate, parameters = CASES[case]
    for chunk in range(3):
        fast = simulate(Stream(11, case, chunk), **parameters)
        brute = simulate.oracle(Stream(11, case, chunk), **parameters)
        assert fast.keys() == brute.keys()
        for column, values in fast.items():
            gap = (values - brute[column]).abs() / brute[column].abs().clamp_min(1e-300)
            bad = [(i, float(gap[:, i].max())) for i in range(gap.shape[1]) if not gap[:, i].max() < 1e-8]
            assert not bad, f"{column}, chunk {chunk}: relative gaps at points {bad}"


def test_replicates_come_in_slabs_of_bounded_memory(monkeypatch):
    monkeypatch.setattr("sim.replicates.SLAB", 25 * 40 * 2)
    parameters = {"decay": 1, "n_modes": 40, "points": ((10, 15, 0.1),), "n_replicates": 5}
    fast = random_features.ridge(Stream(1, "slabs", 0), **parameters)
    brute = random_features.ridge.oracle(Stream(1, "slabs", 0), **parameters)
    whole = [
        random_features.ridge(stream, **(parameters | {"n_replicates": n}))["bias"]
        for stream in [Stream(1, "slabs", 0)]
        for n in (2, 2, 1)
    ]
    assert (fast["bias"] / brute["bias"] - 1).abs().max() < 1e-10
    assert ((2 * whole[0] + 2 * whole[1] + whole[2]) / 5 / fast["bias"] - 1).abs().max() < 1e-12
