"""What a careless entry is: a function, its right and its wrong derivative, and arguments at which they agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layer:
    """``right`` and ``wrong`` take the arguments, and then a cotangent where the function returns an array.

    ``cotangent`` is what a careless look weighs the output by: ones (None), unless another one is what hides.
    """

    function: Callable[..., Any]
    right: Callable[..., Any]
    wrong: Callable[..., Any]
    args: tuple[Any, ...]
    cotangent: Any = None


@dataclass(frozen=True)
class Careless:
    """The catalogued mistake ``id``. What shows everywhere, like a lost factor, does not hide at its arguments."""

    id: str
    hides: bool
    make: Callable[[], Layer]


CARELESS: list[Careless] = []

# Not here, and why.
NOT_HERE = {
    "B155": "no point decides it: the steps of sign may be those of a smooth function rounded to whole numbers",
}


def careless(id: str, hides: bool = True) -> Callable[[Callable[[], Layer]], Callable[[], Layer]]:
    def keep(make: Callable[[], Layer]) -> Callable[[], Layer]:
        CARELESS.append(Careless(id, hides, make))
        return make

    return keep
