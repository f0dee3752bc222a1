"""Sparse data and nonlinear students: arc-cosine kernel, random ReLU features, trained networks."""

import numpy as np

from compare import Asymptote, Claim, Experiment, Exponent, Level, Peak, Prediction, Together
from compare.claims.sparse_lower_bound import NETWORK_SIZES, SOURCE, TRAINED, unseen
from sim.sparse_features.kernel import ridgeless_kernel
from sim.sparse_features.network import network
from sim.sparse_features.relu import peak, rank
from sim.sparse_features.relu_losses import relu_losses
from theory.sparse_features import rays_laws
from theory.sparse_features.rays import activity, expected_rays, relu_rank

FAR = (10**10, 10**20, 10**30)


def falling(sizes, power):
    return lambda given: {"loss": np.array(sizes) ** -float(power)}


# The arc-cosine kernel, and finitely many random ReLU features.

SAMPLES = (50, 100, 200, 400)
KERNELS = {
    (decay, sparsity): {"decay": decay, "sparsity": sparsity, "n_modes": 2000, "n_samples": SAMPLES}
    for decay, sparsity in ((1, 2), (1, 3))
}
LARGE = (200, 400, 800, 1600)
LARGE_KERNELS = {
    point: world | {"n_modes": 8000, "n_samples": LARGE, "n_test": 2000} for point, world in KERNELS.items()
}
FEATURES = {point: world | {"features_per_sample": 8, "n_test": 500} for point, world in KERNELS.items()}


def exponent(student, statement, function, world, margin, **judged):
    """The loss against the unseen mass of the same data, in their fall with D."""
    decay, sparsity, sizes = world["decay"], world["sparsity"], world["n_samples"]
    others = {
        "dense exponent α": decay,
        "α/(1 + α), from the spectrum": decay / (1 + decay),
        "α/(η + 1)": decay / (1 + sparsity),
        "flat": 0,
    }

    def times(factor):
        return lambda given: {"loss": given["unseen"] * factor}

    return Claim(
        name=f"sparse_{student}_exponent[decay={decay},sparsity={sparsity}]",
        statement=statement,
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(function, world),
        given=("unseen",),
        predict=unseen(1.0),
        quantity=Exponent("loss", n_samples=sizes),
        margin=margin,
        rivals={
            name: times(np.array(sizes) ** (decay / sparsity - power))
            for name, power in others.items()
            if abs(power - decay / sparsity) > 2 * margin
        }
        | {"a factor log D": times(np.log(sizes))},
        cap=256,
        **judged,
    )


def kernel_exponent(point):
    return exponent(
        "kernel",
        "The loss of ridgeless arc-cosine kernel regression falls with the number of samples as the unseen mass does, "
        "with exponent decay/sparsity.",
        ridgeless_kernel,
        KERNELS[point],
        margin=0.055,
        because="no finite-size theory of the kernel's own share: over these sizes that of linear students changes the "
        "exponent by 0.013; less than a third of the distance to the other exponents made of the two",
    )


def large_kernel_exponent(point):
    return exponent(
        "large_kernel",
        "Between 200 and 1600 samples the exponent of ridgeless arc-cosine kernel regression is that of the unseen "
        "mass, decay/sparsity, within 0.04.",
        ridgeless_kernel,
        LARGE_KERNELS[point],
        margin=0.04,
        because="twice what the ratio to the unseen mass may still put on the exponent, 0.02 and falling with D; half "
        "of the distance between 1/η and 1/(1 + η) at sparsity 3",
        tier="full",
    )


def relu_exponent(point):
    return exponent(
        "relu",
        "With eight random ReLU features without bias for every sample, fitted without ridge, the loss falls with the "
        "number of samples as the unseen mass does, with exponent decay/sparsity.",
        relu_losses,
        FEATURES[point],
        margin=0.08,
        because="half of the distance to the nearest other exponent; the features add a share of about twice the "
        "coordinates seen over N, which falls with D and puts 0.02 on the exponent at sparsity 2; the kernel's own "
        "share puts 0.02 to 0.03",
    )


not_tight = Claim(
    name="sparse_kernel_level[decay=1,sparsity=2]",
    statement="The unseen mass is all that ridgeless arc-cosine kernel regression loses.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(ridgeless_kernel, KERNELS[1, 2]),
    given=("unseen",),
    predict=unseen(1.0),
    quantity=Level("loss", n_samples=SAMPLES),
    margin=0.11,
    because="four times what linear students lose beyond the unseen mass at these sizes",
    rivals={
        "one and a half times the unseen mass": unseen(1.5),
        "half the unseen mass": unseen(0.5),
        "twice the unseen mass": unseen(2.0),
    },
    cap=256,
    expect="disagrees",
    evidence="About 1.2 times the unseen mass: a ReLU kernel learns a coordinate separately for its two signs, so one "
    "seen with one sign only is half known. The exponent is kept, see sparse_kernel_exponent.",
)

# Random ReLU features without bias: distinct rays.

RANKS = {
    (1, 2, 1): {"decay": 1, "sparsity": 2, "n_modes": 500, "n_samples": (8, 16, 32), "features_per_sample": 8},
    (1, 3, 0.5): {
        "decay": 1,
        "sparsity": 3,
        "n_modes": 500,
        "n_samples": (32, 64, 128),
        "features_per_sample": 8,
        "scale": 0.5,
    },
}


def counted(change):
    """Rivals of the number of rays: a function of the sizes D and of the law of the rows."""

    def other(world):
        law = {name: world[name] for name in ("decay", "sparsity", "n_modes")} | {"scale": world.get("scale", 1)}
        return lambda: {"rank": change(np.array(world["n_samples"]), law)}

    return other


def lines(sizes, law):
    """Opposite rays counted once: coordinate i alone has one line, shown with probability 1 − (1 − q_i)^D."""
    none, alone = activity(**law)
    return np.array([D * (1 - none - alone.sum()) - np.expm1(D * np.log1p(-alone)).sum() for D in sizes])


def as_power(sizes, law):
    """Growing as D^(1/η), like the rank of the rows, from the rays of the smallest size."""
    return expected_rays(sizes[:1], **law) * (sizes / sizes[0]) ** (1 / law["sparsity"])


def relu_ranks(decay, sparsity, scale):
    world = RANKS[decay, sparsity, scale]
    sizes = world["n_samples"]
    others = {
        "opposite rays counted once": counted(lines),
        "every row a ray, N = D": counted(lambda sizes, law: sizes),
        "as D^(1/η), like the rank of the rows": counted(as_power),
    }
    return Claim(
        name=f"sparse_relu_rank[decay={decay},sparsity={sparsity},scale={scale:g}]",
        statement="Random ReLU features without bias have the rank of the distinct rays among the rows, which grows "
        "linearly with their number.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(rank, world),
        predict=lambda: relu_rank(**world),
        quantity=Together(level=Level("rank", n_samples=sizes), exponent=Exponent("rank", n_samples=sizes)),
        margin={"level: level": 0.04 if scale == 1 else 0.06, "exponent: exponent": 0.1},
        because="less than half of what opposite rays counted once would change; a quarter of the distance to exponent "
        "1/η or less",
        rivals={name: other(world) for name, other in others.items()},
        asymptote=Asymptote(
            law=rays_laws.own_ray_share,
            finite=rays_laws.rays_per_sample,
            sizes=FAR,
            order=1,
            bound=1e-29,
        )
        if (sparsity, scale) == (2, 1)
        else None,
        cap=1024,
    )


STEPS = (-8, -4, -2, -1, 0, 1, 2, 4, 8)
PLACES = (*(("rays", step) for step in STEPS), ("rank", 0), ("samples", 0))
PEAKS = {"decay": 1, "sparsity": 2, "n_modes": 300, "n_samples": (16, 32), "places": PLACES}
AWAY = {16: (-3.7, 6.2), 32: (-9, 14)}  # mean distances of the linear rank and of D from the rays, rounded


def peaks(*places):
    return lambda: Prediction({"peak": list(places)})


relu_peak = Claim(
    name="sparse_relu_peak[decay=1,sparsity=2]",
    statement="The loss of random ReLU features without bias peaks where their number is that of the distinct rays.",
    source=SOURCE,
    formula_from="derived here",
    experiment=Experiment(peak, PEAKS),
    predict=peaks(0, 0),
    quantity=Peak(
        "log_loss",
        group="n_samples",
        n_features_minus_rays=[place for D in AWAY for place in (*STEPS, *AWAY[D])],
        n_samples=[D for D in AWAY for _ in PLACES],
    ),
    margin=1.5,
    because="one feature either way: rays that few features tell apart smear the peak to the left",
    rivals={
        "N = rays − 2, rows with one active coordinate not counted": peaks(-2, -2),
        "N = rays + 2": peaks(2, 2),
        "N = rank of the rows, as for linear features": peaks(*(AWAY[D][0] for D in AWAY)),
        "N = D": peaks(*(AWAY[D][1] for D in AWAY)),
    },
    cap=512,
)


def network_exponent(decay, sparsity):
    others = {
        "dense exponent α": decay,
        "flat": 0,
        "(η − 1)/η": (sparsity - 1) / sparsity,
    }
    return Claim(
        name=f"sparse_network_exponent[decay={decay},sparsity={sparsity}]",
        statement="Between 50 and 200 samples the loss of a trained ReLU network falls as the unseen mass of its data "
        "does, with exponent decay/sparsity.",
        source=SOURCE,
        formula_from="derived here",
        experiment=Experiment(network, TRAINED[sparsity]),
        given=("unseen",),
        predict=unseen(1.0),
        quantity=Exponent("loss", n_samples=NETWORK_SIZES),
        margin=0.15,
        because="no finite-size theory of a trained network; half of the distance to a flat loss or less, and ten "
        "standard errors at the cap",
        rivals={
            name: falling(NETWORK_SIZES, power) for name, power in others.items() if abs(power - decay / sparsity) > 0.2
        },
        cap=128,
    )


claims = [
    *(kernel_exponent(point) for point in KERNELS),
    *(large_kernel_exponent(point) for point in LARGE_KERNELS),
    *(relu_exponent(point) for point in FEATURES),
    not_tight,
    *(relu_ranks(*point) for point in RANKS),
    relu_peak,
    *(network_exponent(1, sparsity) for sparsity in TRAINED),
]
