"""Many entries swept at once: in one call of an objective that takes many points, or in other processes."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.desk import current
from gradproof.errors import InputError, UnbatchableError
from gradproof.executors.ahead import Ahead
from gradproof.executors.batches import ROUNDING, SAME, Batches, Together
from gradproof.executors.journal import Journal
from gradproof.executors.spread import Spread
from gradproof.exhaustive.meter import SpentError

# Seconds that a task elsewhere should last, and the most entries of one.
TASK, MOST = 0.05, 512
# Copies of the parameters that one point of a batch takes.
COPIES = 3


class Crew(Protocol):
    """Fills a table of values; see ``Tray.fill``."""

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


class Rows:
    """Evaluates the objective for many entries in one call, where it takes many points."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._trusted = False

    def fill(self, tray: Any, raw: Array, block: int, sweep: tuple[Array, Array]) -> None:
        """Fill a table; whatever a batch cannot give is evaluated one by one."""
        places, points = sweep
        columns = points.shape[1]
        size = sum(one.theta.nbytes for one in tray.blocks)
        room = min(self._batches.points, int(self._batches.memory // (COPIES * size)))
        each = room // columns
        if tray.problem.batched is None or tray.meter.calls != 1 or tray.copying or tray.frozen or not each:
            tray.fill_here(raw, block, places, points)
            return
        whole = [np.repeat(one.theta[None], each * columns, axis=0) for one in tray.blocks]
        for start in range(0, places.size, each):
            piece = slice(start, min(start + each, places.size))
            found = self._values(tray, whole, block, (places[piece], points[piece]))
            if found is None:
                tray.fill_here(raw[start:], block, places[start:], points[start:])
                return
            raw[piece] = found
            tray.keep(found)

    def _values(self, tray: Any, whole: list[Array], block: int, sweep: tuple[Array, Array]) -> Array | None:
        """Return the values of a batch, None if it raised; the parameters of the batch are as before afterwards."""
        places, points = sweep
        rows = np.arange(points.size)
        columns = np.repeat(places, points.shape[1])
        own = whole[block]
        tray.meter.admit(points.size)
        try:
            own[rows, columns] = points.ravel()
            given = tray.problem.batched(tray.point.spread_out(whole), *tray.problem.args)
            values = np.asarray(given, dtype=np.float64)
        except UnbatchableError:
            tray.meter.evaluations -= points.size
            return None
        except (Exception, SystemExit):
            if not self._trusted:
                raise
            tray.meter.evaluations -= points.size
            return None
        finally:
            own[rows, columns] = tray.blocks[block].theta[columns]
        if values.shape != (own.shape[0],):
            raise InputError("The objective of batches does not return a number for each point.",
                             expected=f"an array of shape ({own.shape[0]},)", got=f"shape {values.shape}")  # fmt: skip
        found = np.where(np.isfinite(values), values, np.inf)[: points.size].reshape(points.shape)
        self._compare(tray, block, (places, points), found)
        tray.meter.done += places.size
        return found

    def _compare(self, tray: Any, block: int, sweep: tuple[Array, Array], found: Array) -> None:
        """See once that the rows of a batch are what the objective gives at their points."""
        if self._trusted:
            return
        self._trusted = True
        middle = slice(len(found) // 2, len(found) // 2 + 1)
        alone = np.full(found[middle].shape, np.nan)
        tray.fill_apart(alone, block, sweep[0][middle], sweep[1][middle])
        rounding = ROUNDING * tray.epsilon * np.maximum(np.abs(alone), abs(tray.center))
        allowed = SAME * np.abs(alone - tray.center) + rounding
        off = np.isfinite(alone) & ~(np.abs(found[middle] - alone) <= allowed)
        if off.any():
            raise InputError(
                "The objective of batches does not agree with the objective.",
                expected=f"{alone[off][0]!r}, as loss(params, *args) returns", got=repr(found[middle][off][0]),
                where=tray.where(block, int(sweep[0][middle][0])),
                hint="the first axis counts the points, and no point may depend on another",
            )  # fmt: skip


class Others:
    """Sends entries to other processes, in tasks that last long enough to be worth it."""

    def __init__(self, desk: Ahead) -> None:
        self._pool, self._limit = desk.pool, desk.limit
        self._each = 1

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
