"""Functions of several arguments with one or several outputs: vjp and jvp, judged by random cotangents and tangents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gradproof.adapters.generators import remembered
from gradproof.api import check
from gradproof.derivatives.arguments import Arguments, arguments
from gradproof.derivatives.columns import are_few, gradient_by_columns, meets_kinks, undecided
from gradproof.derivatives.spaces import Vector, as_vector, random_like
from gradproof.errors import InputError
from gradproof.group import Identity, ReportGroup
from gradproof.probing.precision import tolerance_of
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

# Random tangents for each argument: one of them alone could be blind to a mistake.
TANGENTS = 2
# Where the steps along them start from; not the same for all, since equal parameters would be remarked on.
START = np.array([1.0, 1.5])
# Outputs of one function that are judged one by one besides all together.
MOST_OUTPUTS = 16
# Identities between claims hold to rounding: to this share of the tolerance that a gradient of the same dtype has.
OF_TOLERANCE = 0.1


@dataclass(frozen=True, slots=True)
class _Task:
    """A function at a point, with a random cotangent for its output."""

    function: Callable[..., Any]
    at: Arguments
    cotangent: Vector
    settings: Settings

    def weighed(self, cotangent: Vector) -> Callable[..., float]:
        """Return the objective: the output weighed by a cotangent, as a function of the differentiable arguments."""
        return lambda params: cotangent.weigh(self.function(*self.at.put_back(params)))


def check_function(
    function: Callable[..., Any],
    *args: Any,
    vjp: Callable[..., Any] | None = None,
    jvp: Callable[..., Any] | None = None,
    settings: Settings | None = None,
) -> ReportGroup:
    """Judge the derivatives of a function with any number of inputs and outputs.

    The output is weighed by a random cotangent, which makes an objective of it; a vjp is then its gradient. A jvp is
    judged along random tangents. Where both are given, <c, J v> = <J^T c, v> must hold too, to rounding.

    Parameters
    ----------
    function
        ``function(*args)`` returns an array, a number, or a tree of them.
    args
        Arrays, numbers or trees of them. Those with floating-point (or complex) leaves are differentiated.
    vjp
        ``vjp(*args, cotangent)``, where the cotangent is like the output, returns the product with the transposed
        Jacobian: one tree if one argument is differentiated; else a sequence, one for each argument that is
        differentiated, or for every one, with None for the others. Of complex numbers it is that of Re <c, f>.
    jvp
        ``jvp(*args, tangents)`` returns the tangent of the output. ``tangents`` is a tuple with one tree for each
        differentiated argument, or just that tree if there is one.
    settings
        How each is checked.

    Returns
    -------
    ReportGroup
        Reports "vjp", "vjp of output ..." for each if there are several, and "jvp", in which the leaves are arguments.

    Raises
    ------
    InputError
        If there is nothing to differentiate, nothing is claimed, or what a claim returns does not fit.
    """
    return judge_function(function, arguments(function, args), (vjp, jvp), settings or Settings())


def judge_function(
    function: Callable[..., Any],
    at: Arguments,
    claims: tuple[Callable[..., Any] | None, Callable[..., Any] | None],
    settings: Settings,
) -> ReportGroup:
    """Judge (vjp, jvp) of a function at arguments, which may have bounds; see ``check_function``."""
    vjp, jvp = claims
    if vjp is None and jvp is None:
        raise InputError("There is nothing to judge.", expected="vjp=, jvp= or both")
    task = _task(function, at, settings)
    reports: dict[str, Report] = {}
    if vjp is not None:
        reports["vjp"] = _judged_vjp(task, vjp, task.cotangent)
        places = task.cotangent.places
        if 1 < len(places) <= MOST_OUTPUTS:
            for i in places:
                name = f"vjp of output {task.cotangent.tree.names[i]}"
                reports[name] = _judged_vjp(task, vjp, task.cotangent.only(i))
    if jvp is not None:
        reports["jvp"] = _judged_jvp(task, jvp)
    identities = () if vjp is None or jvp is None else (_transposes(task, vjp, jvp),)
    return ReportGroup(reports, identities=identities)


def _task(function: Callable[..., Any], at: Arguments, settings: Settings) -> _Task:
    cotangent = cotangent_of(function(*at.args), settings.seed)
    if not cotangent.places:
        raise InputError("The function returns no floating-point numbers.", expected="an array, or a tree of arrays")
    return _Task(function, at, cotangent, settings)


def cotangent_of(outputs: Any, seed: int) -> Vector:
    """Return the random cotangent by which outputs are weighed.

    Also that of one number is random: a 1 would not show a backward pass that forgets to multiply by it.
    """
    return random_like(outputs, (seed, 2**20))


def _judged_vjp(task: _Task, vjp: Callable[..., Any], cotangent: Vector) -> Report:
    def claim(params: Any) -> Any:
        return task.at.matched(vjp(*task.at.put_back(params), cotangent.as_tree()))

    at = task.at
    problem = Problem(task.weighed(cotangent), claim, at.params, lower=at.lower, upper=at.upper)
    return check(problem, settings=task.settings)


def _judged_jvp(task: _Task, jvp: Callable[..., Any]) -> Report:
    """Judge a jvp: the parameters are how far each argument is moved along each of its random tangents."""
    seed = task.settings.seed
    tangents = {
        name: [random_like(arg, (seed, 2**21 + k, i), "rms") for k in range(TANGENTS)]
        for i, (name, arg) in enumerate(task.at.params.items())
    }

    def loss(steps: dict[str, Any]) -> float:
        return task.cotangent.inner(task.function(*task.at.moved(_from_start(steps), tangents)))

    def claim(steps: dict[str, Any]) -> dict[str, Any]:
        at = task.at.moved(_from_start(steps), tangents)
        put_back = remembered(Problem(loss, None, None, task.at.args))

        def one(name: str, v: Vector) -> float:
            # One draw of random numbers for all tangents: each belongs to the same function.
            put_back()
            return _along(task, jvp, at, {name: v})

        return {name: np.array([one(name, v) for v in tangents[name]], dtype=task.at.dtype) for name in tangents}

    report = check(Problem(loss, claim, {name: START.copy() for name in tangents}), settings=task.settings)
    if not meets_kinks(report):
        return report
    return _judged_by_columns(task, jvp) if are_few(task.at.params) else undecided(report)


def _judged_by_columns(task: _Task, jvp: Callable[..., Any]) -> Report:
    """Judge a jvp as a gradient, each entry of which is the slope that it claims along this entry alone."""

    def claim(params: Any) -> Any:
        at = task.at.put_back(params)

        def slope(name: str, v: Vector) -> float:
            return _along(task, jvp, at, {name: v})

        return {name: gradient_by_columns(arg, partial(slope, name)) for name, arg in params.items()}

    problem = Problem(task.weighed(task.cotangent), claim, task.at.params, lower=task.at.lower, upper=task.at.upper)
    return check(problem, settings=task.settings)


def _from_start(steps: dict[str, Any]) -> dict[str, Any]:
    return {name: t - START for name, t in steps.items()}


def _along(task: _Task, jvp: Callable[..., Any], at: tuple[Any, ...], tangents: dict[str, Vector]) -> float:
    """Return ``<c, J v>`` as the jvp claims it; arguments without a tangent get zeros."""
    given = tuple(tangents[name].as_tree() if name in tangents else _zeros(arg) for name, arg in task.at.params.items())
    found = jvp(*at, given if len(given) > 1 else given[0])
    try:
        return task.cotangent.inner(found)
    except ValueError as error:
        raise InputError("The jvp is not like the output.", expected="the output's structure", got=str(error)) from None


def _zeros(arg: Any) -> Any:
    vector = as_vector(arg)
    return Vector(vector.tree, tuple(None if a is None else np.zeros_like(a) for a in vector.arrays)).as_tree()


def _transposes(task: _Task, vjp: Callable[..., Any], jvp: Callable[..., Any]) -> Identity:
    """Return the identity <c, J v> = <J^T c, v> along random tangents of all arguments."""
    params = task.at.params
    tangents = {name: random_like(arg, (task.settings.seed, 2**22, i)) for i, (name, arg) in enumerate(params.items())}
    at = task.at.put_back(params)
    left = _along(task, jvp, at, tangents)
    pulled = task.at.matched(vjp(*at, task.cotangent.as_tree()))
    right = sum(tangents[name].inner(pulled[name]) for name in params)
    sizes = [as_vector(pulled[name]).norm * tangents[name].norm for name in params]
    tolerance = OF_TOLERANCE * tolerance_of(task.at.dtype.name)
    return Identity("<c, J v> = <J^T c, v>", left, right, max(abs(left), *sizes), tolerance)
