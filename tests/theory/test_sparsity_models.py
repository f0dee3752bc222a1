"""Laws of the models of sparsity against slow sums and known limits."""

import math

import numpy as np
import pytest

from theory.sparse_features.unseen_mass import unseen_mass
from theory.sparsity_models.limits import limits
from theory.sparsity_models.registry import model_named

BASE = {"decay": 1, "sparsity": 3, "n_modes": 240}
SIZES = (16, 100, 1000)


def test_base_model_is_the_base_theory():
    found = limits(model="independent", n_samples=SIZES, **BASE).values
    assert np.allclose(found["unseen"], unseen_mass(n_samples=SIZES, **BASE).values["unseen"], rtol=1e-13)
    assert np.array_equal(found["loss"], found["unseen"])
    assert np.array_equal(found["rank"], found["seen"])


def test_groups_of_one_are_the_base_model():
    one, base = (limits(model=m, n_samples=SIZES, **BASE | more).values for m, more in
                 (("groups", {"group": 1}), ("independent", {})))  # fmt: skip
    for name in base:
        assert np.allclose(one[name], base[name], rtol=1e-10)


def test_groups_by_the_definition():
    D, g = 16, 4
    on = model_named("groups", group=g, **BASE)
    for k in (0, 2, 40):
        p = min(1.0, (k * g + 1) ** -3.0)
        terms = [math.comb(D, n) * p**n * (1 - p) ** (D - n) * (1 - n / g) for n in range(g)]
        assert np.allclose(on.unknown(D)[k * g : (k + 1) * g], math.fsum(terms), rtol=1e-12)
    assert np.all(on.unknown(D) >= on.silent(D))


def test_bad_parameters():
    with pytest.raises(ValueError, match=r"model must be one of .*got 'crystal'"):
        model_named("crystal")
    with pytest.raises(ValueError, match=r"cannot take .*colour"):
        model_named("independent", colour=3, **BASE)
    with pytest.raises(ValueError, match=r"teacher_decay must be at least 0, got -1"):
        model_named("independent", teacher_decay=-1, **BASE)
    with pytest.raises(ValueError, match=r"at least 1.4, got 0.*uniform"):
        model_named("independent", **BASE | {"sparsity": 0})
    with pytest.raises(ValueError, match=r"multiple of group = 7"):
        model_named("groups", group=7, **BASE)
