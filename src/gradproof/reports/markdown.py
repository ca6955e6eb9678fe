"""The report as Markdown for the comment on a pull request: the verdict and what is wrong, the rest folded away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gradproof.model import Outcome, Record, Verdict
from gradproof.reports.quantities import count, probability, seconds, shortened, visible
from gradproof.reports.wording import STATED, passed, scope, sentence, undecided, wrong_leaves

SIGN = {Outcome.WRONG: "❌", Outcome.INCONCLUSIVE: "❓", Outcome.CONSISTENT: "✅"}
# More is counted instead of listed: a comment on GitHub holds 65,536 characters.
WRONG, FINDINGS, ROWS, NAMES = 20, 3, 100, 12
NAME, TEXT = 80, 400
SPECIAL = re.compile(r"([\\`*_\[\]|~$])")
# What GitHub links by itself: a mention, a number of an issue, an address. And what begins a list, a title or a quote.
LINKED = re.compile(r"(?<=@)(?=\w)|(?<=#)(?=\d)|(?<=:)(?=//)|(?<=www)(?=\.)|(?<=GH)(?=-\d)")
BEGINS = re.compile(r"^(\s*)([-+#=]|\d+(?=[.)]))")


def markdown(record: Record) -> str:
    """Return the report as GitHub-flavoured Markdown, below 65,536 characters; no name in it mentions or links."""
    return "\n".join([*_summary(record), "", *_folded(record)]) + "\n"


def _summary(record: Record) -> Iterator[str]:
    yield f"### {SIGN[record.outcome]} gradproof: {record.outcome}, {scope(record)}"
    yield ""
    cost = count(record.evaluations, "evaluation")
    taken = record.run.get("seconds")
    target = record.run.get("target")
    parts = [code(str(target))] if target else []
    parts += [cost + (f", {seconds(taken)}" if isinstance(taken, int | float) else ""), f"seed {record.settings.seed}"]
    yield ", ".join(parts)
    yield ""
    yield from _wrong(record)
    for leaves, text in undecided(record):
        yield f"- {_names(leaves)}: {escaped(text)}"
    consistent = [verdict for verdict in record.verdicts if verdict.outcome is Outcome.CONSISTENT]
    if consistent:
        yield f"- {_names(consistent)}: {escaped(passed(record))}"
    for note in record.notes[:NAMES]:
        yield f"- {escaped(shortened(note, TEXT))}"


def _wrong(record: Record) -> Iterator[str]:
    grouped = wrong_leaves(record)
    for leaf in list(grouped)[:WRONG]:
        findings = grouped[leaf]
        yield f"- {code(leaf)} **wrong**: {escaped(shortened(sentence(findings[0]), TEXT))}"
        for finding in findings[1:FINDINGS]:
            yield f"  - {escaped(shortened(sentence(finding), TEXT))}"
        if len(findings) > FINDINGS:
            yield f"  - and {len(findings) - FINDINGS} more"
    if len(grouped) > WRONG:
        yield f"- and {len(grouped) - WRONG} more wrong parameters"


def _names(verdicts: list[Verdict]) -> str:
    shown = ", ".join(code(verdict.leaf) for verdict in verdicts[:NAMES])
    return f"{shown} and {len(verdicts) - NAMES} more" if len(verdicts) > NAMES else shown


def _folded(record: Record) -> Iterator[str]:
    yield "<details><summary>All parameters, and what was proved</summary>"
    yield ""
    yield "| Parameter | Verdict | Shape | Type | Sees from |"
    yield "| --- | --- | --- | --- | ---: |"
    rank = list(SIGN)
    for verdict in sorted(record.verdicts, key=lambda verdict: rank.index(verdict.outcome))[:ROWS]:
        shape = "×".join(map(str, verdict.shape)) or ("scalar" if verdict.dtype else "")
        sees = f"{verdict.resolution:.0e}" if verdict.resolution == verdict.resolution else ""
        yield f"| {code(verdict.leaf)} | {verdict.outcome} | {shape} | {escaped(verdict.dtype)} | {sees} |"
    if len(record.verdicts) > ROWS:
        yield f"| and {len(record.verdicts) - ROWS} more | | | | |"
    yield ""
    for proof in record.proofs[:NAMES]:
        chances = ", ".join(f"{size:.0e}: {probability(proof.miss(size)).replace('<', '&lt;')}" for size in STATED)
        yield (
            f"- {count(proof.entries, 'entry')}, {count(proof.probes, 'random direction')}, agreement within "
            f"{proof.agreement:.1e}. The probability that an error of this relative size looked this good: {chances}."
        )
    for name, why in record.skipped[:NAMES]:
        yield f"- {code(name)} was not checked: {escaped(shortened(why, TEXT))}"
    if len(record.skipped) > NAMES:
        yield f"- {len(record.skipped) - NAMES} more were not checked"
    versions = [f"{key} {record.run[key]}" for key in ("gradproof", "numpy", "python") if key in record.run]
    yield ""
    yield escaped(", ".join([*versions, f"point {record.point}"]))
    yield ""
    yield "</details>"


def code(name: str) -> str:
    """Return a name as a span of code, safe in a table too; a backtick in it makes the fence longer."""
    text = (shortened(name, NAME) or "(no name)").replace("|", "\\|")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def escaped(text: str) -> str:
    """Return text that Markdown shows as it is: no markup, no mention, no link, no number of an issue."""
    plain = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # A space of no width ends what would be linked, and is not seen.
    plain = LINKED.sub("&#8203;", SPECIAL.sub(r"\\\1", plain))
    return BEGINS.sub(r"\1&#8203;\2", plain)
