"""Measure the remainders that the theory of dense random features states: python docs/remainders.py [--draws N].

Prints, per decay and size, (simulation/formula − 1) times the stated order, with its standard error: n² for the
unresolved loss and the label noise, n for the ridge curve and the hard edge. The tables of docs/random_features.md
were made this way with 10⁵ to 10⁶ draws; the default is a quick look.
"""

import argparse
from collections.abc import Iterator, Mapping

import numpy as np

import compare  # noqa: F401 - pins the threads
import theory.random_features as law
from sim import device, random_features as lab
from sim.streams import CHUNK, Stream
from theory.effective_ridge import effective_ridge

DECAYS = (0.5, 1, 2)
MODES = 64


def remainders(function, predicted: Mapping[str, np.ndarray], column: str, draws: int, **world) -> Iterator[str]:
    """Relative deviation of the mean from the formula at every point, and its standard error."""
    rows = [function(Stream(1, "remainders", c), **world)[column].numpy() for c in range(draws // CHUNK)]
    ratio = np.concatenate(rows) / predicted[column]
    return zip(ratio.mean(0) - 1, ratio.std(0) / np.sqrt(len(ratio)), strict=True)


def show(title: str, sizes, power: int, found) -> None:
    cells = [f"{n}: {m * n**power:+.3f}({s * n**power:.3f})" for n, (m, s) in zip(sizes, found, strict=True)]
    print(f"{title:44} {'  '.join(cells)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=4000)
    draws = parser.parse_args().draws
    device.prepare("cpu")
    for decay in DECAYS:
        sizes = (2, 3, 4, 6, 8, 12, 16)
        world = {"decay": decay, "n_modes": MODES, "n_features": sizes}
        found = remainders(lab.unresolved, law.unresolved(**world).values, "unresolved", draws, **world)
        show(f"unresolved, decay {decay}, times n²", sizes, 2, found)
    for decay in DECAYS:
        sizes = (12, 24, 40)
        world = {"decay": decay, "n_modes": 400, "cells": tuple((2 * D, D) for D in sizes)}
        found = remainders(lab.ridgeless, law.ridgeless(**world).values, "noise", draws // 4, **world)
        show(f"label noise, N = 2D, decay {decay}, times D²", sizes, 2, found)
    for decay in DECAYS:
        sizes, share = (20, 40), 0.1
        kappa = [float(effective_ridge(n, decay=decay, n_modes=400)) for n in sizes]
        edge = tuple((n, n, share * k) for n, k in zip(sizes, kappa, strict=True))
        world = {"decay": decay, "n_modes": 400, "points": edge}
        found = remainders(lab.ridge, law.peak_height(**world).values, "bias", draws, **world)
        show(f"hard edge, γ/κ = {share}, decay {decay}, times N", sizes, 1, found)
        curve = tuple((n, n, k * n * n) for n, k in zip(sizes, kappa, strict=True))
        world = {"decay": decay, "n_modes": 400, "points": curve}
        found = remainders(lab.ridge, law.ridge(**world).values, "bias", draws // 4, **world)
        show(f"ridge, γ = κN², decay {decay}, times N", sizes, 1, found)


if __name__ == "__main__":
    main()
