"""A theory as one expression."""

import mpmath
import numpy as np
import pytest
import sympy

from compare import Claim, Experiment, Exponent, formula
from compare.claim import ClaimError
from compare.prepared import identity, prepare

SIZES = (16, 32, 64)
WORLD = {"decay": 1.5, "n_modes": 512, "n_features": SIZES, "cells": ((1, 2), (3, 4)), "kind": "relu"}
N = np.array(SIZES, dtype=float)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("n_features**(-decay)", N**-1.5),
        ("N^-alpha", N**-1.5),
        ("M / (2 * N)", 256 / N),
        ("gamma(3) * N + exp(1)", 2 * N + np.e),  # gamma is the function: there is no ridge
        (1 / sympy.Symbol("N", positive=True), 1 / N),
        (3, np.full(3, 3.0)),
        ("c * N", 0.5 * N),
    ],
)
def test_symbols_stand_for_parameters_letters_and_constants(expression, value):
    prediction = formula(expression, "bias", over=WORLD, c=0.5)()
    assert prediction.values["bias"] == pytest.approx(value, rel=1e-15)
    assert not prediction.allowance["bias"].any()


@pytest.mark.parametrize("letter", "CDEINOQS")
def test_capitals_are_symbols_whatever_sympy_means_by_them(letter):
    assert formula(f"1/({letter} + 1)", over={letter: (1, 3)})().values["loss"].tolist() == [0.5, 0.25]
    with pytest.raises(ClaimError, match=f"the symbol '{letter}', which is not known; did you mean '{letter.lower()}'"):
        formula(f"1/({letter} + 1)", over={letter.lower(): (1, 3)})


def test_finite_sums_and_special_functions_are_those_of_mpmath():
    found = formula(
        "Sum(i**-2 * (1 - i**-2)**D, (i, 1, N)) + zeta(2, N + 1)", over={"n_features": SIZES, "n_samples": 9}
    )()
    by_hand = [
        mpmath.fsum(mpmath.mpf(i) ** -2 * (1 - mpmath.mpf(i) ** -2) ** 9 for i in range(1, n + 1))
        + mpmath.zeta(2, n + 1)
        for n in SIZES
    ]
    assert found.values["loss"] == pytest.approx([float(x) for x in by_hand], rel=1e-15)


def test_a_remainder_is_relative_to_the_value():
    prediction = formula("1/N", over=WORLD, remainder="2/N")()
    assert prediction.allowance["loss"] == pytest.approx(2 / N**2)
    with pytest.raises(ClaimError, match="must not be negative, got -1"):
        formula("1/N", over=WORLD, remainder=-1)()


def test_a_part_can_be_named_in_place_of_a_column():
    assert formula("alpha/(1 + alpha)", "exponent", over={}, alpha=1)().values["exponent"] == pytest.approx([0.5])


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "n_feature**-1",
            "the symbol 'n_feature', which is not known; did you mean 'n_features'. known are M, N, alpha",
        ),
        ("N * D", "the symbol 'D', which is not known; known are .*; pass a constant as D=..."),
        ("N * E", "the symbol 'E', which is not known; Euler's number is exp\\(1\\); known are"),
        ("n_Features", "the symbol 'n_Features', which is not known; did you mean 'n_features'"),
        ("N +", "cannot read the formula 'N \\+' .*; its symbols are"),
        ("lambda * N", "lambda is a word of Python, write lamda"),
        ("np.log(N) + numpy.sqrt(M)", r"cannot read .*: write log\(N\) \+ sqrt\(M\), without np and numpy$"),
        ("harmonic(N", r"cannot read the formula 'harmonic\(N' \(a bracket is not closed\); its symbols are M, N"),
        ("N > 2", "must be an expression with a value"),
        ("log(-N)", r"gives 2.77.* at n_features = 16, .*; a finite real number is needed"),
        ("1/(N - 32)", "gives zoo at n_features = 32"),
        ("Sum(1/i**2, (i, N, oo))", r"cannot be added up; .* closed form, such as zeta\(s, N \+ 1\)"),
    ],
)
def test_what_cannot_be_evaluated_is_said_with_what_is_known(expression, message):
    with pytest.raises(ClaimError, match=message):
        formula(expression, over=WORLD)()


def test_a_letter_whose_parameter_is_nearly_there_says_so():
    told = (
        "'D', which is not known; did you mean to call 'n_sample' n_samples. D stands for n_samples; known are n_sample"
    )
    with pytest.raises(ClaimError, match=told):
        formula("1/D", over={"n_sample": SIZES})


def test_coordinates_need_one_value_per_point():
    with pytest.raises(ClaimError, match="got lengths n_features 3, n_samples 2; list all points"):
        formula("N", over={"n_features": SIZES, "n_samples": (1, 2)})


def test_two_coordinates_can_be_exchanged():
    pair = formula("N**2 * D", over={"n_features": (1, 2), "n_samples": (3, 5)})
    assert pair.swapped("n_features", "n_samples")().values["loss"].tolist() == [9, 50]
    assert pair.swapped("n_features", "width") is None


def nothing(_stream):
    raise AssertionError("nothing is simulated here")


def test_a_claim_with_formulas_has_an_identity_that_follows_the_expression():
    def claim(text):
        return Claim(
            "made_up", "A statement.", "a source", experiment=Experiment(nothing), predict=formula(text, over=WORLD),
            quantity=Exponent("loss", n_features=SIZES), margin=0.1, because="a reason",
            rivals={"half": formula("N**-0.5", over=WORLD)},
        )  # fmt: skip

    known = [identity(claim(text)) for text in ("1/N", "1/N", "2/N")]
    assert known[0] is not None
    assert known[0] == known[1] != known[2]
    assert prepare(claim("2/N")).own.values["loss"].tolist() == [1 / 8, 1 / 16, 1 / 32]
