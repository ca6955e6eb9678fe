"""Arguments of other lengths: batches of one, single rows, everything one longer, and what has length one alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

# What is tried, the arguments, and the code that makes them from the given ones.
Change = tuple[str, tuple[Any, ...], tuple[str, ...]]


def other_lengths(args: tuple[Any, ...]) -> Iterator[Change]:
    """Yield the arguments cut shorter and made longer."""
    yield from _batches_of_one(args)
    yield from _single_rows(args)
    yield from _all_longer(args)
    yield from _one_longer(args)


def _batches_of_one(args: tuple[Any, ...]) -> Iterator[Change]:
    """Cut every argument to one along a length that several share."""
    shapes = [np.shape(arg) for arg in args]
    for axis in (0, -1):
        lengths = [shape[axis] for shape in shapes if len(shape) > (1 if axis else 0)]
        common = {n for n in lengths if n > 1 and lengths.count(n) > 1}
        for length in sorted(common):
            places = [i for i, s in enumerate(shapes) if len(s) > (1 if axis else 0) and s[axis] == length]
            cut = tuple(np.take(arg, [0], axis) if i in places else arg for i, arg in enumerate(args))
            code = tuple(f"args[{i}] = args[{i}].take([0], {axis})" for i in places)
            yield f"a batch of one along axis {axis}", cut, code


def _single_rows(args: tuple[Any, ...]) -> Iterator[Change]:
    """Cut one argument alone to one along its first axis."""
    for i, arg in enumerate(args):
        if isinstance(arg, np.ndarray) and arg.ndim > 1 and len(arg) > 1:
            cut = (f"args[{i}] = args[{i}][:1]",)
            yield f"args[{i}]: one row", (*args[:i], arg[:1].copy(), *args[i + 1 :]), cut


def _all_longer(args: tuple[Any, ...]) -> Iterator[Change]:
    """Make all axes of one length longer by one, in all arguments: lengths that agree are taken to belong together."""
    for length in sorted({n for i in _arrays(args) for n in args[i].shape}):
        axes = {i: _axes(args[i], length) for i in _arrays(args)}
        if any(axes.values()):
            yield (f"{length + 1} for every length of {length}", *_grown(args, axes))


def _one_longer(args: tuple[Any, ...]) -> Iterator[Change]:
    """Make one argument alone longer where it has length one, and the whole numbers that may tell of its rows.

    That several have length one says little: it may be a batch of one, or an axis that is there to be broadcast.
    """
    ones = {i: axes for i in _arrays(args) if (axes := _axes(args[i], 1))}
    whole = {i: axes for i, axes in ones.items() if args[i].dtype.kind in "iu"}
    fractions = [i for i in ones if i not in whole]
    for i in fractions if len(fractions) > 1 else ():
        yield (f"args[{i}]: 2 for every length of 1", *_grown(args, {i: ones[i], **whole}))


def wider_columns(args: tuple[Any, ...]) -> Iterator[tuple[Change, tuple[int, ...]]]:
    """Yield the arguments with columns made two wide, and which: all of them, a batch of one perhaps, and each alone.

    A column may be meant to be one: whether it is a batch shows in the output, see ``Subject``.
    """
    columns: dict[int, tuple[int, ...]] = {i: (args[i].ndim - 1,) for i in _arrays(args) if _is_column(args[i])}
    fractions = [i for i in columns if args[i].dtype.kind == "f"]
    for i in fractions if len(columns) > 1 else ():
        yield (f"args[{i}]: 2 for its last length of 1", *_grown(args, {i: columns[i]})), (i,)
    if fractions:
        yield ("2 for every last length of 1", *_grown(args, columns)), tuple(columns)


def _is_column(x: npt.NDArray[Any]) -> bool:
    return x.ndim > 1 and x.shape[-1] == 1


def _arrays(args: tuple[Any, ...]) -> list[int]:
    return [i for i, arg in enumerate(args) if isinstance(arg, np.ndarray) and arg.dtype.kind in "fiu" and arg.size]


def _axes(x: npt.NDArray[Any], length: int) -> tuple[int, ...]:
    """Return the axes of a length, but not a last one of length one: a column is a column, and no batch."""
    column = x.ndim - 1 if length == 1 and _is_column(x) else None
    return tuple(axis for axis, n in enumerate(x.shape) if n == length and axis != column)


def _grown(args: tuple[Any, ...], axes: dict[int, tuple[int, ...]]) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    changed = list(args)
    grown = [i for i, along in axes.items() if along]
    for i in grown:
        changed[i] = _longer(args[i], axes[i])
    return tuple(changed), tuple(f"args[{i}] = numpy.array({changed[i].tolist()})" for i in grown)


def _longer(x: npt.NDArray[Any], axes: tuple[int, ...]) -> npt.NDArray[Any]:
    """Add one more at the end of some axes: the last, which is a good index or label; of fractions three quarters.

    Where two axes grow the corner is larger, so that a symmetric matrix stays so, and a positive definite one too.
    """
    longer = np.pad(x, [(0, int(axis in axes)) for axis in range(x.ndim)], mode="edge")
    if x.dtype.kind != "f":
        return longer
    added = sum((np.indices(longer.shape)[axis] == x.shape[axis]).astype(int) for axis in axes)
    return np.asarray(longer * np.array([1.0, 0.75, 1.25])[np.minimum(added, 2)], dtype=x.dtype)
