"""Wrong rows, columns, channels and blocks: ranges along each axis, found by halving."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

from gradproof.probe import Digit, Window
from gradproof.probing.aim import NEGLIGIBLE, Aim, Amount, axis_of

# Along an axis errors in more separate ranges than this are no block.
MOST_RANGES = 3
# Ranges that cover more than this share of an axis in the middle of the search are taken for all of it, unless the
# axis is short.
MOST = 0.75
SHORT = 32
# After this many halvings the ranges must have become few.
CLOSING = 3


@dataclass(frozen=True, slots=True)
class _Range:
    start: int
    stop: int
    amount: Amount
    shut: bool = False  # surrounded by failing ranges: taken as wrong throughout


Block = tuple[Window, ...]
# Fewer neighbouring entries than this are named one by one.
SHORTEST_RUN = 3


def find_blocks(aim: Aim, shape: tuple[int, ...], whole: Amount) -> list[Block] | None:
    """Return the blocks that hold all of a discrepancy, one window for each axis that is not free; None if none do."""
    blocks = list(_within(aim, shape, 0, ((), whole)))
    return blocks if blocks and all(blocks) else None


def _within(aim: Aim, shape: tuple[int, ...], axis: int, found: tuple[Block, Amount]) -> Iterator[Block]:
    """Narrow a block along one axis after the other."""
    block = found[0]
    if axis == len(shape):
        yield block
        return
    ranges = _ranges(aim, axis_of(shape, axis), found) if shape[axis] > 1 else None
    if ranges is None:
        yield from _within(aim, shape, axis + 1, found)
        return
    for r in ranges:
        window = Window(axis_of(shape, axis), r.start, r.stop)
        yield from _within(aim, shape, axis + 1, ((*block, window), r.amount))


def _ranges(aim: Aim, digit: Digit, found: tuple[Block, Amount]) -> list[_Range] | None:
    """Return the failing ranges along an axis; None if it is all of it or if they are many."""
    block, whole = found
    ranges, depth = [_Range(0, digit.base, whole)], 0
    while any(r.stop - r.start > 1 and not r.shut for r in ranges):
        split: list[_Range] = []
        for r in ranges:
            split += [r] if r.shut or r.stop - r.start == 1 else _halves(aim, block, digit, r)
        depth += 1
        ranges = _shut(split)
        covered = sum(r.stop - r.start for r in ranges)
        wide = covered > MOST * digit.base and digit.base > SHORT
        if depth >= CLOSING and (wide or covered == digit.base or _runs(ranges) > MOST_RANGES):
            return None
    joined = _joined(ranges)
    covered = sum(r.stop - r.start for r in joined)
    return joined if joined and len(joined) <= MOST_RANGES and covered < digit.base else None


def _halves(aim: Aim, block: Block, digit: Digit, r: _Range) -> list[_Range]:
    middle = (r.start + r.stop) // 2
    left = aim.total(windows=(*block, Window(digit, r.start, middle)))
    if not left.finite:
        return [replace(r, shut=True)]
    halves = (_Range(r.start, middle, left), _Range(middle, r.stop, r.amount - left))
    tau = NEGLIGIBLE * abs(aim.expected)
    return [half for half in halves if abs(half.amount.value) > tau + 2.0 * half.amount.error]


def _shut(ranges: list[_Range]) -> list[_Range]:
    """Shut the ranges whose neighbours on both sides fail as well."""
    found = []
    for i, r in enumerate(ranges):
        before = i > 0 and ranges[i - 1].stop == r.start
        after = i + 1 < len(ranges) and ranges[i + 1].start == r.stop
        found.append(replace(r, shut=r.shut or (before and after)))
    return found


def _runs(ranges: list[_Range]) -> int:
    return len(_joined(ranges))


def _joined(ranges: list[_Range]) -> list[_Range]:
    """Join what touches."""
    joined: list[_Range] = []
    for r in ranges:
        if joined and joined[-1].stop == r.start:
            last = joined[-1]
            amount = Amount(last.amount.value + r.amount.value, last.amount.error + r.amount.error)
            joined[-1] = _Range(last.start, r.stop, amount, shut=True)
        else:
            joined.append(r)
    return joined


def ranges_of(block: Block, shape: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """Return the half-open range of indices of a block along each axis."""
    known = {window.digit: (window.start, window.stop) for window in block}
    return tuple(known.get(axis_of(shape, axis), (0, length)) for axis, length in enumerate(shape))


def full_lines(flats: list[int], shape: tuple[int, ...]) -> tuple[list[Block], set[int]]:
    """Return the rows, columns, runs and the block that single entries fill, and the entries that are left over."""
    left, found = set(flats), list[Block]()
    for axis, length in enumerate(shape) if len(shape) > 1 else ():
        digit = axis_of(shape, axis)
        line = math.prod(shape) // length
        for value in sorted({digit.of(flat) for flat in left}) if line >= SHORTEST_RUN else ():
            inside = {flat for flat in left if digit.of(flat) == value}
            if len(inside) == line:
                found.append((Window(digit, value, value + 1),))
                left -= inside
    for start, stop in _runs_of(sorted(left)) if len(shape) == 1 else ():
        if stop - start >= SHORTEST_RUN:
            found.append((Window(axis_of(shape, 0), start, stop),))
            left -= set(range(start, stop))
    box = _full_box(left, shape) if len(shape) > 1 else ()
    return ([*found, box], set()) if box else (found, left)


def _full_box(flats: set[int], shape: tuple[int, ...]) -> Block:
    """Return the block of which entries fill every place, or an empty one."""
    axes = [axis_of(shape, axis) for axis in range(len(shape))]
    values = [{axis.of(flat) for flat in flats} for axis in axes]
    ranges = [(min(found, default=0), max(found, default=-1) + 1) for found in values]
    if len(flats) < SHORTEST_RUN or math.prod(stop - start for start, stop in ranges) != len(flats):
        return ()
    return tuple(Window(axis, start, stop) for axis, (start, stop) in zip(axes, ranges, strict=True))


def _runs_of(flats: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for flat in flats:
        if runs and runs[-1][1] == flat:
            runs[-1] = (runs[-1][0], flat + 1)
        else:
            runs.append((flat, flat + 1))
    return runs
