"""The gradient function called again: on one example of the batch, and at the same point. No evaluation is spent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.seam import Problem

# How close two gradients must be to be one: they come from the same code.
SAME = 1e-9

Rebind = Callable[[Problem], Array | None]


def replay(problem: Problem, claim: Array, gradient_of: Rebind) -> str:
    """Return what calling the gradient function again says of a wrong claim, or "".

    Parameters
    ----------
    problem
        With a callable gradient.
    claim
        What it gave for the leaf.
    gradient_of
        Returns the leaf's gradient of another problem, or None where there is none.
    """
    try:
        again = gradient_of(problem)
    except Exception as error:
        return f"a second call of your gradient function raises {type(error).__name__}: state is kept between calls"
    if again is not None and again.shape == claim.shape and not _same(again, claim):
        return "a second call of your gradient function gives something else: state is kept between calls"
    for words, args in _single_examples(problem.args):
        try:
            alone = gradient_of(replace(problem, args=args))
        except Exception:
            # The user's function may refuse a batch of one; that says nothing.
            continue
        if alone is None or alone.shape != claim.shape or not np.any(alone):
            continue
        factor = float(np.vdot(alone, claim) / np.vdot(alone, alone))
        if factor and _same(alone * factor, claim):
            times = "" if abs(factor - 1.0) <= SAME else f"{factor:.6g} times "
            return f"yours is {times}the gradient of {words} alone"
    return ""


def _single_examples(args: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Yield the arguments cut down to one example, along every length that two of them share."""
    shapes = [getattr(arg, "shape", ()) for arg in args]
    lengths = {n for shape in shapes for n in shape if n > 1 and sum(n in other for other in shapes) > 1}
    for length in sorted(lengths):
        for words, place in (("the first example", slice(0, 1)), ("the last example", slice(length - 1, length))):
            yield words, tuple(_cut(arg, length, place) for arg in args)


def _cut(arg: Any, length: int, place: slice) -> Any:
    shape = getattr(arg, "shape", ())
    if length not in shape:
        return arg
    axis = len(shape) - 1 - shape[::-1].index(length)
    return arg[tuple(place if a == axis else slice(None) for a in range(len(shape)))]


def _same(a: Array, b: Array) -> bool:
    scale = float(np.max(np.abs(b), initial=0.0))
    return bool(np.max(np.abs(a - b), initial=0.0) <= SAME * scale)
