"""Minimum-norm least squares, exact at every size: isotropic data, a subset of coordinates, any covariance."""

from fractions import Fraction

import mpmath

import theory.least_squares as law
import theory.least_squares_laws as symbolic
from compare import Asymptote, Claim, Curve, Experiment, Level, Prediction, Together
from sim import least_squares as lab
from theory.random_features_laws import ALPHA

N_SAMPLES = 40
FITTED = (10, 20, 28, 32, 48, 52, 60, 80, 120)
UNDER = [p for p in FITTED if p < N_SAMPLES]
OVER = [p for p in FITTED if p > N_SAMPLES]
GAPS = [abs(p - N_SAMPLES) for p in FITTED]
n = N_SAMPLES


def variance(of):
    return lambda: {**law.isotropic(**ISOTROPIC).values, "variance": [of(p) for p in FITTED]}


def bias(of):
    return lambda: {**law.isotropic(**ISOTROPIC).values, "bias": [of(p) for p in FITTED]}


ISOTROPIC = {"n_samples": n, "n_fitted": FITTED}

isotropic = Claim(
    name="least_squares_isotropic_risk[n_samples=40]",
    statement="The risk of minimum-norm least squares on isotropic Gaussian data is exactly σ² p/(n − p − 1) "
    "below the peak and r² (1 − n/p) + σ² n/(p − n − 1) above it.",
    source="Hastie, Montanari, Rosset & Tibshirani 2019; exact form derived in docs/least_squares.md",
    formula_from="standard",
    experiment=Experiment(lab.isotropic, ISOTROPIC),
    predict=lambda: law.isotropic(**ISOTROPIC),
    quantity=Together(
        noise_below=Level("variance", points=range(len(UNDER)), n_fitted=UNDER),
        noise_above=Level("variance", points=range(len(UNDER), len(FITTED)), n_fitted=OVER),
        bias_above=Level("bias", points=range(len(UNDER), len(FITTED)), n_fitted=OVER),
    ),
    margin=0.02,
    because="less than a third of the error of the proportional limit",
    rivals={
        "proportional limit": lambda: law.proportional(**ISOTROPIC),
        "p and n swapped in the noise": variance(lambda p: n / (n - p - 1) if p < n else p / (p - n - 1)),
        "the norm of the teacher as bias": bias(lambda p: 1.0),
        "no peak: σ² min(p, n)/n": variance(lambda p: min(p, n) / n),
    },
    tier="smoke",
)


def subset(decay):
    world = {"decay": decay, "n_coordinates": 400, "n_samples": n, "n_fitted": FITTED}

    def without_tail():
        prediction = law.subset(**world)
        exact = [law.risk(p, n, decay=decay, n_coordinates=400) for p in FITTED]
        tail = [float(law.unfitted(p, decay=decay, n_coordinates=400)) for p in FITTED]
        spread = [min(p, n) / (abs(p - n) - 1) for p in FITTED]
        return Prediction(
            {
                **prediction.values,
                "bias": [float(e) - t * s for e, t, s in zip(exact, tail, spread, strict=True)],
            }
        )

    def with_factor(factor):
        tail = [float(law.unfitted(p, decay=decay, n_coordinates=400)) for p in FITTED]
        whole = float(law.unfitted(0, decay=decay, n_coordinates=400))
        fitted = [(whole - t) * max(0.0, 1 - n / p) for t, p in zip(tail, FITTED, strict=True)]
        return {"bias": [f + t * factor(p) for f, t, p in zip(fitted, tail, FITTED, strict=True)]}

    return Claim(
        name=f"least_squares_subset[decay={decay}]",
        statement="Fitting p of many coordinates of a power-law teacher gives a power law times an exact double "
        "descent: what is not fitted acts as noise.",
        source="Belkin, Hsu & Xu 2019; power-law teacher derived in docs/least_squares.md",
        formula_from="derived here",
        experiment=Experiment(lab.subset, world | {"n_replicates": 8}),
        predict=lambda: law.subset(**world),
        quantity=Curve("bias", slopes=("distance_to_peak",), distance_to_peak=GAPS, n_fitted=FITTED),
        margin={"level": 0.015, "slope in distance_to_peak": 0.03, "shape": 0.05},
        because="less than half of the 10 % that the proportional limit misses at p = 32",
        rivals={
            "proportional limit": lambda: with_factor(lambda p: 1 + (p / (n - p) if p < n else n / (p - n))),
            "the tail not counted as noise": without_tail,
            "decay 5 % larger": lambda: law.subset(**world | {"decay": 1.05 * decay}),
        },
        asymptote=Asymptote(
            law=lambda: (symbolic.noiseless_optimum().fitted / symbolic.SAMPLES).subs(ALPHA, Fraction(decay)),
            finite=lambda size: law.best_subset(size, decay=decay).n_fitted / size,
            sizes=(10**3, 10**6, 10**9),
            order=1,
            bound=1e-8,
        ),
    )


P_SIZES = (10, 20, 28, 32)
SPECTRA = {
    "isotropic": (1.0,) * max(P_SIZES),
    "power law": tuple(i**-2.0 for i in range(1, max(P_SIZES) + 1)),
    "spiked": (100.0, 100.0, 100.0) + (1.0,) * (max(P_SIZES) - 3),
}
SHAPES = {"spectra": tuple(SPECTRA.values()), "n_samples": n, "n_fitted": P_SIZES}


def dimension(count):
    """Noise of p/(n − p − 1) with p replaced by an effective number of dimensions."""
    effective = [count(spectrum[:p]) for spectrum in SPECTRA.values() for p in P_SIZES]
    return lambda: {"variance": [d / (n - d - 1) for d in effective]}


def participation(spectrum):
    return sum(spectrum) ** 2 / sum(v * v for v in spectrum)


def strong(spectrum):
    return sum(v >= 0.01 * max(spectrum) for v in spectrum)


covariance_free = Claim(
    name="least_squares_covariance_free[n_samples=40]",
    statement="What label noise adds to ordinary least squares, σ² p/(n − p − 1), is the same for every covariance "
    "of the data.",
    source="Hastie, Montanari, Rosset & Tibshirani 2019; exact, derived in docs/least_squares.md",
    formula_from="standard",
    experiment=Experiment(lab.covariance, SHAPES),
    predict=lambda: {"variance": [float(law.variance(p, n)) for _ in SPECTRA for p in P_SIZES]},
    quantity=Together(
        **{
            name.replace(" ", "_"): Level(
                "variance", points=range(4 * k, 4 * k + 4), n_fitted=P_SIZES, spectrum=[k] * 4
            )
            for k, name in enumerate(SPECTRA)
        }
    ),
    margin=0.02,
    because="less than a third of the error of the proportional limit, far below any effective dimension",
    rivals={
        "participation ratio in place of p": dimension(participation),
        "only variances above 1 % of the largest count": dimension(strong),
        "proportional limit p/(n − p)": lambda: {"variance": [p / (n - p) for _ in SPECTRA for p in P_SIZES]},
    },
)


def best_subset(decay):
    """Theory against theory: where label noise rules, the best number of coordinates and the risk there."""

    def derived():
        law_ = symbolic.noisy_optimum()
        return tuple(value.subs(ALPHA, Fraction(decay)) for value in (law_.growth, law_.exponent))

    def finite(size):
        near, far = (law.best_subset(n, decay=decay, noise_variance=1) for n in (size, 2 * size))
        return mpmath.log(far.n_fitted / near.n_fitted, 2), mpmath.log(near.risk / far.risk, 2)

    alpha = Fraction(decay)
    return Claim(
        name=f"least_squares_best_subset[decay={decay}]",
        statement="With label noise the best number of fitted coordinates grows as n^(1/(1 + decay)) and the risk "
        "there falls as n^−(decay/(1 + decay)).",
        source="Belkin, Hsu & Xu 2019; optimum derived in docs/least_squares.md",
        formula_from="derived here",
        rivals={
            "a fixed share of n, as without noise": lambda: (Fraction(1), alpha),
            "size exponent 5 % larger": lambda: (Fraction(21, 20) / (1 + alpha), alpha / (1 + alpha)),
            "risk falls as 1/n, the parametric rate": lambda: (1 / (1 + alpha), Fraction(1)),
        },
        asymptote=Asymptote(
            law=derived,
            finite=finite,
            sizes=(10**8, 10**14, 10**20),
            order=0.5,
            bound=1e-5,
        ),
    )


claims = [isotropic, *(subset(decay) for decay in (0.5, 1, 2)), best_subset(1), covariance_free]
