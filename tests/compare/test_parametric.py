"""The fit of a table of runs: it gives back what made the table, says when it cannot, and refuses bad tables."""

import csv
import json
import math
import re
import runpy
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import theory.parametric as law
from compare.__main__ import main
from compare.parametric import analysis, document
from compare.parametric_fit import GROWTH, Problem, minima, starts
from compare.parametric_intervals import Interval, bootstrap, growth_profile, ratio_profile, scale, tied
from compare.parametric_notes import notes
from compare.parametric_page import rows, write_html
from compare.parametric_table import read, runs
from compare.usage import UsageError

BUDGET = 5.76e23


def sizes(n=80, seed=0, spread=4.0):
    """Runs of 10¹⁹ to 10²² operations at D/N between 20/e^spread and 20 e^spread."""
    rng = np.random.default_rng(seed)
    compute, ratio = 10 ** rng.uniform(19, 22, n), 20 * np.exp(rng.uniform(-spread, spread, n))
    N = np.sqrt(compute / 6 / ratio)
    return N, ratio * N


@cache
def table(constants, *, n=60, noise=0.005, seed=0, spread=4.0):
    N, D = sizes(n, seed, spread)
    return runs(N, D, law.loss(constants, N, D) * np.exp(noise * np.random.default_rng(seed + 1).standard_normal(n)))


@pytest.mark.parametrize("constants", [law.HOFFMANN_2022, law.BESIROGLU_2024], ids=["hoffmann", "besiroglu"])
def test_runs_without_noise_give_the_constants_back(constants):
    problem = Problem(table(constants, noise=0.0))
    found = problem.law(minima(problem)[0].at)
    assert found[:5] == pytest.approx(constants[:5], rel=1e-5)


@pytest.mark.parametrize("constants", [law.HOFFMANN_2022, law.BESIROGLU_2024], ids=["hoffmann", "besiroglu"])
def test_noisy_runs_give_the_frontier_back_within_the_intervals(constants):
    found = analysis(table(constants, seed=2), [BUDGET], resamples=30)
    true = law.growth(constants), law.frontier(constants, BUDGET).ratio
    assert found.profile.low < true[0] < found.profile.high
    assert found.budgets[0].ratio.low < true[1] < found.budgets[0].ratio.high
    assert found.resampled.growth.low < true[0] < found.resampled.growth.high
    assert found.profile.high - found.profile.low < 0.07
    assert found.identified


def test_the_two_published_laws_are_told_apart():
    found = analysis(table(law.BESIROGLU_2024), [BUDGET], resamples=0)
    other = law.frontier(law.HOFFMANN_2022, BUDGET).ratio
    assert found.budgets[0].ratio.high < other


def test_the_gradient_of_the_objective():
    problem = Problem(table(law.HOFFMANN_2022, n=20))
    at = np.array([-0.9, -0.8, 0.4, 0.7, 0.4])
    value, gradient = problem.objective(at)
    for k in range(5):
        step = np.zeros(5)
        step[k] = 1e-6
        ahead, behind = problem.objective(at + step)[0], problem.objective(at - step)[0]
        assert (ahead - behind) / 2e-6 == pytest.approx(gradient[k], rel=1e-4, abs=1e-7)
    assert value > 0


def test_held_ratios_are_ratios():
    problem = Problem(table(law.HOFFMANN_2022, n=20))
    rest, budget = np.array([-0.8, 0.4, 0.7, 0.4]), math.log(BUDGET / 6)
    u, slope = tied(problem, rest, budget, math.log(33.0))
    assert law.frontier(problem.law(np.array([u, *rest])), BUDGET).ratio == pytest.approx(33.0)
    for k in range(4):
        step = np.zeros(4)
        step[k] = 1e-6
        assert (tied(problem, rest + step, budget, math.log(33.0))[0] - u) / 1e-6 == pytest.approx(slope[k], rel=1e-4)


def test_a_profile_ends_where_the_objective_has_risen_enough():
    problem, noisy = (Problem(table(law.HOFFMANN_2022, n=40, noise=noise)) for noise in (0.003, 0.009))
    best = minima(problem)[0]
    narrow, wide = growth_profile(problem, best), growth_profile(noisy, minima(noisy)[0])
    assert narrow.low < best.at[GROWTH] < narrow.high
    assert wide.high - wide.low == pytest.approx(3 * (narrow.high - narrow.low), rel=0.3)
    assert scale(problem, best.at) > 0
    ratio = ratio_profile(problem, best, BUDGET)
    assert ratio.low < law.frontier(problem.law(best.at), BUDGET).ratio < ratio.high


def test_one_outlier_moves_little():
    plain = Problem(table(law.HOFFMANN_2022))
    loss = plain.runs.loss.copy()
    loss[7] *= 2
    problem = Problem(runs(plain.runs.size, plain.runs.data, loss))
    found = minima(problem)
    assert found[0].at[GROWTH] == pytest.approx(minima(plain)[0].at[GROWTH], abs=0.01)
    (told,) = [note.text for note in notes(problem, [], found, None, [], None, 1.0)]
    assert "1 run more than 8 times" in told
    assert "line 8 (+" in told


def test_the_same_table_gives_the_same_numbers():
    problem = Problem(table(law.HOFFMANN_2022, n=30))
    best = minima(problem)[0]
    again = bootstrap(problem, best, [BUDGET], resamples=10)
    assert bootstrap(problem, best, [BUDGET], resamples=10) == again
    assert bootstrap(problem, best, [BUDGET], resamples=10, seed=1) != again


def test_one_ray_does_not_tell_the_exponents():
    N = np.geomspace(1e8, 1e10, 20)
    found = analysis(runs(N, 20 * N, law.loss(law.HOFFMANN_2022, N, 20 * N)))
    assert not found.identified
    assert "one ray" in found.notes[0].text
    assert rows(found)[0][2:] == ("not bounded", "–")
    assert document(found)["a_opt"]["profile"] == [None, None]


def test_a_line_of_another_slope_does_not_either():
    N = np.geomspace(1e8, 1e10, 20)
    D = 1e4 * N**0.7
    found = analysis(runs(N, D, law.loss(law.HOFFMANN_2022, N, D)))
    assert "one line, D ~ N^0.70" in found.notes[0].text


def test_an_interval_without_an_end_says_so():
    problem = Problem(table(law.HOFFMANN_2022, n=10, noise=0.1, spread=1.0))
    best = minima(problem, starts(problem)[2:3])[0]
    profile = growth_profile(problem, best)
    assert profile.open_low or profile.open_high
    (told,) = [note.text for note in notes(problem, [], [best], profile, [], None, 1.0) if "bound it" in note.text]
    assert "a_opt" in told


def test_extrapolation_is_told():
    problem = Problem(table(law.HOFFMANN_2022))
    budgets = [(C, law.frontier(law.HOFFMANN_2022, C), Interval(1.0, 2.0)) for C in (1e22, 1e25)]
    found = minima(problem)

    def told(reach):
        said = (note.text for note in notes(problem, [], found, None, budgets, None, reach))
        return [text for text in said if "beyond the largest run" in text]

    assert len(told(1.0)) == 1
    assert "1e25 lies 3.0 decades" in told(1.0)[0]
    assert told(4.0) == []


def test_without_a_floor():
    constants = law.Law(0.0, 400.0, 300.0, 0.4, 0.3)
    found = analysis(table(constants, noise=0.002), resamples=0, floor=False)
    assert found.law.floor == 0
    assert found.profile.low < law.growth(constants) < found.profile.high


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda N, D, L: (N[:6], D[:6], L[:6]), "at least 8 runs, got 6"),
        (lambda N, D, L: (np.where(N > 0, 1e9, 0), D, L), "3 distinct values of N, got 1"),
        (lambda N, D, L: (N, np.where(D > 1e10, 1e9, 2e9), L), "3 distinct values of D, got 2"),
        (lambda N, D, L: (N, D, np.where(np.arange(80) == 4, -1.0, L)), "loss must be positive.*-1 in run 5"),
        (lambda N, D, L: (N, np.where(np.arange(80) < 2, np.nan, D), L), "D must be.*nan in run 1, and 1 more"),
        (lambda N, D, L: (N, D, 0 * L + 2), "nothing to fit"),
    ],
)
def test_hopeless_tables_are_refused(change, message):
    N, D = sizes()
    with pytest.raises(UsageError, match=message):
        runs(*change(N, D, law.loss(law.HOFFMANN_2022, N, D)))


def written(path, header=("N", "D", "loss"), n=30, change=lambda row: row):
    made = table(law.HOFFMANN_2022, n=n)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for row in zip(made.size, made.data, made.loss, strict=True):
            writer.writerow(change([repr(float(value)) for value in row]))
    return path


def test_columns_by_name_and_from_compute(tmp_path):
    plain = read(written(tmp_path / "a.csv"))
    assert len(plain) == 30
    assert plain.lines[0] == 2

    def as_compute(row):
        return [row[0], repr(6 * float(row[0]) * float(row[1])), row[2]]

    other = read(written(tmp_path / "b.csv", ("params", "flop", "L"), change=as_compute), size="params", loss="L",
                 compute="flop")  # fmt: skip
    assert other.data == pytest.approx(plain.data)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N,D\n1,2\n", "no column 'loss'; it has N, D"),
        ("", "no column 'N'.*no header"),
        ("N,D,loss\n1e9,2e9,three\n", "line 2: loss must be a number such as 1.2e9, got 'three'"),
        ("N,D,loss\n1e9,,3\n", "line 2: D must be a number"),
        ("N,D,loss\n" + "1e9,2e9,0\n" * 9, "loss must be positive and finite, got 0 in line 2, and 8 more"),
        ("N,D,loss\n", "at least 8 runs, got 0"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path, text, message, capsys):
    file = tmp_path / "runs.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read(file)
    assert main(["parametric", str(file)]) == 2
    assert capsys.readouterr().err.startswith("error: ")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize("option", [["--huber", "0"], ["--budget", "-1"], ["--resamples", "5"], ["--factor", "nan"]])
def test_bad_options_are_refused(tmp_path, option, capsys):
    assert main(["parametric", str(written(tmp_path / "runs.csv")), *option]) == 2
    assert "must be positive" in (said := capsys.readouterr().err) or "at least 20" in said


def test_the_verb_prints_and_writes(tmp_path, capsys):
    file = written(tmp_path / "runs.csv")
    page, numbers = tmp_path / "fit.html", tmp_path / "fit.json"
    words = ["--budget", "5.76e23", "--resamples", "20", "--html", str(page), "--json", str(numbers)]
    assert main(["parametric", str(file), *words]) == 0
    said = capsys.readouterr().out
    assert "a_opt" in said
    assert "beware: C = 5.76e23 lies" in said
    found = json.loads(numbers.read_text(encoding="utf-8"))
    assert found["runs"] == 30
    low, high = found["budgets"][0]["D/N"]["profile"]
    assert low < found["budgets"][0]["D/N"]["estimate"] < high
    text = page.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "scaleproof parametric" in text
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_a_table_that_does_not_tell_has_its_own_status(tmp_path, capsys):
    file = tmp_path / "ray.csv"
    N = np.geomspace(1e8, 1e10, 12)
    loss = law.loss(law.HOFFMANN_2022, N, 20 * N)
    lines = [f"{n!r},{20 * n!r},{value!r}" for n, value in zip(N.tolist(), loss.tolist(), strict=True)]
    file.write_text("N,D,loss\n" + "\n".join(lines) + "\n", encoding="utf-8")
    assert main(["parametric", str(file)]) == 1
    assert "not bounded" in capsys.readouterr().out


def test_a_page_of_a_fit_without_a_bootstrap(tmp_path):
    found = analysis(table(law.HOFFMANN_2022, n=20), resamples=0)
    write_html(found, "a & b.csv", tmp_path / "page.html")
    assert "a &amp; b.csv" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_table_of_the_docs_is_what_its_script_makes_and_gives_the_constants_back(capsys):
    folder = Path(__file__).parents[2] / "docs" / "parametric"
    made = runpy.run_path(str(folder / "runs.py"))
    assert made["FILE"].read_text(encoding="utf-8") == made["table"]()
    assert main(["parametric", str(made["FILE"]), "--resamples", "0"]) == 0
    low, high = re.search(r"a_opt .*?([\d.]+) to ([\d.]+)", capsys.readouterr().out).groups()
    assert float(low) < law.growth(law.BESIROGLU_2024) < float(high)
