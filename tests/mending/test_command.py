"""``gradproof mend``: what it prints, what it writes, how it exits."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gradproof.cli import main
from tests.mending.support import BODY, HEAD

WRONG = HEAD + BODY.replace("np.sum(dz)", "2 * np.sum(dz)")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    path = tmp_path / "network.py"
    path.write_text(WRONG, encoding="utf-8")
    return path


def test_it_prints_the_diff_and_writes_nothing(target: Path) -> None:
    done = CliRunner().invoke(main, ["mend", str(target)])
    assert done.exit_code == 0
    assert done.output.startswith("MENDED    1 edit")
    assert "the factor `2` is too much" in done.output
    assert "-    db = 2 * np.sum(dz)\n+    db = np.sum(dz)" in done.output
    assert "CONSISTENT" in done.output
    assert target.read_text(encoding="utf-8") == WRONG
    assert [path.name for path in target.parent.iterdir() if path.is_file()] == ["network.py"]


def test_apply_writes_and_keeps_the_original(target: Path) -> None:
    done = CliRunner().invoke(main, ["mend", "--apply", str(target)])
    assert done.exit_code == 0
    assert target.read_text(encoding="utf-8") == HEAD + BODY
    assert target.with_name("network.py.orig").read_text(encoding="utf-8") == WRONG
    assert "network.py.orig" in done.output
    again = CliRunner().invoke(main, ["mend", str(target)])
    assert again.exit_code == 0
    assert "NOTHING TO MEND" in again.output


def test_apply_on_a_read_only_file_shows_the_diff_and_exits_with_2(target: Path) -> None:
    target.chmod(0o444)
    done = CliRunner().invoke(main, ["mend", "--apply", str(target)])
    assert done.exit_code == 2
    assert "+    db = np.sum(dz)" in done.output
    assert target.read_text(encoding="utf-8") == WRONG


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("loss = abs\nparams = 1.0\n", 2),
        ("import numpy as np\nloss = lambda p: float(p @ p)\ngradient = lambda p: p\nparams = np.ones(2)\n", 2),
        (HEAD + "\n\ndef gradient(p):\n    return undefined\n", 2),
    ],
    ids=["no gradient", "lambda", "raises"],
)
def test_what_cannot_be_judged_exits_with_2(tmp_path: Path, text: str, code: int) -> None:
    path = tmp_path / "bad.py"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["mend", str(path)])
    assert done.exit_code == code
    assert "Traceback" not in done.output or "undefined" in done.output


def test_not_found_exits_with_1(tmp_path: Path) -> None:
    path = tmp_path / "far.py"
    path.write_text(HEAD + BODY.replace("(1 - a**2)", "np.exp(-0.3 * np.abs(a) ** 1.7)"), encoding="utf-8")
    done = CliRunner().invoke(main, ["mend", "--seconds", "2", str(path)])
    assert done.exit_code == 1
    assert done.output.startswith("NOT MENDED")
