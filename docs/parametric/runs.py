"""A table of 48 runs that published constants would give, with noise: python docs/parametric/runs.py rewrites runs.csv.

Sizes are those of 48 runs of 3·10¹⁸ to 6·10²¹ operations, at D/N between 20/e^3.5 and 20 e^3.5; the loss is that of
Besiroglu et al. 2024, times exp(0.005 z) with z normal. Nothing was trained.
"""

from pathlib import Path

import numpy as np

from theory.parametric import BESIROGLU_2024, FLOPS, loss

FILE = Path(__file__).with_name("runs.csv")
RUNS, SEED, NOISE = 48, 1, 0.005


def table() -> str:
    """The file: N and D with four digits, the loss with five, made from the N and D that are written."""
    rng = np.random.default_rng(SEED)
    compute = 10 ** rng.uniform(18.5, 21.8, RUNS)
    ratio = 20 * np.exp(rng.uniform(-3.5, 3.5, RUNS))
    noise = np.exp(NOISE * rng.standard_normal(RUNS))
    N = np.sqrt(compute / FLOPS / ratio)
    sizes = [(f"{n:.3e}", f"{d:.3e}") for n, d in zip(N, ratio * N, strict=True)]
    losses = loss(BESIROGLU_2024, [float(n) for n, _ in sizes], [float(d) for _, d in sizes]) * noise
    rows = [f"{n},{d},{value:.4f}" for (n, d), value in zip(sizes, losses, strict=True)]
    return "\n".join(["N,D,loss", *rows]) + "\n"


if __name__ == "__main__":
    FILE.write_text(table(), encoding="utf-8")
