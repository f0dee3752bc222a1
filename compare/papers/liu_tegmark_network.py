"""One trained network, kept so that its picture takes no training and is the same everywhere."""

from __future__ import annotations

from sim.lottery_tickets.recipe import Recipe

N_NEURONS = 16
RECIPE = Recipe(rate=0.03, n_steps=6000, start="mean_field")
STREAM = "liu_tegmark_2023.tickets"
"""The first network of the first chunk of this name on the pinned root seed."""
NETWORK = (
    -3.76528, 1.95672, 0.23660, 0.09124, 3.23673, -0.42527, -3.47055, 0.18812,
    -2.04045, -0.89546, 2.30620, 0.39525, 1.69566, 3.11906, 1.84226, -0.00444,
    -4.90886, -0.96392, 0.21538, -0.52614, -4.81112, -2.56880, -1.49159, -0.24605,
    0.46729, -3.68219, -1.35736, 0.69345, -0.42350, -1.86689, -0.50680, -1.30039,
    7.04210, 4.77339, -1.19458, -0.28202, 6.71976, -0.62422, 6.17938, -1.13812,
    1.37801, -0.68174, 2.82659, -1.34978, 2.83892, 2.99848, 2.40566, -1.57031,
    0.34781,
)  # fmt: skip
"""Its w, b, a, c, to five digits; a test trains it anew."""
