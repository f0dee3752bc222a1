"""Frozen random features trained by gradient flow: without bias in the limit, the loss of N features falls as 1/N."""

from compare import Claim, Experiment, Level, Prediction
from sim.lottery_tickets import kernel_flow as lab
from theory.lottery_tickets import kernel_flow as law

WORLD = {"time": 2000, "radius": 2, "n_target": 3}
SIZES = (512, 2048)


def variance(of):
    """A rival: N and the variance v it should have."""
    return lambda: Prediction({"mse": [of() / n for n in SIZES]})


def at(**change):
    return lambda: law.loss(**WORLD | change).variance


learnt = Claim(
    name="ticket_kernel_flow[time=2000]",
    statement="Gradient flow on the readout of N random SiLU features leaves the loss v/N once the kernel of "
    "infinitely many features has learnt the target, v from the fourth moments of the features.",
    source="Liu & Tegmark 2023; derived in docs/lottery_tickets/exact.md",
    formula_from="derived here",
    experiment=Experiment(lab.kernel_flow, WORLD | {"n_features": SIZES, "n_replicates": 16}),
    predict=lambda: law.losses(**WORLD, n_features=SIZES),
    quantity=Level("mse", n_features=SIZES),
    margin=0.11,
    because="seven times the declared remainder 12/N of the second order; half of what a forgotten square would do",
    rivals={
        "the error decays as its square does, τ = t": variance(at(time=1000)),
        "twice the time, τ = 4t": variance(at(time=4000)),
        "Gaussian features": variance(at(gaussian=True)),
        "variance 1/N²": lambda: Prediction({"mse": [law.loss(**WORLD).variance * 512 / n**2 for n in SIZES]}),
    },
    cap=1024,
)

NOISE = 32
LATE = {"time": 4000, "radius": 2, "n_target": 3}
FEW = (512, 1024)


def left(noise):
    """A rival: N and what the first readouts and the features should leave."""
    return lambda: Prediction({"mse": [(noise() + law.loss(**LATE).variance) / n for n in FEW]})


noisy = Claim(
    name="ticket_kernel_flow_noise[time=4000]",
    statement="Random readouts of variance s² add s² Σ λ e^(−2λt)/N to the loss of gradient flow at time t, λ the "
    "eigenvalues of the kernel of infinitely many features.",
    source="Liu & Tegmark 2023; derived in docs/lottery_tickets/ensembles.md",
    formula_from="derived here",
    experiment=Experiment(lab.kernel_flow, LATE | {"n_features": FEW, "n_replicates": 24, "readout_noise": NOISE}),
    predict=lambda: law.losses(**LATE, n_features=FEW, readout_noise=NOISE),
    quantity=Level("mse", n_features=FEW),
    margin=0.15,
    because="nine times the declared remainder; less than half of what the noise or the features would do if forgotten",
    rivals={
        "the noise decays as the error, e^(−λt), not as its square": left(
            lambda: NOISE**2 * law.noise_left(time=4000, radius=2, decays=1)
        ),
        "the noise is forgotten": left(lambda: 0.0),
        "the noise does not decay": left(lambda: NOISE**2 * law.noise_left(time=4000, radius=2, decays=0)),
        "noise alone, as if the features did not vary": lambda: Prediction(
            {"mse": [NOISE**2 * law.noise_left(time=4000, radius=2) / n for n in FEW]}
        ),
    },
    cap=256,
)

claims = [learnt, noisy]
