"""A mistake: the simulation draws its numbers from a generator of its own with a fixed seed."""

import torch

from compare import Claim, Experiment, Value, formula

NOISE = 0.5
N = (16, 32, 64, 128)
D = (64, 64, 64, 64)
WORLD = {"n_features": N, "n_samples": D, "noise": NOISE}


def estimate_of_a_mean(stream, *, n_features, n_samples, noise):
    """Column "loss": squared error of the mean of D noisy vectors of N numbers, exactly noise² N/D on average."""
    own = torch.Generator().manual_seed(1)
    normal = [torch.randn(stream.n_draws, N, generator=own, dtype=torch.float64) for N in n_features]
    errors = [noise**2 * z.square().sum(-1) / D for z, D in zip(normal, n_samples, strict=True)]
    return {"loss": torch.stack(errors, dim=-1)}


claim = Claim(
    name="ignores_its_stream",
    statement="The mean of D noisy vectors of N numbers has the squared error noise² N/D.",
    source="Made for a test 2026",
    experiment=Experiment(estimate_of_a_mean, WORLD),
    predict=formula("noise**2 * N / D", over=WORLD),
    quantity=Value("loss", n_features=N, n_samples=D),
    margin=0.1,
    because="made for a test",
    rivals={"three times as much": lambda: {"loss": [3 * NOISE**2 * n / d for n, d in zip(N, D, strict=True)]}},
    cap=256,
)
