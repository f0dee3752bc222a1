"""A mistake: an asymptotic law is used at small sizes."""

import torch

from compare import Claim, Experiment, Value, formula

NOISE = 0.5
N = (8, 16, 32, 64)
D = (8, 16, 32, 64)
WORLD = {"n_features": N, "n_samples": D, "noise": NOISE}


def estimate_of_a_mean(stream, *, n_features, n_samples, noise):
    """Column "loss": noise²/(D − 4) on average, noise²/D at large D."""
    errors = [
        noise**2 * stream.normal(N).square().sum(-1) / N / (D - 4) for N, D in zip(n_features, n_samples, strict=True)
    ]
    return {"loss": torch.stack(errors, dim=-1)}


claim = Claim(
    name="asymptotic_law",
    statement="The mean of D noisy vectors of N numbers has the squared error noise² N/D.",
    source="Made for a test 2026",
    experiment=Experiment(estimate_of_a_mean, WORLD),
    predict=formula("noise**2 / D", over=WORLD),
    quantity=Value("loss", n_features=N, n_samples=D),
    margin=0.1,
    because="made for a test",
    rivals={"twice as much": formula("2 * noise**2 / (D - 4)", over=WORLD)},
    cap=256,
)
