"""Where in a wrong leaf: which entries, or which range of them.

All probes here share the draw of the failing one, so that the discrepancies of parts add up to that of the whole. For
a single wrong entry the same probe weighted by the index is off by ``index`` times as much: the ratio of the two
discrepancies *is* the position. Several wrong entries are found by halving, where one half is measured and the other
is the difference; a range that fails everywhere is not followed to its entries.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from gradproof.numerics.compare import Answer
from gradproof.probing.gauge import Gauge, Reading
from gradproof.probing.judge import Case, entry_stratum
from gradproof.probing.plan import Stratum
from gradproof.seam import Part

# The position must be this close to a whole number, in bars of its own error and in absolute terms.
WHOLE = 0.25
# More failing ranges than this at one depth are not followed to single entries.
MOST_RANGES = 24
# A leaf that fails in this share of its ranges is wrong all over.
DENSE = 0.7
# Halvings before that is asked: with eight ranges a few scattered entries do not look like a dense error.
EARLIEST = 3
# Halvings before a range between two failing ones is taken as wrong throughout.
CLOSING = 4
# Ranges of up to this many entries are checked entry by entry.
FEWEST = 3
# A range off by less than this share of the whole discrepancy is not followed.
NEGLIGIBLE = 1e-6
# The error, as a share of the whole discrepancy, to which parts of it are measured.
PRECISELY = 1e-5


@dataclass(frozen=True, slots=True)
class Located:
    """Where a leaf is wrong: single entries (each confirmed by a probe of its own) and ranges of flat indices."""

    entries: tuple[tuple[int, Reading], ...] = ()
    spans: tuple[tuple[int, int], ...] = ()
    dense: bool = False


@dataclass(frozen=True, slots=True)
class _Base:
    """The failing probe whose discrepancy is divided up."""

    part: Part
    key: int
    discrepancy: float
    error: float


@dataclass(frozen=True, slots=True)
class _Range:
    start: int
    stop: int
    discrepancy: float
    error: float
    closed: bool = False  # surrounded by failing ranges: taken as wrong throughout

    @property
    def size(self) -> int:
        return self.stop - self.start

    @property
    def done(self) -> bool:
        """Whether it is not halved further: a part of one entry draws no z, so it would not add up."""
        return self.closed or self.size <= FEWEST


def locate(gauge: Gauge, case: Case) -> Located:
    """Find the wrong entries or ranges of a leaf that was judged wrong."""
    gauge.phase = "entries"
    base = _base(gauge, max(case.readings, key=_clarity))
    part = base.part
    size = gauge.subject.leaves[part.leaf].size
    if not math.isfinite(base.discrepancy):
        return Located(dense=True)
    single = _by_ratio(gauge, case.stratum, base)
    if single is not None:
        return Located(entries=(single,))
    stop = size if part.stop < 0 else part.stop
    ranges = _halve(gauge, base, _Range(part.start, stop, base.discrepancy, base.error))
    return Located(dense=True) if ranges is None else _confirm(gauge, case.stratum, ranges)


def check_entry(gauge: Gauge, stratum: Stratum, flat: int) -> Reading:
    """Probe one entry by itself."""
    single = replace(stratum.parts[0], start=flat, stop=flat + 1, weight=1.0, ramp=None)
    return gauge.look(entry_stratum(gauge, stratum, single))


def _base(gauge: Gauge, reading: Reading) -> _Base:
    """Return the clearest failing probe, measured again where its bar is too wide to divide by."""
    probe = reading.measurement.probe
    part, discrepancy = probe.parts[0], reading.discrepancy
    size = gauge.subject.leaves[part.leaf].size
    error, wanted = reading.measurement.estimate.error, 0.1 * WHOLE * abs(discrepancy) / size
    if error > wanted:
        discrepancy, error = gauge.glance(part, probe.key, wanted)
    return _Base(part, probe.key, discrepancy, error)


def _clarity(reading: Reading) -> float:
    distance = abs(reading.discrepancy)
    return distance / (reading.comparison.error or 1e-300) if math.isfinite(distance) else -1.0


def _by_ratio(gauge: Gauge, stratum: Stratum, base: _Base) -> tuple[int, Reading] | None:
    """Read the position of a single wrong entry off a ratio of discrepancies; None if there is more than one."""
    part = base.part
    shape = gauge.subject.leaves[part.leaf].shape
    size = math.prod(shape)
    flat = _position(gauge, base, replace(part, ramp=-1), size)
    if flat is None and len(shape) > 1 and base.error * size > WHOLE * abs(base.discrepancy):
        # Too many entries for one ratio: one axis at a time.
        index = [_position(gauge, base, replace(part, ramp=axis), length) for axis, length in enumerate(shape)]
        if all(i is not None for i in index):
            flat = _ravel([i for i in index if i is not None], shape)
    if flat is None:
        return None
    reading = check_entry(gauge, stratum, flat)
    if reading.answer is not Answer.DISAGREES:
        return None
    rest = tuple(replace(part, start=start, stop=stop) for start, stop in ((0, flat), (flat + 1, size)) if start < stop)
    left = gauge.read(replace(stratum, parts=rest, units=stratum.units * len(rest))) if rest else None
    return (flat, reading) if left is None or left.answer is Answer.AGREES else None


def _position(gauge: Gauge, base: _Base, ramped: Part, length: int) -> int | None:
    wanted = 0.1 * WHOLE * abs(base.discrepancy) / length
    discrepancy, error = gauge.glance(ramped, base.key, wanted)
    ratio = discrepancy / base.discrepancy
    doubt = length * (error + abs(ratio) * base.error) / abs(base.discrepancy)
    position = ratio * length - 1.0
    if not (math.isfinite(position) and doubt < WHOLE and -0.5 < position < length - 0.5):
        return None
    return round(position) if abs(position - round(position)) <= 3.0 * doubt + 1e-6 else None


def _ravel(index: list[int], shape: tuple[int, ...]) -> int:
    flat = 0
    for i, length in zip(index, shape, strict=True):
        flat = flat * length + i
    return flat


def _halve(gauge: Gauge, base: _Base, whole: _Range) -> list[_Range] | None:
    """Return the failing ranges, single entries or closed; None if the leaf is wrong all over."""
    ranges, depth = [whole], 0
    while any(not r.done for r in ranges):
        split: list[_Range] = []
        for r in ranges:
            split += [r] if r.done else _failing_halves(gauge, base, r)
        depth += 1
        ranges = _close(split) if depth >= CLOSING else split
        covered = sum(r.size for r in ranges)
        if (depth >= EARLIEST and covered > DENSE * whole.size) or not ranges:
            return None
        if len(ranges) > MOST_RANGES:
            return [replace(r, closed=True) for r in ranges]
    return ranges


def _failing_halves(gauge: Gauge, base: _Base, r: _Range) -> list[_Range]:
    middle = (r.start + r.stop) // 2
    part = base.part
    left = replace(part, start=r.start, stop=middle)
    discrepancy, error = gauge.glance(left, base.key, PRECISELY * abs(base.discrepancy))
    if not math.isfinite(discrepancy) or not math.isfinite(error):
        return [replace(r, closed=True)]
    halves = (
        _Range(r.start, middle, discrepancy, error),
        _Range(middle, r.stop, r.discrepancy - discrepancy, r.error + error),
    )
    tau = NEGLIGIBLE * abs(base.discrepancy)
    return [half for half in halves if abs(half.discrepancy) > tau + 2.0 * half.error]


def _close(ranges: list[_Range]) -> list[_Range]:
    """Close the ranges whose neighbours on both sides fail as well, and join neighbouring closed ones."""
    closed: list[_Range] = []
    for i, r in enumerate(ranges):
        before = i > 0 and ranges[i - 1].stop == r.start
        after = i + 1 < len(ranges) and ranges[i + 1].start == r.stop
        shut = r.closed or (before and after)
        if shut and closed and closed[-1].closed and closed[-1].stop == r.start:
            closed[-1] = replace(closed[-1], stop=r.stop)
        else:
            closed.append(replace(r, closed=shut))
    return closed


def _confirm(gauge: Gauge, stratum: Stratum, ranges: list[_Range]) -> Located:
    """Probe the entries of the smallest ranges one by one, and join what touches into spans."""
    open_ranges = [r for r in ranges if not r.closed]
    tried = [(i, check_entry(gauge, stratum, i)) for r in open_ranges for i in range(r.start, r.stop)]
    wrong = {flat: reading for flat, reading in tried if reading.answer is Answer.DISAGREES}
    spans: list[tuple[int, int]] = []
    pieces = [(r.start, r.stop) for r in ranges if r.closed] + [(flat, flat + 1) for flat in wrong]
    for start, stop in sorted(pieces):
        if spans and spans[-1][1] == start:
            spans[-1] = (spans[-1][0], stop)
        else:
            spans.append((start, stop))
    singles = tuple((start, wrong[start]) for start, stop in spans if stop - start == 1 and start in wrong)
    wide = tuple(span for span in spans if span[1] - span[0] > 1)
    part = stratum.parts[0]
    everything = sum(stop - start for start, stop in spans) >= DENSE * gauge.subject.leaves[part.leaf].size
    return Located(dense=True) if everything or not spans else Located(singles, wide)
