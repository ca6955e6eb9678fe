"""Whether a wrong gradient lies within tolerances that a caller gave: measured again along random directions."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.derivatives.spaces import as_vector, moved, random_like
from gradproof.group import Identity, ReportGroup
from gradproof.model import Outcome
from gradproof.numerics.derivative import derivative
from gradproof.report import Report
from gradproof.seam import Problem

# Directions for each leaf: the error of a gradient is the root mean square of what it makes of slopes along Gaussian
# directions, known from so many to within the share SLACK with probability 0.999 (a chi-squared variable).
DIRECTIONS = 32
SLACK = 3.0 / math.sqrt(2.0 * DIRECTIONS)
# The key of these directions: none that the check drew.
KEY = 2**42
# Findings about what a claim is, not how large: no tolerance lets them pass.
STRUCTURAL = {"shape", "missing", "extra", "none", "integer", "non-finite", "complex", "mutation"}


@dataclass(frozen=True, slots=True)
class Acceptance:
    """The error that is accepted of each entry of a Jacobian, ``atol + rtol * |entry|``, and the sizes around it."""

    rtol: float
    atol: float
    cotangent: float  # the norm of what the outputs are weighed by
    inputs: float  # the norm of its inputs

    def of(self, name: str) -> float:
        """Return the absolute error accepted of an entry of a gradient of a random combination of the outputs."""
        # A jvp is judged as a function of how far the inputs are moved along random tangents.
        length = self.inputs if name.startswith("jvp") else 1.0
        return self.atol * self.cotangent * length


def accepted(found: ReportGroup, acceptance: Acceptance) -> bool:
    """Whether every wrong leaf of every report, and every identity, is within what is accepted."""
    if any(not _holds(identity, acceptance) for identity in found.identities):
        return False
    wrong = [(name, report) for name, report in found.reports.items() if report.outcome is Outcome.WRONG]
    return all(_is_within(report, (acceptance.rtol, acceptance.of(name))) for name, report in wrong)


def _holds(identity: Identity, acceptance: Acceptance) -> bool:
    allowed = (identity.tolerance + acceptance.rtol) * identity.size + acceptance.of("jvp")
    return abs(identity.left - identity.right) <= allowed


def _is_within(report: Report, tolerances: tuple[float, float]) -> bool:
    if report.problem is None or any(finding.kind in STRUCTURAL for finding in report.findings):
        return False
    problem = report.problem
    claim = problem.gradient(problem.params, *problem.args) if callable(problem.gradient) else problem.gradient
    names = as_vector(problem.params).tree.names
    wrong = [i for i, name in enumerate(names) if name in report.leaves and _is_wrong(report, name)]
    return all(_is_leaf_within(problem, claim, i, tolerances) for i in wrong)


def _is_wrong(report: Report, name: str) -> bool:
    return report.leaves[name].outcome is Outcome.WRONG


def _is_leaf_within(problem: Problem, claim: Any, leaf: int, tolerances: tuple[float, float]) -> bool:
    """Whether the slopes along directions in one leaf differ by no more than entries within the tolerances imply."""
    rtol, atol = tolerances
    entries = as_vector(claim).arrays[leaf]
    if entries is None:
        return False
    bound = (1.0 + SLACK) * float(np.linalg.norm(_size(problem.params, leaf) * (atol + rtol * np.abs(entries))))
    total = 0.0
    for k in range(DIRECTIONS):
        v = random_like(problem.params, (KEY + leaf, k), "rms").only(leaf)
        found = derivative(_along(problem, v))
        # A bar wider than the bound could not have shown an error of that size.
        if not found.finite or found.error > bound:
            return False
        total += max(0.0, abs(v.inner(claim) - found.value) - found.error) ** 2
    return math.sqrt(total / DIRECTIONS) <= bound


def _along(problem: Problem, v: Any) -> Callable[[float], float]:
    return lambda t: float(problem.loss(moved(problem.params, [(t, v)]), *problem.args))


def _size(params: Any, leaf: int) -> float:
    array = as_vector(params).arrays[leaf]
    size = 0.0 if array is None else float(np.sqrt(np.mean(np.abs(array) ** 2)))
    return size or 1.0
