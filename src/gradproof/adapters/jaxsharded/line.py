"""The objective along one direction of sharded arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from jax import numpy as jnp

from gradproof.adapters.coarse import SHARE, WORST
from gradproof.adapters.jaxarrays import double_precision
from gradproof.adapters.jaxsharded import pieces
from gradproof.adapters.jaxsharded.place import Place
from gradproof.adapters.objective import as_float, is_of_domain

Moves = Mapping[int, Any]


class ShardedLine:
    """The objective from a start along a direction; both are arrays by leaf, with their parameters' shardings."""

    claimed_error = 0.0
    reach = (-math.inf, math.inf)

    def __init__(self, place: Place, direction: Moves, start: Moves, key: int) -> None:
        self._place, self._direction, self._start, self._key = place, direction, start, key
        with double_precision():
            self.claimed = math.fsum(float(pieces.slope(place.claims[k], v)) for k, v in direction.items())
            self.rounding = self._rounding()

    def _rounding(self) -> tuple[float, float, float]:
        """Return what rounding of the moved parameters may do; see ``coarse.rounding``."""
        at_point, per_step, steps = [0.0], [0.0], [0.0]
        for k, v in self._direction.items():
            theta = self._place.theta[k]
            if theta.dtype.itemsize < 8:
                unit = WORST * float(jnp.finfo(theta.dtype).eps) / 2.0  # type: ignore[no-untyped-call]
                sizes = [float(size) for size in pieces.moved_sizes(theta, self._place.claims[k], v)]
                at_point.append(unit * sizes[0])
                per_step.append(unit * sizes[1])
                steps.append(SHARE * unit * sizes[2] / (sizes[3] or math.inf))
        return math.hypot(*at_point), math.hypot(*per_step), max(steps)

    def __call__(self, t: float) -> float:
        """Evaluate the objective at ``theta + t v``."""
        names = ", ".join(self._place.leaves[k].name for k in self._direction)
        where = f"while evaluating the objective at step t = {t!r} along direction {self._key} (leaves {names})"
        moved = dict(self._start)
        with double_precision():
            for k, v in self._direction.items():
                moved[k] = pieces.stepped(moved.get(k, self._place.theta[k]), v, t)
        try:
            return as_float(self._place.evaluated(moved, lambda: where))
        except Exception as error:
            if t != 0.0 and is_of_domain(error):
                return math.nan
            raise
