"""The claimed gradient of sharded arrays, matched to them by path."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np
from jax import tree_util

from gradproof.adapters.jaxsharded import pieces
from gradproof.adapters.jaxtrees import names_of
from gradproof.seam import ClaimFault


@dataclass(frozen=True, slots=True)
class Matched:
    """The claims that can be judged, laid out as their parameters, and what is wrong with the others."""

    claims: dict[str, Any]
    faults: tuple[ClaimFault, ...]


def matched(given: Any, parameters: Sequence[tuple[str, Any]], unused: Sequence[str]) -> Matched:
    """Match a tree, or a pair (value, tree), to parameters by their paths.

    Parameters
    ----------
    given
        What the user claims.
    parameters
        Names and arrays.
    unused
        Names of leaves that are not judged.
    """
    known = {name for name, _ in parameters} | set(unused)
    by_name = _by_name(given)
    if isinstance(given, tuple) and len(given) == 2 and not known & set(by_name):
        by_name = _by_name(given[1])
    claims: dict[str, Any] = {}
    faults = []
    for name, theta in parameters:
        claim, fault = _validated(name, theta, by_name)
        if fault is None:
            claims[name] = claim
        else:
            faults.append(fault)
    for name in by_name:
        if name not in known:
            near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            faults.append(ClaimFault(name, "extra", f"there is no such parameter{hint}"))
    return Matched(claims, tuple(faults))


def _by_name(tree: Any) -> dict[str, Any]:
    pairs, _ = tree_util.tree_flatten_with_path(tree, is_leaf=lambda leaf: leaf is None)
    return dict(zip(names_of([path for path, _ in pairs]), (leaf for _, leaf in pairs), strict=True))


def _validated(name: str, theta: Any, by_name: dict[str, Any]) -> tuple[Any, ClaimFault | None]:
    if name not in by_name:
        return None, ClaimFault(name, "missing", "there is no gradient for it")
    claim = by_name[name]
    if claim is None or not hasattr(claim, "dtype"):
        return None, ClaimFault(name, "none", f"yours is {'None' if claim is None else type(claim).__name__}")
    if not jax.numpy.issubdtype(claim.dtype, np.floating):
        return None, ClaimFault(name, "integer", f"yours has dtype {claim.dtype}, the parameter is real")
    if claim.shape != theta.shape:
        return None, ClaimFault(name, "shape", f"yours has shape {claim.shape}, the parameter has {theta.shape}")
    laid = jax.device_put(claim, pieces.sharding_of(theta))
    count, first = (int(x) for x in pieces.finite(laid))
    if count:
        index = tuple(int(i) for i in np.unravel_index(first, theta.shape))
        text = f"yours is not finite in {count} of {theta.size} entries, while the objective is finite"
        return None, ClaimFault(name, "non-finite", text, index)
    return laid, None
