"""The pytest plugin, by pytest's own pytester: with and without xdist."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gradproof import Report, assert_gradient
from gradproof.reports.several import loads_several

pytest_plugins = ["pytester"]

SUITE = """
import numpy as np
import pytest
from gradproof import assert_gradient

X = np.linspace(0.2, 1.4, 5)

def loss(p):
    return float(np.sum(np.sin(p["x"]) ** 2))

def right(p):
    return {"x": np.sin(2 * p["x"])}

def wrong(p):
    return {"x": 2 * np.sin(2 * p["x"])}

def steps(p):
    return float(np.sum(np.floor(1e3 * p["x"]))) / 1e3 + 1e-9 * np.sum(p["x"])
"""
RIGHT = (
    SUITE
    + """
def test_right():
    assert_gradient(loss, right, {"x": X})

@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_fixture(gradproof, scale):
    report = gradproof.check(lambda p: scale * loss(p), {"x": scale * right({"x": X})["x"]}, {"x": X})
    assert report.outcome == "consistent"

class TestClass:
    def test_in_a_class(self, gradproof):
        gradproof.assert_gradient(loss, right, {"x": X})
"""
)
WRONG = (
    RIGHT
    + """
def test_wrong():
    assert_gradient(loss, wrong, {"x": X})
"""
)
OPEN = (
    SUITE
    + """
@pytest.mark.gradproof(MARK)
def test_open(gradproof):
    gradproof.assert_gradient(steps, right, {"x": X})
"""
)
both_ways = pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one process", "xdist"])


@pytest.fixture
def suite(pytester, monkeypatch):
    """Return how to run a file of tests in a process of its own."""
    monkeypatch.setenv("COLUMNS", "120")

    def run(text, *options):
        pytester.makepyfile(test_it=text)
        return pytester.runpytest_subprocess(*options)

    return run


@both_ways
def test_right_gradients_are_counted(suite, workers):
    done = suite(RIGHT, *workers)
    done.assert_outcomes(passed=4)
    done.stdout.fnmatch_lines(["*= gradproof =*", "4 gradients checked: 4 consistent (* evaluations)",
                               "seen least: an error below * of x would have passed, in test_it.py::*"])  # fmt: skip


@both_ways
def test_a_wrong_one_fails_with_the_report(suite, workers):
    done = suite(WRONG, *workers)
    done.assert_outcomes(passed=4, failed=1)
    done.stdout.fnmatch_lines(
        [">*assert_gradient(loss, wrong, {*", "E*WRONG*", "E*x*yours is 2.000000 x the measured*"]
    )
    done.stdout.fnmatch_lines(["5 gradients checked: * 1 wrong*"])
    # Of gradproof's own lines none is shown.
    done.stdout.no_fnmatch_line("*raise GradientMismatch*")
    done.stdout.no_fnmatch_line("*assertion.py*")


@both_ways
@pytest.mark.parametrize("ending", ["json", "html"])
def test_all_reports_are_collected_in_a_file(suite, pytester, workers, ending):
    done = suite(WRONG, f"--gradproof-report=out/all.{ending}", *workers)
    assert done.ret == 1
    text = (pytester.path / "out" / f"all.{ending}").read_text(encoding="utf-8")
    if ending == "json":
        reports = dict(loads_several(text))
        assert set(reports) == {"test_it.py::test_right", "test_it.py::test_fixture[1.0]",
                                "test_it.py::test_fixture[2.0]", "test_it.py::TestClass::test_in_a_class",
                                "test_it.py::test_wrong"}  # fmt: skip
        assert reports["test_it.py::test_wrong"].outcome == "wrong"
        shown = pytester.run(sys.executable, "-m", "gradproof", "explain", "out/all.json")
        assert shown.ret == 0
        shown.stdout.fnmatch_lines(["test_it.py::test_wrong:", "WRONG*"])
        compared = pytester.run(sys.executable, "-m", "gradproof", "compare", "out/all.json", "out/all.json")
        assert compared.ret == 2
        compared.stderr.fnmatch_lines(["*holds 5 reports*"])
    else:
        assert "Wrong: 1 of 5 gradients</h1>" in text
        assert text.count("<tr data-outcome") == 5
        assert "2.000000 x the measured gradient" in text
        assert "http" not in text.replace("http-equiv", "").replace("http://www.w3.org/2000/svg", "")


@pytest.mark.parametrize(
    ("mark", "outcome"),
    [("", "failed"), ("inconclusive='fail'", "failed"), ("inconclusive='xfail'", "xfailed"),
     ("inconclusive='pass'", "passed")],
)  # fmt: skip
def test_what_an_inconclusive_gradient_does(suite, mark, outcome):
    done = suite(OPEN.replace("MARK", mark))
    done.assert_outcomes(**{outcome: 1})
    done.stdout.fnmatch_lines(["1 gradient checked: 1 inconclusive*", "inconclusive: test_it.py::test_open: *"])


def test_the_configuration_decides_where_the_marker_does_not(suite, pytester):
    pytester.makeini("[pytest]\ngradproof_inconclusive = pass\ngradproof_seed = 7\n")
    suite(OPEN.replace("MARK", "")).assert_outcomes(passed=1)
    seeds = (
        SUITE
        + """
def test_seed(gradproof):
    assert gradproof.settings.seed == 7

@pytest.mark.gradproof(seed=9, rtol=1e-3)
def test_marked(gradproof):
    assert (gradproof.settings.seed, gradproof.settings.rtol) == (9, 1e-3)
"""
    )
    suite(seeds).assert_outcomes(passed=2)
    daily = "def test_seed(gradproof):\n    assert gradproof.settings.seed > 700_000\n"
    suite(daily, "--gradproof-seed=day").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--gradproof-seed=soon"], "expected a number or day, got 'soon'"), (["-o", "gradproof_inconclusive=maybe"],
     "expected one of fail, xfail, pass, got 'maybe'")],
)  # fmt: skip
def test_a_bad_configuration_is_told(suite, options, words):
    done = suite(RIGHT, *options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*{words}*"])


def test_an_unknown_setting_of_a_marker_is_told(suite):
    done = suite(OPEN.replace("MARK", "epsilon=1e-7"))
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["*There is no setting 'epsilon'*"])


def test_the_users_own_exception_is_shown(suite):
    text = (
        SUITE
        + """
def test_it():
    def broken(p):
        raise KeyError("momentum")
    assert_gradient(broken, right, {"x": X})
"""
    )
    done = suite(text)
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(['>*raise KeyError("momentum")', "E*KeyError: 'momentum'"])


def test_a_file_that_cannot_be_written_is_told_and_changes_no_exit_code(suite, pytester):
    (pytester.path / "taken").write_text("")
    done = suite(RIGHT, "--gradproof-report=taken/all.html")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["the reports cannot be written to taken*"])


def test_hostile_names_of_tests_are_only_text(suite, pytester):
    text = (
        SUITE
        + """
@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "a" * 3000], ids=str)
def test_it(gradproof, name):
    gradproof.check(loss, wrong, {name: X} and {"x": X})
"""
    )
    suite(text, "--gradproof-report=all.html").assert_outcomes(passed=3)
    page = (pytester.path / "all.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "<img" not in page


def test_a_crashed_worker_loses_its_own_test_only(suite):
    text = RIGHT + "\ndef test_crash():\n    import os\n    os._exit(3)\n"
    done = suite(text, "-n", "2")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*worker*crashed*", "4 gradients checked: 4 consistent*"])


def test_a_run_without_gradients_has_no_section(suite):
    done = suite("def test_it():\n    pass\n")
    done.stdout.no_fnmatch_line("*gradproof*=")


def test_loading_the_plugin_imports_no_numpy():
    code = "import sys, gradproof_pytest; assert not {'numpy', 'gradproof', 'optree'} & set(sys.modules), sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_single_report_is_a_run_of_one(tmp_path):
    report = assert_gradient(lambda p: p["x"] ** 2, {"x": 6.0}, {"x": 3.0})
    ((name, record),) = loads_several(report.to_json())
    assert (name, record) == ("", report.record)
    report.save(tmp_path / "r.json")
    assert Report.load(tmp_path / "r.json") == report
    assert json.loads(report.to_json())["format"] == "gradproof-report"


def test_users_of_unittest_need_no_mixin(tmp_path):
    text = "import unittest\nfrom gradproof import assert_gradient\nclass T(unittest.TestCase):\n"
    text += "    def test_it(self):\n        assert_gradient(lambda p: p['x'] ** 2, {'x': 7.0}, {'x': 3.0})\n"
    (tmp_path / "test_it.py").write_text(text)
    done = subprocess.run([sys.executable, "-m", "unittest"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "FAILED (failures=1)" in done.stderr
    assert "yours is 1.166667 x the measured gradient" in done.stderr
