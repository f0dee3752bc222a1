"""A recipe: everything that decides how a network is trained, written out in full."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from sim import parameters

ACTIVATIONS = ("silu", "tanh", "relu")
STARTS = ("standard", "ntk", "mean_field")
OPTIMISERS = ("adam", "gradient_descent")
SCHEDULES = ("cosine", "constant")
PRECISIONS = ("single", "double")
GRIDS = ("gauss", "midpoints")


class Recipe(NamedTuple):
    """Networks f(x) = s Σ a_i σ(w_i x + b_i) + c of one input, trained on y = x² over [−R, R], all parameters.

    start      "standard": w, b uniform on [−1, 1], a and c on [−1, 1]/√N, s = 1; "ntk": w, b, a on [−1, 1], c = 0,
               s = N^(−1/2); "mean_field": w, b on [−1, 1], a on [−√3, √3], c = 0, s = 1/N
    optimiser  "adam" (0.9, 0.999, 1e-8, bias-corrected), or "gradient_descent", whose rate is multiplied by N for
               w, b, a in the mean-field start, not for c
    schedule   "cosine": rate (1 + cos πt/T)/2 down to 0; or "constant"
    grid       data: Gauss-Legendre nodes with their weights, or the midpoints of equal cells
    batch      0: all data in every step; else so many points drawn afresh, uniform on [−R, R], in every step
    """

    rate: float
    n_steps: int
    activation: str = "silu"
    start: str = "standard"
    optimiser: str = "adam"
    schedule: str = "cosine"
    grid: str = "gauss"
    n_nodes: int = 24
    half_width: float = 2.0
    precision: str = "single"
    batch: int = 0

    def output_scale(self, n_neurons: int) -> float:
        """s, the factor before the sum over N neurons."""
        return float({"standard": 1.0, "ntk": n_neurons**-0.5, "mean_field": 1.0 / n_neurons}[self.start])

    def rate_at(self, step: int) -> float:
        """Rate of step 1..n_steps."""
        return self.rate * (0.5 + 0.5 * math.cos(math.pi * step / self.n_steps) if self.schedule == "cosine" else 1.0)


def followed(**fields: Any) -> Recipe:
    """The recipe with these fields. Raises ValueError as `checked` does, and for a field that there is not."""
    try:
        return checked(Recipe(**fields))
    except TypeError as error:
        raise ValueError(f"the recipe {fields!r} cannot be followed: {error}; see Recipe") from error


def checked(recipe: Recipe) -> Recipe:
    """The recipe. Raises ValueError, with the value and what is possible, if it cannot be followed."""
    parameters.positive("rate", recipe.rate, "it multiplies every step")
    parameters.positive("half_width", recipe.half_width, "data lie on [-R, R]")
    parameters.count("n_steps", recipe.n_steps)
    parameters.count("n_nodes", recipe.n_nodes)
    choices = {
        "activation": ACTIVATIONS,
        "start": STARTS,
        "optimiser": OPTIMISERS,
        "schedule": SCHEDULES,
        "grid": GRIDS,
        "precision": PRECISIONS,
    }
    for name, allowed in choices.items():
        if (value := getattr(recipe, name)) not in allowed:
            raise ValueError(f"{name} must be one of {', '.join(allowed)}, got {value!r}; name one of these")
    if recipe.batch and parameters.count("batch", recipe.batch) and recipe.grid != "gauss":
        raise ValueError(
            f"fresh batches take no grid, got batch={recipe.batch} and grid={recipe.grid!r}; leave one out"
        )
    return recipe
