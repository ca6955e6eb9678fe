"""From wrong leaves to findings: the diagnosis if one fits, else the place."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from gradproof.model import Finding, Reason
from gradproof.numerics.compare import Answer
from gradproof.probing.blocks import Block, full_lines, ranges_of
from gradproof.probing.diagnose import Suspect, diagnose
from gradproof.probing.factors import diagnosed
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case, check_entries, check_entry, single_entries
from gradproof.probing.locate import locate, locate_single
from gradproof.probing.multiples import in_common
from gradproof.probing.reading import Reading
from gradproof.probing.search import Located
from gradproof.probing.stale import one_step_behind
from gradproof.probing.why import explanations
from gradproof.seam import Leaf

# A part of up to this many entries is checked entry by entry at once.
SMALL = 6
# A discrepancy below this share of the leaf's contribution is slight.
SLIGHT = 3e-3
# Entries of a dense error that are measured to show how bad it is.
SHOWN = 4
# Of many wrong ones that were measured so many are listed, the worst.
WORST = 8


def explain(gauge: Gauge, case: Case) -> list[Finding]:
    """Return what is to be said about a leaf that was judged wrong."""
    part = case.stratum.parts[0]
    leaf, count = gauge.subject.leaves[part.leaf], gauge.subject.count(part)
    if case.reason is Reason.KINK and (invalid := _invalid(case)):
        return [entry_finding(gauge, leaf, part.leaf, pair) for pair in invalid]
    # A slight discrepancy is rather one entry of many than a formula, and would be costly to measure precisely.
    if _is_slight(case) and (single := locate_single(gauge, case)) is not None:
        return _remarked(gauge, part.leaf, [entry_finding(gauge, leaf, part.leaf, single)])
    diagnosis, readings = diagnosed(gauge, case, _along_all(case))
    if diagnosis is not None:
        if leaf.aliases:
            names = ", ".join((leaf.name, *leaf.aliases))
            diagnosis = replace(
                diagnosis, text=f"{diagnosis.text}; it is one array: what you give for {names} was added"
            )
        return [_with_entry(gauge, case, diagnosis) if count == 1 else diagnosis]
    why = explanations(gauge, case, readings)
    if why:
        return why
    told = gauge.subject.replayed(part.leaf)
    if told:
        return [Finding(leaf.name, "replay", told)]
    smooth = tuple(r for r in readings if r.measurement.estimate.finite and r.measurement.estimate.reason is None)
    if gauge.steps_behind is not None and (stale := one_step_behind(gauge, case, smooth)) is not None:
        return [stale]
    if count <= SMALL:
        each = [(s.parts[0].start, gauge.read(s)) for s in single_entries(gauge, case.stratum)]
        wrong = [(flat, reading) for flat, reading in each if reading.answer is Answer.DISAGREES]
        if wrong:
            return _remarked(gauge, part.leaf, [entry_finding(gauge, leaf, part.leaf, pair) for pair in wrong])
    place = locate(gauge, case)
    throughout = place.whole is None and (place.rest or 2 * len(place.entries) > count)
    stale = one_step_behind(gauge, case, smooth) if throughout else None
    return _placed(gauge, case, place) if stale is None else [stale]


def _invalid(case: Case) -> list[tuple[int, Reading]]:
    """Return the entries at kinks that were read by themselves and lie outside of their one-sided slopes."""
    parts = [(reading.measurement.probe.parts[0], reading) for reading in case.readings]
    return [(p.start, r) for p, r in parts if p.stop == p.start + 1 and r.answer is Answer.DISAGREES]


def _is_slight(case: Case) -> bool:
    distances = [abs(r.discrepancy) for r in case.readings if math.isfinite(r.discrepancy)]
    return bool(distances) and max(distances) < SLIGHT * case.stratum.unit


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


def name_block(block: Block, leaf: Leaf) -> str:
    """Return a block in words: rows, columns or entries where these words fit, else as an index expression."""
    ranges = ranges_of(block, leaf.shape)
    free = [axis for axis, (length, r) in enumerate(zip(leaf.shape, ranges, strict=True)) if r == (0, length)]
    if len(leaf.shape) <= 2 and len(free) == len(leaf.shape) - 1:
        axis = next(axis for axis in range(len(leaf.shape)) if axis not in free)
        first, last = ranges[axis][0], ranges[axis][1] - 1
        noun, many = ("entry", "entries") if len(leaf.shape) == 1 else (("row", "rows"), ("column", "columns"))[axis]
        return f"{noun} {first}" if first == last else f"{many} {first} to {last}"
    words = [
        ":" if axis in free else (str(start) if stop - start == 1 else f"{start}:{stop}")
        for axis, (start, stop) in enumerate(ranges)
    ]
    return f"{leaf.name}[{', '.join(words)}]"


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
    lines, single = full_lines([flat for flat, _ in place.entries], leaf.shape)
    findings = [_block_finding(gauge, case, block) for block in (*place.blocks, *lines)]
    findings += [entry_finding(gauge, leaf, part.leaf, pair) for pair in place.entries if pair[0] in single]
    if place.rest or not findings:
        findings += _sampled(gauge, case, place)
    return _remarked(gauge, part.leaf, findings)


def _remarked(gauge: Gauge, index: int, findings: list[Finding]) -> list[Finding]:
    """Add what is conspicuous about the claim by itself; many zeros that are wrong become one finding."""
    leaf = gauge.subject.leaves[index]
    entries = [f for f in findings if f.kind == "entry" and f.index is not None]
    if len(entries) == len(findings):
        whole = in_common(leaf, entries)
        if whole is not None:
            findings = [whole, *entries]
    wrong = {_flat(f.index, leaf.shape): f.measured or 0.0 for f in entries if f.index is not None}
    remarks = gauge.subject.remarks(index, wrong)
    if not remarks or not findings:
        return findings
    if len(entries) == len(findings) > 2:
        text = f"wrong in {len(entries)} entries: {remarks[0]}"
        return [Finding(leaf.name, "pattern", text), *entries]
    return [replace(findings[0], guess="; ".join(filter(None, (findings[0].guess, *remarks)))), *findings[1:]]


def _flat(index: tuple[int, ...], shape: tuple[int, ...]) -> int:
    flat = 0
    for i, length in zip(index, shape, strict=True):
        flat = flat * length + i
    return flat


def _block_finding(gauge: Gauge, case: Case, block: Block) -> Finding:
    """Return the finding of a wrong block: its name, what is wrong with all of it, and one entry of it."""
    part = replace(case.stratum.parts[0], windows=block)
    leaf = gauge.subject.leaves[part.leaf]
    inside = replace(case.stratum, parts=(part,))
    readings = tuple(gauge.read(inside) for _ in range(2))
    why = diagnose(Suspect(leaf, gauge.subject.count(part), readings, gauge.subject.lengths))
    middle = gauge.subject.sample(part, 1)[0]
    entry = entry_finding(gauge, leaf, part.leaf, (middle, check_entry(gauge, case.stratum, middle)))
    text = f"wrong in {name_block(block, leaf)}"
    known = replace(entry, kind="slice", text=text, block=ranges_of(block, leaf.shape), ratio=None)
    if why is None:
        return known
    return replace(known, text=f"{text}: {why.text}", ratio=why.ratio, ratio_error=why.ratio_error, guess=why.guess)


def _is_wrong_besides(gauge: Gauge, case: Case, found: Iterable[int]) -> bool:
    """Whether the rest of a part disagrees too, without the entries that were found."""
    rest = replace(case.stratum.parts[0], ramp=None, without=tuple(sorted(found)))
    return gauge.read(replace(case.stratum, parts=(rest,))).answer is Answer.DISAGREES


def _sampled(gauge: Gauge, case: Case, place: Located) -> list[Finding]:
    """Say that an error is everywhere, or in too many entries to tell apart, with those that were tried."""
    part = case.stratum.parts[0]
    leaf = gauge.subject.leaves[part.leaf]
    tried = dict(place.tried) or dict(check_entries(gauge, case.stratum, gauge.subject.sample(part, SHOWN)))
    found = {flat: reading for flat, reading in tried.items() if reading.answer is Answer.DISAGREES}
    known = {flat for flat, _ in place.entries}
    wrong = [entry_finding(gauge, leaf, part.leaf, pair) for pair in found.items() if pair[0] not in known]
    wrong = sorted(wrong, key=lambda finding: -abs((finding.yours or 0.0) - (finding.measured or 0.0)))[:WORST]
    share = f"{len(found)} of {len(tried)} entries tried are wrong"
    everywhere = len(found) == len(tried) and not known
    if everywhere:
        text = f"wrong in many places, by no single factor ({share})"
    elif len(found.keys() | known) > 1 or (found and _is_wrong_besides(gauge, case, found)):
        text = f"wrong in many places ({share})"
    elif found or known:
        text = "whether it is wrong in other places, too, cannot be told"
    else:
        text = f"where it is wrong cannot be told: none of {len(tried)} entries tried is clearly wrong"
    return [place.whole or Finding(leaf.name, "dense", text), *wrong]
