"""Two reports side by side: which parameters got better, which worse, and what else is different."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from gradproof.model import Finding, Outcome, Record, Verdict
from gradproof.reports.quantities import count, shortened, visible
from gradproof.reports.sentences import MEANING
from gradproof.reports.wording import sentence

BADNESS = {Outcome.CONSISTENT: 0, Outcome.INCONCLUSIVE: 1, Outcome.WRONG: 2}
# A resolution that changed by less than this is the same.
COARSER = 10.0
# A ratio or an entry that changed by less than this is the same mistake.
SAME = 1e-3
NAME, TEXT, LISTED = 60, 300, 50


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one leaf; ``kind`` is "worse", "better", or "other"."""

    leaf: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed from one report to another, and what must be known to read it."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    old: Outcome
    new: Outcome

    @property
    def worse(self) -> bool:
        """Whether anything got worse."""
        return any(change.kind == "worse" for change in self.changes)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def compare(old: Record, new: Record) -> Comparison:
    """Return what got better or worse.

    Worse is a leaf whose verdict went down (consistent, inconclusive, wrong), a new leaf that is not consistent, and a
    consistent one that is left out now. A leaf that is only gone, and an error of another size, are told but not worse.
    """
    before, after = ({verdict.leaf: verdict for verdict in record.verdicts} for record in (old, new))
    found = [change for leaf, verdict in after.items() if (change := _changed(before.get(leaf), verdict, (old, new)))]
    left_out = dict(new.skipped)
    found += [_gone(verdict, left_out.get(leaf)) for leaf, verdict in before.items() if leaf not in after]
    order = {"worse": 0, "better": 1, "other": 2}
    changes = tuple(sorted(found, key=lambda change: order[change.kind]))
    return Comparison(changes, tuple(_notes(old, new)), old.outcome, new.outcome)


def _changed(was: Verdict | None, now: Verdict, records: tuple[Record, Record]) -> Change | None:
    if was is None:
        kind = "other" if now.outcome is Outcome.CONSISTENT else "worse"
        return Change(now.leaf, kind, f"new, {_told(now, records[1])}")
    if was.outcome is not now.outcome:
        kind = "worse" if BADNESS[now.outcome] > BADNESS[was.outcome] else "better"
        return Change(now.leaf, kind, f"was {was.outcome}, is {_told(now, records[1])}")
    text = _same_outcome(was, now, records)
    return Change(now.leaf, "other", text) if text else None


def _same_outcome(was: Verdict, now: Verdict, records: tuple[Record, Record]) -> str:
    if was.shape != now.shape or was.dtype != now.dtype:
        shapes = (f"{'x'.join(map(str, verdict.shape)) or 'scalar'} {verdict.dtype}" for verdict in (was, now))
        return "still {}, but was {} and is {}".format(now.outcome, *shapes)
    if now.outcome is Outcome.WRONG:
        first, second = (_finding(now.leaf, record) for record in records)
        same = first == second or (first is not None and second is not None and _alike(first, second))
        return "" if same else f"still wrong, in another way: {_told(now, records[1])}"
    if was.reason is not now.reason:
        return f"still {_told(now, records[1])}"
    if math.isfinite(was.resolution) and now.resolution > COARSER * was.resolution:
        return f"sees errors from {now.resolution:.0e} only, before from {was.resolution:.0e}"
    return ""


def _alike(first: Finding, second: Finding) -> bool:
    if (first.kind, first.index, first.block) != (second.kind, second.index, second.block):
        return False
    pairs = [(first.ratio, second.ratio), (first.yours, second.yours), (first.measured, second.measured)]
    return all(a == b or (a is not None and b is not None and math.isclose(a, b, rel_tol=SAME)) for a, b in pairs)


def _told(verdict: Verdict, record: Record) -> str:
    if verdict.outcome is Outcome.WRONG:
        finding = _finding(verdict.leaf, record)
        return f"wrong: {shortened(sentence(finding), TEXT)}" if finding else "wrong"
    reason = f": {MEANING[verdict.reason]}" if verdict.reason else ""
    return f"{verdict.outcome}{reason}"


def _finding(leaf: str, record: Record) -> Finding | None:
    return next((finding for finding in record.findings if finding.leaf == leaf and finding.kind != "kink"), None)


def _gone(was: Verdict, why: str | None) -> Change:
    if why is None:
        return Change(was.leaf, "other", f"was {was.outcome}, is gone")
    kind = "worse" if was.outcome is Outcome.CONSISTENT else "other"
    return Change(was.leaf, kind, f"was {was.outcome}, is not checked any more: {visible(why)}")


def _notes(old: Record, new: Record) -> Iterator[str]:
    if old.point != new.point:
        yield "The two were checked at different points."
    if old.settings != new.settings:
        names = [name for name in old.settings.__slots__ if getattr(old.settings, name) != getattr(new.settings, name)]
        yield f"The settings differ: {', '.join(names)}."
    if old.run.get("gradproof") != new.run.get("gradproof"):
        versions = [visible(str(record.run.get("gradproof", "unknown"))) for record in (old, new)]
        yield f"They were made by gradproof {versions[0]} and {versions[1]}."
    if old.evaluations != new.evaluations:
        yield f"{count(new.evaluations, 'evaluation')}, before {old.evaluations}."


def _lines(comparison: Comparison) -> Iterator[str]:
    worse, better = (sum(change.kind == kind for change in comparison.changes) for kind in ("worse", "better"))
    verdict = "WORSE" if worse else "BETTER" if better else "THE SAME"
    yield f"{verdict:<9} {worse} worse, {better} better; was {comparison.old}, is {comparison.new}"
    for change in comparison.changes[:LISTED]:
        sign = {"worse": "-", "better": "+", "other": " "}[change.kind]
        yield f"  {sign} {shortened(change.leaf, NAME) or '(no name)'}  {change.text}"
    if len(comparison.changes) > LISTED:
        yield f"    and {len(comparison.changes) - LISTED} more"
    yield from (f"  {note}" for note in comparison.notes)
