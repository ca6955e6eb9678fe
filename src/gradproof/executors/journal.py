"""The journal: every evaluation on disk as it arrives, so that a run that was killed goes on where it was.

Evaluations are numbered in the order in which the check asks for them, which is the same for every run of the same
problem. A run that starts again evaluates the objective at the point once, to know it by its value, takes what the
journal holds, and goes on; gradient functions are called again. Each row bears a digest of itself and of the check that
it belongs to: what a disk has spoiled, or another journal's log has brought in, is measured again.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gradproof.desk import Center, Desk, Question
from gradproof.errors import JournalError
from gradproof.executors.code import digest
from gradproof.executors.store import SPOILED, damaged, opened
from gradproof.probe import Probe
from gradproof.version import __version__

CENTER = "center"


class Journal:
    """A desk that remembers; what it does not know is asked of another one, or computed here.

    Parameters
    ----------
    path
        The file (SQLite), made if it does not exist.
    inner
        The desk behind it, None for evaluations in this process.

    Raises
    ------
    JournalError
        If the file is no journal, or another process uses it.
    """

    def __init__(self, path: Path, inner: Desk | None = None) -> None:
        self._path, self._inner = path, inner
        self._store: sqlite3.Connection = opened(path)
        self._check = -1
        self._number = 0
        self._known: dict[int, tuple[str, str]] = {}
        self._remembered = self._written = self._damaged = 0
        self._trouble = ""

    def begin(self, subject: Any) -> None:
        """Take a subject, and what the journal holds of it.

        Raises
        ------
        JournalError
            If the journal is of another problem, version or seed.
        """
        self._check += 1
        self._number = 0
        if self._inner is not None:
            self._inner.begin(subject)
        described = _described(subject)
        self._whole = hashlib.blake2b(json.dumps(described).encode(), digest_size=8)
        try:
            self._recall(described)
        except SPOILED as error:
            raise damaged(self._path, str(error)) from error

    def _recall(self, described: dict[str, str]) -> None:
        """Take what the journal holds of the check that begins."""
        query = "SELECT described, mark FROM checks WHERE number = ?"
        known = self._store.execute(query, (self._check,)).fetchone()
        if known is None:
            text = json.dumps(described)
            self._write("INSERT INTO checks VALUES (?, ?, ?)", (self._check, text, _mark(text)))
        elif _mark(known[0]) != known[1]:
            raise damaged(self._path, f"check {self._check} is not as it was written")
        else:
            _compare(json.loads(known[0]), described, self._path)
        query = "SELECT number, label, value, mark FROM evaluations WHERE check_number = ?"
        self._known = {}
        for number, label, value, mark in self._store.execute(query, (self._check,)):
            if mark == self.marked(number, label, value):
                self._known[number] = (label, value)
            else:
                self._damaged += 1

    def marked(self, *row: Any) -> str:
        """Return the digest of a row, and of the check that it belongs to."""
        own = self._whole.copy()
        own.update(repr((self._check, *row)).encode())
        return own.hexdigest()

    def expect(self, probes: Sequence[Probe]) -> None:
        """Tell the desk behind, unless the answers are known."""
        if self._inner is not None and self._number >= len(self._known):
            self._inner.expect(probes)

    def center(self, compute: Callable[[], Center]) -> Center:
        """Compute it always, and compare: the journal belongs to an objective that gives this value."""
        found = compute() if self._inner is None else self._inner.center(compute)
        number = self._next()
        known = self._known.get(number)
        if known is None:
            self._append(number, CENTER, found[0])
        elif known != (CENTER, _text(found[0])):
            raise another_value(known[1], found[0], self._path)
        return found

    def ask(self, question: Question, compute: Callable[[], float]) -> float:
        """Return what is remembered; or what is found, once it is on disk."""
        number = self._next()
        known = self._known.get(number)
        if known is not None:
            if known[0] != question.label:
                raise JournalError("The journal is of another run: it was asked something else at this place.",
                                   expected=known[0], got=question.label, where=str(self._path))  # fmt: skip
            self._remembered += 1
            return float.fromhex(known[1])
        value = compute() if self._inner is None else self._inner.ask(question, compute)
        self._append(number, question.label, value)
        return value

    def facts(self) -> dict[str, Any]:
        """Return how much was remembered and written, and what went wrong."""
        own = {"journal": self._path.name, "remembered": self._remembered, "written": self._written}
        if self._damaged:
            own["damaged"] = self._damaged
        if self._trouble:
            own["journal trouble"] = self._trouble
        return {**(self._inner.facts() if self._inner is not None else {}), **own}

    @property
    def inner(self) -> Desk | None:
        """The desk behind it."""
        return self._inner

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def tables(self, subject: Any) -> tuple[sqlite3.Connection, int]:
        """Begin a subject; return the file and the subject's number in it, for what is kept by others than a check."""
        self.begin(subject)
        return self._store, self._check

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def _next(self) -> int:
        self._number += 1
        return self._number - 1

    def _append(self, number: int, label: str, value: float) -> None:
        text = _text(value)
        row = (self._check, number, label, text, self.marked(number, label, text))
        self._write("INSERT OR REPLACE INTO evaluations VALUES (?, ?, ?, ?, ?)", row)
        self._written += not self._trouble

    def _write(self, statement: str, row: tuple[Any, ...]) -> None:
        """Write a row; a full disk, or a damaged one, ends the journal and not the check."""
        if self._trouble:
            return
        try:
            self._store.execute(statement, row)
        except SPOILED as error:
            self._trouble = f"nothing more was written: {error}"


def another_value(known: str, found: float, path: Path) -> JournalError:
    """Return what says that a journal is of an objective with another value at the point."""
    return JournalError("The journal is of another objective: at the point it gave another value.",
                        expected=known, got=_text(found), where=str(path),
                        hint="begin a new journal; one of a random objective cannot be resumed")  # fmt: skip


def _text(value: float) -> str:
    return float(value).hex()


def _mark(text: Any) -> str:
    return hashlib.blake2b(str(text).encode(), digest_size=8).hexdigest()


def _described(subject: Any) -> dict[str, str]:
    """Return by what a problem is known: the point, the settings, the code of the objective, the version."""
    settings = dict(subject.settings.as_dict())
    # A run may go on with a larger budget.
    for budget in ("evaluations", "seconds"):
        settings.pop(budget)
    return {
        "version of gradproof": __version__,
        # What it compiles an objective to is part of what the objective is known by.
        "version of Python": ".".join(platform.python_version_tuple()[:2]),
        "point": subject.fingerprint,
        "seed": str(settings.pop("seed")),
        "settings": json.dumps(settings, sort_keys=True, default=str),
        "objective": digest(subject.problem.loss),
    }


def _compare(known: dict[str, str], now: dict[str, str], path: Path) -> None:
    for name, value in now.items():
        if known.get(name) != value:
            raise JournalError(
                f"The journal is of another problem: its {name} differs.", expected=str(known.get(name)), got=value,
                where=str(path), hint="begin a new journal, or check what it is of",
            )  # fmt: skip
