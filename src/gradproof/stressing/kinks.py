"""Whether an objective has a kink at a point that nobody gave: there a right gradient is one of many."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

DIRECTIONS = 2


def has_kink(loss: Callable[[dict[str, Any]], float], point: dict[str, Any], seed: int) -> bool:
    """Return whether the differences along two directions do not add up to that along their sum, at whatever step.

    For a smooth function what is missing goes with the square of the step, for a kink with the step. Seen are thus a
    slope that is another one behind the point than before it, and the median of equal numbers, where it is not.
    """
    rng = np.random.default_rng(seed)
    precision = max(float(np.finfo(np.asarray(x).dtype).eps) for x in point.values())
    step = precision ** (1 / 3)
    # Less than a hundred roundings say nothing.
    least = 100 * precision * (1.0 + abs(loss(point)))
    for _ in range(DIRECTIONS):
        one, other = ({name: rng.normal(size=np.shape(x)) for name, x in point.items()} for _ in range(2))
        back = {name: -direction for name, direction in one.items()}
        for second in (back, other):
            try:
                wide, narrow = (_missing(loss, point, (one, second), h) for h in (step, step / 4))
            except Exception:
                # At the border of where the user's function is defined; the verdict on the gradient stands.
                return False
            if abs(narrow) > least and abs(4 * narrow - wide) < 0.5 * abs(wide):
                return True
    return False


def _missing(
    loss: Callable[[dict[str, Any]], float], point: dict[str, Any], pair: tuple[dict[str, Any], dict[str, Any]],
    step: float,
) -> float:  # fmt: skip
    """Return by how much the differences along two directions exceed that along their sum."""

    def at(first: float, second: float) -> float:
        steps = {name: step * (first * pair[0][name] + second * pair[1][name]) for name in point}
        return loss({name: _moved(x, steps[name]) for name, x in point.items()})

    return at(1.0, 0.0) + at(0.0, 1.0) - at(1.0, 1.0) - at(0.0, 0.0)


def _moved(x: Any, by: Any) -> Any:
    return (x + by).astype(x.dtype) if isinstance(x, np.ndarray) else float(x + by)
