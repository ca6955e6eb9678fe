"""Vectors of residuals: their Jacobian, and the pattern of sparsity that is declared for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.derivatives.matrices import Place, judge_jacobian
from gradproof.group import ReportGroup
from gradproof.seam import Problem
from gradproof.settings import Settings

# Rows of different patterns: each costs an evaluation for one value of the objective.
MOST_PATTERNS = 64


def judged_residuals(
    fun: Callable[[Any], Any], jac: Any, args: tuple[Any, ...], place: Place, settings: Settings
) -> ReportGroup:
    """Judge the Jacobian of ``fun(x)``; ``jac`` is a function of ``(x, *args)``, or True if ``fun`` returns it too."""
    if jac is True:
        return _named(judge_jacobian(lambda x: fun(x)[0], lambda x: fun(x)[1], place, settings), "jac")
    if not callable(jac):
        return ReportGroup({}, (f"jac: nothing is claimed ({jac}), SciPy differences by itself",))
    return _named(judge_jacobian(fun, lambda x: jac(x, *args), place, settings), "jac")


def _named(group: ReportGroup, name: str) -> ReportGroup:
    """Return a group with names that begin with what was judged."""
    reports = {name if kind == "vjp" else f"{name} ({kind})": report for kind, report in group.reports.items()}
    return ReportGroup(reports, group.warnings, group.identities)


def judged_pattern(fun: Callable[[Any], Any], pattern: Any, place: Place, settings: Settings) -> ReportGroup:
    """Judge that derivatives outside of a declared pattern are zero.

    Each row is evaluated with only those entries of ``x`` moved that are not in its pattern: nothing may change.
    """
    if pattern is None:
        return ReportGroup({})
    declared = np.asarray(pattern.toarray() if hasattr(pattern, "toarray") else pattern) != 0
    kinds, group = np.unique(declared, axis=0, return_inverse=True)
    if len(kinds) > MOST_PATTERNS:
        told = f"jac_sparsity: not judged, {len(kinds)} rows differ (at most {MOST_PATTERNS} can be)"
        return ReportGroup({}, (told,))
    weights = np.random.default_rng([settings.seed, 2**36]).standard_normal(len(declared))
    group = np.ravel(group)

    def outside(p: Any) -> float:
        total = 0.0
        for number, inside in enumerate(kinds):
            rows = group == number
            residuals = np.ravel(fun(np.where(inside, place.x, p["x"])))
            total += float(np.dot(weights[rows], residuals[rows]))
        return total

    bounds = [None if bound is None else {"x": bound} for bound in (place.lower, place.upper)]
    zeros = {"x": np.zeros(place.x.size)}
    problem = Problem(outside, zeros, {"x": place.x}, lower=bounds[0], upper=bounds[1])
    return ReportGroup({"jac_sparsity": check(problem, settings=settings)})
