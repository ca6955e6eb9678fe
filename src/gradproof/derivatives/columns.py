"""A jvp at a kink: two tangents cannot tell the kinks of several outputs apart, but single entries can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.derivatives.spaces import Vector, as_vector
from gradproof.model import Outcome, Reason, outcome_of
from gradproof.report import Report

# Entries that are asked one by one: each costs a call of the jvp for one gradient.
MOST_COLUMNS = 64


def meets_kinks(report: Report) -> bool:
    """Whether something is not consistent, and kinks are the reason."""
    kinked = any(verdict.reason is Reason.KINK for verdict in report.record.verdicts)
    return kinked and report.outcome is not Outcome.CONSISTENT


def are_few(params: Mapping[str, Any]) -> bool:
    """Whether the real entries of all arguments are so few that each can be asked for its own derivative."""
    arrays = [a for arg in params.values() for a in as_vector(arg).arrays if a is not None]
    return all(a.dtype.kind == "f" for a in arrays) and sum(a.size for a in arrays) <= MOST_COLUMNS


def gradient_by_columns(arg: Any, along: Callable[[Vector], float]) -> Any:
    """Return the gradient that the slopes along each entry of an argument make."""
    vector = as_vector(arg)
    found = [None if a is None else np.zeros(a.shape, a.dtype) for a in vector.arrays]
    for k, slopes in enumerate(found):
        for i in range(0 if slopes is None else slopes.size):
            unit = [None if a is None else np.zeros(a.shape, a.dtype) for a in vector.arrays]
            unit[k].flat[i] = 1.0  # type: ignore[union-attr]
            slopes.flat[i] = along(Vector(vector.tree, tuple(unit)))  # type: ignore[union-attr]
    return Vector(vector.tree, tuple(found)).as_tree()


def undecided(report: Report) -> Report:
    """Return a report in which nothing is accused that only kinks speak against.

    Along two tangents the slopes beside the point are fewer than all that a subgradient may take.
    """
    record = report.record
    open_ = {v.leaf for v in record.verdicts if v.outcome is Outcome.WRONG and v.reason is Reason.KINK}
    verdicts = tuple(replace(v, outcome=Outcome.INCONCLUSIVE) if v.leaf in open_ else v for v in record.verdicts)
    changed = replace(
        record,
        outcome=outcome_of(v.outcome for v in verdicts),
        reasons=tuple(dict.fromkeys((*record.reasons, *([Reason.KINK] if open_ else [])))),
        verdicts=verdicts,
        findings=tuple(finding for finding in record.findings if finding.leaf not in open_),
    )
    return Report(changed, report.problem)
