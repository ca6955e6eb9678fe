"""A table of values of the objective with one entry replaced: the innermost loop of a sweep."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from gradproof.adapters.blocks import Array, Block
from gradproof.adapters.objective import as_float, is_of_domain
from gradproof.exhaustive.crew import Crew
from gradproof.exhaustive.kept import Kept
from gradproof.exhaustive.layout import Layout
from gradproof.exhaustive.meter import Meter
from gradproof.seam import Problem


class Table:
    """Evaluates the objective with one entry replaced; ``Tray`` says of what problem."""

    problem: Problem
    blocks: list[Block]
    meter: Meter
    crew: Crew | None
    kept: Kept | None
    copying: bool
    _layout: Layout

    @abstractmethod
    def where(self, block: int, place: int) -> str:
        """Return the name of an entry."""

    @abstractmethod
    def mended(self) -> bool:
        """Whether the objective has written into what it was given: put right, and from then on copied."""

    def fill(self, raw: Array, block: int, places: Array, points: Array) -> None:
        """Evaluate the objective with one entry replaced, for each of many; the one place where entries are swept.

        Parameters
        ----------
        raw
            ``(entries, points)``, double precision: takes the values row by row, as far as the budget goes. Outside of
            the domain they are infinite.
        block, places
            The entries: flat indices in a block.
        points
            ``(entries, points)`` in the dtype of the block: what the entry is replaced by.
        """
        known = self._remembered(raw, block, places, points)
        raw, places, points = raw[known:], places[known:], points[known:]
        if self.crew is None:
            self.fill_here(raw, block, places, points)
        elif places.size:
            self.crew.fill(self, raw, block, (places, points))

    def _remembered(self, raw: Array, block: int, places: Array, points: Array) -> int:
        """Fill in what a journal knows; return how many entries that are, one that is known in part among them."""
        if self.kept is None:
            return 0
        self.kept.ask(b"%d" % block + places.tobytes() + points.tobytes())
        number, each = 0, points.shape[1]
        while number < places.size and (row := self.kept.take(each)):
            self.meter.admit(each)
            self.meter.recall(len(row))
            if len(row) < each:
                place, home = int(places[number]), self.blocks[block].theta[places[number]].item()
                row.extend(self._several(block, place, home, points[number, len(row) :].tolist()))
            raw[number] = row
            number += 1
            self.meter.done += 1
        return number

    def keep(self, found: Array) -> None:
        """Write values of whole rows into the journal, if there is one."""
        if self.kept is not None:
            self.kept.put_bytes(np.ascontiguousarray(found, dtype=np.float64).tobytes())

    def fill_apart(self, raw: Array, block: int, places: Array, points: Array) -> None:
        """Evaluate as ``fill_here`` does, for a comparison only: nothing is kept or counted as done."""
        kept, done, self.kept = self.kept, self.meter.done, None
        try:
            self.fill_here(raw, block, places, points)
        finally:
            self.kept, self.meter.done = kept, done

    def filled(self, parts: int, block: int, places: Array, points: Array) -> Array:
        """Return the values of many entries, in a process of its own; ``parts`` is their number."""
        del parts
        raw = np.full(points.shape, np.nan)
        self.fill_here(raw, block, places, points)
        if not self.copying and self.mended():
            self.fill_here(raw, block, places, points)
        return raw

    def fill_here(self, raw: Array, block: int, places: Array, points: Array) -> None:
        """Evaluate the objective with one entry replaced, one point after the other."""
        home = self.blocks[block].theta[places].tolist()
        rows: list[list[float]] = []
        meter, evaluated, columns = self.meter, self._several, points.shape[1]
        try:
            for place, back, several in zip(places.tolist(), home, points.tolist(), strict=True):
                meter.admit(columns)
                rows.append(evaluated(block, place, back, several))
                meter.done += 1
        finally:
            raw[: len(rows)] = rows or np.empty((0, points.shape[1]))

    def _several(self, block: int, place: int, back: float, several: list[float]) -> list[float]:
        whole = self._layout.whole
        if self.copying or whole is None:
            return [self._kept(self._replaced(block, place, back, x)) for x in several]
        # The innermost loop: as little as can be beside the objective itself.
        own, loss, args, kept = self._layout.own[block], self.problem.loss, self.problem.args, self.kept
        values: list[float] = []
        x = back
        try:
            for x in several:
                own[place] = x
                value = loss(whole, *args)
                values.append(value if type(value) is float else as_float(value))
                if kept is not None:
                    kept.put(values[-1])
        except (Exception, SystemExit) as error:
            self._told(error, (block, place), x)
            rest = [math.inf] * (len(several) - len(values))
            values += rest
            if kept is not None:
                kept.put(*rest)
        finally:
            own[place] = back
        return values

    def _kept(self, value: float) -> float:
        """Return a value that is written into the journal, if there is one."""
        if self.kept is not None:
            self.kept.put(value)
        return value

    def _apart(self, block: int, place: int, x: float) -> float:
        """Return the objective with one entry replaced by x, on arrays of its own, infinite outside of the domain."""
        if self.copying:
            self._layout.renew()
        try:
            value = self.problem.loss(self._layout.apart(block, place, x), *self.problem.args)
        except (Exception, SystemExit) as error:
            self._told(error, (block, place), x)
            return math.inf
        finally:
            self._layout.back(block, place)
        return value if type(value) is float else as_float(value)

    def _replaced(self, block: int, place: int, back: float, x: float) -> float:
        """Return the objective with one entry replaced by x, infinite outside of the domain."""
        if self.copying:
            self._layout.renew()
        own = self._layout.own[block]
        own[place] = x
        try:
            value = self.problem.loss(self._layout.built(), *self.problem.args)
        except (Exception, SystemExit) as error:
            self._told(error, (block, place), x)
            return math.inf
        finally:
            own[place] = back
        return value if type(value) is float else as_float(value)

    def _told(self, error: BaseException, at: tuple[int, int], x: float) -> None:
        """Raise what the objective raised, with a word on where; nothing is raised at the edge of the domain."""
        if not is_of_domain(error):
            error.add_note(f"gradproof: while {self.where(*at)} was {x!r}")
            raise error
