"""What was found of single leaves: findings, formulas, the map of the error, the telling measurement in pictures."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.model import Finding, Measurement, Outcome, Record, Verdict
from gradproof.reports.formulas import formulas
from gradproof.reports.page.curve import curves
from gradproof.reports.page.grid import Knowledge, knowledge
from gradproof.reports.page.heat import described, maps
from gradproof.reports.page.leaves import NAME, Row, by_leaf
from gradproof.reports.page.remainder import remainder, sweep
from gradproof.reports.page.spread import spread
from gradproof.reports.page.svg import Picture
from gradproof.reports.quantities import count, place, shortened
from gradproof.reports.sentences import MEANING, NEXT
from gradproof.reports.telling import alone, telling
from gradproof.reports.wording import sentence

# More findings or entries are counted instead of listed; so many findings are written as equations.
LISTED, EQUATIONS = 12, 4


@dataclass(frozen=True, slots=True)
class Plot:
    """A measurement in pictures, with the direction in words; ``number`` is its place in the record."""

    number: int
    direction: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class Detail:
    """A leaf with all that was found of it. ``drawn`` says whether the plot was already shown with another leaf."""

    row: Row
    aliases: str
    findings: tuple[str, ...]
    formulas: tuple[str, ...]
    advice: str
    maps: tuple[Picture, ...]
    entries: tuple[tuple[str, str], ...]
    omitted: str
    plot: Plot | None
    drawn: bool


def details(record: Record, shown: list[Row]) -> list[Detail]:
    """Return the details of these leaves; a measurement that several share is drawn with the first of them."""
    own_numbers, chosen_numbers = alone(record), telling(record)
    findings = by_leaf(record.findings)
    plots: dict[int, Plot | None] = {}
    made = []
    for row in shown:
        verdict = record.verdicts[row.number]
        own = [record.measurements[k] for k in own_numbers.get(row.number, [])]
        chosen = chosen_numbers.get(row.number)
        known = knowledge(verdict.shape, verdict.dtype, findings.get(verdict.leaf, []), own) if verdict.dtype else None
        drawn = chosen in plots
        if chosen is not None and not drawn:
            plots[chosen] = _plot(record, chosen)
        plot = None if chosen is None else plots[chosen]
        made.append(_detail(row, verdict, findings.get(verdict.leaf, []), known, (plot, drawn)))
    return made


def _plot(record: Record, number: int) -> Plot | None:
    measurement = record.measurements[number]
    pictures = curves(measurement)
    if pictures:
        traced = next((curve for curve in record.curves if curve.measurement == number), None)
        pictures += (remainder(measurement),) if traced is None else sweep(measurement, traced, record.value)
    return Plot(number, _direction(measurement), pictures) if pictures else None


def _direction(measurement: Measurement) -> str:
    parts = measurement.probe.parts
    if len(parts) > 1:
        return f"along a random direction of {count(len(parts), 'parameter')} together"
    part = parts[0]
    if part.start + 1 == part.stop and not part.windows:
        return f"along one entry, number {part.start} in C order"
    whole = not part.windows and part.bucket is None and part.start == 0 and part.stop < 0 and not part.without
    return "along a random direction of this parameter" if whole else "along a random direction of a part of it"


def _detail(
    row: Row, verdict: Verdict, findings: list[Finding], known: Knowledge | None, plotted: tuple[Plot | None, bool]
) -> Detail:
    entries = sorted(known.entries, key=lambda entry: -entry.off) if known else []
    omitted = len(entries) - LISTED
    sentences = [sentence(finding) for finding in findings]
    if len(sentences) > LISTED:
        sentences = [*sentences[:LISTED], f"and {len(sentences) - LISTED} more"]
    reason = verdict.reason if verdict.outcome is Outcome.INCONCLUSIVE else None
    listed = [(place(entry.index) if entry.index else "the number", described(entry)) for entry in entries[:LISTED]]
    return Detail(
        row=row,
        aliases=", ".join(shortened(alias, NAME) for alias in verdict.aliases[:LISTED]),
        findings=tuple(shortened(text, 2000) for text in sentences),
        formulas=tuple(f for finding in findings[:EQUATIONS] for f in formulas(finding, verdict.shape)),
        advice=f"It cannot be judged: {MEANING[reason]}; {NEXT[reason]}."
        if reason and row.outcome == "inconclusive"
        else "",
        maps=(*maps(known), *spread(known)) if known else (),
        entries=tuple(listed),
        omitted=f"and {count(omitted, 'entry')} more, in the JSON report" if omitted > 0 else "",
        plot=plotted[0],
        drawn=plotted[1],
    )
