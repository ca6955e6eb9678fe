"""Constraints in any of SciPy's forms: their Jacobians, and the Hessians of their multiples."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from gradproof.derivatives.matrices import Place, fitting, judge_jacobian, times
from gradproof.group import ReportGroup
from gradproof.scipy.objectives import NOTHING, second_differences
from gradproof.settings import Settings

Function = Callable[[Any], Any]


def judged_constraints(constraints: Any, place: Place, settings: Settings) -> ReportGroup:
    """Judge the derivatives of one constraint or of several."""
    several = constraints if isinstance(constraints, list | tuple) else [constraints]
    groups = [group for i, one in enumerate(several) for group in _judged(one, i, place, settings)]
    return ReportGroup(
        {name: report for group in groups for name, report in group.reports.items()},
        tuple(warning for group in groups for warning in group.warnings),
    )


def _judged(constraint: Any, number: int, place: Place, settings: Settings) -> Iterator[ReportGroup]:
    if isinstance(constraint, dict):
        name = f"constraint {number} ({constraint.get('type', 'eq')})"
        args = constraint.get("args", ())
        jac = constraint.get("jac")
        yield _jacobian(name, _bound(constraint["fun"], args), _bound(jac, args) or jac, place, settings)
    elif hasattr(constraint, "fun"):
        name = f"constraint {number}"
        jac = constraint.jac
        yield _jacobian(name, constraint.fun, jac, place, settings)
        if callable(constraint.hess):
            yield _hessian(name, constraint, place, settings)
        else:
            yield ReportGroup({}, (NOTHING.format(f"{name}: hess", type(constraint.hess).__name__),))


def _bound(function: Any, args: Any) -> Function | None:
    return (lambda x: function(x, *args)) if callable(function) else None


def _jacobian(name: str, fun: Any, jac: Any, place: Place, settings: Settings) -> ReportGroup:
    if not callable(jac):
        return ReportGroup({}, (NOTHING.format(f"{name}: jac", jac),))
    found = judge_jacobian(lambda x: np.atleast_1d(fun(x)), jac, place, settings)
    warnings = tuple(warning.replace("The Jacobian", f"{name}: jac") for warning in found.warnings)
    return ReportGroup({f"{name}: jac": found.reports["vjp"]}, warnings)


def _hessian(name: str, constraint: Any, place: Place, settings: Settings) -> ReportGroup:
    """Judge hess(x, v), the Hessian of <v, f>, for one random v."""
    size = np.size(constraint.fun(place.x))
    v = np.random.default_rng([settings.seed, 2**37]).standard_normal(size)
    shape = (place.x.size, place.x.size)

    def product(x: Any, p: Any) -> Any:
        return times(fitting(constraint.hess(x, v), shape), p)

    if not callable(constraint.jac):
        weighed = second_differences(lambda x: float(np.dot(v, np.ravel(constraint.fun(x)))), product, place, settings)
        return ReportGroup({f"{name}: hess": weighed})

    def gradient(x: Any) -> Any:
        matrix = fitting(constraint.jac(x), (size, place.x.size))
        return np.asarray(matrix.T @ v).reshape(-1)

    found = judge_jacobian(gradient, lambda x: constraint.hess(x, v), place, settings)
    return ReportGroup({f"{name}: hess": found.reports["vjp"]})
