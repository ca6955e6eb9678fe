"""Contributions lost or counted twice: entry by entry, claim and measurement are whole multiples of one another."""

from __future__ import annotations

from dataclasses import replace

from gradproof.model import Finding
from gradproof.numerics.compare import Answer
from gradproof.probing.diagnose import name_factor
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import check_entry
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading
from gradproof.seam import Leaf

# Entries looked at before whole multiples are believed, and the largest multiple that is told from chance.
ENTRIES, LARGEST = 8, 64
FEWEST = 3
# A ratio is whole if it is so to this precision, or to its bar.
WHOLE = 1e-6
# Bars wider than this tell nothing of the sort.
CLEAR = 1e-2
# Ratios are the same if they are so within the bars of both, so many of them.
BARS = 3.0


def multiples(gauge: Gauge, stratum: Stratum, tried: dict[int, Reading]) -> Finding | None:
    """Return the finding that factors are whole but differ by entry, or None.

    Up to ``ENTRIES`` entries are measured, those in ``tried`` among them; it stops at the first that does not fit.
    """
    part = stratum.parts[0]
    known = dict(tried)
    found: list[tuple[int, int]] = []
    for flat in (*tried, *gauge.subject.sample(part, ENTRIES)):
        if flat in known and known[flat].answer is Answer.AGREES:
            found.append((1, 1))
            continue
        reading = known.get(flat) or check_entry(gauge, stratum, flat)
        ratio = _whole_ratio(gauge, part.leaf, (flat, reading))
        if ratio is None:
            return None
        if flat not in known or flat in tried:
            found.append(ratio)
        known[flat] = reading
    return _finding(gauge.subject.leaves[part.leaf].name, found)


def multiples_of(leaf: str, ratios: list[float | None]) -> Finding | None:
    """Return the same finding from claimed / measured of all the entries that are wrong, at least three."""
    known = [ratio for ratio in ratios if ratio]
    if len(known) < max(FEWEST, len(ratios)):
        return None
    found = []
    for ratio in known:
        larger = max(ratio, 1.0 / ratio)
        if ratio < 0.0 or abs(larger - round(larger)) > WHOLE * larger or round(larger) > LARGEST:
            return None
        found.append((1, round(larger)) if ratio > 1.0 else (round(larger), 1))
    return _finding(leaf, found)


def in_common(leaf: Leaf, entries: list[Finding]) -> Finding | None:
    """Return what all the wrong entries of a leaf have in common, or None."""
    name = leaf.name
    whole = multiples_of(name, [f.ratio for f in entries])
    found = whole or common_ratio(name, entries) or common_difference(name, entries)
    if len(leaf.shape) != 2 or not FEWEST <= len(entries) == min(leaf.shape):
        return found
    if any(f.index is None or f.index[0] != f.index[1] for f in entries):
        return found
    if found is None:
        return Finding(name, "pattern", "wrong on the diagonal")
    many = f"wrong in {len(entries)} entries"
    return replace(found, text=found.text.replace(many, "wrong on the diagonal"))


def common_ratio(leaf: str, entries: list[Finding]) -> Finding | None:
    """Return the finding that all the wrong entries, at least three, are off by one factor."""
    known = [(f.ratio, abs(f.ratio * f.error / f.measured)) for f in entries if f.ratio and f.error and f.measured]
    if len(known) < max(FEWEST, len(entries)):
        return None
    ratio, error = min(known, key=lambda pair: pair[1])
    doubts = [max(BARS * (doubt + error), WHOLE * abs(ratio)) for _, doubt in known]
    if any(abs(r - ratio) > d or d > CLEAR * abs(ratio) for (r, _), d in zip(known, doubts, strict=True)):
        return None
    text = f"wrong in {len(entries)} entries: in each yours is {ratio:.6g} x the measured gradient"
    return Finding(leaf, "pattern", text, guess=name_factor(ratio, error, ()))


def common_difference(leaf: str, entries: list[Finding]) -> Finding | None:
    """Return the finding that all the wrong entries, at least three, are off by the same number."""
    measured = [f for f in entries if f.measured is not None and f.yours is not None]
    known = [((f.yours or 0.0) - (f.measured or 0.0), f.error) for f in measured if f.error]
    if len(known) < max(FEWEST, len(entries)):
        return None
    by, error = min(known, key=lambda pair: pair[1])
    doubts = [max(BARS * (doubt + error), WHOLE * abs(by)) for _, doubt in known]
    if any(abs(d - by) > doubt or doubt > CLEAR * abs(by) for (d, _), doubt in zip(known, doubts, strict=True)):
        return None
    more = f"{abs(by):.6g} {'more' if by > 0.0 else 'less'} than the measured gradient"
    return Finding(leaf, "pattern", f"wrong in {len(entries)} entries: in each yours is {more}")


def _finding(leaf: str, found: list[tuple[int, int]]) -> Finding | None:
    """Return the finding for pairs (n, 1), where measured / yours is n, and (1, n), where yours / measured is."""
    lost = sorted({n for n, d in found if d == 1})
    extra = sorted({d for n, d in found if n == 1})
    if len(lost) > 1 and extra == [1] * (1 in lost):
        text = f"yours lacks whole contributions, differently by entry: measured / yours = {_listed(lost)}"
        return Finding(leaf, "multiples", text, guess="overwritten where it should be added?")
    if len(extra) > 1 and lost == [1] * (1 in extra):
        text = f"yours has contributions more than once, differently by entry: yours / measured = {_listed(extra)}"
        return Finding(leaf, "multiples", text, guess="added again where it was there already?")
    return None


def _whole_ratio(gauge: Gauge, leaf: int, entry: tuple[int, Reading]) -> tuple[int, int] | None:
    """Return (n, 1) if measured / yours is the whole number n, (1, n) if yours / measured is, else None."""
    flat, reading = entry
    yours, scale = gauge.subject.entry(leaf, flat)
    estimate = reading.measurement.estimate
    measured, error = estimate.value / scale, estimate.error / abs(scale)
    if not estimate.finite or yours == 0.0 or error > CLEAR * abs(measured):
        return None
    ratio, doubt = measured / yours, error / abs(yours)
    if ratio >= 0.5 and abs(ratio - round(ratio)) <= max(doubt, WHOLE * ratio) and round(ratio) <= LARGEST:
        return (round(ratio), 1)
    inverse = 1.0 / ratio if ratio else 0.0
    if not 0.5 <= inverse <= LARGEST + 0.5:
        return None
    doubt = inverse**2 * doubt
    if abs(inverse - round(inverse)) <= max(doubt, WHOLE * inverse) and round(inverse) <= LARGEST:
        return (1, round(inverse))
    return None


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers[:6])) + (", ..." if len(numbers) > 6 else "")
