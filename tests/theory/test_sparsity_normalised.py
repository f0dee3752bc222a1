"""Normalised rows: their spectrum by slow sums, identities, and the exponents at large sizes."""

import itertools
import math

import mpmath
import numpy as np
import pytest

from theory.sparse_features.pairs import infinite_features
from theory.sparsity_models import normalised as law

BASE = {"decay": 1, "sparsity": 3, "n_modes": 500}


def test_powers_of_signs_by_enumeration():
    """Every pattern of four coordinates, weighted by its probability."""
    lam = np.arange(1, 5) ** -2.0
    p = np.minimum(1, 0.8 * np.arange(1, 5) ** -1.5)
    slow = np.zeros(4)
    for pattern in itertools.product((0, 1), repeat=4):
        on = np.array(pattern)
        weight = math.prod(q if bit else 1 - q for q, bit in zip(p, pattern, strict=True))
        if on.any():
            slow += weight * on * lam / p / (on @ (lam / p))
    found = law.powers(decay=1, sparsity=1.5, n_modes=4, scale=0.8, amplitudes="sign").values["power"]
    assert np.allclose(found, slow, rtol=1e-9)


def test_powers_of_two_gaussian_coordinates():
    """E a²x²/(a²x² + b²y²) = a/(a + b); alone, a coordinate has all of the power."""
    p, a, b = 2.0**-3, 1.0, math.sqrt(2.0)
    found = law.powers(decay=1, sparsity=3, n_modes=2).values["power"]
    assert np.allclose(found, [(1 - p) + p * a / (a + b), p * b / (a + b)], rtol=1e-9)


def test_powers_add_up_to_the_share_of_rows_that_are_not_zero():
    for scale in (1, 0.3):
        found = law.powers(scale=scale, **BASE).values["power"]
        p = np.minimum(1, scale * np.arange(1, 501) ** -3.0)
        assert abs(found.sum() - (1 - np.prod(1 - p))) < 1e-9


def test_chosen_coordinates():
    every = law.powers(**BASE).values["power"]
    assert np.array_equal(law.powers(coordinates=(2, 100), **BASE).values["power"], every[[1, 99]])


def test_unseen_mass_and_pairs():
    """The weights of rows as they are give the law of rows as they are."""
    sizes = (100, 1000)
    found = law.normalised(n_samples=sizes, **BASE)
    every, p = law.powers(**BASE).values["power"], np.arange(1, 501) ** -3.0
    with np.errstate(divide="ignore"):
        silent = [np.exp(D * np.log1p(-p)) for D in sizes]
    assert np.allclose(found.values["unseen"], [every @ q for q in silent], rtol=1e-12)
    base = infinite_features(n_samples=sizes, **BASE).values
    share = (found.values["loss"] - found.values["unseen"]) / (base["loss"] - base["unseen"])
    assert np.all((share > 0) & (share < 1))  # the same pairs, lighter


def test_large_sizes():
    far = law.unseen_at(10**6, decay=1, sparsity=3)
    near = law.normalised(decay=1, sparsity=3, n_modes=4000, n_samples=(10**6,)).values["unseen"][0]
    assert abs(near / far - 1) < 0.01  # coordinates beyond 4000 are missing in the sum
    assert law.share_at(10**12, decay=1, sparsity=3) == pytest.approx(1, abs=1e-5)
    place = mpmath.mpf(10) ** 3
    slow = law.powers(decay=1, sparsity=3, n_modes=4000, coordinates=(1000,)).values["power"][0] * place**3
    assert abs(slow / law.share_at(1000, decay=1, sparsity=3) - 1) < 1e-6


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"sparsity must be at least 1.4, got 1.2"):
        law.normalised(decay=1, sparsity=1.2, n_modes=50, n_samples=(10,))
    with pytest.raises(ValueError, match=r"coordinates end at n_modes = 50, got 51"):
        law.powers(decay=1, sparsity=3, n_modes=50, coordinates=(51,))
    with pytest.raises(ValueError, match=r"n_samples must be at least 10\^6"):
        law.unseen_at(100, decay=1, sparsity=3)
    with pytest.raises(ValueError, match=r"sparsity must exceed 1 \+ decay"):
        law.share_at(100, decay=1, sparsity=2)
