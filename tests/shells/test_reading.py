"""``--format``, ``explain`` and ``compare`` as a user runs them: formats, files, damaged reports, exit codes."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from tests.shells.test_command import DOUBTFUL, RIGHT, WRONG, run

__all__ = ["run"]
STARTS = {
    "terminal": "WRONG",
    "json": "{",
    "html": "<!doctype html>",
    "markdown": "### ",
    "junit": "<?xml",
    "github": "::error file=m.py,line=",
}
ENDINGS = {"r.json": "json", "r.html": "html", "r.md": "markdown", "r.xml": "junit", "r.txt": "terminal"}


@pytest.fixture
def reports(run, tmp_path):
    """Return the names of a right and a wrong report, on file."""
    run("check", "m.py", "--format", "json", "-o", "right.json")
    run("check", "m.py", "--format", "json", "-o", "wrong.json", files={"m.py": WRONG})
    return "right.json", "wrong.json"


@pytest.mark.parametrize("form", STARTS)
def test_formats_on_standard_output(run, form):
    done = run("check", "m.py", "--format", form, files={"m.py": WRONG})
    assert done.returncode == 1
    assert done.stderr == ""
    assert done.stdout.startswith(STARTS[form])


@pytest.mark.parametrize("name", ENDINGS)
def test_the_ending_tells_the_format(run, tmp_path, name):
    done = run("check", "m.py", "-o", name, files={"m.py": WRONG})
    assert done.returncode == 1
    assert done.stdout.startswith("WRONG")
    assert (tmp_path / name).read_text(encoding="utf-8").startswith(STARTS[ENDINGS[name]])
    assert {path.name for path in tmp_path.iterdir()} - {"__pycache__"} == {"m.py", name}


@pytest.mark.parametrize("form", STARTS)
def test_explain_says_what_check_said(run, reports, form):
    done = run("explain", "wrong.json", "--format", form)
    assert done.returncode == 0
    assert done.stdout.startswith(STARTS[form])
    checked = run("check", "m.py", "--format", form, files={"m.py": WRONG}).stdout
    if form == "github":
        assert done.stdout == checked
    assert len(done.stdout) == pytest.approx(len(checked), abs=60)


def test_explain_runs_nothing(run, reports, tmp_path):
    done = run("explain", "wrong.json", "-o", "page.html", files={"m.py": "raise SystemExit('it ran')"})
    assert done.returncode == 0
    assert done.stdout.startswith("WRONG")
    assert "gradproof check m.py --seed 0" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "#0 a b: claimed" in run("explain", "wrong.json", "-v").stdout
    assert len(run("explain", "wrong.json", "-q").stdout.splitlines()) == 1


@pytest.mark.parametrize("command", [("explain", "x.json"), ("compare", "x.json", "x.json")])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "cannot be read"),
        ("", "cannot be read"),
        ("not JSON", "cannot be read"),
        ('{"format": "other"}', "not a report"),
        ('{"format": "gradproof-report", "version": 99}', "install a newer gradproof"),
        ('{"format": "gradproof-report", "version": 1, "report": {"outcome": "odd"}, "run": {}}', "damaged"),
        ("\udcff\udcfe", "cannot be read"),
    ],
)
def test_files_that_cannot_be_read(run, tmp_path, command, text, words):
    if text is not None:
        (tmp_path / "x.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    done = run(*command)
    assert done.returncode == 2
    assert done.stdout == ""
    assert words in done.stderr
    assert "x.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_is_no_report(run):
    done = run("explain", ".")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("form", STARTS)
def test_an_output_that_cannot_be_written(run, reports, form):
    done = run("explain", "wrong.json", "--format", form, "-o", "missing/report")
    assert done.returncode == 2
    assert done.stdout.startswith(STARTS[form])
    assert "cannot be written to missing/report" in done.stderr


def test_a_folder_is_no_output(run, reports, tmp_path):
    (tmp_path / "folder").mkdir()
    done = run("explain", "wrong.json", "-o", "folder")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no /dev/stdout on this system")
def test_a_device_is_an_output(run, reports):
    done = run("explain", "right.json", "--format", "markdown", "-o", "/dev/stdout")
    assert done.returncode == 0
    assert done.stdout.startswith("### ")
    assert run("explain", "right.json", "--format", "html", "-o", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize("command", [("check", "m.py"), ("explain", "right.json")])
def test_an_unknown_format(run, command):
    done = run(*command, "--format", "pdf")
    assert done.returncode == 2
    assert "'pdf' is not one of" in done.stderr


@pytest.mark.parametrize("form", STARTS)
def test_a_terminal_that_knows_only_ascii(run, form):
    text = WRONG.replace('"a"', '"é\\u4e2d\\udc80"')
    environment = {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    done = run("check", "m.py", "--format", form, "-o", "out", files={"m.py": text}, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    done = run("check", "m.py", "--format", form, files={"m.py": text}, env=environment)
    assert (done.returncode, done.stderr) == (1, "")
    assert ("&#20013;" if form in ("html", "junit") else "\\u4e2d") in done.stdout
    assert "\x1b" not in done.stdout
    if form == "json":
        assert json.loads(done.stdout)["report"]["verdicts"][0]["leaf"] == "é中\udc80"


def test_names_that_are_no_text_survive_a_file(run, tmp_path):
    text = WRONG.replace('"a"', '"\\udc80"')
    run("check", "m.py", "-o", "r.json", files={"m.py": text})
    report = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))
    assert [verdict["leaf"] for verdict in report["report"]["verdicts"]] == ["\udc80", "b"]
    assert "\\udc80" in run("explain", "r.json").stdout


def test_several_targets(run, tmp_path):
    files = {"a.py": RIGHT, "b.py": WRONG, "c.py": DOUBTFUL}
    done = run("check", *files, "--format", "junit", "-o", "all.xml", files=files)
    assert done.returncode == 1
    suites = ET.parse(tmp_path / "all.xml").getroot()
    assert [suite.attrib["name"] for suite in suites] == list(files)
    assert [(suite.attrib["failures"], suite.attrib["errors"]) for suite in suites] == [
        ("0", "0"),
        ("1", "0"),
        ("0", "2"),
    ]
    done = run("check", *files, "--format", "github", files=files)
    assert [line.split(",")[0] for line in done.stdout.splitlines() if line.startswith("::error")] == [
        "::error file=b.py"
    ]
    run("check", *files, "-o", "all.html", files=files)
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "Wrong: 1 of 3 gradients</h1>" in page
    assert all(name in page for name in files)
    run("check", *files, "-o", "all.json", files=files)
    told = run("explain", "all.json").stdout
    assert [line.rstrip(":") for line in told.splitlines() if line.endswith(".py:")] == list(files)


def line_of(text, word):
    return 1 + next(i for i, line in enumerate(text.splitlines()) if word in line)


WRAPPED = """
import functools
{}
def decorated(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)
    return inner

class Grads:
    def __call__(self, p):  # the line of the object
        return old(p)
    def method(self, p):  # the line of the method
        return old(p)

old = gradient
"""


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("", "def gradient"),
        ("gradient = decorated(gradient)", "def gradient"),
        ("gradient = functools.partial(gradient)", "def gradient"),
        ("gradient = Grads()", "the line of the object"),
        ("gradient = Grads().method", "the line of the method"),
        ("gradient = old(params)", ""),
    ],
)
def test_annotations_point_at_the_gradient(run, code, word):
    text = WRAPPED.format(WRONG) + code
    done = run("check", "m.py", "--format", "github", files={"m.py": text})
    assert done.returncode == 1, done.stderr
    line = line_of(text, word) if word else 1
    assert f"file=m.py,line={line}," in done.stdout


def test_files_outside_are_not_named(run, tmp_path, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "other.py"
    elsewhere.write_text(WRONG)
    done = run("check", str(elsewhere), "--format", "github")
    assert done.returncode == 1
    assert "file=" not in done.stdout
    root = {"GITHUB_WORKSPACE": str(elsewhere.parent)}
    assert "file=other.py" in run("check", str(elsewhere), "--format", "github", env=root).stdout


def test_compare(run, reports):
    worse = run("compare", "right.json", "wrong.json")
    assert worse.returncode == 1
    assert worse.stdout.startswith("WORSE     1 worse, 0 better; was consistent, is wrong")
    assert "  - a  was consistent, is wrong: yours is 2.000000 x the measured gradient" in worse.stdout
    better = run("compare", "wrong.json", "right.json")
    assert (better.returncode, better.stdout[:6]) == (0, "BETTER")
    same = run("compare", "wrong.json", "wrong.json")
    assert (same.returncode, same.stdout.splitlines()[0]) == (0, "THE SAME  0 worse, 0 better; was wrong, is wrong")


def test_help_has_examples(run):
    for command in ("check", "explain", "compare"):
        text = run(command, "--help").stdout
        assert "gradproof" in text or command == "compare"
        assert "Exit" in text
    assert "explain" in run("--help").stdout


CLAMPED = """
import numpy as np
params = {"x": np.array([1.0, 2.0, 3.0])}
def loss(p): return float(np.sum(np.maximum(p["x"], 1.5) ** 2))
def gradient(p): return {"x": np.where(p["x"] > 1.0, 2 * p["x"], 0) * (p["x"] != 1.0)}
"""


def test_points_drawn_around_show_what_the_given_one_hides(run):
    assert run("check", "m.py", files={"m.py": CLAMPED}).returncode == 0
    done = run("check", "m.py", "--points", "6", files={"m.py": CLAMPED})
    assert done.returncode == 1
    assert "Checked at 7 points" in done.stdout
    assert "this is drawn point" in done.stdout


def test_points_need_a_function(run):
    text = CLAMPED + "gradient = gradient(params)\n"
    done = run("check", "m.py", "--points", "2", files={"m.py": text})
    assert done.returncode == 2
    assert "belongs to one point" in done.stderr


def test_whole_curves_are_kept_in_the_report_and_drawn(run, tmp_path):
    assert run("check", "m.py", "--curve", "-o", "r.json", files={"m.py": CLAMPED}).returncode == 0
    (curve,) = json.loads((tmp_path / "r.json").read_text())["report"]["curves"]
    assert len(curve["points"]) == 29
    assert run("explain", "r.json", "-o", "r.html").returncode == 0
    page = (tmp_path / "r.html").read_text()
    assert "The whole curve" in page
    assert "Observed order 2.0" in page
    assert run("check", "m.py", "-o", "short.html", files={"m.py": CLAMPED}).returncode == 0
    assert "The whole curve" not in (tmp_path / "short.html").read_text()


def test_processes_and_a_journal(run, tmp_path):
    pytest.importorskip("loky")
    pytest.importorskip("cloudpickle")
    done = run("check", "m.py", "--workers", "2", "--journal", "j.db", "--limit", "30", "-o", "r.json")
    assert done.returncode == 0, done.stderr
    facts = json.loads((tmp_path / "r.json").read_text())["run"]
    assert facts["workers"] == 2
    assert facts["written"] > 0
    assert run("check", "m.py", "--journal", "j.db", "-o", "r.json").returncode == 0
    assert json.loads((tmp_path / "r.json").read_text())["run"]["remembered"] == facts["written"] - 2
    refused = run("check", "m.py", "--journal", "j.db", "--seed", "3")
    assert refused.returncode == 2
    assert "its seed differs" in refused.stderr


def test_an_interrupted_command_shows_what_was_found(run):
    text = WRONG + "calls = []\nright = loss\ndef loss(p):\n    calls.append(1)\n    if len(calls) > 30:\n"
    text += "        raise KeyboardInterrupt\n    return right(p)\n"
    done = run("check", "m.py", files={"m.py": text})
    assert done.returncode == 130
    assert "Interrupted before everything was measured" in " ".join(done.stdout.split())
