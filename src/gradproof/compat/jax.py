"""``check_grads``, ``check_vjp`` and ``check_jvp`` as ``jax.test_util`` has them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from gradproof.compat.demands import needless, passes, settings_for
from gradproof.derivatives.functions import check_function as check_claims
from gradproof.derivatives.spaces import random_like
from gradproof.group import ReportGroup
from gradproof.jax.functions import Claims, check_function, split

__all__ = ["check_grads", "check_jvp", "check_vjp"]


def check_grads(
    f: Callable[..., Any],
    args: Any,
    order: int,
    modes: Any = ("fwd", "rev"),
    atol: Any = None,
    rtol: Any = None,
    eps: Any = None,
) -> None:
    """Judge a function in forward and reverse mode, and the derivatives themselves up to ``order``.

    Parameters
    ----------
    f, args
        ``f(*args)``; ``args`` is a tuple of arrays and trees of them.
    order
        1 for first derivatives, 2 for theirs too, and so on.
    modes
        "fwd", "rev", or both.
    rtol
        Honoured if given: the relative error that is accepted; per dtype it is not.
    atol, eps
        Not needed; said once where they are given.

    Raises
    ------
    AssertionError
        With the report, if a derivative is wrong.
    """
    needless(atol=atol, eps=eps)
    _judge(f, tuple(jax.tree_util.tree_map(jax.numpy.asarray, tuple(args))), (order, tuple(modes)), _number(rtol))


def check_vjp(
    f: Callable[..., Any],
    f_vjp: Callable[..., Any],
    args: Any,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = 1e-4,
    err_msg: str = "",
) -> None:
    """Judge a vjp in JAX's form: ``f_vjp(*args)`` returns the output and a function of cotangents.

    Parameters are those of ``check_grads``; ``err_msg`` comes before the report.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """
    needless(atol=atol, eps=None if eps == 1e-4 else eps)
    given = tuple(jax.tree_util.tree_map(jax.numpy.asarray, tuple(args)))

    def vjp(*arguments: Any) -> Any:
        *at, cotangent = arguments
        outputs, pull = f_vjp(*at)
        shaped = jax.tree_util.tree_map(lambda out, c: jax.numpy.asarray(c, dtype=out.dtype).conj(), outputs, cotangent)
        return pull(shaped)

    _demand(check_claims(f, *given, vjp=vjp, settings=settings_for(_number(rtol))), err_msg)


def check_jvp(
    f: Callable[..., Any],
    f_jvp: Callable[..., Any],
    args: Any,
    atol: Any = None,
    rtol: Any = None,
    eps: Any = 1e-4,
    err_msg: str = "",
) -> None:
    """Judge a jvp in JAX's form: ``f_jvp(args, tangents)`` returns the output and its tangent.

    Parameters are those of ``check_grads``; ``err_msg`` comes before the report.

    Raises
    ------
    AssertionError
        With the report, if it is wrong.
    """
    needless(atol=atol, eps=None if eps == 1e-4 else eps)
    given = tuple(jax.tree_util.tree_map(jax.numpy.asarray, tuple(args)))

    def jvp(*arguments: Any) -> Any:
        *at, tangents = arguments
        places, chosen, _ = split(at)
        moved = tangents if isinstance(tangents, tuple) and len(chosen) > 1 else (tangents,)
        full = [jax.tree_util.tree_map(lambda leaf: np.zeros(leaf.shape, jax.dtypes.float0), arg) for arg in at]
        for place, tangent in zip(places, moved, strict=True):
            full[place] = tangent
        return f_jvp(tuple(at), tuple(full))[1]

    _demand(check_claims(f, *given, jvp=jvp, settings=settings_for(_number(rtol))), err_msg)


def _judge(f: Callable[..., Any], args: tuple[Any, ...], what: tuple[int, tuple[str, ...]], rtol: float | None) -> None:
    order, modes = what
    kinds = {"fwd": "forward", "rev": "reverse"}
    found = check_function(f, *args, kinds=tuple(kinds[mode] for mode in modes), settings=settings_for(rtol))
    _demand(found, "")
    refused = [warning for warning in found.warnings if "not offered" in warning]
    if refused:
        raise TypeError(refused[0])
    if order < 2:
        return
    claims = Claims(f)
    _, chosen, _ = split(args)
    if "fwd" in modes:
        tangents = tuple(random_like(arg, (0, 2**40, i)).as_tree() for i, arg in enumerate(chosen))
        given = tangents if len(tangents) > 1 else tangents[0]
        _judge(lambda *at: claims.jvp(*at, given), args, (order - 1, modes), rtol)
    if "rev" in modes:
        cotangent = random_like(f(*args), (0, 2**41)).as_tree()
        places, _, _ = split(args)

        def pulled(*at: Any) -> Any:
            found = claims.vjp(*at, cotangent)
            return tuple(found[place] for place in places)

        _judge(pulled, args, (order - 1, modes), rtol)


def _number(rtol: Any) -> float | None:
    return float(rtol) if isinstance(rtol, int | float) else None


def _demand(found: ReportGroup, message: str) -> None:
    if not passes(found):
        raise AssertionError(f"{message}\n{found}".lstrip())
