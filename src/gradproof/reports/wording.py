"""What a report says in words, the same in every format: the headline, each finding, what passed and what did not."""

from __future__ import annotations

from collections.abc import Iterable

from gradproof.model import Finding, Outcome, Proof, Record, Verdict
from gradproof.reports.quantities import count, place, probability, visible, with_error
from gradproof.reports.sentences import MEANING, NEXT

# The sizes of error for which the probability of a miss may be stated: the first that would hardly be missed.
STATED = (1e-4, 1e-3, 1e-2, 1e-1)
RARE = 1e-3


def scope(record: Record) -> str:
    """Return how many leaves have the outcome of the whole: "2 of 6 parameters"."""
    total = len(record.verdicts)
    hit = sum(verdict.outcome is record.outcome for verdict in record.verdicts)
    if not total:
        return "no parameters"
    if hit == total:
        return "the only parameter" if total == 1 else f"all {total} parameters"
    return f"{hit} of {count(total, 'parameter')}"


def wrong_leaves(record: Record) -> dict[str, list[Finding]]:
    """Return what is wrong by leaf, the leaves with the largest errors first."""
    grouped: dict[str, list[Finding]] = {}
    for finding in record.findings:
        if finding.kind != "kink":
            grouped.setdefault(finding.leaf, []).append(finding)
    return dict(sorted(grouped.items(), key=lambda item: -max(map(_badness, item[1]))))


def _badness(finding: Finding) -> float:
    if finding.ratio is None:
        return float("inf") if finding.yours is None else abs(finding.yours - (finding.measured or 0.0))
    return abs(finding.ratio - 1.0)


def sentence(finding: Finding) -> str:
    """Return a finding in words and numbers, without the leaf's name."""
    text = visible(finding.text)
    if finding.index and finding.kind == "slice":
        text += f", there {place(finding.index)}"
    elif finding.index and finding.kind != "factor":
        text = f"{place(finding.index)} {text}"
    if finding.yours is not None and finding.measured is not None:
        # At a kink a difference measures the mean of two slopes, which is no slope of the objective.
        name = "their mean" if finding.text.startswith("a kink: ") else "measured"
        text += f": yours {finding.yours + 0.0:.6g}, {name} {with_error(finding.measured, finding.error or 0.0)}"
        if finding.ratio is not None and finding.kind == "entry":
            text += f", ratio {finding.ratio + 0.0:.6g}"
    return f"{text}  ({visible(finding.guess)})" if finding.guess else text


def undecided(record: Record) -> list[tuple[list[Verdict], str]]:
    """Return the inconclusive leaves by reason, with what it means and what to do."""
    found = []
    for reason in record.reasons:
        leaves = [v for v in record.verdicts if v.outcome is Outcome.INCONCLUSIVE and v.reason is reason]
        found.append((leaves, f"cannot be judged: {MEANING[reason]}; {NEXT[reason]}"))
    return found


def passed(record: Record) -> str:
    """Return what was proved of the consistent leaves, in one sentence."""
    held = {verdict.leaf for verdict in record.verdicts if verdict.outcome is Outcome.CONSISTENT}
    main = [proof for proof in record.proofs if held & set(proof.leaves) and proof.probes > 1]
    if not main:
        return "consistent"
    size, miss = _stated(main)
    agreement = max(proof.agreement for proof in main)
    return (
        f"consistent within {agreement:.0e}; an error of {size:.0e} would have looked like this with probability "
        f"{probability(miss)}"
    )


def _stated(proofs: Iterable[Proof]) -> tuple[float, float]:
    chances = [(size, max(proof.miss(size) for proof in proofs)) for size in STATED]
    return next((pair for pair in chances if pair[1] <= RARE), chances[-1])
