"""An objective with its gradient, its Hessian, and products with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.derivatives.hessians import check_hessp, symmetry
from gradproof.derivatives.matrices import Place, fitting, judge_jacobian, times
from gradproof.group import Identity, ReportGroup
from gradproof.model import Outcome
from gradproof.numerics.derivative import derivative
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

NOTHING = "{}: nothing is claimed ({}), SciPy differences by itself"


@dataclass(frozen=True, slots=True)
class Objective:
    """What a problem claims: ``fun(x)`` with its arguments bound; the others take ``args`` themselves."""

    fun: Callable[[Any], Any]
    jac: Any
    hess: Any
    hessp: Any
    args: tuple[Any, ...]

    def value(self, x: Any) -> Any:
        """Return the objective."""
        found = self.fun(x)
        return found[0] if self.jac is True else found

    @property
    def gradient(self) -> Callable[[Any], Any] | None:
        """The claimed gradient as a function of the point, or None."""
        if self.jac is True:
            return lambda x: _array(self.fun(x)[1])
        return (lambda x: _array(self.jac(x, *self.args))) if callable(self.jac) else None


def _array(claimed: Any) -> Any:
    """Return what is claimed as an array; what is missing stays None."""
    return claimed if claimed is None else np.asarray(claimed)


def judged_objective(objective: Objective, place: Place, settings: Settings) -> ReportGroup:
    """Judge what an objective claims at a place."""
    gradient = objective.gradient
    reports: dict[str, Report] = {}
    warnings: list[str] = []
    identities: list[Identity] = []
    if gradient is None:
        warnings.append(NOTHING.format("jac", objective.jac))
    else:
        reports["jac"] = _gradient(objective.value, gradient, place, settings)
        if reports["jac"].outcome is Outcome.WRONG and (objective.hess or objective.hessp):
            warnings.append("hess and hessp are judged as derivatives of your jac, which is wrong itself")
    for name, product in _products(objective, place):
        if gradient is None:
            reports[name] = second_differences(objective.value, product, place, settings)
        elif name == "hess":
            found = judge_jacobian(gradient, lambda x: objective.hess(x, *objective.args), place, settings)
            reports["hess"] = found.reports["vjp"]
            warnings += [warning.replace("The Jacobian", "hess") for warning in found.warnings]
        else:
            reports[name] = _product_report(gradient, product, (place, settings))
        identity = symmetry(partial(product, place.x), place.x, settings.seed)
        identities.append(Identity(f"{name}: {identity.name}", *_numbers(identity)))
    if objective.hess is not None and not callable(objective.hess):
        hess = objective.hess
        warnings.append(NOTHING.format("hess", hess if isinstance(hess, str) else type(hess).__name__))
    return ReportGroup(reports, tuple(warnings), tuple(identities))


def _product_report(
    gradient: Callable[[Any], Any], product: Callable[[Any, Any], Any], at: tuple[Place, Settings]
) -> Report:
    """Judge products with the Hessian: as vjps of the gradient, or along one vector where there are bounds."""
    place, settings = at
    if place.lower is not None:
        return _gradient_of_product(gradient, product, place, settings)
    found = check_hessp(gradient, product, place.x, settings=settings)
    return found.reports["vjp"]


def _numbers(identity: Identity) -> tuple[float, float, float, float]:
    return identity.left, identity.right, identity.size, identity.tolerance


def _gradient(value: Callable[[Any], Any], gradient: Callable[[Any], Any], place: Place, settings: Settings) -> Report:
    bounds = [None if bound is None else {"x": bound} for bound in (place.lower, place.upper)]
    problem = Problem(
        lambda p: value(p["x"]), lambda p: {"x": gradient(p["x"])}, {"x": place.x}, lower=bounds[0], upper=bounds[1]
    )
    return check(problem, settings=settings)


def _products(objective: Objective, place: Place) -> list[tuple[str, Callable[[Any, Any], Any]]]:
    """Return the claimed products with the Hessian, by name."""
    found: list[tuple[str, Callable[[Any, Any], Any]]] = []
    shape = (place.x.size, place.x.size)
    if callable(objective.hess):
        found.append(("hess", lambda x, p: times(fitting(objective.hess(x, *objective.args), shape), p)))
    if objective.hessp is not None:
        found.append(("hessp", lambda x, p: np.asarray(objective.hessp(x, p, *objective.args))))
    return found


def _gradient_of_product(
    gradient: Callable[[Any], Any], product: Callable[[Any, Any], Any], place: Place, settings: Settings
) -> Report:
    """Judge H v as the gradient of <g, v>, which respects bounds."""
    v = _vector(place, settings)
    return _gradient(lambda x: float(np.dot(gradient(x), v)), lambda x: product(x, v), place, settings)


def second_differences(
    value: Callable[[Any], Any], product: Callable[[Any, Any], Any], place: Place, settings: Settings
) -> Report:
    """Judge H v as the gradient of the derivative along v, which is measured: its error is noise to the check."""
    v = _vector(place, settings)

    def slope(x: Any) -> float:
        low, high = Place(x, place.lower, place.upper).reach(v)
        return derivative(lambda t: value(x + t * v), lower=low, upper=high).value

    return _gradient(slope, lambda x: product(x, v), place, settings)


def _vector(place: Place, settings: Settings) -> Any:
    rng = np.random.default_rng([settings.seed, 2**35])
    size = float(np.sqrt(np.mean(place.x**2))) or 1.0
    return size * rng.standard_normal(place.x.size)
