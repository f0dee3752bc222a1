"""Piecewise-linear approximation: constants and exponents of the best fits in one and more dimensions."""
