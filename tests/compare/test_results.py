"""Results for machines: real output against the schema, counts that add up, numbers that are not finite."""

import json
import re
import xml.etree.ElementTree as ET
from collections import Counter

import jsonschema
import pytest

from compare import results
from compare.__main__ import main
from compare.registry import LoadError

BODY = r"""
from compare import Bound

def fails(stream, *, mean):
    raise RuntimeError("red \x1b[31m & <tag> \x00 text")

def nan(stream, *, mean):
    return {"loss": stream.normal(2) * math.nan}

claims = [
    good,
    made("named_law", 2.0, quantity=Exponent("loss", n=(1, 2)), rivals={
        "near": lambda: {"loss": [2, 2 * 2**0.25]}, "same": lambda: {"loss": [3, 3.0]}}),
    made("panel", quantity=Bound("loss", ridge=(1, 2), strict=True)),
    made("off", said=1.5),
    made("off_as_known", said=1.5, expect="disagrees", evidence="made so"),
    made("sharp", margin=1e-4),
    made("sharp_as_known", margin=1e-4, expect="inconclusive", evidence="made so"),
    made("not_finite", function=nan, cap=64),
    made("unbounded", predict=lambda: Prediction({"loss": [1, 1]}, {"loss": [math.inf, 0]})),
    made("broken", function=fails),
    made("no_theory", predict=lambda: {"loss": [1, math.nan]}),
    Claim(name="law_only", statement="s", source="s", rivals={"two": lambda: 2},
          asymptote=Asymptote(lambda: 1, lambda n: 1 + 1 / n, (1e3, 1e6, 1e9), 1, 1e-6)),
    Claim(name="law_nan", statement="s", source="s", rivals={"two": lambda: 2},
          asymptote=Asymptote(lambda: 1, lambda n: math.nan, (1e3, 1e6), 1, 1e-6)),
]
"""
OUTCOMES = {
    "good": "agrees",
    "named_law": "agrees",
    "panel": "agrees",
    "off": "disagrees",
    "off_as_known": "disagrees",
    "sharp": "inconclusive",
    "sharp_as_known": "inconclusive",
    "not_finite": "inconclusive",
    "unbounded": "inconclusive",
    "broken": "error",
    "no_theory": "error",
    "law_only": "agrees",
    "law_nan": "inconclusive",
}
AS_EXPECTED = {"good", "named_law", "panel", "off_as_known", "sharp_as_known", "law_only"}


@pytest.fixture
def written(claim_file, tmp_path):
    """The documents of a run with every outcome in it, and of a file that does not load."""
    files = [str(claim_file(BODY)), str(claim_file("claim = 1 / 0", "broken"))]
    json_file, junit_file = tmp_path / "new" / "out.json", tmp_path / "new" / "out.xml"
    command = ["check", *files, "--workers", "1", "--quiet", "--json", str(json_file), "--junit", str(junit_file)]
    assert main(command) == 2

    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(json_file.read_text(encoding="utf-8"), parse_constant=refuse), ET.parse(junit_file).getroot()


def test_real_output_keeps_the_contract(written):
    document, junit = written
    schema = json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)

    claims, suite = {claim["name"]: claim for claim in document["claims"]}, document["suite"]
    assert {name: claim["outcome"] for name, claim in claims.items()} == OUTCOMES
    count = Counter(OUTCOMES.values())
    assert suite["claims"] == len(OUTCOMES) == sum(suite[key] for key in ("agree", "disagree", "inconclusive", "error"))
    assert [suite[key] for key in ("agree", "disagree", "inconclusive", "error")] == [
        count[key] for key in ("agrees", "disagrees", "inconclusive", "error")
    ]
    assert suite["as_expected"] == len(AS_EXPECTED)
    assert suite["rivals"] == len(OUTCOMES) + 1
    assert suite["rivals_rejected"] == sum(r["outcome"] == "disagrees" for c in claims.values() for r in c["rivals"])
    assert suite["tests"] == 2 * 9 + 1 + 1  # the learners of a panel count once
    assert sum(suite["units_per_worker"].values()) > 0
    (error,) = document["errors"]
    assert error["file"].endswith("broken.py")
    assert re.fullmatch(r"ZeroDivisionError: division by zero \(line \d+\)", error["message"])

    assert claims["law_only"]["asymptote"]["outcome"] == "agrees"
    assert claims["good"]["asymptote"] is None
    assert claims["broken"]["reason"].startswith("the experiment claim_files.mine.fails failed: RuntimeError: red")
    assert "not finite: [ 1. nan]" in claims["no_theory"]["reason"]

    cases = {case.get("name"): case for case in junit.iter("testcase")}
    assert len(cases) == int(junit.get("tests")) == len(OUTCOMES) + 1
    found = {name: [child.tag for child in case] for name, case in cases.items()}
    sound = AS_EXPECTED - {"named_law"}  # whose rival "same" cannot be rejected
    for name, outcome in OUTCOMES.items():
        assert found[name] == ([] if name in sound else ["error" if outcome == "error" else "failure"]), name
    assert int(junit.get("errors")) == 3
    assert int(junit.get("failures")) == len(OUTCOMES) + 1 - len(sound) - 3
    assert cases["named_law"][0].get("message").endswith("not rejected: same")
    assert cases["broken"][0].get("message").partition(" (mine.py")[0].endswith("red ?[31m & <tag> ? text")
    assert junit.findall("testcase[@classname='file']/error")


def test_numbers_that_are_not_finite_are_null_and_distances_count_margins(written):
    document, _ = written
    claims = {claim["name"]: claim for claim in document["claims"]}
    assert all(part["gap"] is None and part["stderr"] is None for part in claims["not_finite"]["parts"])
    assert claims["not_finite"]["points"][0]["measured"] is None
    assert claims["unbounded"]["points"][0]["allowance"] is None
    assert claims["law_nan"]["asymptote"]["deviation"] is None
    near, same = claims["named_law"]["rivals"]
    assert near["distance"] == pytest.approx(0.25 / 0.1)
    assert same["distance"] == pytest.approx(0, abs=1e-9)
    assert (near["outcome"], same["outcome"]) == ("disagrees", "agrees")
    assert claims["good"]["rivals"][0]["distance"] == pytest.approx(6.93147, abs=1e-4)
    (part, _) = claims["good"]["parts"]
    assert abs(part["gap"]) < part["margin"] < part["reach"]
    assert (part["share"], part["strict"]) == (1, False)
    assert [(part["share"], part["strict"]) for part in claims["panel"]["parts"]] == [(0.5, True)] * 2
    point = claims["good"]["points"][1]
    assert (point["at"], point["predicted"], point["allowance"]) == ({"column": "loss", "n": 2}, 1, 0)
    assert point["measured"] == pytest.approx(1, abs=0.05)


INFO = {"seconds": 0.0, "tier": "smoke", "device": "cpu", "seed": 1, "versions": {}, "commit": ""}


def test_nothing_at_all_is_a_document_too():
    schema = json.loads(results.SCHEMA_FILE.read_text(encoding="utf-8"))
    document = results.document([], [LoadError("a.py", "why")], INFO)
    jsonschema.validate(document, schema)
    assert document["suite"]["claims"] == 0
    assert results.exit_status([], []) == 0
    assert results.exit_status([], [LoadError("a.py", "why")]) == 2


def test_versions_and_commit_are_text():
    assert {"python", "scaleproof", "numpy", "torch"} <= set(results.versions())
    assert isinstance(results.commit(), str)
