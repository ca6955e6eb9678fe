"""A function of JAX's arrays in reverse and in forward mode."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import tree_util

from gradproof.adapters.jaxarrays import is_inexact
from gradproof.derivatives.functions import check_function as check_claims
from gradproof.errors import InputError
from gradproof.group import ReportGroup
from gradproof.settings import Settings

KINDS = ("reverse", "forward")
# What JAX says where a mode does not exist for a function.
NOT_OFFERED = ("custom_vjp", "forward-mode", "reverse-mode", "differentiation rule", "not implemented")


@dataclass(frozen=True, slots=True)
class Claims:
    """The vjp and the jvp of a function of several trees, of which some are differentiated."""

    function: Callable[..., Any]

    def vjp(self, *arguments: Any) -> tuple[Any, ...]:
        """Return the gradient of Re <cotangent, f>, as dL/dx - i dL/dy for complex numbers, as ``jax.grad`` has it."""
        *args, cotangent = arguments
        places, chosen, put_back = split(args)
        outputs, pull = jax.vjp(lambda *trees: self.function(*put_back(trees)), *chosen)
        # JAX's products with transposes take no conjugates: that of <c, f> comes before.
        found = pull(_cotangent(outputs, cotangent))
        full: list[Any] = [None] * len(args)
        for place, slope in zip(places, found, strict=True):
            full[place] = slope
        return tuple(full)

    def jvp(self, *arguments: Any) -> Any:
        """Return the tangent of the output."""
        *args, tangents = arguments
        _, chosen, put_back = split(args)
        given = tangents if isinstance(tangents, tuple) and len(chosen) > 1 else (tangents,)
        moved = [tree_util.tree_map(_tangent, tree, t) for tree, t in zip(chosen, given, strict=True)]
        return jax.jvp(lambda *trees: self.function(*put_back(trees)), tuple(chosen), tuple(moved))[1]


def check_function(
    function: Callable[..., Any], *args: Any, kinds: tuple[str, ...] = KINDS, settings: Settings | None = None
) -> ReportGroup:
    """Judge what JAX computes for a function, a ``custom_vjp`` or ``custom_jvp`` among them.

    Parameters
    ----------
    function
        ``function(*args)`` returns an array or a tree of arrays.
    args
        Arrays and trees of them; those with real or complex numbers are differentiated.
    kinds
        "reverse" (``jax.vjp``), "forward" (``jax.jvp``), or both. What a function does not offer, as a ``custom_vjp``
        no forward mode, is told in the warnings.
    settings
        How each is checked.

    Raises
    ------
    InputError
        If a kind is unknown, or there is nothing to differentiate.
    """
    if not kinds or set(kinds) - set(KINDS):
        raise InputError("There is no such kind.", expected=", ".join(KINDS), got=", ".join(kinds) or "none")
    chosen = tuple(jax.numpy.asarray(arg) if isinstance(arg, np.ndarray | float) else arg for arg in args)
    claims = Claims(function)
    named = _named(function, len(chosen))
    group = ReportGroup({})
    for kind in kinds:
        claim = {"vjp": claims.vjp} if kind == "reverse" else {"jvp": claims.jvp}
        try:
            found = check_claims(named, *chosen, settings=settings, **claim)
        except (TypeError, NotImplementedError, ValueError) as error:
            if not any(words in str(error).lower() for words in NOT_OFFERED):
                raise
            told = f"{kind}: not offered ({str(error).strip().splitlines()[0]})"
            group = ReportGroup(group.reports, (*group.warnings, told), group.identities)
            continue
        group = ReportGroup({**group.reports, **found.reports}, group.warnings, group.identities)
    return group


def split(args: Any) -> tuple[list[int], list[Any], Callable[[Any], list[Any]]]:
    """Return the places of the arguments that are differentiated, these, and what puts others in their places."""
    places = [i for i, arg in enumerate(args) if any(is_inexact(leaf) for leaf in tree_util.tree_leaves(arg))]

    def put_back(trees: Any) -> list[Any]:
        full = list(args)
        for place, tree in zip(places, trees, strict=True):
            full[place] = tree
        return full

    return places, [args[place] for place in places], put_back


def _named(function: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return a plain function with the names of the arguments, which the wrappers of custom rules may lack."""
    plain = getattr(function, "__wrapped__", function)
    names: list[str] = []
    with contextlib.suppress(TypeError, ValueError):
        names = [parameter.name for parameter in inspect.signature(plain).parameters.values()]
    if len(names) != count:
        return function

    def named(*args: Any) -> Any:
        return function(*args)

    kind = inspect.Parameter.POSITIONAL_ONLY
    named.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    return named


def _cotangent(outputs: Any, cotangent: Any) -> Any:
    """Return a cotangent as JAX wants it: conjugated, and of its own kind of zero for whole numbers."""

    def one(out: Any, weight: Any) -> Any:
        if not is_inexact(out):
            return np.zeros(out.shape, jax.dtypes.float0)
        return _conjugated(jax.numpy.asarray(weight, dtype=out.dtype))

    return tree_util.tree_map(one, outputs, cotangent)


def _tangent(leaf: Any, tangent: Any) -> Any:
    if not is_inexact(leaf):
        return np.zeros(leaf.shape, jax.dtypes.float0)
    return jax.numpy.asarray(tangent, dtype=leaf.dtype)


def _conjugated(leaf: Any) -> Any:
    return leaf.conj() if hasattr(leaf, "dtype") and jax.numpy.iscomplexobj(leaf) else leaf
