"""``check_grads``, ``check_vjp`` and ``check_jvp`` as ``jax.test_util`` has them."""

from __future__ import annotations

from gradproof.absent import required

required("jax")

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import tree_util

from gradproof.compat.demands import Demand, needless, passes
from gradproof.derivatives.functions import check_function, cotangent_of
from gradproof.derivatives.spaces import as_vector, random_like
from gradproof.errors import GradientMismatch, InputError
from gradproof.jax.functions import Claims, split
from gradproof.jax.higher import linearized, pulled, pushed
from gradproof.probing.precision import tolerance_of
from gradproof.settings import Settings

__all__ = ["check_grads", "check_jvp", "check_vjp"]

# JAX's own step.
EPS = 1e-4
# Keys of the random vectors at which derivatives are differentiated again.
TANGENT, COTANGENT = 2**40, 2**41
MODES = ("fwd", "rev", "lin")

Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class _Case:
    """A function at arguments, and what its caller accepts."""

    function: Function
    args: tuple[Any, ...]
    demand: Demand
    message: str = ""

    def of(self, function: Function, args: tuple[Any, ...], message: str) -> _Case:
        """Return the case of a derivative of this one."""
        return _Case(function, args, self.demand, message)

    def judge(self, **claims: Function) -> None:
        """Judge a vjp or a jvp of the function.

        Raises
        ------
        GradientMismatch
            If it is wrong.
        """
        vectors = [as_vector(arg) for arg in self.args]
        arrays = [array for vector in vectors for array in vector.arrays if array is not None]
        tolerance = max((tolerance_of(array.real.dtype.name) for array in arrays), default=1.0)
        found = check_function(self.function, *self.args, settings=self.demand.settings(tolerance), **claims)
        norm = math.sqrt(math.fsum(vector.norm**2 for vector in vectors)) or math.sqrt(sum(a.size for a in arrays))
        cotangent = cotangent_of(self.function(*self.args), Settings().seed)
        if not passes(found, self.demand, (cotangent.norm, norm)):
            raise GradientMismatch(f"{self.message}\n{found}".lstrip(), found)


def check_grads(
    f: Function, args: Any, order: int, modes: Any = ("fwd", "rev"), atol: Any = None, rtol: Any = None, eps: Any = None
) -> None:
    """Judge a function in forward and reverse mode, and the derivatives themselves up to ``order``.

    Parameters
    ----------
    f, args
        ``f(*args)`` returns an array or a tree of arrays; ``args`` is a tuple of arrays and trees of them. Functions
        of single precision are measured in double precision where they allow it, whether x64 is enabled or not.
    order
        1 for first derivatives, 2 for theirs too, and so on: with respect to the arguments and the vectors along
        which they are taken.
    modes
        "fwd" (``jax.jvp``), "rev" (``jax.vjp``), "lin" (``jax.linearize``), or several.
    atol, rtol
        Numbers, or numbers by dtype: the error that is accepted of an entry of the Jacobian, if they are given.
    eps
        Not needed: the step is chosen by the data.

    Raises
    ------
    AssertionError
        With the report, if a derivative is wrong.
    InputError
        If ``modes`` names none that is known.
    """
    needless(eps=eps)
    if not any(mode in modes for mode in MODES):
        raise InputError("There is nothing to judge.", expected="modes with one of fwd, rev, lin", got=repr(modes))
    _judge(_case(f, args, (rtol, atol)), order, modes)


def check_vjp(
    f: Function, f_vjp: Function, args: Any, atol: Any = None, rtol: Any = None, eps: Any = EPS, err_msg: str = ""
) -> None:
    """Judge a vjp in JAX's form: ``f_vjp(*args)`` returns the output and a function of cotangents.

    The other parameters are those of ``check_grads``; ``err_msg`` comes before the report.

    Raises
    ------
    AssertionError
        With the report, if it is wrong, or the output is not that of ``f``.
    """
    needless(eps=None if eps == EPS else eps)
    case = _case(f, args, (rtol, atol), err_msg)
    _same(case, f_vjp(*case.args)[0])

    def vjp(*arguments: Any) -> Any:
        *at, cotangent = arguments
        outputs, pull = f_vjp(*at)
        # JAX's products with transposes take no conjugates: that of <c, f> comes before.
        return pull(tree_util.tree_map(lambda out, c: jax.numpy.asarray(c, out.dtype).conj(), outputs, cotangent))

    case.judge(vjp=vjp)


def check_jvp(
    f: Function, f_jvp: Function, args: Any, atol: Any = None, rtol: Any = None, eps: Any = EPS, err_msg: str = ""
) -> None:
    """Judge a jvp in JAX's form: ``f_jvp(args, tangents)`` returns the output and its tangent.

    The other parameters are those of ``check_grads``; ``err_msg`` comes before the report.

    Raises
    ------
    AssertionError
        With the report, if it is wrong, or the output is not that of ``f``, or the tangent's dtype is another.
    """
    needless(eps=None if eps == EPS else eps)
    case = _case(f, args, (rtol, atol), err_msg)

    def push(at: Any, tangents: Any) -> Any:
        places, chosen, _ = split(at)
        full = [tree_util.tree_map(lambda leaf: np.zeros(np.shape(leaf), jax.dtypes.float0), arg) for arg in at]
        for place, tangent in zip(places, tangents if len(chosen) > 1 else (tangents,), strict=True):
            full[place] = tangent
        return f_jvp(tuple(at), tuple(full))

    _, chosen, _ = split(case.args)
    tangents = tuple(random_like(arg, (TANGENT, i)).as_tree() for i, arg in enumerate(chosen))
    outputs, pushed_once = push(case.args, tangents if len(chosen) > 1 else tangents[0])
    _same(case, outputs)
    kinds = [[jax.numpy.result_type(leaf) for leaf in tree_util.tree_leaves(t)] for t in (outputs, pushed_once)]
    if kinds[0] != kinds[1]:
        raise AssertionError(f"{err_msg} tangent: its dtype is not that of the output: {kinds[1]}, {kinds[0]}".lstrip())
    case.judge(jvp=lambda *arguments: push(arguments[:-1], arguments[-1])[1])


def _case(f: Function, args: Any, tolerances: tuple[Any, Any], message: str = "") -> _Case:
    given = tuple(tree_util.tree_map(_array, arg) for arg in args)
    leaves = [leaf for leaf in tree_util.tree_leaves(given) if hasattr(leaf, "dtype")]
    rtol, atol = (_number(tolerance, leaves) for tolerance in tolerances)
    return _Case(f, given, Demand(rtol, atol), message)


def _array(leaf: Any) -> Any:
    return jax.numpy.asarray(leaf) if isinstance(leaf, np.ndarray | np.generic | float | complex) else leaf


def _number(tolerance: Any, leaves: list[Any]) -> float | None:
    """Return a tolerance, which may be given by dtype: the largest for those that are there; None for none."""
    if not isinstance(tolerance, Mapping):
        return None if tolerance is None else float(tolerance)
    known = {np.dtype(dtype): float(number) for dtype, number in tolerance.items()}
    return max((known[leaf.dtype] for leaf in leaves if leaf.dtype in known), default=None)


def _same(case: _Case, outputs: Any) -> None:
    """Demand that a derivative comes with the output of the function itself."""
    for got, wanted in zip(
        tree_util.tree_leaves(outputs), tree_util.tree_leaves(case.function(*case.args)), strict=True
    ):
        first, second = np.asarray(got), np.asarray(wanted)
        rtol = max(case.demand.rtol or 0.0, tolerance_of(str(second.real.dtype)) if second.dtype.kind in "fc" else 0.0)
        size = np.max(np.abs(second), initial=0.0)
        close = first.shape == second.shape and np.allclose(
            first, second, rtol=0.0, atol=rtol * size + (case.demand.atol or 0.0), equal_nan=True
        )
        if not close:
            raise AssertionError(f"{case.message} primal: the output is {got}, that of the function {wanted}".lstrip())


def _judge(case: _Case, order: int, modes: Any) -> None:
    """Judge the derivatives of a case, and theirs, in JAX's order and with JAX's messages."""
    f, of = case.function, f" of {case.message}" if case.message else ""
    claims = Claims(f)
    places, chosen, _ = split(case.args)
    forward = {"fwd": ("JVP", claims.jvp), "lin": ("LIN", linearized(f))}
    for mode, (name, jvp) in forward.items():
        if mode not in modes:
            continue
        case.of(f, case.args, f"{name}{of}").judge(jvp=jvp)
        if order > 1:
            tangents = tuple(random_like(arg, (TANGENT, i)).as_tree() for i, arg in enumerate(chosen))
            _judge(case.of(pushed(jvp, len(case.args)), (*case.args, *tangents), f"{name}{of}"), order - 1, modes)
    if "rev" not in modes:
        return
    case.of(f, case.args, f"VJP{of}").judge(vjp=claims.vjp)
    if order > 1:
        cotangent = random_like(f(*case.args), (COTANGENT,)).as_tree()
        _judge(case.of(pulled(claims, places), (*case.args, cotangent), f"VJP{of}"), order - 1, modes)
