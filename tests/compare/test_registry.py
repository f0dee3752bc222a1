"""Claim files found and loaded, and claims chosen by name."""

import pytest

from compare.claim import Claim, ClaimError
from compare.registry import chosen, from_files, select, suite, within_tier
from compare.usage import UsageError


def test_the_suite_loads_and_every_name_is_its_own():
    found = suite()
    assert found.errors == []
    names = [claim.name for claim in found.claims]
    assert len(names) == len(set(names)) > 10


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("claim = (", r"SyntaxError: '\(' was never closed \(bad.py, line \d+\)"),
        ("claims = [good, undefined]", r"NameError: name 'undefined' is not defined \(line \d+\)"),
        ("import sys; sys.exit(0)", r"SystemExit: 0 \(line \d+\)"),
        ("import no_such_module", r"ModuleNotFoundError: No module named 'no_such_module' \(line \d+\)"),
        ("", "bad.py defines neither `claims`, a list of Claim, nor `claim`, a Claim"),
        ("claim = 3", "bad.py defines neither `claims`, a list of Claim, nor `claim`, a Claim"),
        ("claims = [good, 3]", r"must be a non-empty list of Claim, got \[3\]"),
        ("claims = 3", "must be a non-empty list of Claim, got 3"),
        ("claims = []", r"must be a non-empty list of Claim, got \[\]"),
        ("claims = [good, made('good')]", "the name 'good' is taken; give every claim its own name"),
        ("claim = Claim(name='a', margn=0.1)", "a Claim has no field 'margn'; did you mean 'margin'\\?"),
        ("claim = Claim(name='a', zzz=0.1)", "a Claim has no field 'zzz'; its fields are name, statement, source"),
        ("claim = Claim(name='a', statement='s')", "a Claim needs 'source'; add what is missing"),
        ("claim = made('a b')", "a claim needs a name such as dense_peak\\[decay=1\\], got 'a b'"),
        ("claim = made('a', margin=-1)", "a: the margin must be positive, got -1"),
        ("claim = made('a', cap=100)", "a: cap must be one of 64, 128, .* draws, got 100"),
        ("claim = made('a', tier='huge')", "a: tier must be one of smoke, standard, full, got 'huge'"),
        ("claim = made('a', expect='disagrees')", "a: a claim that is expected to fail needs its evidence"),
        ("claim = made('a', rivals={})", "a: name at least one rival"),
        ("claim = made('a', rivals=['b'])", r"a: rivals must be a dict from name to function, got \['b'\]"),
        ("claim = made('a', rivals={'b': 3})", "a: 'b' must be a function; write `lambda: ...`, got 3"),
        ("claim = made('a', predict={'loss': 1})", "a: 'predict' must be a function; write `lambda: ...`, got {'loss'"),
        (
            "claim = made('a', experiment=lab)",
            r"a: experiment must be Experiment\(function, parameters\), got <function",
        ),
        ("claim = good\nfrom sim import random_features as lab", "good: 'lab' now means something else; .* rename one"),
        ("claim = good\ndef lab(stream, *, mean): pass", "good: 'lab' now means something else; .* rename one"),
        ("claim = made('a', quantity='loss')", r"a: quantity must be a Quantity such as Exponent\(...\), got 'loss'"),
        ("claim = made('a', float('nan'))", r"parameter mean must be finite numbers.*, got nan \(line \d+\)"),
        ("claim = made('a', float('inf'))", r"parameter mean must be finite numbers.*, got inf \(line \d+\)"),
        ("claim = made('a', function=lambda stream: 3)", "a function defined at the top level of a module, got <func"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_sentence_and_the_others_load(claim_file, body, message):
    found = from_files([claim_file(body, "bad"), claim_file("claim = good", "fine")])
    assert [claim.name for claim in found.claims] == ["good"]
    (error,) = found.errors
    assert error.file.endswith("bad.py")
    assert "Traceback" in error.details
    assert "\n" not in error.message
    with pytest.raises(ValueError, match=message):
        raise ValueError(error.message)


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    (tmp_path / "folder.py").mkdir()
    found = from_files([tmp_path / "absent.py", tmp_path / "folder.py"])
    assert [error.file.rpartition("/")[2] for error in found.errors] == ["absent.py", "folder.py"]
    assert {error.message for error in found.errors} == {"there is no such claim file; check the path"}
    (tmp_path / "present.py").write_text("")
    (error,) = from_files([tmp_path / "presnt.py"]).errors
    assert error.message == "there is no such claim file; did you mean present.py?"


def test_one_file_named_twice_is_loaded_once_and_two_files_of_one_name_are_refused(claim_file, tmp_path):
    path = claim_file("claim = good")
    other = tmp_path / "elsewhere" / "mine.py"
    other.parent.mkdir()
    other.write_text(path.read_text().replace('made("good")', 'made("other")'))
    found = from_files([path, tmp_path / "elsewhere" / ".." / "mine.py", other])
    assert [claim.name for claim in found.claims] == ["good"]
    assert "two claim files are called mine.py" in found.errors[0].message


def test_a_claim_file_may_have_any_name_and_its_errors_stay_its_own(claim_file):
    found = from_files([claim_file("claim = good", "my law-2.v1")])
    assert [claim.name for claim in found.claims] == ["good"]
    assert from_files([claim_file("claim = 1/0", "again")]).errors
    assert from_files([claim_file("claim = made('mended')", "again")]).claims[0].name == "mended"


def named(*names):
    always = {"statement": "s", "source": "s", "rivals": {"r": float}, "asymptote": object()}
    return [Claim(name=name, **always, tier=("smoke", "standard", "full")[i % 3]) for i, name in enumerate(names)]


CLAIMS = named("dense_peak[decay=1]", "dense_peak[decay=2]", "dense_peak", "least_squares[n=4]", "peak")


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ([], [0, 1, 2, 3, 4]),
        (["dense_peak[decay=1]"], [0]),
        (["dense_peak"], [2]),
        (["dense_p"], [0, 1, 2]),
        (["*[decay=?]"], [0, 1]),
        (["*peak"], [2, 4]),
        (["least*", "peak", "peak"], [3, 4]),
        (["peak", "dense_peak[decay=2]"], [1, 4]),
    ],
)
def test_a_name_is_exact_else_a_pattern_else_a_prefix(words, names):
    assert select(CLAIMS, words) == [CLAIMS[k] for k in names]


def test_a_name_that_matches_nothing_gets_suggestions(claim_file, monkeypatch):
    with pytest.raises(ClaimError, match=r"no claim matches 'dense_peek'; did you mean dense_peak, dense_peak\["):
        select(CLAIMS, ["dense_peek"])
    with pytest.raises(ClaimError, match=r"no claim matches 'dens_peak\[decay=2'; did you mean dense_peak\["):
        select(CLAIMS, ["dens_peak[decay=2"])
    families = named("dense_peak_height[n=1]", "dense_peak_height[n=2]", "least_squares")
    with pytest.raises(ClaimError, match="no claim matches 'dense_peek'; did you mean dense_peak,"):
        select(families, ["dense_peek"])  # a beginning that several names share is a word too
    with pytest.raises(ClaimError, match="no claim matches 'zzzzzz'; `scaleproof list` shows all names"):
        select(CLAIMS, ["peak", "zzzzzz"])
    monkeypatch.chdir(claim_file("claim = good").parent)
    with pytest.raises(ClaimError, match=r"no claim matches 'mine'; did you mean mine\.py\?"):
        select(CLAIMS, ["mine"])


@pytest.mark.parametrize("word", ["mine.p", "mine.pi", "./mine.p"])
def test_a_file_with_a_broken_ending_is_suggested(claim_file, word, monkeypatch):
    monkeypatch.chdir(claim_file("claim = good").parent)
    with pytest.raises(ClaimError, match=r"no claim matches '.*'; did you mean mine\.py\?"):
        select(CLAIMS, [word])


SEVERAL = "claims = [good, made('bad', tier='full'), made('worse[n=1]'), made('worse[n=2]')]"


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["mine.py::good"], ["good"]),
        (["mine.py::bad", "./mine.py::worse[n=2]"], ["bad", "worse[n=2]"]),
        (["mine.py::*[n=1]"], ["worse[n=1]"]),
        (["mine.py::wor"], ["worse[n=1]", "worse[n=2]"]),
        (["mine.py::good", "mine.py"], ["good", "bad", "worse[n=1]", "worse[n=2]"]),
        (["mine.py::good", "dense_model_exponent[decay=1]"], ["good", "dense_model_exponent[decay=1]"]),
    ],
)
def test_claims_of_a_file_are_chosen_by_name_pattern_or_prefix(claim_file, words, names, monkeypatch):
    monkeypatch.chdir(claim_file(SEVERAL).parent)
    found = chosen(words, "standard")
    assert [claim.name for claim in found.claims] == names
    assert len(found.left_out) + sum(not name.startswith("dense") for name in names) == 4


def test_a_name_that_no_claim_of_a_file_has_says_so(claim_file, monkeypatch):
    monkeypatch.chdir(claim_file(SEVERAL).parent)
    with pytest.raises(ClaimError, match=r"^no claim of mine\.py matches 'goood'; did you mean good\?$"):
        chosen(["mine.py::goood"], "standard")
    with pytest.raises(
        ClaimError, match=r"no claim of mine\.py matches 'zz'; `scaleproof list mine\.py` shows all names"
    ):
        chosen(["mine.py::zz"], "standard")
    with pytest.raises(
        UsageError, match=r"^no claim matches 'zz\*'; .*; claims of a file are chosen as FILE\.py::NAME$"
    ):
        chosen(["mine.py", "zz*"], "standard")
    with pytest.raises(UsageError, match=r"did you mean dense_peak.*\? claims of a file are chosen as FILE\.py::NAME$"):
        chosen(["mine.py", "dense_pek"], "standard")
    (error,) = chosen(["absent.py::good"], "standard").errors
    assert "there is no such claim file" in error.message


def test_a_tier_holds_the_smaller_ones():
    assert [[c.name for c in within_tier(CLAIMS[:3], tier)] for tier in ("smoke", "standard", "full")] == [
        ["dense_peak[decay=1]"],
        ["dense_peak[decay=1]", "dense_peak[decay=2]"],
        ["dense_peak[decay=1]", "dense_peak[decay=2]", "dense_peak"],
    ]
