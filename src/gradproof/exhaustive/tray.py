"""A problem whose entries are moved one at a time, in place, on private arrays, and put back exactly."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.averaging import averaged
from gradproof.adapters.bounds import Bounds
from gradproof.adapters.complexes import realised
from gradproof.adapters.domain import bounds_of
from gradproof.adapters.frameworks import translated
from gradproof.adapters.generators import frozen
from gradproof.adapters.objective import as_float, roundoff
from gradproof.adapters.parameters import collect
from gradproof.adapters.point import Point
from gradproof.adapters.tree import flatten
from gradproof.errors import ObjectiveError
from gradproof.exhaustive.crew import hired
from gradproof.exhaustive.kept import Kept
from gradproof.exhaustive.layout import Layout
from gradproof.exhaustive.meter import Meter
from gradproof.exhaustive.table import Table
from gradproof.notebook import Tick
from gradproof.seam import Problem
from gradproof.settings import Settings

# A step that rounding changes by more than this share of itself is none.
LOST = 0.25


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its block, its place in it, and the length (a power of two) that steps are measured in."""

    block: int
    place: int
    length: float


class Tray(Table):
    """A problem of which one entry after the other is moved.

    Attributes
    ----------
    parameters, skipped
        The leaves that are measured; ``(path, why)`` of the others.
    bounds
        For each parameter its bounds, or None.
    meter
        What it has cost.
    center, spread, epsilon
        The value at the point, by how much a second one differs, and the unit roundoff of what is returned.
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
        self.meter = Meter(settings, tick, sum(block.theta.size for block in self.blocks))
        self.copying = self.frozen = False
        self.center, self.spread, self.epsilon = math.nan, 0.0, 2.0**-53
        self._draws = settings.draws
        self._layout = Layout(self.point, self.parameters)
        self.crew = hired()
        self.kept = None

    def __getstate__(self) -> dict[str, Any]:
        """Return what another process needs: it keeps no accounts, and asks nobody else."""
        return {**self.__dict__, "meter": Meter(Settings(), None, 0), "crew": None, "kept": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Lay the point out anew: views do not survive the way."""
        self.__dict__.update(state)
        self._layout.renew()

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
            self.problem, self.meter.calls = averaged(self.problem, self._draws), self._draws
            self._twice()
        if self.crew is not None:
            self.crew.begin(self)

    def expect(self, coming: Mapping[Entry, tuple[float, float]]) -> None:
        """Hear which entries will be measured in full next, each with the interval of t that it may be moved in."""
        if self.crew is not None:
            self.crew.expect(coming)

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
        self.meter.admit()
        try:
            return self.problem.loss(self._layout.built(), *self.problem.args)
        except (Exception, SystemExit) as error:
            error.add_note("gradproof: at the given point")
            raise
        finally:
            self.mended()

    def mended(self) -> bool:
        """Whether the objective has written into what it was given: put right, and from then on copied."""
        wrong = self._spoilt() if self.kept is None else self.kept.settled(self._spoilt)
        if wrong:
            self.copying = True
            self._layout.renew()
        return wrong

    def _spoilt(self) -> bool:
        return not self._layout.intact()

    def remember(self, kept: Kept | None) -> None:
        """Take what a journal holds of the evaluations that come now, and keep them there."""
        if kept is not None:
            kept.clean = lambda: self.copying or self._layout.intact()
            kept.same(self.center)
        self.kept = kept

    def line(self, entry: Entry) -> Callable[[float], float]:
        """Return the objective along one entry, in units of its length, each time on fresh copies of its block.

        It is NaN outside of the domain, and where the arithmetic of the entry does not resolve the step.
        """
        theta = self.blocks[entry.block].theta
        at, kind = theta[entry.place], theta.dtype.type
        home, lost, finite = float(at), LOST * entry.length, math.isfinite

        def phi(t: float) -> float:
            step = t * entry.length
            moved = at + kind(step)
            if abs(float(moved) - home - step) > lost * abs(t):
                return math.nan
            self.meter.admit()
            value = self._lone(entry, t, moved)
            return value if finite(value) else math.nan

        return phi

    def _lone(self, entry: Entry, t: float, moved: Any) -> float:
        """Return the objective with one entry replaced, on arrays of its own, or as a journal remembers it."""
        if self.kept is not None:
            self.kept.ask(b"%d %d %r" % (entry.block, entry.place, float(moved)))
            if known := self.kept.take(1):
                self.meter.recall()
                return known[0]
        value = None if self.crew is None else self.crew.lone(self, entry, t)
        if value is not None:
            return self._kept(value)
        return self._kept(self._apart(entry.block, entry.place, moved))

    def where(self, block: int, place: int) -> str:
        """Return the name of an entry: ``W[3, 1]``."""
        for number, start, stop, shape in self.blocks[block].slots:
            if start <= place < stop:
                index = ", ".join(str(int(i)) for i in np.unravel_index(place - start, shape))
                return f"{self.parameters[number].name}[{index}]" if index else self.parameters[number].name
        raise IndexError(place)
