"""Claims, verdicts, records and reports: theory and simulation before one judge."""

import compare.threads  # noqa: F401 - first: it acts before numpy is imported
from compare.claim import Asymptote, Claim, ClaimError
from compare.curve import Curve
from compare.experiment import Experiment
from compare.extrema import Frontier, Optimum, Peak
from compare.quantity import Contrasts, Exponent, Level, Part, Quantity, Ratio, Together, Value, View
from theory.prediction import Prediction

__all__ = [
    "Asymptote",
    "Claim",
    "ClaimError",
    "Contrasts",
    "Curve",
    "Experiment",
    "Exponent",
    "Frontier",
    "Level",
    "Optimum",
    "Part",
    "Peak",
    "Prediction",
    "Quantity",
    "Ratio",
    "Together",
    "Value",
    "View",
]
