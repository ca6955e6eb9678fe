"""A table of values of the objective with one entry replaced: the innermost loop of a sweep."""

from __future__ import annotations

import math
from abc import abstractmethod

import numpy as np

from gradproof.adapters.blocks import Array, Block
from gradproof.adapters.objective import as_float, is_of_domain
from gradproof.exhaustive.crew import Crew
from gradproof.exhaustive.layout import Layout
from gradproof.exhaustive.meter import Meter
from gradproof.seam import Problem


class Table:
    """Evaluates the objective with one entry replaced; ``Tray`` says of what problem."""

    problem: Problem
    blocks: list[Block]
    meter: Meter
    crew: Crew | None
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
        if self.crew is None:
            self.fill_here(raw, block, places, points)
        else:
            self.crew.fill(self, raw, block, (places, points))

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
        try:
            for place, back, several in zip(places.tolist(), home, points.tolist(), strict=True):
                self.meter.admit(len(several))
                rows.append(self._several(block, place, back, several))
                self.meter.done += 1
        finally:
            raw[: len(rows)] = rows or np.empty((0, points.shape[1]))

    def _several(self, block: int, place: int, back: float, several: list[float]) -> list[float]:
        whole = self._layout.whole
        if self.copying or whole is None:
            return [self._replaced(block, place, back, x) for x in several]
        # The innermost loop: as little as can be beside the objective itself.
        own, loss, args = self._layout.own[block], self.problem.loss, self.problem.args
        values = []
        x = back
        try:
            for x in several:
                own[place] = x
                value = loss(whole, *args)
                values.append(value if type(value) is float else as_float(value))
        except (Exception, SystemExit) as error:
            self._told(error, (block, place), x)
            values += [math.inf] * (len(several) - len(values))
        finally:
            own[place] = back
        return values

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
