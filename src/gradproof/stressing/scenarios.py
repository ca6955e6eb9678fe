"""Where mistakes hide: special values, degenerate shapes, memory layouts, one array in two slots, repeated indices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Scenario:
    """Arguments to try, and the code that makes them from the given ones (a list called ``args``).

    ``cotangent`` names how the output is weighed: "random", "ones", "one entry", "negative".
    ``shared`` are the places that hold one object. ``other`` says whether another point is visited, "before" or
    "between" forward and backward. ``about`` is "values" where these alone are changed.
    """

    name: str
    args: tuple[Any, ...]
    code: tuple[str, ...] = ()
    cotangent: str = "random"
    shared: tuple[int, ...] = ()
    other: str = ""
    about: str = ""


def scenarios(args: tuple[Any, ...], seed: int) -> Iterator[Scenario]:
    """Yield all scenarios for some arguments, the given ones first."""
    yield Scenario("the given arguments", args)
    for kind in ("ones", "one entry", "negative"):
        yield Scenario(f"cotangent: {kind}", args, cotangent=kind)
    yield Scenario("after another point", args, other="before")
    yield Scenario("another forward pass in between", args, other="between")
    places = differentiable(args)
    for i in places:
        yield from _values(args, i, np.random.default_rng(seed))
        yield from _layouts(args, i)
    for i, arg in enumerate(args):
        if isinstance(arg, np.ndarray) and arg.dtype.kind in "iu" and arg.size > 1:
            yield from _repeats(args, i)
    yield from _batches_of_one(args)
    yield from _single_rows(args)
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
        yield Scenario(f"args[{i}]: a broadcast row", _with(args, i, np.broadcast_to(x[:1], x.shape)), row)
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


def _batches_of_one(args: tuple[Any, ...]) -> Iterator[Scenario]:
    """Cut every argument to one along a length that several share."""
    shapes = [np.shape(arg) for arg in args]
    for axis in (0, -1):
        lengths = [shape[axis] for shape in shapes if len(shape) > (1 if axis else 0)]
        common = {n for n in lengths if n > 1 and lengths.count(n) > 1}
        for length in sorted(common):
            places = [i for i, s in enumerate(shapes) if len(s) > (1 if axis else 0) and s[axis] == length]
            cut = tuple(np.take(arg, [0], axis) if i in places else arg for i, arg in enumerate(args))
            code = tuple(f"args[{i}] = args[{i}].take([0], {axis})" for i in places)
            yield Scenario(f"a batch of one along axis {axis}", cut, code)


def _single_rows(args: tuple[Any, ...]) -> Iterator[Scenario]:
    """Cut one argument alone to one along its first axis."""
    for i, arg in enumerate(args):
        if isinstance(arg, np.ndarray) and arg.ndim > 1 and len(arg) > 1:
            cut = (f"args[{i}] = args[{i}][:1]",)
            yield Scenario(f"args[{i}]: one row", _with(args, i, arg[:1].copy()), cut)


def _with(args: tuple[Any, ...], i: int, value: Any) -> tuple[Any, ...]:
    return tuple(value if k == i else arg for k, arg in enumerate(args))
