"""Reports and figures, from verdicts made up here."""

import math
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pytest

from compare import formatting
from compare.claim import Asymptote, Claim
from compare.curve import Curve
from compare.experiment import Experiment
from compare.extrema import Peak
from compare.figures import claim_figure, figure_text, tick
from compare.quantity import Exponent, Value
from compare.report import write_html, write_markdown
from compare.verdict import LawVerdict, PartVerdict, Point, RivalVerdict, Verdict
from theory.prediction import Prediction

SIZES = (16, 24, 32, 48, 64, 96, 128)


def simulate(stream, **parameters):
    """Never called."""
    raise NotImplementedError


simulate.identities = "averages over the label noise exactly"


def made_claim(name, quantity=None, statement="The loss falls as N^-decay.", **more):
    simulated = {
        "experiment": Experiment(simulate, {"decay": 1, "n_features": SIZES}),
        "predict": lambda: Prediction({"loss": [1.0]}),
        "quantity": quantity,
        "margin": 0.02,
        "because": "half of a 5 % error in the exponent",
    }
    return Claim(
        name=name,
        statement=statement,
        source="Maloney, Roberts & Sully 2022; docs/random_features.md",
        rivals={"5 % steeper": dict, "factor m forgotten": dict},
        **((simulated if quantity else {}) | more),
    )


def part(name="exponent", gap=0.0005, stderr=0.0012, outcome="agrees", **more):
    fields = {"side": "two-sided", "predicted": 1.0, "allowance": 0.001, "margin": 0.02, "reach": 0.031} | more
    measured = fields["predicted"] + gap
    return PartVerdict(name=name, measured=measured, gap=gap, stderr=stderr, outcome=outcome, **fields)


def rivals(second="disagrees"):
    return RivalVerdict("5 % steeper", "disagrees", 2.5, 64), RivalVerdict("factor m forgotten", second, 31.0, 256)


def points(factor=1.0, noise=0.02, samples=(0,), column="loss", predicted=True):
    rng = np.random.default_rng(7)
    found = []
    for n_samples in samples:
        for n in SIZES:
            theory = 3.0 / n + (1.0 / n_samples if n_samples else 0.0)
            at = {"n_features": float(n)} | ({"n_samples": float(n_samples)} if n_samples else {})
            found.append(
                Point(
                    column, at, theory if predicted else None, 0.01 * theory if predicted else 0.0,
                    factor * theory * (1 + noise * rng.normal()), noise * theory,
                    {"5 % steeper": theory * (n / 16) ** -0.05, "factor m forgotten": 1.8 * theory},
                )
            )  # fmt: skip
    return tuple(found)


def peak_verdict():
    quantity = Peak("log_loss", group="n_samples", n_features=np.tile(SIZES, 2), n_samples=np.repeat([32, 64], 7))
    found, parts = [], []
    for top in (32, 64):
        for n in SIZES:
            at = {"n_features": float(n), "n_samples": float(top)}
            found.append(Point("log_loss", at, None, 0.0, 2 - abs(math.log(n / top)), 0.05))
            if n != top:
                name = f"above n_features={n} [n_samples={top}]"
                parts.append(part(name, gap=abs(math.log(n / top)), stderr=0.06, margin=0.0, side="lower",
                                  predicted=0.0, allowance=0.0, reach=0.4))  # fmt: skip
    claim = made_claim("dense_peak[decay=1]", quantity, "The loss peaks where features equal samples.", margin=4.0)
    return Verdict(claim, "agrees", parts=tuple(parts), rivals=rivals(), points=tuple(found), draws=128, looks=2)


def curve_verdict():
    samples = (32, 128, 512)
    quantity = Curve("loss", ["n_features"], n_features=np.tile(SIZES, 3), n_samples=np.repeat(samples, 7))
    parts = (
        part("level", predicted=-2.0, reach=0.03),
        part("slope in n_features", gap=-0.011, stderr=0.008, outcome="inconclusive"),
        part("shape", gap=0.00005, stderr=0.00002, margin=0.0004, side="upper", predicted=0.0, allowance=0.0),
    )
    claim = made_claim("dense_curve[decay=1]", quantity, "The whole curve <N, D> & its \"shape\" hold 'as is'.")
    return Verdict(
        claim, "inconclusive", "cap of 8192 draws reached; about 2e+04 draws would decide", parts,
        rivals("inconclusive"), None, points(samples=samples), 8192, 8, 75.0,
    )  # fmt: skip


def many_parts():
    names = [f"log value [n_features={n}, n_samples={d}]" for d in range(40, 640, 40) for n in SIZES]
    gaps = np.random.default_rng(3).normal(scale=0.004, size=len(names))
    parts = tuple(part(name, gap=float(gap), predicted=-3.0) for name, gap in zip(names, gaps, strict=True))
    samples = tuple(range(40, 640, 40))
    quantity = Value("loss", n_features=np.tile(SIZES, 15), n_samples=np.repeat(samples, 7))
    claim = made_claim("least_squares_values[ridge=0]", quantity)
    return Verdict(claim, "agrees", "", parts, rivals(), None, points(samples=samples), 256, 3, 12.0)


def verdicts():
    exponent = Exponent("loss", n_features=SIZES)
    law = LawVerdict("agrees", "1.00000000000, 0.500000000000", 2e-9, 1e-6, (1e3, 1e6, 1e9), (2e-3, 2e-6, 2e-9))
    link = Asymptote(lambda: 1, lambda n: 1 + 2 / n, (1e3, 1e6, 1e9), 1, 1e-6)
    good = made_claim("dense_model_exponent[decay=1]", exponent)
    refuted = made_claim("sparse_exponent[decay=0.5,sparsity=3]", exponent, expect="disagrees", evidence="record 12")
    surprising = made_claim("sparse_exponent[decay=2,sparsity=3]", exponent)
    off = part(gap=0.15, stderr=0.006, outcome="disagrees")
    return [
        Verdict(good, "agrees", "", (part(),), rivals(), law, points(), 512, 4, 30.5),
        curve_verdict(),
        peak_verdict(),
        Verdict(made_claim("ticket_law", asymptote=link), "agrees", "", (), rivals(), law),
        Verdict(refuted, "disagrees", "", (off,), rivals(), None, points(1.2), 64, 1, 3.0),
        Verdict(surprising, "disagrees", "", (off,), rivals("agrees"), None, points(1.2), 64, 1, 3.0),
        Verdict(made_claim("piecewise_bound", exponent), "error", "ValueError: ridge must be <positive>, got -1"),
        Verdict(
            made_claim("least_squares_broken", exponent), "inconclusive", "non-finite measurement",
            (part(gap=math.nan, stderr=math.nan, outcome="inconclusive"),), rivals(), None,
            tuple(Point("loss", {"n_features": n}, 1.0, 0.0, math.nan, math.nan) for n in SIZES), 64, 1,
        ),
        many_parts(),
    ]  # fmt: skip


INFO = {
    "seed": 20260718,
    "tier": "standard",
    "device": "cpu",
    "versions": {"python": "3.11", "numpy": "2.0"},
    "commit": "0123abc",
    "seconds": 131.0,
    "errors": [{"file": "mine/<bad>.py", "message": "SyntaxError: invalid syntax & more"}],
}
