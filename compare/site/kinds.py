"""How exact a formula is, and what its letters mean."""

from __future__ import annotations

from collections.abc import Mapping

EXACT, ASYMPTOTIC = "exact", "asymptotic"
EQUIVALENT, EMPIRICAL = "deterministic equivalent", "empirical"
MEANING: Mapping[str, str] = {
    EXACT: "It holds at every size, without any remainder.",
    ASYMPTOTIC: "It holds in the limit of large sizes. What is judged is the finite-size theory behind it, or its "
    "remainder is part of the comparison.",
    EQUIVALENT: "A smooth formula that random matrices approach as they grow; its remainder is stated and allowed for.",
    EMPIRICAL: "It was read off measurements, or argued for, without a derivation.",
}
"""In words that need no training in the field."""
Row = tuple[str, str, str]
"""Name of a family of claims, or a pattern of names; the formula; how exact it is."""

COMMON: dict[str, str] = {"E": "mean over draws"}
"""Meaning of a letter in all formulas."""

LETTERS: dict[str, dict[str, str]] = {
    "dense": {
        "L": "loss", "N": "number of features", "D": "number of samples", "m": "the smaller of N and D",
        "X": "the larger of N and D", "C": "compute N D", "α": "decay of the spectrum", "γ": "ridge",
        "κ": "effective ridge", "σ": "standard deviation of the label noise", "T": "the inputs",
    },
    "least_squares": {
        "L": "risk", "n": "number of samples", "p": "number of fitted coordinates", "r": "norm of the signal",
        "σ": "standard deviation of the label noise", "α": "decay of the teacher",
        "T": "variance of the signal, fitted or not (T_c)",
    },
    "sparse": {
        "L": "loss", "N": "number of features", "D": "number of samples", "C": "compute", "α": "decay of the spectrum",
        "η": "sparsity, the decay of the activation probabilities", "c": "activation probability of the first "
        "coordinate", "λ": "variance of a coordinate", "p": "activation probability of a coordinate",
        "r": "rank of the data", "U": "unseen mass", "T": "loss of infinitely many features", "h": "step",
        "τ": "decay of the teacher", "ν": "exponent of the distribution of rarities", "κ": "effective ridge",
        "σ": "standard deviation of the label noise", "t": "number of steps",
    },
    "ticket": {
        "L": "mean squared error", "N": "number of tickets, or of neurons", "R": "half the width of the interval",
        "A": "readout weight", "v": "variance of one ticket, or between networks", "b": "bias of the average",
        "ω": "zeros of the equation", "α": "exponent of the width", "K": "number of networks averaged",
        "n": "number of neurons drawn", "M": "number of symmetric pairs, before training M₀",
        "P": "share of the networks, P₀ of the constant ones", "β": "bias of a neuron", "w": "input weight",
        "s": "derivatives of the activation at β₀, the zero of the fourth", "W": "number of ReLU neurons",
        "T": "number of steps", "σ": "standard deviation of the readouts", "λ": "eigenvalues of the kernel",
        "t": "time of gradient flow",
    },
    "piecewise": {
        "L": "mean squared error", "n": "number of pieces", "d": "dimension", "W": "number of knots or neurons",
        "f": "the function to approximate, with its second derivatives",
    },
}  # fmt: skip
"""Meaning of a letter in the formulas of a model."""
