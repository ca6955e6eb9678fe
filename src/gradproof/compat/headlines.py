"""What is wrong in the words of ``torch.autograd.gradcheck``, by which test suites know it."""

from __future__ import annotations

from gradproof.group import ReportGroup
from gradproof.model import Outcome


def headlines(found: ReportGroup, names: list[str]) -> list[str]:
    """Return a line for each output and input, by their numbers, for which a Jacobian is wrong.

    ``names`` are those of the inputs, which are the leaves of the reports.
    """
    told = []
    outputs = [name for name in found.reports if name.startswith("vjp of output")]
    for name, report in found.reports.items():
        output = outputs.index(name) if name in outputs else 0
        how = "computed with forward mode " if name == "jvp" else ""
        wrong = [leaf for leaf, verdict in report.leaves.items() if verdict.outcome is Outcome.WRONG]
        told += [
            f"Jacobian {how}mismatch for output {output} with respect to input {names.index(leaf)},"
            for leaf in wrong
            if leaf in names and not (name == "vjp" and outputs)
        ]
    return list(dict.fromkeys(told))
