"""How many features the data can determine: the rank of sparse data, its growth and its fluctuations."""

import math

import numpy as np

import theory.sparse_features.peak_laws as symbolic
import theory.sparse_features.rank as law
from compare import Asymptote, Claim, Experiment, Exponent, Prediction, Value
from sim.sparse_features import rank as lab
from theory.exponents import local_exponent

SOURCE = "Sous & Winer 2026; rank derived in docs/sparse_features/peak.md"
SAMPLES = (50, 200, 800)
WORLD = {"n_modes": 5000, "n_samples": SAMPLES}
D = np.array(SAMPLES, dtype=float)


def experiment(sparsity):
    return Experiment(lab.ranks, {"sparsity": sparsity, "n_replicates": 4, **WORLD})


def theory(sparsity):
    return law.ranks(sparsity=sparsity, **WORLD)


def column(name, values):
    """The prediction of one column; ``values`` may be a function that gives it."""
    return lambda: Prediction({name: values() if callable(values) else values})


def growth(sparsity):
    """Local exponent of the rank at infinitely many coordinates: of 1/r, which falls."""
    return lambda size: local_exponent(lambda n, digits: 1 / law.rank_at(n, sparsity=sparsity, digits=digits), size)


def exponent(sparsity, order, rivals):
    return Claim(
        name=f"sparse_rank_exponent[sparsity={sparsity}]",
        statement="The rank of the data, and with it the interpolation threshold, grows as the 1/η-th power of the "
        "number of samples for sparsity η > 1.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(sparsity),
        predict=lambda: theory(sparsity),
        quantity=Exponent("rank", n_samples=SAMPLES),
        margin=0.03,
        because="less than a third of the distance to the nearest rival",
        rivals={name: column("rank", D**power) for name, power in rivals.items()},
        asymptote=Asymptote(
            law=lambda: symbolic.rank_exponent().subs(symbolic.ETA, symbolic.sp.nsimplify(sparsity)),
            finite=growth(sparsity),
            sizes=(10**10, 10**20, 10**30),
            order=order,
            bound=1e-9,
        ),
        cap=512,
    )


def level(sparsity, margin):
    rivals = {
        "r = Γ(1 − 1/η) D^(1/η), the leading power": math.gamma(1 - 1 / sparsity) * D ** (1 / sparsity),
        "r = D^(1/η), a sharp cutoff at p = 1/D": D ** (1 / sparsity),
        "r = D": D,
    }
    if sparsity < 2:
        rivals["every seen coordinate is identified, r = S"] = lambda: theory(sparsity).values["seen"]
    return Claim(
        name=f"sparse_rank[sparsity={sparsity}]",
        statement="The mean rank of the data is that of the largest matching of rows with their active coordinates, "
        "as the cavity method counts it.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(sparsity),
        predict=lambda: theory(sparsity),
        quantity=Value("rank", n_samples=SAMPLES),
        margin=margin,
        because="less than half of what the nearest rival misses at D = 50",
        rivals={name: column("rank", values) for name, values in rivals.items()},
        cap=512 if sparsity < 2 else 2048,
        tier="standard" if sparsity < 2 else "full",
    )


def variance(sparsity):
    def mean():
        return theory(sparsity).values["seen"]

    def half():
        return theory(sparsity).values["seen_variance"] / 2

    return Claim(
        name=f"sparse_seen_variance[sparsity={sparsity}]",
        statement="The variance over datasets of the number of coordinates seen is the mean number at twice as many "
        "samples less the mean number.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(sparsity),
        predict=lambda: theory(sparsity),
        quantity=Value("seen_variance", n_samples=SAMPLES),
        margin=0.15,
        because="less than half of the distance to the nearest rival",
        rivals={
            "a Poisson number, Var S = E S": column("seen_variance", mean),
            "half of it": column("seen_variance", half),
            "Var S = (1 − 2^(−1/η)) E S": column("seen_variance", lambda: (1 - 2 ** (-1 / sparsity)) * mean()),
        },
        asymptote=Asymptote(
            law=lambda: symbolic.variance_ratio().subs(symbolic.ETA, symbolic.sp.nsimplify(sparsity)),
            finite=lambda size: law.seen_at(2 * size, sparsity=sparsity) / law.seen_at(size, sparsity=sparsity) - 1,
            sizes=(10**10, 10**20, 10**30),
            order=1 / sparsity,
            bound=1e-9,
        ),
        cap=4096,
        tier="full",
    )


def deficit(sparsity, margin):
    def leading():
        p = law.probabilities(sparsity=sparsity, n_modes=WORLD["n_modes"])
        return np.array([law.leading_deficit(p, n) for n in SAMPLES])

    def seen():
        return theory(sparsity).values["seen"]

    return Claim(
        name=f"sparse_rank_deficit[sparsity={sparsity}]",
        statement="Where rows show several rare coordinates at once, fewer are identified than seen, by the number "
        "that the cavity method counts.",
        source=SOURCE,
        formula_from="derived here",
        experiment=experiment(sparsity),
        predict=lambda: theory(sparsity),
        quantity=Value("deficit", n_samples=SAMPLES),
        margin=margin,
        because="a quarter of what the leading configuration alone misses",
        rivals={
            "several singletons in a row, the leading configuration": column("deficit", leading),
            "pairs of singletons only, S²/(2η²D)": column("deficit", lambda: (seen() / sparsity) ** 2 / (2 * D)),
            "r = D, and S − D is lost": column("deficit", lambda: np.maximum(seen() - D, 1)),
        },
        cap=256,
    )


claims = [
    exponent(1.5, 1 / 3, {"exponent 1, r = D": 1.0, "exponent 1/3": 1 / 3, "exponent 0.8": 0.8}),
    exponent(2, 1 / 2, {"exponent 1, r = D": 1.0, "exponent 0.4": 0.4, "exponent 0.63": 0.63}),
    exponent(3, 1 / 3, {"exponent 1, r = D": 1.0, "exponent 2/3": 2 / 3, "exponent 0.45": 0.45}),
    level(1.5, 0.045),
    level(2, 0.03),
    variance(2),
    deficit(1.2, 0.08),
]
