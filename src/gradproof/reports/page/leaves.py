"""The leaves of a report in the order of their trouble, as rows of the table."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from gradproof.model import Finding, Outcome, Record, Verdict
from gradproof.reports.quantities import shortened
from gradproof.reports.sentences import MEANING
from gradproof.reports.wording import sentence, wrong_leaves

# More rows are counted instead of listed; so many leaves get pictures, so many characters a name.
ROWS = 1500
FAILING, OTHERS = 40, 20
NAME, TITLE = 64, 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A leaf in the table. ``anchor`` is where its pictures are, or ""; the numbers are what columns sort by."""

    number: int
    name: str
    title: str
    shape: str
    size: int
    dtype: str
    outcome: str
    rank: int
    resolution: float
    note: str
    anchor: str


RANK = {Outcome.WRONG: 0, Outcome.INCONCLUSIVE: 1, Outcome.CONSISTENT: 2}
SHORT = {Outcome.WRONG: "wrong", Outcome.INCONCLUSIVE: "inconclusive", Outcome.CONSISTENT: "consistent"}


def ordered(record: Record) -> list[int]:
    """Return the numbers of the leaves, the worst first: wrong, inconclusive, then by what would have been seen."""
    worst = {leaf: i for i, leaf in enumerate(wrong_leaves(record))}

    def key(number: int) -> tuple[int, int, float, int]:
        verdict = record.verdicts[number]
        coarse = -verdict.resolution if math.isfinite(verdict.resolution) else -math.inf
        return RANK[verdict.outcome], worst.get(verdict.leaf, len(worst)), coarse, number

    return sorted(range(len(record.verdicts)), key=key)


def pictured(record: Record, order: list[int]) -> list[int]:
    """Return the numbers of the leaves that get pictures: the failing ones and the worst of the others."""
    failing = [n for n in order if record.verdicts[n].outcome is Outcome.WRONG]
    others = [n for n in order if record.verdicts[n].outcome is not Outcome.WRONG]
    return failing[:FAILING] + others[:OTHERS]


def rows(record: Record, order: list[int], pictured: Iterable[int]) -> list[Row]:
    """Return the rows of the table, no more than ``ROWS``, the worst leaves."""
    shown, findings = set(pictured), by_leaf(record.findings)
    return [_row(record.verdicts[n], n, findings, f"leaf-{n}" if n in shown else "") for n in order[:ROWS]]


def by_leaf(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return findings by the leaf they are of."""
    grouped: dict[str, list[Finding]] = {}
    for finding in findings:
        grouped.setdefault(finding.leaf, []).append(finding)
    return grouped


def _row(verdict: Verdict, number: int, findings: dict[str, list[Finding]], anchor: str) -> Row:
    found = findings.get(verdict.leaf, [])
    note = sentence(found[0]) if found else MEANING[verdict.reason] if verdict.reason else ""
    # A leaf with a defect of the claim was never measured: it has no dtype, and its shape is not known.
    known = bool(verdict.dtype)
    return Row(
        number,
        shortened(verdict.leaf, NAME) or "(no name)",
        shortened(verdict.leaf, TITLE),
        ("×".join(map(str, verdict.shape)) or "scalar") if known else "",
        math.prod(verdict.shape) if known else -1,
        shortened(verdict.dtype, NAME),
        SHORT[verdict.outcome],
        RANK[verdict.outcome],
        verdict.resolution,
        shortened(note, 240),
        anchor,
    )
