"""Frozen random features trained by gradient flow: without bias in the limit, the loss of N features is v/N."""

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


claim = Claim(
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
