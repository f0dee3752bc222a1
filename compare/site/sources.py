"""BibTeX of a claim: of the page that is cited, and of the paper that its formula comes from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from compare.claim import Claim

TITLE = "Scaleproof: neural-scaling-law theories on trial"
AUTHOR = "The Scaleproof authors"
"""As in CITATION.cff."""

PAPERS: Mapping[str, Mapping[str, str]] = {
    "Sous & Winer 2026": {
        "author": "Sous and Winer", "title": "Asymmetric Scaling Laws from Sparse Features", "eprint": "2605.23591",
    },
    "Maloney, Roberts & Sully 2022": {
        "author": "Maloney, Alexander and Roberts, Daniel A. and Sully, James",
        "title": "A Solvable Model of Neural Scaling Laws", "eprint": "2210.16859",
    },
    "Simon, Karkada, Ghosh & Belkin 2023": {
        "author": "Simon, James B. and Karkada, Dhruva and Ghosh, Nikhil and Belkin, Mikhail",
        "title": "More Is Better in Modern Machine Learning: When Infinite Overparameterization Is Optimal and "
        "Overfitting Is Obligatory", "eprint": "2311.14646",
    },
    "Hastie, Montanari, Rosset & Tibshirani 2019": {
        "author": "Hastie, Trevor and Montanari, Andrea and Rosset, Saharon and Tibshirani, Ryan J.",
        "title": "Surprises in High-Dimensional Ridgeless Least Squares Interpolation", "eprint": "1903.08560",
    },
    "Belkin, Hsu & Xu 2019": {
        "author": "Belkin, Mikhail and Hsu, Daniel and Xu, Ji",
        "title": "Two models of double descent for weak features",
        "eprint": "1903.07571",
    },
    "Belkin, Hsu, Ma & Mandal 2019": {
        "author": "Belkin, Mikhail and Hsu, Daniel and Ma, Siyuan and Mandal, Soumik",
        "title": "Reconciling modern machine-learning practice and the classical bias--variance trade-off",
        "eprint": "1812.11118",
    },
    "Bahri, Dyer, Kaplan, Lee & Sharma 2021": {
        "author": "Bahri, Yasaman and Dyer, Ethan and Kaplan, Jared and Lee, Jaehoon and Sharma, Utkarsh",
        "title": "Explaining Neural Scaling Laws", "eprint": "2102.06701",
    },
    "Liu & Tegmark 2023": {
        "author": "Liu, Ziming and Tegmark, Max", "title": "A Neural Scaling Law from Lottery Ticket Ensembling",
        "eprint": "2310.02258",
    },
    "Sharma & Kaplan 2020": {
        "author": "Sharma, Utkarsh and Kaplan, Jared",
        "title": "A Neural Scaling Law from the Dimension of the Data Manifold", "eprint": "2004.10802",
    },
    "Verbaarschot 1994": {
        "author": "Verbaarschot, Jacobus", "title": "Spectrum of the {QCD} {D}irac operator and chiral random matrix "
        "theory", "journal": "Physical Review Letters", "volume": "72", "pages": "2531--2533",
    },
    "de Boor 1973": {
        "author": "de Boor, Carl", "title": "Good approximation by splines with variable knots",
        "booktitle": "Spline Functions and Approximation Theory", "pages": "57--72",
    },
}  # fmt: skip
"""Papers by the authors and year that the source of a claim begins with."""


def of_page(claim: Claim, commit: str = "") -> str:
    """Entry for one verdict: the project, its version and the claim's name."""
    note = f"Verdict on the claim {_literal(claim.name)}" + (f", commit {commit}" if commit else "")
    fields = {"author": f"{{{AUTHOR}}}", "title": f"{{{TITLE}}}", "version": version(), "note": note}
    return _entry("software", f"scaleproof_{_key(claim.name)}", fields)


def of_file(claim: Claim, file: Path) -> str:
    """Entry for the verdict on a claim from somebody's own file: its author is left to fill in, the file is told."""
    name = _literal(file.name)
    note = f"Verdict on the claim {_literal(claim.name)} of the file {name}{_checksum(file)}, judged by Scaleproof"
    title = f"The claim {_literal(claim.name)}"
    fields = {"author": f"{{author of {name}}}", "title": f"{{{title}}}", "note": f"{note} {version()}"}
    return _entry("misc", _key(claim.name), fields)


def _checksum(file: Path) -> str:
    """SHA-256 of a file in words; nothing where it can no longer be read."""
    try:
        return f", SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}"
    except OSError:
        return ""


def of_source(claim: Claim) -> str:
    """Entry for the paper named by the source of a claim; empty where it names none that is known."""
    for reference, fields in PAPERS.items():
        if claim.source.startswith(reference):
            eprint = {"archiveprefix": "arXiv"} if "eprint" in fields else {}
            kind = "article" if "journal" in fields else "incollection" if "booktitle" in fields else "misc"
            return _entry(kind, _key(reference.replace(" & ", "_")), {**fields, "year": reference[-4:], **eprint})
    return ""


def version() -> str:
    """Version of the installed project; "unknown" where it runs without being installed."""
    try:
        return metadata.version("scaleproof")
    except metadata.PackageNotFoundError:
        return "unknown"


def _entry(kind: str, key: str, fields: Mapping[str, str]) -> str:
    width = max(map(len, fields))
    body = ",\n".join(f"  {name:<{width}} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{body}\n}}\n"


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


def _literal(text: str) -> str:
    """A name in which TeX reads every character as it stands."""
    return re.sub(r"([_&%#$])", r"\\\1", text)
