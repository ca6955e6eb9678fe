"""The search for failing values, and the smallest that fail: by hypothesis, where it is installed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.stressing.scenarios import Scenario, differentiable
from gradproof.stressing.trial import Subject

# Entries of all arguments together, above which values are not searched one by one.
MOST_ENTRIES = 60
# Simple numbers first: hypothesis shrinks towards the front.
NUMBERS = (1.0, 2.0, 0.0, -1.0, 0.5, 3.0, -2.0, -0.5, 10.0, 1e-3)


def smallest_failure(
    subject: Subject, args: tuple[Any, ...], examples: int, left: Callable[[], float]
) -> Scenario | None:
    """Return the simplest values at which the gradient is wrong, or None if none were found in the seconds left.

    None too if hypothesis is not installed, or if there are too many entries to search.
    """
    try:
        import hypothesis
        import hypothesis.strategies as st
    except ImportError:
        return None
    places = differentiable(args)
    shapes = {i: np.shape(args[i]) for i in places}
    if not places or sum(int(np.prod(shape, dtype=int)) for shape in shapes.values()) > MOST_ENTRIES:
        return None
    strategy = st.tuples(
        *(st.lists(st.sampled_from(NUMBERS), min_size=n, max_size=n) for n in (_count(shapes[i]) for i in places))
    )

    def fails(values: tuple[list[float], ...]) -> bool:
        return left() > 0.0 and subject.attempt(_scenario(args, dict(zip(places, values, strict=True)))).failed

    settings = hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(hypothesis.HealthCheck),
        phases=[hypothesis.Phase.generate, hypothesis.Phase.shrink],
    )
    try:
        found = hypothesis.find(strategy, fails, settings=settings)
    except hypothesis.errors.NoSuchExample:
        return None
    return _scenario(args, dict(zip(places, found, strict=True)))


def _count(shape: tuple[int, ...]) -> int:
    return int(np.prod(shape, dtype=int))


def _scenario(args: tuple[Any, ...], values: dict[int, list[float]]) -> Scenario:
    changed, code = list(args), []
    for i, flat in values.items():
        array = np.array(flat, dtype=np.asarray(args[i]).dtype).reshape(np.shape(args[i]))
        changed[i] = array if isinstance(args[i], np.ndarray) else float(array)
        literal = f"numpy.array({array.tolist()})" if isinstance(args[i], np.ndarray) else repr(float(array))
        code.append(f"args[{i}] = {literal}")
    return Scenario("values found by search", tuple(changed), tuple(code), about="values")
