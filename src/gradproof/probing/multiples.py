"""Contributions lost or counted twice: entry by entry, claim and measurement are whole multiples of one another."""

from __future__ import annotations

from gradproof.model import Finding
from gradproof.numerics.compare import Answer
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import check_entry
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading

# Entries looked at before whole multiples are believed, and the largest multiple that is told from chance.
ENTRIES, LARGEST = 8, 64
FEWEST = 3
# A ratio is whole if it is so to this precision, or to its bar.
WHOLE = 1e-6
# Bars wider than this tell nothing of the sort.
CLEAR = 1e-2


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
