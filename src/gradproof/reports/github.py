"""The report as annotations of GitHub's workflows, which point at the line of the gradient function."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.model import Outcome, Record
from gradproof.reports.quantities import shortened, visible
from gradproof.reports.wording import passed, scope, sentence, undecided, wrong_leaves

# A step shows ten annotations of a kind; the last counts those left out.
SHOWN, FINDINGS = 9, 3
NAME, TEXT = 120, 1000


def github(record: Record) -> str:
    """Return a line for each wrong parameter (an error), each reason of doubt (a warning), and what was proved.

    The file and the line stand in ``run["file"]`` and ``run["line"]``, where the command found them.
    """
    return "\n".join(_lines(record)) + "\n"


def _lines(record: Record) -> Iterator[str]:
    grouped = wrong_leaves(record)
    for leaf in list(grouped)[:SHOWN]:
        texts = [shortened(sentence(finding), TEXT) for finding in grouped[leaf]]
        more = [f"and {len(texts) - FINDINGS} more"] if len(texts) > FINDINGS else []
        yield _annotation(record, "error", shortened(leaf, NAME), "\n".join([*texts[:FINDINGS], *more]))
    if len(grouped) > SHOWN:
        yield _annotation(record, "error", "more", f"{len(grouped) - SHOWN} more wrong parameters")
    for leaves, text in undecided(record)[:SHOWN]:
        names = ", ".join(shortened(verdict.leaf, 28) for verdict in leaves[:SHOWN])
        more_leaves = f" and {len(leaves) - SHOWN} more" if len(leaves) > SHOWN else ""
        yield _annotation(record, "warning", f"{names}{more_leaves}", text)
    consistent = any(verdict.outcome is Outcome.CONSISTENT for verdict in record.verdicts)
    summary = f"{record.outcome.value}, {scope(record)}"
    yield _annotation(
        record, "notice", "verdict", f"{summary}; the rest is {passed(record)}" if consistent else summary
    )


def _annotation(record: Record, kind: str, title: str, text: str) -> str:
    properties = {}
    if record.run.get("file"):
        properties = {"file": str(record.run["file"]), "line": str(record.run.get("line", 1))}
    properties["title"] = f"gradproof: {title or '(no name)'}"
    listed = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{kind} {listed}::{_data(text)}"


def _data(text: str) -> str:
    lines = "\n".join(visible(line) for line in text.split("\n"))
    return lines.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(visible(text)).replace(":", "%3A").replace(",", "%2C")
