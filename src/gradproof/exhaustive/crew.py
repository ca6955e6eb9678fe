"""Many entries swept at once: in one call of an objective that takes many points, or in other processes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, Protocol

from gradproof.adapters.blocks import Array
from gradproof.desk import current
from gradproof.executors.ahead import Ahead
from gradproof.executors.batches import Together
from gradproof.executors.journal import Journal
from gradproof.executors.spread import Spread
from gradproof.exhaustive.meter import SpentError
from gradproof.exhaustive.rows import Coming, Rows

# Seconds that a task elsewhere should last, and the most entries of one.
TASK, MOST = 0.05, 512


class Crew(Protocol):
    """Fills a table of values; see ``Tray.fill``."""

    def begin(self, tray: Any) -> None:
        """Take a problem, whose value at the point is known."""

    def expect(self, coming: Coming) -> None:
        """Hear which entries will be measured in full next, each with the interval that it may be moved in."""

    def lone(self, tray: Any, entry: Any, t: float) -> float | None:
        """Return the objective with one entry moved, or None if it has to be evaluated here."""

    def fill(self, tray: Any, raw: Array, block: int, sweep: tuple[Array, Array]) -> None:
        """Fill a table for (places, points) of a block."""


def hired() -> Crew | None:
    """Return who helps, as ``gradproof.using`` says, or None."""
    desk = current()
    if isinstance(desk, Journal):
        desk = desk.inner
    if isinstance(desk, Together):
        return Rows(desk.batches)
    return Others(desk) if isinstance(desk, Ahead) else None


class Others:
    """Sends entries to other processes, in tasks that last long enough to be worth it."""

    def __init__(self, desk: Ahead) -> None:
        self._pool, self._limit = desk.pool, desk.limit
        self._each = 1

    def begin(self, tray: Any) -> None:
        """Nothing is to be done before the first task."""

    def expect(self, coming: Coming) -> None:
        """Nothing is done ahead."""

    def lone(self, tray: Any, entry: Any, t: float) -> float | None:  # noqa: ARG002 - all are evaluated here
        """Return None: one evaluation is not worth the way."""
        return None

    def fill(self, tray: Any, raw: Array, block: int, sweep: tuple[Array, Array]) -> None:
        """Fill a table, in the order of its rows."""
        places, points = sweep
        spent: list[SpentError] = []
        spread = Spread(self._pool, tray, "filled", self._limit)
        done, started = 0, time.perf_counter()
        for _, found in spread.results(self._tasks(tray, block, sweep, spent)):
            raw[done : done + len(found)] = found
            tray.keep(found)
            done += len(found)
            tray.meter.done += len(found)
            cost = (time.perf_counter() - started) * self._pool.workers / done
            self._each = min(max(math.ceil(TASK / max(cost, 1e-9)), 1), MOST)
        if spent:
            raise spent[0]
        assert done == places.size == len(points)

    def _tasks(
        self, tray: Any, block: int, sweep: tuple[Array, Array], spent: list[SpentError]
    ) -> Iterator[tuple[int, int, Array, Array]]:
        """Yield tasks as far as the budget goes."""
        places, points = sweep
        start = 0
        while start < places.size and not spent:
            stop = min(start + self._each, places.size)
            for number in range(start, stop):
                try:
                    tray.meter.admit(points.shape[1])
                except SpentError as error:
                    spent.append(error)
                    stop = number
                    break
            if stop > start:
                yield points[start:stop].size, block, places[start:stop], points[start:stop]
            start = stop
