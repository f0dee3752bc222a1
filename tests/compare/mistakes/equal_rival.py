"""A mistake: the rival says what the claim says."""

import torch

from compare import Claim, Experiment, Value, formula

NOISE = 0.5
N = (16, 32, 64, 128)
D = (64, 64, 64, 64)
WORLD = {"n_features": N, "n_samples": D, "noise": NOISE}


def estimate_of_a_mean(stream, *, n_features, n_samples, noise):
    """Column "loss": squared error of the mean of D noisy vectors of N numbers, exactly noise² N/D on average."""
    errors = [noise**2 * stream.normal(N).square().sum(-1) / D for N, D in zip(n_features, n_samples, strict=True)]
    return {"loss": torch.stack(errors, dim=-1)}


claim = Claim(
    name="equal_rival",
    statement="The mean of D noisy vectors of N numbers has the squared error noise² N/D.",
    source="Made for a test 2026",
    experiment=Experiment(estimate_of_a_mean, WORLD),
    predict=formula("noise**2 * N / D", over=WORLD),
    quantity=Value("loss", n_features=N, n_samples=D),
    margin=0.1,
    because="made for a test",
    rivals={"the same in other words": formula("noise**2 / (D / N)", over=WORLD)},
    cap=256,
)
