"""The gap between the exponents in model size and in data: set by sparsity above 1, absent below."""

from fractions import Fraction

import mpmath

import theory.random_features as dense
import theory.sparse_features.unseen_mass_laws as symbolic
from compare import Asymptote, Claim, Difference, Experiment, Exponent, Level, Prediction
from sim.sparse_features.infinite_data import infinite_data as fit
from sim.sparse_features.infinite_features import infinite_features as learn
from theory.exponents import local_exponent
from theory.sparse_features import cavity, crowded, pairs
from theory.sparse_features.infinite_data import infinite_data
from theory.sparse_features.unseen_mass import unseen_mass, unseen_mass_sum

SOURCE = "Sous & Winer 2026; derived in docs/sparse_features/unseen_mass.md"
FAR = (10**6, 10**9, 10**12)
WIDE, NARROW = (8, 12, 16, 24, 32), (4, 5, 6, 8, 10)


def gap_claim(model, data, predicted, true, rivals, **fields):
    """Exponent in n_features (many rows) minus exponent in n_samples (infinitely many features).

    ``rivals`` are other gaps in place of the ``true`` one; they keep its corrections at finite size.
    """

    def predict():
        sides = {"model": infinite_data(**model), "data": predicted(**data)}
        columns = {
            kind: {f"{side}.loss": getattr(law, kind)["loss"] for side, law in sides.items()}
            for kind in ("values", "allowance")
        }
        return Prediction(**columns)

    def instead(gap):
        return lambda: {"difference": quantity.predicted(predict()) + float(gap) - float(true)}

    quantity = Difference(
        Exponent("model.loss", n_features=model["n_features"]), Exponent("data.loss", n_samples=data["n_samples"])
    )
    return Claim(
        source=SOURCE,
        formula_from="derived here",
        experiment={
            "model": Experiment(fit, model | {"n_replicates": 16}),
            "data": Experiment(learn, data),
        },
        predict=predict,
        quantity=quantity,
        rivals={name: instead(gap) for name, gap in rivals.items()},
        **fields,
    )


def finite_gap(decay, sparsity):
    """Local exponent of features at n minus that of the unseen mass at n, infinitely many modes."""

    def model(n, digits):
        return dense.unresolved_loss(n, decay=decay, n_modes=float("inf"), digits=digits)

    def value(n):
        with mpmath.workdps(40):
            one, two = (unseen_mass_sum(D, decay=decay, sparsity=sparsity, digits=25) for D in (n, 2 * n))
            return local_exponent(model, n) - mpmath.log(one / two) / mpmath.log(2)

    return value


ROWS = {(1, 2): (40_000, WIDE), (2, 2): (40_000, WIDE), (1, 3): (200_000, NARROW)}


def gap(decay, sparsity, margin, rivals):
    law = {symbolic.ALPHA: decay, symbolic.ETA: sparsity}
    n_samples, n_features = ROWS[decay, sparsity]
    model = {"n_modes": 500, "n_samples": n_samples, "n_features": n_features}
    data = {"n_modes": 100_000, "n_samples": (100, 300, 1000, 3000)}
    both = {"decay": decay, "sparsity": sparsity}
    return gap_claim(
        both | model,
        both | data,
        pairs.infinite_features,
        Fraction(decay) * (1 - Fraction(1, sparsity)),
        rivals,
        name=f"sparse_gap[decay={decay},sparsity={sparsity}]",
        statement="Features help more than data: the exponents in their numbers differ by decay·(1 − 1/sparsity).",
        margin=margin,
        because="twice the stated remainders at few features and ten standard errors, less than a third of the "
        "distance to the nearest other gap",
        asymptote=Asymptote(
            law=lambda: symbolic.gap().subs(law), finite=finite_gap(decay, sparsity), sizes=FAR, order=1, bound=1e-10
        ),
        cap=512,
    )


gaps = [
    gap(1, 3, 0.1, {"no gap": 0, "α − (η − 1)/η": Fraction(1, 3), "both in their own variable": 2}),
    gap(1, 2, 0.06, {"no gap": 0, "half of it": Fraction(1, 4), "α − α/(η + 1)": 2 / 3}),
    gap(2, 2, 0.1, {"no gap": 0, "α²/(1 + α), the spectrum's variable": Fraction(4, 3), "α − (η − 1)/η": 1.5}),
]


def no_gap(name, statement, model, data, rivals):
    return gap_claim(
        model,
        data,
        crowded.infinite_features,
        0,
        rivals,
        name=name,
        statement=statement,
        margin=0.1,
        because="twice the stated remainders and ten standard errors, less than a third of the distance to the nearest "
        "gap",
        asymptote=Asymptote(
            law=lambda: symbolic.gap_below_one(),
            finite=lambda n: crowded_gap(n, data),
            sizes=FAR,
            order=1 - data["sparsity"],
            bound=1e-5,
        ),
        cap=512,
    )


def crowded_gap(n, data):
    """Local exponent in features minus that in samples, at n: the dense law against the dense law times 1 + δ."""
    world = {name: data[name] for name in ("decay", "sparsity", "scale") if name in data}
    return local_exponent(lambda size, digits: 1 / (1 + crowded.crowding_limit(size, **world, digits=digits)), n)


crowd = {"decay": 1, "sparsity": 0.5}
uniform = {"decay": 1, "sparsity": 0, "scale": 0.3}
without = [
    no_gap(
        "sparse_no_gap[decay=1,sparsity=0.5]",
        "With sparsity below 1 data and features have the same exponent, decay.",
        crowd | {"n_modes": 500, "n_samples": 1000, "n_features": WIDE},
        crowd | {"n_modes": 2000, "n_samples": (50, 100, 200)},
        {
            "α(1 − 1/η), negative: rare coordinates help": -1,
            "α²/(1 + α), the spectrum's variable": 0.5,
            "αη/(1 + η), a gap that sets in at once": Fraction(1, 3),
        },
    ),
    no_gap(
        "sparse_no_gap_uniform[decay=1,scale=0.3]",
        "Coordinates that are equally often active open no gap, however sparse the rows are.",
        uniform | {"n_modes": 500, "n_samples": 1000, "n_features": WIDE},
        uniform | {"n_modes": 800, "n_samples": (50, 100, 200)},
        {
            "α²/(1 + α), the spectrum's variable": 0.5,
            "αp, a share p of the exponent is lost": 0.3,
            "α(1 − p)": 0.7,
        },
    ),
]

EDGE = {"decay": 1, "sparsity": 1, "scale": 0.3, "n_modes": 20_000, "n_samples": (200, 400)}


def edge_dense():
    law = dense.unresolved(decay=1, n_modes=EDGE["n_modes"], n_features=EDGE["n_samples"])
    return {"loss": law.values["unresolved"]}


def edge_unseen():
    return {"loss": unseen_mass(**EDGE).values["unseen"]}


edge = Claim(
    name="sparse_marginal_constant[decay=1,scale=0.3]",
    statement="At sparsity 1 the loss of infinitely many features follows the cavity equation, above both the dense "
    "loss and the unseen mass by constant factors.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(learn, EDGE),
    predict=lambda: cavity.infinite_features(**EDGE, size=5000),
    quantity=Level("loss", n_samples=EDGE["n_samples"]),
    margin=0.15,
    because="twice the allowance for the population and for a few hundred rows, and ten standard errors; half of the "
    "distance to the unseen mass",
    rivals={
        "the unseen mass is tight": edge_unseen,
        "the dense loss κD": edge_dense,
    },
    cap=2048,
)

LATE = {"decay": 0.7, "sparsity": 0.5, "n_modes": 8000, "n_samples": (400,)}


def crowding(share):
    """The dense loss times 1 + share · δ, taken at its word."""

    def column():
        law = dense.unresolved(decay=LATE["decay"], n_modes=LATE["n_modes"], n_features=LATE["n_samples"])
        return {"loss": law.values["unresolved"] * (1 + share * crowded.crowding(**LATE))}

    return column


crowding_claim = Claim(
    name="sparse_crowding[decay=0.7,sparsity=0.5]",
    statement="Below sparsity 1 the loss exceeds that of dense data by the share δ of the fourth moments, to 30 % of δ "
    "at 400 rows.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(learn, LATE),
    predict=crowding(1),
    quantity=Level("loss", n_samples=LATE["n_samples"]),
    margin=0.3 * 0.0065,
    because="30 % of δ = 0.0065; the next order is 12 % of it",
    rivals={
        "no excess: the dense loss": crowding(0),
        "δ of sign amplitudes": crowding(1 / 3),
        "twice δ": crowding(2),
    },
    tier="full",
    cap=8192,
)

claims = [*gaps, *without, edge, crowding_claim]
