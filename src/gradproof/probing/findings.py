"""From wrong leaves to findings: the diagnosis if one fits, else the place."""

from __future__ import annotations

import math
from dataclasses import replace

from gradproof.model import Finding
from gradproof.numerics.compare import Answer
from gradproof.probing.diagnose import Suspect, diagnose
from gradproof.probing.gauge import Gauge, Reading
from gradproof.probing.judge import Case, single_entries
from gradproof.probing.locate import Located, check_entry, locate
from gradproof.seam import Leaf

# A part of up to this many entries is checked entry by entry at once.
SMALL = 6
# Entries of a dense error that are measured to show how bad it is.
SHOWN = 4


def explain(gauge: Gauge, case: Case) -> list[Finding]:
    """Return what is to be said about a leaf that was judged wrong."""
    part = case.stratum.parts[0]
    leaf, count = gauge.subject.leaves[part.leaf], gauge.subject.count(part)
    suspect = Suspect(leaf, count, _along_all(case), gauge.subject.lengths)
    diagnosis = diagnose(suspect)
    if diagnosis is not None:
        if leaf.aliases:
            names = ", ".join((leaf.name, *leaf.aliases))
            diagnosis = replace(
                diagnosis, text=f"{diagnosis.text}; it is one array: what you give for {names} was added"
            )
        return [_with_entry(gauge, case, diagnosis) if count == 1 else diagnosis]
    if count <= SMALL:
        readings = [(s.parts[0].start, gauge.read(s)) for s in single_entries(gauge, case.stratum)]
        wrong = [(flat, reading) for flat, reading in readings if reading.answer is Answer.DISAGREES]
        if wrong:
            return [entry_finding(gauge, leaf, part.leaf, pair) for pair in wrong]
    return _placed(gauge, case, locate(gauge, case))


def entry_finding(gauge: Gauge, leaf: Leaf, index: int, found: tuple[int, Reading]) -> Finding:
    """Return the finding of one wrong entry, in units of the objective per unit of the parameter."""
    flat, reading = found
    yours, scale = gauge.subject.entry(index, flat)
    estimate = reading.measurement.estimate
    measured, error = estimate.value / scale, estimate.error / scale
    ratio = yours / measured if measured != 0.0 and abs(measured) > 10.0 * error else None
    text = "this entry is wrong"
    if estimate.left is not None and estimate.right is not None:
        low, high = sorted((estimate.left.value / scale, estimate.right.value / scale))
        text = f"a kink: yours lies outside its one-sided slopes {low:.6g} and {high:.6g}"
    place = unravel(flat, leaf.shape)
    return Finding(leaf.name, "entry", text, index=place, yours=yours, measured=measured, error=error, ratio=ratio)


def unravel(flat: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index in C order."""
    index = []
    for length in reversed(shape):
        flat, i = divmod(flat, length)
        index.append(i)
    return tuple(reversed(index))


def name_span(span: tuple[int, int], shape: tuple[int, ...]) -> str:
    """Return a range of flat indices in words: rows where it holds whole rows, else entries."""
    start, stop = span
    row = math.prod(shape[1:]) if shape else 1
    if len(shape) > 1 and start % row == 0 and stop % row == 0:
        first, last = start // row, stop // row - 1
        return f"row {first}" if first == last else f"rows {first} to {last}"
    return f"entries {list(unravel(start, shape))} to {list(unravel(stop - 1, shape))}"


def _along_all(case: Case) -> tuple[Reading, ...]:
    """Return the readings along the part itself, without those of single entries."""
    whole = case.stratum.parts[0]
    same = [
        reading
        for reading in case.readings
        if len(reading.measurement.probe.parts) == 1
        and replace(reading.measurement.probe.parts[0], weight=1.0) == replace(whole, weight=1.0)
    ]
    return tuple(same)


def _with_entry(gauge: Gauge, case: Case, diagnosis: Finding) -> Finding:
    """Add the numbers of the only entry to a diagnosis."""
    part = case.stratum.parts[0]
    flat = gauge.subject.sample(part, 1)[0]
    reading = check_entry(gauge, case.stratum, flat)
    entry = entry_finding(gauge, gauge.subject.leaves[part.leaf], part.leaf, (flat, reading))
    return replace(diagnosis, index=entry.index, yours=entry.yours, measured=entry.measured, error=entry.error)


def _placed(gauge: Gauge, case: Case, place: Located) -> list[Finding]:
    part = case.stratum.parts[0]
    leaf = gauge.subject.leaves[part.leaf]
    findings = [entry_finding(gauge, leaf, part.leaf, pair) for pair in place.entries]
    for span in place.spans:
        middle = check_entry(gauge, case.stratum, (span[0] + span[1]) // 2)
        findings.append(
            replace(
                entry_finding(gauge, leaf, part.leaf, ((span[0] + span[1]) // 2, middle)),
                kind="slice",
                text=f"wrong in {name_span(span, leaf.shape)}",
                span=span,
            )
        )
    if place.dense:
        findings += _sampled(gauge, case, leaf)
    return findings


def _sampled(gauge: Gauge, case: Case, leaf: Leaf) -> list[Finding]:
    """Show the worst of a few entries of an error that is everywhere."""
    part = case.stratum.parts[0]
    sample = [(flat, check_entry(gauge, case.stratum, flat)) for flat in gauge.subject.sample(part, SHOWN)]
    wrong = [entry_finding(gauge, leaf, part.leaf, pair) for pair in sample if pair[1].answer is Answer.DISAGREES]
    wrong.sort(key=lambda finding: -abs((finding.yours or 0.0) - (finding.measured or 0.0)))
    share = f"{len(wrong)} of {len(sample)} entries tried are wrong"
    text = f"wrong throughout, by no single factor ({share})"
    return [Finding(leaf.name, "dense", text), *wrong]
