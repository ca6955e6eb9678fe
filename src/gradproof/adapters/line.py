"""The objective along one direction: the innermost loop of a check."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.averaging import slope_error
from gradproof.adapters.coarse import rounding
from gradproof.adapters.directions import Direction, claimed_slope
from gradproof.adapters.objective import as_float, exhausted, is_of_domain
from gradproof.desk import Question


class ArrayLine:
    """The objective along one direction; ``asked`` is what a desk is asked for it."""

    __slots__ = ("_asked", "_key", "_subject", "claimed", "claimed_error", "direction", "point", "reach", "rounding")

    def __init__(self, subject: Any, direction: Direction, key: int, asked: Question | None = None) -> None:
        self._asked = asked or Question(f"line {key}")
        self._subject = subject
        self.direction = direction
        self._key = key
        self.point = subject.point
        self.claimed = claimed_slope(direction, subject.judged, subject.data)
        self.claimed_error = slope_error(direction, subject.judged, subject.groups) if subject.groups else 0.0
        self.reach = subject.reach(direction)
        self.rounding = rounding(direction, subject.judged, subject.data)

    def __call__(self, t: float) -> float:
        """Evaluate the objective at ``theta + t v``."""
        self._subject.evaluations += self._subject.calls
        desk = self._subject.desk
        if desk is None:
            return self._evaluated(t)
        return float(desk.ask(replace(self._asked, t=t), lambda: self._evaluated(t)))

    def _evaluated(self, t: float) -> float:
        subject = self._subject
        tree = self.point.moved(t, self.direction)
        try:
            # What an objective makes of NumPy's errors ends with its call: the arithmetic after it is not its own.
            with np.errstate():
                value = subject.problem.loss(tree, *subject.problem.args)
        except (Exception, SystemExit) as error:
            if t != 0.0 and is_of_domain(error):
                return math.nan
            where = f"along direction {self._key} (leaves {', '.join(subject.moving(self.direction))})"
            where = f"while evaluating the objective at step t = {t!r} {where}"
            if isinstance(error, StopIteration):
                raise exhausted(where) from error
            error.add_note(f"gradproof: {where}")
            raise
        return value if type(value) is float else as_float(value)
