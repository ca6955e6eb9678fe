"""Where mistakes hide: special values, degenerate shapes, memory layouts, one array in two slots, repeated indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.stressing.lengths import other_lengths, wider_columns

Array = npt.NDArray[Any]

# Beside longer arrays no whole number is made so negative that it can be no index: powers of it would vanish.
LONGEST = 40


@dataclass(frozen=True)
class Scenario:
    """Arguments to try, and the code that makes them from the given ones (a list called ``args``).

    ``cotangent`` names how the output is weighed: "random", "ones", "one entry", "negative"; or how random weights lie
    in memory: "strided", "transposed". ``shared`` are the places that hold one object. ``other`` says whether another
    point is visited, "before" or "between" forward and backward. ``about`` is "values", "rows" or "lengths" where these
    alone are changed. ``together`` is the place of an argument whose entries are all moved by the same, or None.
    ``wider`` are the places of columns that were made two wide.
    """

    name: str
    args: tuple[Any, ...]
    code: tuple[str, ...] = ()
    cotangent: str = "random"
    shared: tuple[int, ...] = ()
    other: str = ""
    about: str = ""
    together: int | None = None
    wider: tuple[int, ...] = ()


def scenarios(args: tuple[Any, ...], seed: int) -> Iterator[Scenario]:
    """Yield all scenarios for some arguments, the given ones first."""
    yield Scenario("the given arguments", args)
    for kind in ("ones", "one entry", "negative", "strided", "transposed"):
        yield Scenario(f"cotangent: {kind}", args, cotangent=kind)
    yield Scenario("after another point", args, other="before")
    yield Scenario("another forward pass in between", args, other="between")
    places = differentiable(args)
    for i in places:
        yield from _values(args, i, np.random.default_rng(seed))
        yield from _ties(args, i)
        yield from _layouts(args, i)
    for i, arg in enumerate(args):
        if isinstance(arg, np.ndarray) and arg.dtype.kind in "iu" and arg.size > 1:
            yield from _repeats(args, i)
        if isinstance(arg, np.ndarray) and arg.size:
            yield from _other_whole_numbers(args, i)
        if isinstance(arg, bool | int | np.bool_ | np.integer):
            yield from _options(args, i)
    for name, changed, code in other_lengths(args):
        yield Scenario(name, changed, code, about="lengths")
    for (name, changed, code), wider in wider_columns(args):
        yield Scenario(name, changed, code, about="lengths", wider=wider)
    for i, j in combinations(places, 2):
        if np.shape(args[i]) == np.shape(args[j]) and isinstance(args[i], np.ndarray):
            both = tuple(args[i] if k == j else arg for k, arg in enumerate(args))
            yield Scenario(f"args[{i}] and args[{j}] are one array", both, (f"args[{j}] = args[{i}]",), shared=(i, j))


def differentiable(args: tuple[Any, ...]) -> list[int]:
    """Return the places of arguments of floating-point numbers."""
    return [
        i
        for i, arg in enumerate(args)
        if isinstance(arg, float) or (isinstance(arg, np.ndarray) and arg.dtype.kind == "f" and arg.size)
    ]


# Name and code of what may happen to the values of one argument; x is the argument, flat and copied.
VALUES: tuple[tuple[str, str, Callable[[Array], Any]], ...] = (
    ("all zero", "x[:] = 0", lambda x: x * 0),
    ("all one", "x[:] = 1", lambda x: x * 0 + 1),
    ("all minus one", "x[:] = -1", lambda x: x * 0 - 1),
    ("all equal", "x[:] = x[0]", lambda x: x * 0 + x[0]),
    ("a zero", "x[0] = 0", lambda x: _put(x, 0, 0.0)),
    ("a zero in the middle", "x[x.size // 2] = 0", lambda x: _put(x, x.size // 2, 0.0)),
    ("two zeros", "x[:2] = 0", lambda x: _put(_put(x, 0, 0.0), 1, 0.0)),
    ("a one", "x[0] = 1", lambda x: _put(x, 0, 1.0)),
    ("a tie", "x[1] = x[0]", lambda x: _put(x, 1, float(x[0]))),
    ("a tie for the largest", "x[x == x.min()] = x.max()", lambda x: np.where(x == x.min(), x.max(), x)),
    ("whole numbers", "x[:] = numpy.round(x)", np.round),
    ("all positive", "x[:] = abs(x)", np.abs),
    ("all negative", "x[:] = -abs(x)", lambda x: -np.abs(x)),
    ("the other sign", "x[:] = -x", lambda x: -x),
    ("tiny", "x *= 1e-3", lambda x: x * 1e-3),
    ("large", "x *= 30", lambda x: x * 30),
    ("sorted", "x.sort()", np.sort),
)


def _put(x: Array, place: int, value: float) -> Array:
    if place < x.size:
        x = x.copy()
        x[place] = value
    return x


def _values(args: tuple[Any, ...], i: int, rng: np.random.Generator) -> Iterator[Scenario]:
    x = np.array(args[i])
    table = (*VALUES, ("other numbers", "", lambda x: rng.normal(size=x.size).astype(x.dtype)))
    for name, code, change in table:
        changed = np.asarray(change(x.reshape(-1)), dtype=x.dtype).reshape(x.shape)
        if np.array_equal(changed, x):
            continue
        value = changed if isinstance(args[i], np.ndarray) else float(changed)
        lines = (f"x = numpy.array(args[{i}]).reshape(-1)", code, f"args[{i}] = x.reshape({x.shape})")
        literal = (f"args[{i}] = numpy.array({changed.tolist()})",)
        yield Scenario(f"args[{i}]: {name}", _with(args, i, value), lines if code else literal, about="values")


def _ties(args: tuple[Any, ...], i: int) -> Iterator[Scenario]:
    """Yield equal entries that are moved together: whatever share each gets at a tie, the sum is told by that."""
    x = args[i]
    if isinstance(x, np.ndarray) and x.size > 1:
        # Neither zero nor one, where other kinks are likely.
        equal = np.full_like(x, 1.25)
        code = f"args[{i}][...] = 1.25", f"# all entries of args[{i}] are moved by the same"
        yield Scenario(f"args[{i}]: all equal, moved together", _with(args, i, equal), code, together=i)


def _layouts(args: tuple[Any, ...], i: int) -> Iterator[Scenario]:
    x = args[i]
    if not isinstance(x, np.ndarray) or not x.ndim:
        return
    wide = np.repeat(x, 2, axis=-1)[..., ::2]
    yield Scenario(
        f"args[{i}]: every second entry of an array", _with(args, i, wide),
        (f"args[{i}] = numpy.repeat(args[{i}], 2, axis=-1)[..., ::2]",),
    )  # fmt: skip
    back = x[::-1].copy()[::-1]
    yield Scenario(f"args[{i}]: a reversed view", _with(args, i, back), (f"args[{i}] = args[{i}][::-1].copy()[::-1]",))
    if x.ndim > 1:
        order = (f"args[{i}] = numpy.asfortranarray(args[{i}])",)
        yield Scenario(f"args[{i}]: a transposed array", _with(args, i, np.asfortranarray(x)), order)
        row = (f"args[{i}] = numpy.broadcast_to(args[{i}][:1], args[{i}].shape)",)
        yield Scenario(
            f"args[{i}]: a broadcast row", _with(args, i, np.broadcast_to(x[:1], x.shape)), row, about="rows"
        )
    frozen = x.copy()
    frozen.flags.writeable = False
    yield Scenario(f"args[{i}]: read-only", _with(args, i, frozen), (f"args[{i}].flags.writeable = False",))


def _repeats(args: tuple[Any, ...], i: int) -> Iterator[Scenario]:
    index = np.array(args[i])
    flat = index.reshape(-1)
    once = _put(flat, 1, int(flat[0])).astype(index.dtype).reshape(index.shape)
    lines = f"i = numpy.array(args[{i}]).reshape(-1)", "i[1] = i[0]", f"args[{i}] = i.reshape({index.shape})"
    yield Scenario(f"args[{i}]: an index twice", _with(args, i, once), lines)
    same = np.full_like(index, flat[0])
    yield Scenario(f"args[{i}]: one index only", _with(args, i, same), (f"args[{i}][...] = {int(flat[0])}",))


def _other_whole_numbers(args: tuple[Any, ...], i: int) -> Iterator[Scenario]:
    """Yield negative whole numbers, below what an index may be: what is used as one refuses them."""
    numbers = np.array(args[i])
    longest = max((n for arg in args for n in np.shape(arg)), default=0)
    if numbers.dtype.kind == "i" and longest <= LONGEST:
        low = -np.abs(numbers) - longest - 1
        code = (f"args[{i}] = -abs(args[{i}]) - {longest + 1}",)
        yield Scenario(f"args[{i}]: negative whole numbers", _with(args, i, low.astype(numbers.dtype)), code)


def _options(args: tuple[Any, ...], i: int) -> Iterator[Scenario]:
    """Yield other values of a switch, or of a whole number: a stride, an axis, an exponent, a number of steps."""
    given = args[i]
    if isinstance(given, bool | np.bool_):
        others: list[bool | int] = [not given]
    else:
        others = [int(given) + 1, int(given) - 1, 1]
        # The last axis, where it may be an axis.
        if abs(given) < max((np.ndim(arg) for arg in args), default=0):
            others.append(-1)
    for other in dict.fromkeys(others):
        if other != given:
            yield Scenario(f"args[{i}]: {other}", _with(args, i, other), (f"args[{i}] = {other}",))


def _with(args: tuple[Any, ...], i: int, value: Any) -> tuple[Any, ...]:
    return tuple(value if k == i else arg for k, arg in enumerate(args))
