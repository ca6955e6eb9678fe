"""The command on files that nobody would write: sound, hostile and damaged targets, options and outputs at random."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import numpy as np
from click.testing import CliRunner

from gradproof.cli import main
from tests.fuzz.invariants import OWN, told
from tests.fuzz.trees import Draw

SOUND = """
import numpy as np
params = {{"W": np.linspace(-1.0, 1.0, 6).reshape(2, 3), {name!r}: np.array([0.3, -0.2])}}
def loss(p):
    return float(sum(np.sum(np.sin(a)) for a in p.values()))
def gradient(p):
    return {{key: {factor} * np.cos(a) for key, a in p.items()}}
"""
NAMES = ["b", "", "a.b", "\x1b[31m", "]]>", "<script>", "é", "\u202e", "x" * 200]
BEFORE = ["import sys; sys.exit(0)", "raise SystemExit('no')", "1 / 0", "raise KeyboardInterrupt", "x = (",
          "\x00", "# -*- coding: nonsense -*-", "\ufeff", "import no_such_module", "from gradproof import nothing",
          "raise Exception('\\ud800')", "def f():\nreturn", "import warnings; warnings.simplefilter('error')",
          "raise ExceptionGroup('g', [ValueError(1)])", "print('noise' * 100)", "'" + "(" * 500]  # fmt: skip
AFTER = ["del loss", "del gradient", "del params", "loss = 3", "gradient = None", "params = None",
         "params = []", "params = {}", "params = loss", "def params(): raise ValueError('no')", "args = 3",
         "args = (1,)",
         "lower = 5.0", "upper = 'x'", "problem = 3", "def loss(p): raise SystemExit(1)",
         "def loss(p): raise KeyError(1)", "def loss(p): return 10**400", "def loss(p): return float('nan')",
         "def gradient(p): raise ValueError('x')", "def gradient(p): return None", "def params(): return iter(())",
         "import gradproof\ndef make(): return gradproof.Problem(loss, gradient, params)",
         "def make(): import sys; sys.exit(3)", "def loss(p): print('\\x1b[31m'); return 1.0",
         "def loss(p): return loss(p)", "def __getattr__(name): raise RuntimeError(name)"]  # fmt: skip
OPTIONS = [["-v"], ["-q"], ["--format", "json"], ["--format", "html"], ["--format", "junit"], ["--format", "github"],
           ["--format", "markdown"], ["-o", "out.json"], ["-o", "out.html"], ["-o", "no/such/folder/out.json"],
           ["-o", "/dev/full"], ["-o", "out.md", "-q"], ["-o", "out.xml"], ["--seed", "7"], ["--seed", "-1"],
           ["--rtol", "nan"], ["--rtol", "1e-5"], ["--probes", "1"], ["--evaluations", "9"], ["--evaluations", "0"],
           ["--seconds", "0.001"], ["--only", "W"], ["--only", "["], ["--only", ""], ["--freeze", "*"], ["--self-test"],
           ["--curve"], ["--points", "2"], ["--draws", "2"], ["--color", "always"], ["--params", "none.npz"],
           ["--params", "junk.npz"], ["--params", "deep.h5"], ["--measured", "junk.json"], ["--measured", "out.json"],
           ["--allow-inconclusive"], ["--journal", "junk.json"], ["--resolution", "2"]]  # fmt: skip
OBJECTS = [":make", ":nothing", ":params", ":loss", ":", "::", ":a.b", ":__name__"]
CODES = {0, 1, 2, 3}


def command(draw: Draw, folder: Path) -> tuple[str, list[str]]:
    """Run ``check``, ``explain`` or ``compare``; return what came of it, and what was broken."""
    here, path = Path.cwd(), list(sys.path)
    os.chdir(folder)
    _lay_out(draw)
    try:
        line = _line(draw)
        result = CliRunner().invoke(main, line)
    finally:
        os.chdir(here)
        sys.path[:] = path
    broken = []
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        broken.append(f"{told(error)} of {line}")
    elif result.exit_code not in (CODES | {130} if _interrupted(folder) else CODES):
        broken.append(f"exit code {result.exit_code} of {line}")
    if re.search(rf'File "{re.escape(str(OWN))}', result.output):
        broken.append(f"a traceback of ours is shown by {line}")
    return f"{line[0]}: {result.exit_code}", broken


def _interrupted(folder: Path) -> bool:
    return "KeyboardInterrupt" in (folder / "target.py").read_text(encoding="utf-8", errors="replace")


def _lay_out(draw: Draw) -> None:
    body = SOUND.format(name=str(draw.choice(NAMES)), factor=draw.choice(["1.0", "1.0", "2.0", "-1.0", "0.0"]))
    before = BEFORE[draw.integers(len(BEFORE))] if draw.random() < 0.25 else ""
    after = AFTER[draw.integers(len(AFTER))] if draw.random() < 0.4 else ""
    text = f"{before}\n{body}\n{after}\n"
    Path("target.py").write_bytes(text.encode("utf-8", "surrogatepass"))
    if draw.random() < 0.03:
        Path("target.py").write_bytes(draw.bytes(300))
    Path("junk.npz").write_bytes(draw.bytes(50))
    Path("deep.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + draw.bytes(50))
    Path("junk.json").write_bytes(
        [b"", b"{}", b"[" * 9999, b"\xff", json.dumps({"format": "gradproof-report"}).encode()][draw.integers(5)]
    )


def _line(draw: Draw) -> list[str]:
    kind = draw.random()
    places = ["junk.json", "out.json", "target.py", "none.json", ".", "\udcff", "x" * 300]
    if kind < 0.1:
        return ["explain", str(draw.choice(places)), *_options(draw, OPTIONS[:12])]
    if kind < 0.15:
        return ["compare", str(draw.choice(places)), str(draw.choice(places))]
    target = "target.py" + (OBJECTS[draw.integers(len(OBJECTS))] if draw.random() < 0.3 else "")
    if draw.random() < 0.06:
        target = str(np.random.default_rng(draw.integers(99)).choice(["no.py", "", ".", "a.b:c", "os", "x" * 300, "-"]))
    targets = [target] * (2 if draw.random() < 0.1 else 1)
    return ["check", *_options(draw, OPTIONS), "--", *targets]


def _options(draw: Draw, known: list[list[str]]) -> list[str]:
    count = int(draw.choice([0, 0, 1, 1, 2, 3]))
    return [word for i in draw.choice(len(known), count, replace=False) for word in known[i]]
