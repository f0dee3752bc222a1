"""Top-1 routed experts: the load decides the data exponent, unless it is balanced."""

import math
from fractions import Fraction

import mpmath
import numpy as np

import theory.sparsity_models.routing_laws as symbolic
from compare import Asymptote, Claim, Experiment, Exponent, Level, Together
from sim.sparsity_models.routing import routed as simulated
from theory import random_features as dense
from theory.random_features_laws import ALPHA
from theory.sparse_features.unseen_mass_laws import ETA
from theory.sparsity_models.routing import routed
from theory.sparsity_models.routing_limit import zipf_exponent

SOURCE = "Sous & Winer 2026; a neighbouring model, derived in docs/sparsity_models/one_pass_and_routing.md"


def power(exponent):
    return lambda: {"exponent": [float(exponent)]}


def zipf(decay, sparsity, samples, margin, far, order, bound, n_modes=1000, tier="standard"):
    world = {
        "decay": float(decay),
        "sparsity": float(sparsity),
        "n_experts": 4096,
        "n_modes": n_modes,
        "n_samples": samples,
        "n_loads": 32,
    }
    law = {name: value for name, value in world.items() if name != "n_loads"}
    loads, learning = 1 - 1 / float(sparsity), float(decay)
    wrong = {"1 − 1/η, the load": loads, "α, the experts": learning}
    truth = min(loads, learning)
    return Claim(
        name=f"sparse_routed_exponent[decay={float(decay):g},sparsity={sparsity}]",
        statement="Under a Zipf load routed experts learn with the smaller of their own exponent and that of the "
        "experts who get no rows, min(α, 1 − 1/η).",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(simulated, world),
        predict=lambda: routed(**law),
        quantity=Exponent("loss", n_samples=samples),
        margin=margin,
        because="a third of the distance to the nearest rival or less, and twice what the stated remainder can do",
        rivals={
            **{name: power(value) for name, value in wrong.items() if value != truth},
            "α/η, sparse activations": power(learning / float(sparsity)),
            "α/(1 + α), one pass over dense rows": power(learning / (1 + learning)),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.data_exponent().subs({ALPHA: Fraction(decay), ETA: Fraction(sparsity)}),
            finite=lambda D: zipf_exponent(D, decay=decay, sparsity=sparsity),
            sizes=far,
            order=order,
            bound=bound,
        ),
        cap=512,
        tier=tier,
    )


E, BALANCED = 64, (512, 1024, 2048, 4096)
EQUAL = {"decay": 1, "sparsity": 0, "n_experts": E, "n_modes": 1000, "n_samples": BALANCED}


def equal_shares():
    """One expert with exactly D/E rows."""
    rows = [D // E for D in BALANCED]
    return {"loss": dense.unresolved(decay=1, n_modes=EQUAL["n_modes"], n_features=rows).values["unresolved"]}


def changed(factor):
    """A rival: the true loss times a factor."""
    return lambda: {"loss": factor * routed(**EQUAL).values["loss"]}


def over_one(D):
    """Loss of E balanced experts over that of one expert with all rows, infinitely many modes."""
    with mpmath.workdps(60):
        many, one = (dense.unresolved_loss(n, decay=1, n_modes=math.inf) for n in (Fraction(D, E), D))
        return many / one


balanced = Claim(
    name="sparse_routed_balanced[decay=1]",
    statement="With balanced loads E experts learn with their own exponent and lose E^α times what one of them would "
    "lose with all rows.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(simulated, EQUAL | {"n_loads": 16}),
    predict=lambda: routed(**EQUAL),
    quantity=Together(loss=Level("loss", n_samples=BALANCED), rows=Exponent("loss", n_samples=BALANCED)),
    margin={"loss: level": 0.025, "rows: exponent": 0.05},
    because="exact up to a remainder of half a per cent; less than half of what the scatter of the loads does, and a "
    "tenth of the distance to the exponent of a Zipf load",
    rivals={
        "every expert gets D/E rows exactly": equal_shares,
        "a price of E^(1/2)": changed(E**-0.5),
        "no price for dividing the rows": changed(1 / E),
        "1 − 1/η of a Zipf load, η = 2": lambda: {
            "loss": routed(**EQUAL).values["loss"][0] * (np.array(BALANCED) / BALANCED[0]) ** -0.5
        },
    },
    asymptote=Asymptote(
        law=lambda: symbolic.balanced_cost().subs({ALPHA: 1, symbolic.N_EXPERTS: E}),
        finite=over_one,
        sizes=(10**10, 10**20, 10**30),
        order=1,
        bound=1e-26,
    ),
    cap=2048,
)

claims = [
    zipf(1, 1.5, (32, 64, 128, 256, 512), 0.05, (10**6, 10**10, 10**14), Fraction(2, 3), 1e-9),
    zipf(1, 3, (32, 64, 128, 256), 0.06, (10**10, 10**20, 10**30), Fraction(1, 3), 1e-9),
    zipf(Fraction(1, 2), 3, (32, 64, 128, 256), 0.05, (10**10, 10**20, 10**30), Fraction(1, 6), 1e-5, 2000),
    balanced,
]
