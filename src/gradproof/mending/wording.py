"""What mending found, as text for a terminal."""

from __future__ import annotations

import textwrap

from gradproof.mending.outcome import Mended, MendOutcome, Way, shown
from gradproof.model import Outcome
from gradproof.report import Report

# How many other ways, and suspected lines, are shown.
SHOWN = 3
LINES = 12
WIDTH = 80


def described(mending: Mended) -> str:
    """Return the paragraphs: the verdict, the places, the diff, the evidence before and after."""
    if mending.outcome is MendOutcome.RIGHT:
        return f"NOTHING TO MEND\n{_indented(str(mending.before))}"
    if mending.outcome is MendOutcome.NOT_FOUND:
        return "\n".join(_not_found(mending))
    first, *others = mending.ways
    count = len(first.corrections)
    lines = [f"MENDED    {count} edit{'s' * (count > 1)}, {mending.tried} tried, {mending.seconds:.1f} s"]
    lines += _places(first)
    lines += ["", first.diff, ""]
    lines.append(f"  before  {_wrong(mending.before)}")
    lines += _after(mending)
    if others:
        lines.append("  also    other ways to write it, which nothing measured tells apart:")
        texts = list(dict.fromkeys("; ".join(f"line {n}: {text}" for n, text in way.lines) for way in others))
        lines += [f"            {text}" for text in texts[:SHOWN]]
        if len(texts) > SHOWN:
            lines.append(f"            and {len(texts) - SHOWN} more")
    if mending.discarded:
        lines.append(f"  {mending.discarded} other edits worked at the given point only")
    lines += _notes(mending)
    return "\n".join(lines)


def _places(way: Way) -> list[str]:
    return [f"  {shown(c.path)} {c}" for c in sorted(way.corrections, key=lambda c: (str(c.path), c.line))]


def _wrong(report: Report) -> str:
    names = [name for name, verdict in report.leaves.items() if verdict.outcome is Outcome.WRONG]
    return f"WRONG {' '.join(names)}: {report.evaluations} evaluations"


def _after(mending: Mended) -> list[str]:
    radius = max((proof.radius for _, report in mending.proofs for proof in report.proofs), default=0.0)
    points = len(mending.proofs)
    return [
        f"  after   CONSISTENT within {radius:.0e}, along new directions, at the given point",
        f"          and at {points - 1} others: {mending.proving} evaluations; the search took none",
    ]


def _not_found(mending: Mended) -> list[str]:
    lines = [f"NOT MENDED    {mending.tried} edits tried, {mending.seconds:.1f} s: none of them stood the proof"]
    lines.append(_indented(str(mending.before)))
    right = [name for name, verdict in mending.before.leaves.items() if verdict.outcome is Outcome.CONSISTENT]
    if mending.place is not None:
        lines += wrapped("  place   ", f"{mending.place} ({mending.place.evaluations} evaluations)")
    if mending.suspects:
        lines.append("  lines that move wrong leaves" + (" and no right one:" if right else ":"))
        lines += [
            f"    {shown(where.path)} line {where.line}: {where.words}  ({' '.join(leaves)})"
            for where, leaves in mending.suspects[:LINES]
        ]
    if mending.discarded:
        lines.append(f"  {mending.discarded} edits worked at the given point only, and were discarded")
    agree = f" The leaves {' '.join(right)} agree with it." if right else " No leaf agrees with it."
    lines += wrapped("  ", f"If the gradient is what you meant, the objective is the suspect.{agree}")
    lines += _notes(mending)
    return lines


def _notes(mending: Mended) -> list[str]:
    return [line for note in mending.notes for line in wrapped("  note    ", note)]


def wrapped(label: str, text: str) -> list[str]:
    """Return a text behind a label in lines of the terminal's width."""
    return textwrap.wrap(text, WIDTH, initial_indent=label, subsequent_indent=" " * len(label))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
