"""Bad parameters are refused with value and remedy before anything is drawn; declared tail indices."""

import math

import pytest

from sim import least_squares, random_features, streamed_features
from sim.device import choose, prepare

GOOD = {
    random_features.unresolved: {"decay": 1, "n_modes": 20, "n_features": (3, 5)},
    random_features.ridgeless: {"decay": 1, "n_modes": 20, "cells": ((3, 5),)},
    random_features.ridge: {"decay": 1, "n_modes": 20, "points": ((3, 5, 0.1),)},
    streamed_features.ridgeless: {"decay": 1, "n_modes": 20, "cells": ((3, 5),)},
    streamed_features.sampled: {"decay": 1, "n_modes": 20, "cells": ((3, 5),), "label_noise": 0.1},
    least_squares.isotropic: {"n_samples": 6, "n_fitted": (3, 9)},
    least_squares.subset: {"decay": 1, "n_coordinates": 20, "n_samples": 6, "n_fitted": (3, 9)},
    least_squares.covariance: {"spectra": ("isotropic",), "n_samples": 9, "n_fitted": (3,)},
}
BAD = [
    (random_features.unresolved, "n_features", (3, 20), "smaller than n_modes = 20, got 20; lower it"),
    (random_features.unresolved, "n_features", (0,), "n_features must be at least 1, got 0; pass"),
    (random_features.unresolved, "n_features", (2.5,), "n_features must be an integer, got 2.5; pass"),
    (random_features.unresolved, "n_features", (), "n_features must have at least one entry, got (); pass"),
    (random_features.unresolved, "n_features", 7, "n_features must have at least one entry, got 7; pass"),
    (random_features.unresolved, "n_modes", 4, "smaller than n_modes = 4, got 5; lower it"),
    (random_features.unresolved, "n_modes", 0, "n_modes must be at least 1, got 0; pass"),
    (random_features.ridgeless, "cells", ((3, 20),), "n_samples must be smaller than n_modes = 20, got 20"),
    (random_features.ridgeless, "cells", ((20, 3),), "n_features must be smaller than n_modes = 20, got 20"),
    (random_features.ridgeless, "cells", ((3, -1),), "n_samples must be at least 1, got -1"),
    (random_features.ridgeless, "cells", (3, 5), "cells must have entries of 2 parts, got 3; pass"),
    (random_features.ridge, "points", ((3, 5, 0),), "ridge must be positive and finite, got 0; for the"),
    (
        random_features.ridge,
        "points",
        ((3, 5, -0.1),),
        "ridge must be positive and finite, got -0.1; for the",
    ),
    (random_features.ridge, "points", ((3, 5, math.nan),), "ridge must be positive and finite, got nan"),
    (random_features.ridge, "points", ((3, 5),), "points must have entries of 3 parts, got (3, 5); pass"),
    (random_features.ridge, "n_replicates", 0, "n_replicates must be at least 1, got 0; pass"),
    (streamed_features.ridgeless, "cells", ((20, 3),), "n_features must be smaller than n_modes = 20, got 20"),
    (streamed_features.sampled, "cells", ((3, 0),), "n_samples must be at least 1, got 0; pass"),
    (streamed_features.sampled, "label_noise", -1, "label_noise must be positive and finite, got -1; it is"),
    (least_squares.isotropic, "n_samples", 0, "n_samples must be at least 1, got 0; pass"),
    (least_squares.isotropic, "n_fitted", (0,), "n_fitted must be at least 1, got 0; pass"),
    (
        least_squares.subset,
        "n_fitted",
        (21,),
        "n_fitted must be at most n_coordinates = 20, got 21; lower it",
    ),
    (least_squares.covariance, "n_fitted", (8,), "n_fitted must be smaller than n_samples - 1 = 8, got 8"),
    (least_squares.covariance, "spectra", ("flat",), "spectrum must be 'isotropic', 'power:S'"),
    (least_squares.covariance, "spectra", ("spike:-1",), "got 'spike:-1'; pass one"),
    (least_squares.covariance, "spectra", ("power:x",), "got 'power:x'; pass one"),
    (
        least_squares.covariance,
        "spectra",
        ((1.0,),),
        "spectrum must have 3 variances or more, got (1.0,); lower",
    ),
    (
        least_squares.covariance,
        "spectra",
        ((1.0, 0.0, 1.0),),
        "variance must be positive and finite, got 0.0",
    ),
    *(
        (simulate, "decay", value, f"decay must be positive and finite, got {value!r}; the spectrum")
        for simulate in (*list(GOOD)[:5], least_squares.subset)
        for value in (0, -1.5, math.nan, math.inf)
    ),
]


@pytest.mark.parametrize(
    ("simulate", "name", "value", "message"),
    BAD,
    ids=[f"{simulate.__name__}-{name}-{value}" for simulate, name, value, _ in BAD],
)
def test_bad_parameters_are_refused_with_value_and_remedy(simulate, name, value, message):
    with pytest.raises(ValueError, match=r"got .*; ") as caught:
        simulate(None, **(GOOD[simulate] | {name: value}))  # refused before the stream is used
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_declared_tail_indices():
    cells = ((10, 18), (18, 10), (12, 12))
    index = random_features.ridgeless.tail_index(decay=1, n_modes=40, cells=cells)
    for column in ("bias", "noise", "excess"):
        assert list(index[column]) == [4.5, 4.5, 0.5]
    assert "log_bias" not in index
    assert "unresolved" not in index
    assert list(index["noise_unresolved"]) == [15.5, 15.5, 14.5]
    for route, column in ((streamed_features.ridgeless, "bias"), (streamed_features.sampled, "loss")):
        index = route.tail_index(decay=1, n_modes=40, cells=cells)
        assert list(index[column]) == [4.5, 4.5, 0.5]
    index = least_squares.isotropic.tail_index(n_samples=6, n_fitted=(3, 6, 9))
    assert list(index["variance"]) == [2, 0.5, 2]
    assert "bias" not in index
    index = least_squares.covariance.tail_index(spectra=("isotropic", "spike:9"), n_samples=9, n_fitted=(2, 4))
    assert list(index["variance"]) == [4, 3, 4, 3]


def test_device_is_named_and_single_threaded():
    import torch

    threads, default = torch.get_num_threads(), torch.get_default_dtype()
    try:
        assert prepare("cpu") == "cpu"
        assert torch.get_num_threads() == 1
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(default)
    assert choose() in ("cpu", "cuda")
    with pytest.raises(ValueError, match="got 'tpu'; omit it"):
        choose("tpu")
    with pytest.raises(ValueError, match="'cuda:99' is not present"):
        choose("cuda:99")
