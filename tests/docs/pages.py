"""The pages of the documentation as what can be run: blocks of code, of files, of commands, and what they show.

On a page, blocks of Python run one after the other in one namespace; ```` ```python title="network.py" ```` is a file
instead; a ```` ```text ```` block right after one that runs is its output. A ```` ```console ```` block holds commands
after ``$``, with their output beneath, which run in the folder of the files. A block right after
``<!-- not run: why -->`` is only shown. ``python -m tests.docs.pages PAGE...`` writes into pages what they print now.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.house.sources import ROOT

DOCS = ROOT / "docs"
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<why>[^>]+) -->\n+)?^```(?P<language>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n"
    r"(?P<text>.*?)^```$(?:\n\n```text\n(?P<shown>.*?)^```$)?",
    re.DOTALL | re.MULTILINE,
)
# Shown as a command, run by the interpreter of the tests.
SHELL = 'gradproof() { "$PYTHON" -m gradproof "$@"; }\npython() { "$PYTHON" "$@"; }\n'
FRAMEWORKS = ("torch", "jax", "scipy", "autograd", "sklearn")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file that it is or "", its text, and the output shown beneath or None."""

    language: str
    title: str
    text: str
    shown: str | None
    why: str | None  # it is not run


def pages() -> list[Path]:
    """Return all pages that people write, by name."""
    return sorted(DOCS.rglob("*.md"))


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(m["language"], m["title"] or "", m["text"], m["shown"], m["why"]) for m in found]


def needed(page: Path) -> set[str]:
    """Return the frameworks that the blocks of a page import."""
    text = "\n".join(block.text for block in blocks(page) if not block.why and block.language == "python")
    return {
        name
        for name in FRAMEWORKS
        if re.search(rf"^\s*(?:from|import) (?:gradproof\.(?:compat\.)?)?{name}\b", text, re.M)
    }


def outputs(page: Path, folder: Path) -> Iterator[tuple[str, str, str]]:
    """Run a page in a folder; yield (what ran, what it printed, what is shown) for whatever shows an output."""
    space: dict[str, Any] = {"__name__": "page"}
    if not (folder / "examples").exists():
        shutil.copytree(ROOT / "examples", folder / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(page):
        if block.why:
            continue
        if block.title:
            (folder / block.title).write_text(block.text, encoding="utf-8")
        elif block.language == "python" and ">>>" not in block.text:
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed), _inside(folder):
                exec(compile(block.text, str(page), "exec"), space)
            if block.shown is not None:
                yield block.text, printed.getvalue(), block.shown
        elif block.language == "console":
            yield from _commands(block.text, folder)


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Let the folder be the one where Python was started; its modules are forgotten afterwards."""
    sys.path.insert(0, str(folder))
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.path.remove(str(folder))
        for file in folder.glob("*.py"):
            sys.modules.pop(file.stem, None)


def _commands(text: str, folder: Path) -> Iterator[tuple[str, str, str]]:
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = piece.splitlines()
        length = next((n for n, line in enumerate(lines, 1) if not line.endswith("\\")), len(lines))
        command, shown = "\n".join(lines[:length]), "\n".join(lines[length:])
        environment = {**os.environ, "PYTHON": sys.executable, "NO_COLOR": "1", "COLUMNS": "80"}
        environment["PYTHONPATH"] = os.pathsep.join(
            path for path in (str(ROOT / "src"), os.environ.get("PYTHONPATH")) if path
        )
        done = subprocess.run(
            ["bash", "-c", SHELL + command], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        yield command, done.stdout + done.stderr, shown


def words(text: str) -> list[str]:
    """Return the words of an output: without numbers, which differ in their last digits, and without times."""
    return re.findall(r"[A-Za-z]{3,}", re.sub(r"(under )?\d[\d.e+-]*( m?s\b)?", " ", text))


def update(page: Path) -> None:
    """Write into a page what its code and its commands print now."""
    text = page.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for ran, printed, shown in outputs(page, Path(folder)):
            text = _with_output(text, ran.rstrip("\n"), (printed, shown))
    page.write_text(text, encoding="utf-8")


def _with_output(text: str, ran: str, output: tuple[str, str]) -> str:
    printed, shown = output
    now = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
    head, end = rf"^(?:\$ )?{re.escape(ran)}\n(?:```\n\n```text\n)?", r"(?=```|\$ )"
    place = re.compile(rf"({head}){re.escape(shown.rstrip(chr(10)))}\n*{end}", re.MULTILINE)
    return place.sub(lambda match: match[1] + now, text, count=1)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        update(Path(name))
