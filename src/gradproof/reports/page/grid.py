"""An array of any shape laid out in cells, and what the measurements say of each cell."""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gradproof.model import Finding, Measurement
from gradproof.probe import Part
from gradproof.reports.disagreement import disagreement

# Larger axes are shown in bins, and no more slices than this of arrays with more axes.
CELLS = 40
STRIP = 64
SLICES = 3
# What the claims of these types may be off by their own rounding; 1e-6 for the others.
ROUNDING = {"float32": 1e-4, "complex64": 1e-4, "float16": 3e-2, "bfloat16": 1e-1}


class State(enum.StrEnum):
    """What is known of the entries of a cell, later ones before earlier ones."""

    UNSEEN = "unseen"  # measured only together with everything else
    AGREES = "agrees"  # part of a region, or an entry, that was measured by itself and agrees
    SUSPECT = "suspect"  # part of a region that disagrees
    LOCATED = "located"  # in a block that a finding names
    SLIGHT = "slight"  # an entry wrong by less than a tenth
    LARGE = "large"  # by less than its size
    GROSS = "gross"  # by its size or more


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry measured by itself. ``off`` is its relative error, 0 where it agrees within its bar."""

    flat: int
    index: tuple[int, ...]
    off: float
    yours: float | None = None
    measured: float | None = None
    error: float | None = None

    @property
    def state(self) -> State:
        """The state by the size of the relative error."""
        if self.off == 0.0:
            return State.AGREES
        return State.SLIGHT if self.off < 0.1 else State.LARGE if self.off < 1.0 else State.GROSS


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a leaf that was measured by itself; or, with ``but``, the difference of two that were."""

    part: Part
    agrees: bool
    but: Part | None = None

    def holds(self, flat: int) -> bool:
        """Whether an entry belongs to it."""
        return _chooses(self.part, flat) and not (self.but is not None and _chooses(self.but, flat))


def _chooses(part: Part, flat: int) -> bool:
    if flat < part.start or (part.stop >= 0 and flat >= part.stop) or flat in part.without:
        return False
    return all(window.start <= window.digit.of(flat) < window.stop for window in part.windows)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the record says of the entries of one leaf; ``whole`` is the state of an entry not told apart."""

    shape: tuple[int, ...]
    whole: State
    entries: tuple[Entry, ...]
    regions: tuple[Region, ...]
    blocks: tuple[tuple[tuple[int, int], ...], ...]

    def state(self, flat: int) -> State:
        """Return the state of an entry that was neither measured by itself nor located."""
        inside = [region for region in self.regions if region.holds(flat)]
        if any(region.agrees for region in inside):
            return State.AGREES
        return State.SUSPECT if inside and self.whole is State.UNSEEN else self.whole


def knowledge(shape: tuple[int, ...], dtype: str, findings: Iterable[Finding], own: Iterable[Measurement]) -> Knowledge:
    """Return what is known of a leaf from its findings and from the measurements of it alone."""
    findings, own = list(findings), [one for one in own if _whole_strata(one.probe.parts[0])]
    entries: dict[int, Entry] = {}
    whole = State.LOCATED if any(f.kind == "factor" and f.block is None for f in findings) else State.UNSEEN
    size, rounding = math.prod(shape), ROUNDING.get(dtype, 1e-6)
    regions = list(_differences(own, rounding))
    for measurement in own:
        part, off = measurement.probe.parts[0], disagreement(measurement, rounding)
        if part.start + 1 == part.stop and not part.windows:
            entries[part.start] = Entry(part.start, unraveled(part.start, shape), off)
        elif part.windows or part.without or part.start > 0 or 0 <= part.stop < size:
            regions.append(Region(part, off == 0.0))
    entries.update((entry.flat, entry) for entry in _named(shape, findings))
    blocks = tuple(f.block for f in findings if f.block is not None and len(f.block) == len(shape))
    ordered = tuple(entries[flat] for flat in sorted(entries) if flat < size)
    return Knowledge(shape, whole, ordered, tuple(regions), blocks)


def _differences(own: list[Measurement], rounding: float) -> Iterator[Region]:
    """Return the rest of each part of which another part was measured with the same draw: slopes are linear."""
    found = {(one.probe.key, one.probe.parts[0]): one for one in own}
    for (key, part), inner in found.items():
        outer = found.get((key, replace(part, windows=part.windows[:-1]))) if part.windows else None
        if outer is None or outer.estimate.reason is not None or inner.estimate.reason is not None:
            continue
        claimed, measured = (a - b for a, b in zip(_slopes(outer), _slopes(inner), strict=True))
        bar = outer.estimate.error + inner.estimate.error + outer.claimed_error + inner.claimed_error
        bar += rounding * max(map(abs, (*_slopes(outer), *_slopes(inner))))
        yield Region(outer.probe.parts[0], abs(claimed - measured) <= bar, part)


def _slopes(measurement: Measurement) -> tuple[float, float]:
    return measurement.claimed, measurement.estimate.value


def _whole_strata(part: Part) -> bool:
    """Whether the chosen entries are known without their contributions, and from a report that nobody damaged."""
    digits = [window.digit for window in part.windows]
    sound = all(min(digit.divisor, digit.modulus, digit.step, digit.base) > 0 for digit in digits)
    return sound and part.bucket is None and part.low < 0.0 and math.isinf(part.high) and part.side == "all"


def _named(shape: tuple[int, ...], findings: list[Finding]) -> Iterator[Entry]:
    """Return the entries that findings name with their numbers."""
    for f in findings:
        if f.index is None or len(f.index) != len(shape) or f.yours is None or f.measured is None:
            continue
        if all(0 <= i < n for i, n in zip(f.index, shape, strict=True)):
            size = max(abs(f.yours), abs(f.measured))
            off = abs(f.yours - f.measured) / size if 0.0 < size < math.inf else math.inf
            yield Entry(raveled(f.index, shape), f.index, off, f.yours, f.measured, f.error)


def unraveled(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of a flat one in C order."""
    found = []
    for length in reversed(shape):
        flat, i = divmod(flat, max(length, 1))
        found.append(i)
    return tuple(reversed(found))


def raveled(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    """Return the flat index in C order."""
    flat = 0
    for i, length in zip(index, shape, strict=True):
        flat = flat * length + i
    return flat


@dataclass(frozen=True, slots=True)
class Layout:
    """How a leaf becomes a table of cells: two shown axes, their lengths, and the entries per cell along each.

    ``lead`` are the indices of the other axes, of the slice shown.
    """

    shape: tuple[int, ...]
    axes: tuple[int, int]  # -1 for an axis that the array does not have
    lead: tuple[int, ...]
    bins: tuple[int, int]

    def length(self, which: int) -> int:
        """Return the number of entries along the rows (0) or the columns (1)."""
        return self.shape[self.axes[which]] if self.axes[which] >= 0 else 1

    def cells(self, which: int) -> int:
        """Return the number of cells along the rows or the columns."""
        return math.ceil(self.length(which) / self.bins[which])

    def flat(self, row: int, column: int) -> int:
        """Return the flat index of the entry in a row and column of the slice."""
        index = list(self.lead)
        for axis, i in zip(self.axes, (row, column), strict=True):
            if axis >= 0:
                index[axis] = i
        return raveled(tuple(index), self.shape)


def layouts(known: Knowledge) -> list[Layout]:
    """Return the slices to be shown: those of what was located or measured, the first one if there is nothing."""
    shape = known.shape
    rows, columns = _shown(known)
    limit = CELLS if rows >= 0 else STRIP
    bins = tuple(math.ceil(shape[axis] / limit) if axis >= 0 else 1 for axis in (rows, columns))
    seen = [tuple(a for a, _ in block) for block in known.blocks]
    seen += [entry.index for entry in sorted(known.entries, key=lambda entry: -entry.off)]
    leads = dict.fromkeys(tuple(0 if a in (rows, columns) else i for a, i in enumerate(index)) for index in seen)
    chosen = list(leads)[:SLICES] or [(0,) * len(shape)]
    return [Layout(shape, (rows, columns), lead, (bins[0], bins[1])) for lead in chosen]


def _shown(known: Knowledge) -> tuple[int, int]:
    """Return the axes of rows and columns: those along which a located block runs, else the last; -1 for none."""
    long = [axis for axis, length in enumerate(known.shape) if length > 1]
    spanned = [axis for axis in long if any(block[axis][1] - block[axis][0] > 1 for block in known.blocks)]
    # Beside a single axis the longest of the others shows most of what is right.
    others = sorted((axis for axis in long if axis not in spanned), key=lambda axis: known.shape[axis])
    chosen = sorted([*others, *spanned][-2:]) if spanned else long[-2:]
    return (chosen[0], chosen[1]) if len(chosen) == 2 else (-1, chosen[0] if chosen else -1)
