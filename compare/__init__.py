"""Claims, verdicts, records and reports: theory and simulation before one judge."""

import compare.threads  # noqa: F401 - first: it acts before numpy is imported
from compare.bound import AtLeast, Bound
from compare.claim import Asymptote, Claim, ClaimError, formula_missing
from compare.cumulant import Cumulant, CumulantExponent
from compare.curve import Curve
from compare.difference import Difference
from compare.experiment import Experiment
from compare.extrema import Frontier, Optimum, Peak
from compare.formula import formula
from compare.measured import Measured
from compare.median import Medians
from compare.quantity import Contrasts, Exponent, Level, Mean, Part, Quantity, Ratio, Together, Value, View
from compare.rate import Rate
from compare.remainder import declared_remainder
from compare.vertex import SmoothPeak
from theory.prediction import Prediction

__all__ = [
    "Asymptote",
    "AtLeast",
    "Bound",
    "Claim",
    "ClaimError",
    "Contrasts",
    "Cumulant",
    "CumulantExponent",
    "Curve",
    "Difference",
    "Experiment",
    "Exponent",
    "Frontier",
    "Level",
    "Mean",
    "Measured",
    "Medians",
    "Optimum",
    "Part",
    "Peak",
    "Prediction",
    "Quantity",
    "Rate",
    "Ratio",
    "SmoothPeak",
    "Together",
    "Value",
    "View",
    "declared_remainder",
    "formula",
    "formula_missing",
]
