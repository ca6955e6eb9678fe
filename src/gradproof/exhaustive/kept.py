"""What a journal keeps of a sweep: every value, in the order in which they are asked for, many to a row.

The order is the same for every run of the same problem, since what is asked next follows from the values. A run that
starts again takes what is there instead of calling the objective, and ends in the same arrays to the last bit.
"""

from __future__ import annotations

import sqlite3
import time
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradproof.desk import current
from gradproof.errors import JournalError
from gradproof.executors.journal import Journal, another_value
from gradproof.executors.store import SPOILED, damaged

# Seconds between two rows: so much of fast evaluations is lost with a run that is killed, of slow ones nothing.
OFTEN = 0.1
# Nor more often than takes this share of the time, where it has to look through large parameters before.
SHARE = 0.02


@dataclass(frozen=True, slots=True)
class _Named:
    """What a journal knows a measurement by: that of a check, and how it is measured."""

    problem: Any
    fingerprint: str
    settings: Any
    bars: str

    def as_dict(self) -> dict[str, Any]:
        return {**self.settings.as_dict(), "measure": self.bars}


@dataclass(frozen=True, slots=True)
class _Subject:
    problem: Any
    fingerprint: str
    settings: _Named


def journal_of(tray: Any, settings: Any, bars: str) -> Kept | None:
    """Return what the journal in use holds of a measurement, None where none is used.

    Raises
    ------
    JournalError
        If the journal is of another problem, version or seed.
    """
    desk = current()
    if not isinstance(desk, Journal):
        return None
    fingerprint = tray.point.fingerprint()
    named = _Named(tray.problem, fingerprint, settings, bars)
    store, check = desk.tables(_Subject(tray.problem, fingerprint, named))
    return Kept(desk, store, check)


class Kept:
    """The values of one measurement, known and new.

    Attributes
    ----------
    clean
        Whether the parameters are as they should be: values that a spoilt array may have given are held back until
        that is settled.
    trouble
        Why nothing more is written, "" if it is.
    damaged
        Whether a row was not as it was written; all from there on is measured again.
    """

    def __init__(self, journal: Journal, store: sqlite3.Connection, check: int) -> None:
        self._journal, self._store, self._check, self._path = journal, store, check, journal.path
        self.clean: Callable[[], bool] = lambda: True
        self.trouble, self.damaged = "", False
        self._asked = self._answered = 0
        self._taken = 0
        self._new = array("d")
        self._due = time.monotonic() + OFTEN
        self._known, self._end, self._place = array("d"), 0, 0
        self._next()

    def ask(self, question: bytes) -> None:
        """Hear what is asked next: the order is checked by it."""
        self._asked = zlib.crc32(question, self._asked)

    def take(self, count: int) -> array[float]:
        """Return the next values that are known, so many at most."""
        found = array("d")
        while len(found) < count and self._known:
            piece = self._known[self._place : self._place + count - len(found)]
            found += piece
            self._place += len(piece)
            self._taken += len(piece)
            if self._place == len(self._known):
                if self._asked != self._end:
                    raise JournalError("The journal is of another run: it was asked something else at this place.",
                                       got=f"other entries at value {self._taken}", where=str(self._path))  # fmt: skip
                self._next()
        return found

    def put(self, *values: float) -> None:
        """Keep new values, all of them or none."""
        self.put_bytes(array("d", values).tobytes())

    def put_bytes(self, values: bytes) -> None:
        """Keep new values, given as double precision."""
        self._new.frombytes(values)
        self._answered = self._asked
        if time.monotonic() >= self._due:
            self.flush()

    def flush(self) -> None:
        """Write what is new, unless it may have to be measured again."""
        if not self._new or self.trouble:
            return
        started = time.monotonic()
        if self.clean():
            row = (self._taken, self._answered, self._new.tobytes())
            self._write((self._check, *row, self._journal.marked(*row)))
            self._taken += len(self._new)
            self._new = array("d")
        now = time.monotonic()
        self._due = now + max(OFTEN, (now - started) / SHARE)

    def same(self, center: float) -> None:
        """Compare the value at the point: the journal belongs to an objective that gives this one.

        Raises
        ------
        JournalError
            If it gave another.
        """
        known = self.take(1)
        if not known:
            self.put(center)
        elif known[0] != center:
            raise another_value(known[0].hex(), center, self._path)

    def settled(self, look: Callable[[], Any]) -> bool:
        """Return what a look at the arrays found when it was taken first."""
        known = self.take(1)
        if known:
            return bool(known[0])
        found = bool(look())
        self.put(float(found))
        return found

    def _next(self) -> None:
        """Read the next row."""
        query = "SELECT asked, data, mark FROM sweeps WHERE check_number = ? AND first = ?"
        try:
            row = self._store.execute(query, (self._check, self._taken)).fetchone()
        except SPOILED as error:
            raise damaged(self._path, str(error)) from error
        self._known, self._place = array("d"), 0
        if row is None:
            return
        if self._journal.marked(self._taken, *row[:2]) != row[2]:
            self.damaged = True
            return
        self._end = int(row[0])
        self._known.frombytes(row[1])

    def _write(self, row: tuple[Any, ...]) -> None:
        """Write; a full disk, or a damaged one, ends the journal and not the measurement."""
        try:
            self._store.execute("INSERT OR REPLACE INTO sweeps VALUES (?, ?, ?, ?, ?)", row)
        except SPOILED as error:
            self.trouble = f"nothing more was written: {error}"
