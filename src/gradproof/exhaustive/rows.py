"""Many entries in one call, where the objective takes many points: those that are swept, and those measured in full."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.errors import InputError
from gradproof.executors.batches import ROUNDING, SAME, Batches
from gradproof.exhaustive.stack import COPIES, Move, Stack
from gradproof.numerics.noise import first_spacing

# Exponents of the steps that an entry measured in full is likely to ask for, first the likeliest, and the offsets of
# the table that measures noise; and how many steps are learnt from others besides.
EXPONENTS = (-4, -6, -8, -10, -2, -12, -14, -16, -18, -20, -22, -24, 0, *range(-17, -29, -2), *range(-26, -30, -2))
OFFSETS = (1, 2, 3, 4)
LEARNT = 64
# Fewer rows than that cannot tell whether each is the value at its own point.
TELLING = 4

# The entries that will be measured in full next, with the interval of t that each may be moved in.
Coming = Mapping[Any, tuple[float, float]]


class Rows:
    """Evaluates the objective for many entries in one call, where it takes many points."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches
        self._stack: Stack | None = None
        self._trusted = False
        self._guesses = True
        self._coming: Coming = {}
        self._answers: dict[Any, dict[float, float]] = {}
        self._usual: tuple[float, ...] = ()
        self._asked: dict[float, int] = {}

    def begin(self, tray: Any) -> None:
        """See whether the objective takes many points, and take the value at the point as batches have it.

        Between values that were rounded in two ways there would be a step at the point.
        """
        size = sum(one.theta.nbytes for one in tray.blocks)
        room = min(self._batches.points, int(self._batches.memory // (COPIES * size)))
        if tray.problem.batched is None or tray.meter.calls != 1 or tray.frozen or tray.copying or room < 2:
            return
        self._stack = Stack(tray, room)
        spacing = 2.0 ** first_spacing(tray.epsilon)
        steps = [*(spacing * number for number in OFFSETS), *(2.0**exponent for exponent in EXPONENTS)]
        self._usual = tuple(sign * step for step in steps for sign in (1.0, -1.0))
        tray.meter.admit()
        found = self._stack.values([])
        if found is None:
            self._stack = None
            return
        _alike(tray, (float(found[0]), tray.center), "at the given point")
        tray.center = float(found[0])

    def expect(self, coming: Coming) -> None:
        """Hear which entries will be measured in full next."""
        self._coming = coming
        self._answers.clear()

    def lone(self, tray: Any, entry: Any, t: float) -> float | None:
        """Return the objective with one entry moved, from a batch of what it and those after it will probably ask.

        None if it has to be evaluated alone. What is not asked for in the end is thrown away.
        """
        if self._stack is None or tray.copying or not self._guesses:
            return None
        known = self._answers.setdefault(entry, {})
        if t not in known:
            asked = list(itertools.islice(self._likely(entry, t), self._stack.size))
            asked.sort(key=lambda pair: pair[0].block)
            found = self._stack.values(_moves(tray, asked))
            if found is None:
                # A guess may lie where the objective has no value; what is asked need not.
                self._guesses = False
                return None
            for (one, step), value in zip(asked, found.tolist(), strict=False):
                self._answers.setdefault(one, {})[step] = value
            number = len(asked) // 3
            one, step = asked[number]
            self._compare(tray, _moves(tray, [(one, step)])[0], found[number : number + 1], len(asked))
        self._asked[t] = self._asked.get(t, 0) + 1
        return known[t]

    def _likely(self, entry: Any, t: float) -> Iterator[tuple[Any, float]]:
        """Yield what is asked, and what this entry and those after it will ask if they are like others."""
        yield entry, t
        learnt = sorted(self._asked, key=self._asked.__getitem__, reverse=True)[:LEARNT]
        steps = tuple(dict.fromkeys((*learnt, *self._usual)))
        for one in itertools.dropwhile(lambda one: one != entry, self._coming):
            (low, high), known = self._coming[one], self._answers.get(one, {})
            for step in steps:
                if low <= step <= high and step not in known and not (one == entry and step == t):
                    yield one, step

    def fill(self, tray: Any, raw: Array, block: int, sweep: tuple[Array, Array]) -> None:
        """Fill a table; whatever a batch cannot give is evaluated one by one."""
        places, points = sweep
        columns = points.shape[1]
        each = 0 if self._stack is None or tray.copying else self._stack.size // columns
        if self._stack is None or not each:
            tray.fill_here(raw, block, places, points)
            return
        for start in range(0, places.size, each):
            piece = slice(start, min(start + each, places.size))
            rows = points[piece].ravel()
            tray.meter.admit(rows.size)
            found = self._stack.values([(block, np.repeat(places[piece], columns), rows)])
            if found is None:
                tray.meter.evaluations -= rows.size
                tray.fill_here(raw[start:], block, places[start:], points[start:])
                return
            raw[piece] = found[: rows.size].reshape(-1, columns)
            tray.keep(raw[piece])
            tray.meter.done += len(raw[piece])
            number = rows.size // 3
            at = np.repeat(places[piece], columns)[number : number + 1]
            self._compare(tray, (block, at, rows[number : number + 1]), found[number : number + 1], rows.size)

    def _compare(self, tray: Any, move: Move, found: Array, count: int) -> None:
        """See once that the rows of a batch are what the objective gives at their points."""
        if self._trusted:
            return
        self._trusted = count >= TELLING
        block, place, point = move
        alone = np.full((1, 1), np.nan)
        tray.fill_apart(alone, block, place, point[:, None])
        _alike(tray, (float(found[0]), float(alone[0, 0])), tray.where(block, int(place[0])))


def _moves(tray: Any, asked: list[tuple[Any, float]]) -> list[Move]:
    """Return what stands where in the rows of a batch, for entries in the order of their blocks."""
    moves = []
    for block, several in itertools.groupby(asked, key=lambda pair: pair[0].block):
        pairs = list(several)
        theta = tray.blocks[block].theta
        places = np.array([entry.place for entry, _ in pairs])
        lengths = np.array([step * entry.length for entry, step in pairs])
        moves.append((block, places, theta[places] + lengths.astype(theta.dtype)))
    return moves


def _alike(tray: Any, pair: tuple[float, float], where: str) -> None:
    batched, alone = pair
    allowed = SAME * abs(alone - tray.center) + ROUNDING * tray.epsilon * max(abs(alone), abs(tray.center))
    if math.isfinite(alone) and not abs(batched - alone) <= allowed:
        raise InputError(
            "The objective of batches does not agree with the objective.",
            expected=f"{alone!r}, as loss(params, *args) returns", got=repr(batched), where=where,
            hint="the first axis counts the points, and no point may depend on another",
        )  # fmt: skip
