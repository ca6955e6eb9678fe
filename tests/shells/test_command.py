"""The command as a user runs it: exit codes, outputs, errors."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import textwrap

import pytest

RIGHT = """
import numpy as np
params = {"a": np.array([1.0, 2.0]), "b": np.array([3.0])}

def loss(p):
    return float((p["a"] ** 2).sum() + p["b"][0] ** 3)

def gradient(p):
    return {"a": 2 * p["a"], "b": 3 * p["b"] ** 2}
"""
WRONG = RIGHT.replace("2 * p", "4 * p")
DOUBTFUL = RIGHT.replace("return float(", "return np.random.default_rng().normal() + float(")


@pytest.fixture
def run(tmp_path):
    def call(*arguments, files=None, **extra):
        for name, text in (files or {"m.py": RIGHT}).items():
            (tmp_path / name).write_text(textwrap.dedent(text))
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8", **extra.pop("env", {})}
        return subprocess.run(
            [sys.executable, "-m", "gradproof", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            env=environment,
            timeout=120,
            **extra,
        )

    return call


@pytest.mark.parametrize(
    ("text", "code", "word"), [(RIGHT, 0, "CONSISTENT"), (WRONG, 1, "WRONG"), (DOUBTFUL, 3, "INCONCLUSIVE")]
)
def test_exit_codes(run, text, code, word):
    done = run("check", "m.py", files={"m.py": text})
    assert done.returncode == code, done.stderr
    assert done.stdout.startswith(word)
    assert done.stderr == ""


def test_inconclusive_may_be_allowed(run):
    assert run("check", "m.py", "--allow-inconclusive", files={"m.py": DOUBTFUL}).returncode == 0
    assert run("check", "m.py", "--allow-inconclusive", files={"m.py": WRONG}).returncode == 1


def test_the_worst_of_several_targets_decides(run):
    files = {"a.py": RIGHT, "b.py": WRONG, "c.py": DOUBTFUL}
    done = run("check", "a.py", "b.py", "c.py", files=files)
    assert done.returncode == 1
    assert [line for line in done.stdout.splitlines() if line.endswith(".py:")] == ["a.py:", "b.py:", "c.py:"]
    assert run("check", "a.py", "missing.py", "c.py", files=files).returncode == 2


OBJECTS = (
    RIGHT
    + """
import gradproof
problem = gradproof.Problem(loss, gradient, params)
def make():
    return loss, gradient, params
def make_problem():
    return problem
number = 3
"""
)


@pytest.mark.parametrize("target", ["m.py:problem", "m.py:make", "m.py:make_problem", "m:make", "m", "m.py"])
def test_targets(run, target):
    done = run("check", target, files={"m.py": OBJECTS})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("target", "text", "words"),
    [
        ("n.py", RIGHT, ["does not exist", "did you mean m.py"]),
        ("no.such.module", RIGHT, ["no such module"]),
        ("m.py", "x = (", ["does not parse", "m.py:1"]),
        ("m.py", "import nothing_like_this", ["raised an exception on import", "ModuleNotFoundError", "m.py:1"]),
        ("m.py", "raise SystemExit(0)", ["raised an exception on import", "SystemExit"]),
        ("m.py", "def los(p): return 1\ngradient = params = 1.0", ["lacks loss", "did you mean los"]),
        ("m.py:mak", OBJECTS, ["no such object", "did you mean make"]),
        ("m.py:number", OBJECTS, ["cannot be checked", "int"]),
        ("m.py:loss", OBJECTS, ["Calling loss() failed"]),
        ("m.py", "params = {}\nloss = gradient = lambda p: 1.0", ["nothing to check", "empty tree"]),
        ("m.py", "params = 1.0\nloss = gradient = 3", ["loss cannot be called"]),
        (
            "m.py",
            "import numpy as np\nparams = np.array([1, np.nan])\nloss = gradient = sum",
            ["params is not finite", "params[1]"],
        ),
        ("m.py", "params = 1.0\nloss = gradient = lambda p: float('inf')", ["not finite at the given point"]),
        (
            "m.py",
            "import numpy as np\nparams = np.ones(3)\nloss = gradient = lambda p: p",
            ["does not return one number", "shape (3,)"],
        ),
    ],
)
def test_nothing_could_be_judged(run, target, text, words):
    done = run("check", target, files={"m.py": text})
    assert done.returncode == 2
    assert done.stdout == ""
    for word in words:
        assert word in done.stderr
    assert "gradproof/" not in done.stderr.replace("\\", "/")


def test_the_users_exception_passes_through(run):
    text = RIGHT + "calls = 0\nright = loss\ndef loss(p):\n    global calls\n    calls += 1\n    if calls > 6:\n"
    text += "        raise RuntimeError('diverged')\n    return right(p)\n"
    done = run("check", "m.py", files={"m.py": text})
    assert done.returncode == 2
    assert "RuntimeError: diverged" in done.stderr
    assert "m.py" in done.stderr
    assert "gradproof: while evaluating the objective at step t = " in done.stderr
    assert "cli.py" not in done.stderr


def test_json(run):
    text = WRONG.replace("def loss(p):", "def loss(p):\n    print('chatter')")
    done = run("check", "m.py", "--format", "json", files={"m.py": text})
    assert done.returncode == 1
    assert json.loads(done.stdout)["report"]["outcome"] == "wrong"
    assert "chatter" in done.stderr


def test_output_file(run, tmp_path):
    done = run("check", "m.py", "--format", "json", "-o", "report.json")
    assert (done.returncode, done.stdout) == (0, "")
    assert json.loads((tmp_path / "report.json").read_text())["report"]["outcome"] == "consistent"
    run("check", "m.py", "-o", "report.txt")
    assert (tmp_path / "report.txt").read_text().startswith("CONSISTENT")


@pytest.mark.parametrize(("text", "code"), [(RIGHT, 2), (WRONG, 1)])
@pytest.mark.parametrize("form", ["json", "terminal"])
def test_an_output_that_cannot_be_written_loses_nothing(run, form, text, code):
    done = run("check", "m.py", "--format", form, "-o", "missing/report", files={"m.py": text})
    assert done.returncode == code
    assert "consistent" in done.stdout.lower()
    assert "cannot be written to missing/report" in done.stderr


def test_project_settings(run):
    table = "[tool.gradproof]\nseed = 7\nfreeze = ['a']\n"
    done = run("check", "m.py", "--format", "json", files={"m.py": WRONG, "pyproject.toml": table})
    assert done.returncode == 0
    report = json.loads(done.stdout)["report"]
    assert report["settings"]["seed"] == 7
    assert report["skipped"] == [["a", "frozen"]]
    assert run("check", "m.py", "--freeze", "b", files={"m.py": WRONG, "pyproject.toml": table}).returncode == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[tool.gradproof]\nsed = 7\n", ["no setting 'sed'", "did you mean seed", "pyproject.toml"]),
        ("[tool.gradproof]\nseed = -7\n", ["'seed' cannot be used", "pyproject.toml"]),
        ("[tool.gradproof\n", ["cannot be read", "pyproject.toml"]),
    ],
)
def test_project_settings_that_cannot_be_used(run, table, words):
    done = run("check", "m.py", files={"m.py": RIGHT, "pyproject.toml": table})
    assert done.returncode == 2
    assert all(word in done.stderr for word in words)


@pytest.mark.parametrize("option", [("--seed", "-1"), ("--resolution", "2"), ("--probes", "1"), ("--only", "zz")])
def test_options_that_cannot_be_used(run, option):
    done = run("check", "m.py", *option)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_options(run):
    quiet = run("check", "m.py", "-q")
    assert len(quiet.stdout.splitlines()) == 1
    verbose = run("check", "m.py", "-v", "--seed", "5")
    assert "#0 a b: claimed" in verbose.stdout
    assert "seed 5" in verbose.stdout
    budget = run("check", "m.py", "--evaluations", "9")
    assert budget.returncode == 3
    assert "9 evaluations" in budget.stdout
    assert run("check", "m.py", "--seconds", "60").returncode == 0
    assert run("--version").stdout.startswith("gradproof ")
    assert "Exit codes" in run("check", "--help").stdout


@pytest.mark.parametrize("command", ["check", "compare", "completion", "demo", "explain", "measure", "mend", "stress"])
def test_the_help_of_every_command_has_examples_line_by_line(run, command):
    text = run(command, "--help").stdout
    assert "\\b" not in text
    lines = [line.strip() for line in text.splitlines()]
    start = next(i for i, line in enumerate(lines) if line in ("Example:", "Examples:"))
    assert f"gradproof {command} " in lines[start + 1]


def test_the_list_of_commands_says_what_each_answers(run):
    assert "..." not in run("--help").stdout.split("Commands:")[1].split("Examples:")[0]


def test_encodings_that_know_little(run):
    text = RIGHT.replace('"b"', '"\\u03b2"')
    done = run("check", "m.py", files={"m.py": text}, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0, done.stderr
    assert "\\u03b2" in done.stdout


def in_a_terminal(tmp_path, *arguments, **environment):
    """Run the command with a pseudo-terminal as its three streams, and return what it showed."""
    main, secondary = pty.openpty()
    command = [sys.executable, "-m", "gradproof", *arguments]
    inherited = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    env = {**inherited, "TERM": "xterm", **environment}
    process = subprocess.Popen(command, stdin=secondary, stdout=secondary, stderr=secondary, cwd=tmp_path, env=env)
    os.close(secondary)
    shown = b""
    while True:
        try:
            piece = os.read(main, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    process.wait(timeout=60)
    os.close(main)
    return process.returncode, shown.decode()


def test_colours_on_a_terminal(tmp_path):
    (tmp_path / "m.py").write_text(WRONG)
    code, shown = in_a_terminal(tmp_path, "check", "m.py", COLUMNS="60")
    assert code == 1
    assert "\x1b[1;31mWRONG" in shown
    _, plain = in_a_terminal(tmp_path, "check", "m.py", NO_COLOR="1")
    assert "\x1b" not in plain


def test_progress_only_where_work_takes_long(tmp_path):
    slow = RIGHT.replace("def loss(p):", "import time\ndef loss(p):\n    time.sleep(0.1)")
    (tmp_path / "slow.py").write_text(slow)
    (tmp_path / "m.py").write_text(RIGHT)
    assert "slow.py: directions" in in_a_terminal(tmp_path, "check", "slow.py")[1]
    assert "directions" not in in_a_terminal(tmp_path, "check", "m.py")[1]


@pytest.mark.parametrize("where", ["loss", "gradient", "make"])
def test_sys_exit_is_no_verdict(run, where):
    texts = {
        "loss": RIGHT.replace("    return float(", "    raise SystemExit(0)\n    return float("),
        "gradient": RIGHT.replace('    return {"a"', '    raise SystemExit(0)\n    return {"a"'),
        "make": "def make():\n    raise SystemExit(0)\n",
    }
    target = "m.py:make" if where == "make" else "m.py"
    done = run("check", target, files={"m.py": texts[where]})
    assert done.returncode == 2
    assert "SystemExit" in done.stderr


def test_an_inconclusive_verdict_keeps_its_code_without_a_file(run):
    assert run("check", "m.py", "-o", "missing/x", files={"m.py": DOUBTFUL}).returncode == 3


def test_parameters_from_a_file(run, tmp_path):
    numpy = pytest.importorskip("numpy")
    numpy.savez(tmp_path / "p.npz", a=[3.0, 4.0], b=[5.0])
    done = run("check", "m.py", "--params", "p.npz", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"]["value"] == 9 + 16 + 125
    bare = RIGHT.replace("params = {", "unused = {")
    assert run("check", "m.py", "--params", "p.npz", files={"m.py": bare}).returncode == 0
    assert run("check", "m.py", files={"m.py": bare}).returncode == 2


def test_parameters_that_do_not_fit(run, tmp_path):
    numpy = pytest.importorskip("numpy")
    numpy.savez(tmp_path / "p.npz", a=[3.0, 4.0], c=[5.0])
    done = run("check", "m.py", "--params", "p.npz")
    assert done.returncode == 2
    assert "lacks b" in done.stderr
    assert "Traceback" not in done.stderr


def evaluations(done):
    return json.loads(done.stdout)["report"]["evaluations"]


def test_judged_on_the_measurements_of_a_report(run):
    assert run("check", "m.py", "--format", "json", "-o", "r.json", files={"m.py": WRONG}).returncode == 1
    done = run("check", "m.py", "--measured", "r.json", "--format", "json", files={"m.py": RIGHT})
    assert done.returncode == 0, done.stderr
    assert 0 < evaluations(done) < 20
    still = run("check", "m.py", "--measured", "r.json", "--format", "json", files={"m.py": WRONG})
    assert still.returncode == 1
    # Another objective is noticed, and measured afresh.
    other = RIGHT.replace("** 3)", "** 3 + 1)")
    fresh = run("check", "m.py", "--measured", "r.json", "--format", "json", files={"m.py": other})
    assert fresh.returncode == 0
    assert evaluations(fresh) > 20
    moved = RIGHT.replace("[3.0]", "[4.0]")
    refused = run("check", "m.py", "--measured", "r.json", files={"m.py": moved})
    assert refused.returncode == 2
    assert "not those of the report" in refused.stderr


def test_self_test(run):
    done = run("check", "m.py", "--self-test")
    assert done.returncode == 0
    assert "a factor of 2: caught in 2 of 2" in done.stdout
    wrong = run("check", "m.py", "--self-test", files={"m.py": WRONG})
    assert wrong.returncode == 1
    assert "No mistakes were planted" in wrong.stdout
