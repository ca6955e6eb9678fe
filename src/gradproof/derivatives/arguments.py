"""The arguments of a function by their names: those that are differentiated, and the others."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.tree import flatten
from gradproof.derivatives.spaces import Vector, differentiable, moved, numbers
from gradproof.errors import InputError


@dataclass(frozen=True, slots=True)
class Arguments:
    """Arguments with names; ``params`` are those that are differentiated, ``lower`` and ``upper`` their bounds."""

    args: tuple[Any, ...]
    names: tuple[str, ...]
    params: dict[str, Any]
    lower: dict[str, Any] | None = None
    upper: dict[str, Any] | None = None

    def put_back(self, params: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the arguments with others in the place of those that are differentiated."""
        return tuple(params.get(name, arg) for name, arg in zip(self.names, self.args, strict=True))

    def moved(self, steps: Mapping[str, Any], tangents: Mapping[str, Sequence[Vector]]) -> tuple[Any, ...]:
        """Return the arguments, each moved along its tangents by so much."""
        return self.put_back(
            {
                name: moved(arg, list(zip(map(float, steps[name]), tangents[name], strict=True)))
                for name, arg in self.params.items()
            }
        )

    def matched(self, given: Any) -> dict[str, Any]:
        """Return what a vjp gives by the names of the arguments.

        Raises
        ------
        InputError
            If it gives more or fewer than there are arguments.
        """
        wanted = list(self.params)
        if len(wanted) == 1 and not (isinstance(given, tuple | list) and not self._like_argument(given)):
            return {wanted[0]: given}
        if isinstance(given, tuple | list) and len(given) == len(wanted):
            return dict(zip(wanted, given, strict=True))
        if isinstance(given, tuple | list) and len(given) == len(self.args):
            return {name: g for name, g in zip(self.names, given, strict=True) if name in self.params}
        got = f"{len(given)} of them" if isinstance(given, tuple | list) else f"a {type(given).__name__}"
        expected = f"one gradient for each of {', '.join(wanted)}, in a tuple"
        raise InputError("What the vjp returns does not fit the arguments.", expected=expected, got=got)

    def _like_argument(self, given: Any) -> bool:
        """Whether a sequence is the gradient of the only argument, which is a sequence itself."""
        return flatten(given).names == flatten(next(iter(self.params.values()))).names

    @property
    def dtype(self) -> np.dtype[Any]:
        """The coarsest real dtype among the differentiated leaves."""
        arrays = [numbers(leaf) for arg in self.params.values() for leaf in flatten(arg).leaves]
        dtypes = [np.dtype(array.real.dtype) for array in arrays if array is not None]
        return min(dtypes, key=lambda dtype: dtype.itemsize)


def arguments(function: Callable[..., Any], args: tuple[Any, ...]) -> Arguments:
    """Return the arguments of a call, named as the function names them where that can be known.

    Raises
    ------
    InputError
        If none can be differentiated.
    """
    names = _names(function, len(args))
    params = {name: arg for name, arg in zip(names, args, strict=True) if differentiable(arg)}
    if not params:
        raise InputError(
            "There is nothing to differentiate.",
            expected="an argument with floating-point numbers",
            got=", ".join(type(arg).__name__ for arg in args) or "no arguments",
        )
    return Arguments(args, names, params)


def _names(function: Callable[..., Any], count: int) -> tuple[str, ...]:
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        known = [p.name for p in inspect.signature(function).parameters.values() if p.kind in kinds]
    except (TypeError, ValueError):
        known = []
    return tuple(known[:count] if len(known) >= count else (f"args[{i}]" for i in range(count)))
