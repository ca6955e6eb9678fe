"""The arguments of ``minimize``, ``least_squares`` and ``root``: every derivative in them is judged."""

from __future__ import annotations

import inspect
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
    if _is_jacobian(fun, x0, args):
        # The order of ``least_squares``.
        args, jac, bounds, method = (), args, method, jac
    chosen = settings or Settings()
    given = args if isinstance(args, tuple) else (args,)
    # ``least_squares`` hands them to the Jacobian too.
    function, jac = (partial(f, **kwargs) if kwargs and callable(f) else f for f in (fun, jac))
    if (options.get("options") or {}).get("col_deriv") and callable(jac):
        jac = _transposed(jac)
    x = np.atleast_1d(np.asarray(x0))
    if x.dtype.kind not in "fiu" or not x.size:
        raise InputError("The start cannot be used.", expected="real numbers", got=f"{x.dtype} {x.shape}", where="x0")
    place = place_of(x.astype(np.float64) if x.dtype.kind != "f" else x, bounds)

    def called(at: Any) -> Any:
        return function(at, *given)

    first = called(place.x.copy())
    both = jac is True
    value = first[0] if both else first
    of_vectors = isinstance(method, str) and method.lower() in VECTOR_METHODS
    if np.size(value) > 1 or of_vectors or (np.ndim(value) and callable(jac) and _is_matrix(jac(place.x, *given))):
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


def _is_jacobian(fun: Callable[..., Any], x0: Any, third: Any) -> bool:
    """Whether the third argument is ``least_squares``'s Jacobian, and not further arguments of the function."""
    if isinstance(third, str):
        return True
    if not callable(third):
        return False
    try:
        signature = inspect.signature(fun)
        signature.bind(x0)
    except (TypeError, ValueError):
        return False
    try:
        signature.bind(x0, third)
    except TypeError:
        return True
    return False


def _transposed(jac: Callable[..., Any]) -> Callable[..., Any]:
    """Return a Jacobian whose derivatives run down the columns, as ``col_deriv`` says, in the usual order."""
    return lambda *given: np.transpose(jac(*given))


def _is_matrix(claimed: Any) -> bool:
    """Whether a derivative of one residual is a matrix of one row, and no gradient."""
    return len(getattr(claimed, "shape", None) or np.shape(claimed)) > 1
