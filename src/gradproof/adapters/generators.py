"""What belongs to the process: random generators left as they were found, or frozen; no warnings for far steps."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.frameworks import remembered as remembered_of_frameworks
from gradproof.errors import InputError
from gradproof.seam import Problem

Restore = Callable[[], None]
# How an adapter adds the generators of its framework: functions that remember a state and return what puts it back.
HOOKS: list[Callable[[], Restore]] = []


@contextlib.contextmanager
def untouched(problem: Problem) -> Iterator[None]:
    """Put all generators back that a problem may draw from, and keep floating-point warnings of far steps off."""
    put_back = remembered(problem)
    try:
        # Once for a whole check: entering it for each evaluation would cost as much as a small objective.
        with np.errstate(all="ignore"):
            yield
    finally:
        put_back()


def remembered(problem: Problem) -> Restore:
    """Remember the states of all generators that a problem may draw from; return what puts them back.

    These are Python's and NumPy's global ones, those that the problem names or has among its arguments, and those of
    frameworks.

    Raises
    ------
    InputError
        If something named as a generator is none.
    """
    python, numpy = random.getstate(), np.random.get_state()
    others = [_remember(generator) for generator in _own(problem)] + [hook() for hook in HOOKS]
    others += remembered_of_frameworks()

    def put_back() -> None:
        random.setstate(python)
        np.random.set_state(numpy)
        for restore in others:
            restore()

    return put_back


def frozen(problem: Problem) -> Problem:
    """Return the problem with objective and gradient that always draw the same: from the states of now."""
    put_back = remembered(problem)

    def before(function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            put_back()
            return function(*arguments)

        return call

    return replace(problem, loss=before(problem.loss), gradient=before(problem.gradient), batched=None)


def _own(problem: Problem) -> list[Any]:
    for name in ("generators", "args"):
        given = getattr(problem, name)
        if not isinstance(given, tuple | list):
            raise InputError(f"The {name} are no tuple.", expected="a tuple: (x,) for one", got=type(given).__name__)
    kinds = (np.random.Generator, np.random.RandomState, random.Random)
    return [*problem.generators, *(argument for argument in problem.args if isinstance(argument, kinds))]


def _remember(generator: Any) -> Restore:
    if isinstance(generator, np.random.Generator):
        bits, state = generator.bit_generator, generator.bit_generator.state
        return lambda: setattr(bits, "state", state)
    if isinstance(generator, np.random.RandomState):
        legacy = generator.get_state()
        return lambda: generator.set_state(legacy)
    if isinstance(generator, random.Random):
        known = generator.getstate()
        return lambda: generator.setstate(known)
    raise InputError(
        "This is no random generator.",
        expected="a numpy.random.Generator or RandomState, or a random.Random",
        got=type(generator).__name__,
        where="generators of the Problem",
    )
