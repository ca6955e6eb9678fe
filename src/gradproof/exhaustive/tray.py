"""The point on private arrays, whose entries are moved one at a time, in place, and put back exactly."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.averaging import averaged
from gradproof.adapters.blocks import Array
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.complexes import realised
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.frameworks import translated
from gradproof.adapters.generators import frozen
from gradproof.adapters.objective import as_float, is_of_domain, roundoff
from gradproof.adapters.parameters import Parameter, collect
from gradproof.adapters.point import Point
from gradproof.adapters.tree import flatten
from gradproof.errors import ObjectiveError
from gradproof.notebook import Tick
from gradproof.seam import Problem
from gradproof.settings import Settings

# Seconds between two looks at the display.
OFTEN = 0.2


class SpentError(Exception):
    """The budget of evaluations or seconds is spent; it never leaves the run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its block, its place in it, and the length (a power of two) that steps are measured in."""

    block: int
    place: int
    length: float


class Tray:
    """A problem of which one entry after the other is moved.

    Attributes
    ----------
    parameters, skipped
        The leaves that are measured; ``(path, why)`` of the others.
    bounds
        For each parameter its bounds, or None.
    center, spread, epsilon
        The value at the point, by how much a second one differs, and the unit roundoff of what is returned.
    evaluations
        Every call of the objective.
    done, total
        Entries that are measured, and all of them.
    copying
        Whether each evaluation gets fresh arrays: for objectives that write into them, or know them by identity.
    frozen
        Whether random generators are put back before each call.
    """

    def __init__(self, problem: Problem, settings: Settings, tick: Tick | None = None) -> None:
        self.problem = realised(translated(problem))
        tree = flatten(self.problem.params)
        self.parameters, self.skipped = collect(tree, settings)
        self.point = Point(tree, self.parameters)
        self.bounds: list[Bounds | None] = bounds_of(self.problem, tree, self.parameters)
        self.blocks = self.point.blocks
        self.evaluations, self.calls = 0, 1
        self.done, self.total = 0, sum(block.theta.size for block in self.blocks)
        self.copying = self.frozen = False
        self._tree = tree
        self._tick, self._shown = tick, time.monotonic()
        self._started = self._shown
        self._limit = math.inf if settings.evaluations is None else settings.evaluations
        self._deadline = math.inf if settings.seconds is None else self._started + settings.seconds
        self._draws = settings.draws
        self.center, self.spread, self.epsilon = math.nan, 0.0, 2.0**-53
        self._own: list[Array] = [block.theta for block in self.blocks]
        self._lay()

    def _lay(self, only: int | None = None) -> None:
        """Lay the point, or one block of it, out on fresh arrays of our own, and put them into fresh containers."""
        for number, block in enumerate(self.blocks):
            if only is None or number == only:
                self._own[number] = block.theta.copy()
        built = self.point.build(self._own)
        self._inside = flatten(built)
        # Numbers are not arrays: they are put into the tree anew for each call.
        self._whole = built if all(parameter.kind == "array" for parameter in self.parameters) else None

    def meet(self) -> None:
        """Evaluate twice at the point: is it one finite number, and the same again?

        Raises
        ------
        ObjectiveError
            If it is not one finite real number.
        """
        self._twice()
        if self.spread != 0.0:
            self.problem, self.frozen = frozen(self.problem), True
            self._twice()
        if self.spread != 0.0 and self._draws > 1:
            self.problem, self.calls = averaged(self.problem, self._draws), self._draws
            self._twice()

    def _twice(self) -> None:
        first, second = self._at_the_point(), self._at_the_point()
        value = as_float(first)
        if not math.isfinite(value):
            raise ObjectiveError(
                "The objective is not finite at the given point.", expected="a finite number", got=repr(value)
            )
        self.center, self.epsilon = value, roundoff(first)
        self.spread = abs(as_float(second) - value)

    def _at_the_point(self) -> Any:
        self.admit()
        try:
            return self.problem.loss(self._built(), *self.problem.args)
        except (Exception, SystemExit) as error:
            error.add_note("gradproof: at the given point")
            raise
        finally:
            self.mended()

    def mended(self) -> bool:
        """Whether the objective has written into its arrays; they are put right, and each call gets its own from now on."""
        same = all(np.array_equal(block.theta, own) for block, own in zip(self.blocks, self._own, strict=True))
        wrong = not same or (self._whole is not None and not self._intact())
        if wrong:
            self.copying = True
            self._lay()
        return wrong

    def _intact(self) -> bool:
        """Whether the containers still hold what was put into them."""
        now = flatten(self._whole)
        return now.names == self._inside.names and all(
            one is other for one, other in zip(now.leaves, self._inside.leaves, strict=True)
        )

    def admit(self, count: int = 1) -> None:
        """Count evaluations that are about to be made, or end the run."""
        if self.evaluations + self.calls * count > self._limit:
            raise SpentError
        now = time.monotonic()
        if now >= self._deadline:
            raise SpentError
        if self._tick is not None and now - self._shown > OFTEN:
            self._shown = now
            self._tick(self.evaluations, self._phase(now))
        self.evaluations += self.calls * count

    def _phase(self, now: float) -> str:
        if not self.done:
            return f"0 of {self.total} entries"
        left = (now - self._started) * (self.total - self.done) / self.done
        told = f"{left / 60.0:.0f} min" if left > 99.0 else f"{left:.0f} s"
        return f"{self.done} of {self.total} entries, about {told} left"

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
        home = self.blocks[block].theta[places].tolist()
        rows: list[list[float]] = []
        try:
            for place, back, several in zip(places.tolist(), home, points.tolist(), strict=True):
                self.admit(len(several))
                rows.append(self._several(block, place, back, several))
                self.done += 1
        finally:
            raw[: len(rows)] = rows or np.empty((0, points.shape[1]))

    def _several(self, block: int, place: int, back: float, several: list[float]) -> list[float]:
        if self.copying or self._whole is None:
            return [self._replaced(block, place, back, x) for x in several]
        # The innermost loop: as little as can be beside the objective itself.
        own, whole, loss, args = self._own[block], self._whole, self.problem.loss, self.problem.args
        values = []
        x = back
        try:
            for x in several:
                own[place] = x
                value = loss(whole, *args)
                values.append(value if type(value) is float else as_float(value))
        except (Exception, SystemExit) as error:
            self._told(error, block, place, x)
            values += [math.inf] * (len(several) - len(values))
        finally:
            own[place] = back
        return values

    def _told(self, error: BaseException, block: int, place: int, x: float) -> None:
        """Raise what the objective raised, with a word on where; nothing is raised at the edge of the domain."""
        if not is_of_domain(error):
            error.add_note(f"gradproof: while {self.where(block, place)} was {x!r}")
            raise error

    def _replaced(self, block: int, place: int, back: float, x: float) -> float:
        """Return the objective with one entry replaced by x, infinite outside of the domain."""
        if self.copying:
            self._lay()
        own = self._own[block]
        own[place] = x
        try:
            value = self.problem.loss(self._built(), *self.problem.args)
        except (Exception, SystemExit) as error:
            self._told(error, block, place, x)
            return math.inf
        finally:
            own[place] = back
        return value if type(value) is float else as_float(value)

    def _built(self) -> Any:
        return self.point.build(self._own) if self._whole is None else self._whole

    def line(self, entry: Entry) -> Callable[[float], float]:
        """Return the objective along one entry, in units of its length, each time on fresh copies of its block."""
        theta = self.blocks[entry.block].theta
        at = theta[entry.place]

        def phi(t: float) -> float:
            self.admit()
            self._lay(entry.block)
            value = self._replaced(entry.block, entry.place, at, at + theta.dtype.type(t * entry.length))
            return value if math.isfinite(value) else math.nan

        return phi

    def parameter_at(self, block: int, place: int) -> tuple[Parameter, int]:
        """Return whose entry this is, and its flat index there."""
        for number, start, stop, _ in self.blocks[block].slots:
            if start <= place < stop:
                return self.parameters[number], place - start
        raise IndexError(place)

    def where(self, block: int, place: int) -> str:
        """Return the name of an entry: ``W[3, 1]``."""
        parameter, flat = self.parameter_at(block, place)
        index = ", ".join(str(int(i)) for i in np.unravel_index(flat, parameter.array.shape))
        return f"{parameter.name}[{index}]" if index else parameter.name
