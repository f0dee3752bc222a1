"""Predictions of scaling-law theories: exact, high-precision, symbolic. Never imports torch or ``sim``."""

from theory.prediction import Prediction

__all__ = ["Prediction"]
