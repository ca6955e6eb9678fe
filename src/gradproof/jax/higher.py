"""JAX's derivatives as functions of where and along what they are taken, so that they can be differentiated again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
from jax import tree_util

from gradproof.jax.functions import Claims, split

Function = Callable[..., Any]


def pushed(jvp: Function, count: int) -> Function:
    """Return a jvp as a function of ``count`` arguments and a tangent for each that is differentiated."""

    def of_both(*arguments: Any) -> Any:
        args, tangents = arguments[:count], arguments[count:]
        return jvp(*args, tangents if len(tangents) > 1 else tangents[0])

    return of_both


def pulled(claims: Claims, places: Sequence[int]) -> Function:
    """Return a vjp as a function of the arguments and a cotangent: the gradients of those at some places."""

    def of_both(*arguments: Any) -> Any:
        found = claims.vjp(*arguments)
        return tuple(found[place] for place in places)

    return of_both


def linearized(function: Function) -> Function:
    """Return the jvp that ``jax.linearize`` gives: of the arguments and a tuple of tangents, or just one."""

    def jvp(*arguments: Any) -> Any:
        *args, tangents = arguments
        _, chosen, put_back = split(args)
        _, linear = jax.linearize(lambda *trees: function(*put_back(trees)), *chosen)
        given = tangents if isinstance(tangents, tuple) and len(chosen) > 1 else (tangents,)
        pairs = zip(chosen, given, strict=True)
        return linear(*(tree_util.tree_map(lambda x, t: jax.numpy.asarray(t, x.dtype), *pair) for pair in pairs))

    return jvp
