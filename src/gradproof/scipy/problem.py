"""The arguments of ``minimize``, ``least_squares`` and ``root``: every derivative in them is judged."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from gradproof.errors import InputError
from gradproof.group import ReportGroup
from gradproof.scipy.constraints import judged_constraints
from gradproof.scipy.objectives import Objective, judged_objective
from gradproof.scipy.places import place_of
from gradproof.scipy.residuals import judged_pattern, judged_residuals
from gradproof.settings import Settings

# Methods whose functions return vectors.
VECTOR_METHODS = (
    "trf", "dogbox", "lm", "hybr", "broyden1", "broyden2", "anderson", "linearmixing", "diagbroyden",
    "excitingmixing", "krylov", "df-sane",
)  # fmt: skip


def check_problem(
    fun: Callable[..., Any], x0: Any, args: Any = (), method: Any = None, jac: Any = None, hess: Any = None,
    hessp: Any = None, bounds: Any = None, constraints: Any = (), *, jac_sparsity: Any = None, kwargs: Any = None,
    settings: Settings | None = None, **options: Any,
) -> ReportGroup:  # fmt: skip
    """Judge everything that the arguments of a solver of SciPy claim about derivatives, at the start ``x0``.

    Put it in the place of ``scipy.optimize.minimize``, ``least_squares`` or ``root``, with the very same arguments.

    Parameters
    ----------
    fun, x0, args, method, jac, hess, hessp, bounds, constraints, jac_sparsity, kwargs
        As SciPy has them: ``fun(x, *args)`` returns a number to be minimised, or a vector of residuals; ``jac`` is a
        function, or True if ``fun`` returns it too; ``hess(x, *args)``, ``hessp(x, p, *args)``; bounds in any of
        SciPy's forms; constraints as dicts, ``NonlinearConstraint`` or ``LinearConstraint``.
    settings
        How each is checked.
    options
        Further arguments of the solvers; they claim nothing about derivatives.

    Returns
    -------
    ReportGroup
        Reports "jac", "hess", "hessp", "constraint 0 (ineq): jac", ... Strings such as "2-point" and update strategies
        claim nothing: the warnings say so. Without ``jac`` second derivatives are judged on second differences.

    Raises
    ------
    InputError
        If the start cannot be used, or a matrix has another shape.
    """
    del options
    chosen = settings or Settings()
    given = args if isinstance(args, tuple) else (args,)
    function = partial(fun, **kwargs) if kwargs else fun
    x = np.atleast_1d(np.asarray(x0))
    if x.dtype.kind not in "fiu" or not x.size:
        raise InputError("The start cannot be used.", expected="real numbers", got=f"{x.dtype} {x.shape}", where="x0")
    place = place_of(x.astype(np.float64) if x.dtype.kind != "f" else x, bounds)

    def called(at: Any) -> Any:
        return function(at, *given)

    first = called(place.x.copy())
    both = jac is True
    value = first[0] if both else first
    if np.size(value) > 1 or (isinstance(method, str) and method.lower() in VECTOR_METHODS):
        found = judged_residuals(called, jac, given, place, chosen)
        groups = [found, judged_pattern(called, jac_sparsity, place, chosen)]
    else:
        groups = [judged_objective(Objective(called, jac, hess, hessp, given), place, chosen)]
    groups.append(judged_constraints(constraints, place, chosen))
    return ReportGroup(
        {name: report for group in groups for name, report in group.reports.items()},
        tuple(warning for group in groups for warning in group.warnings),
        tuple(identity for group in groups for identity in group.identities),
    )
