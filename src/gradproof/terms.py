"""A loss made of named terms: each judged alone, then the sum, so that no term hides behind another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gradproof.adapters.tree import flatten
from gradproof.api import check
from gradproof.errors import InputError
from gradproof.group import ReportGroup
from gradproof.settings import Settings

# A term whose gradient in a leaf is below this share of another's can be wrong there and hardly show in the sum.
DROWNED = 1e-3
SUM = "sum"

Term = tuple[Callable[..., Any], Any]


def check_terms(
    terms: Mapping[str, Term], params: Any, *, args: tuple[Any, ...] = (), settings: Settings | None = None
) -> ReportGroup:
    """Judge each term of a loss with its own gradient, and their sum with the sum of the gradients.

    Returned are the reports of the terms by name, that of their sum as ``"sum"``, and what drowns in what.

    Regularisation is the usual case: a strong penalty makes the gradient of the sum so large that a wrong gradient of
    the data term is lost in it, for any check that looks at the sum.

    Parameters
    ----------
    terms
        By name: ``(loss, gradient)``, as for ``check``. A gradient may leave out leaves on which its term does not
        depend, if it is a dict.
    params
        The parameters of all terms.
    args
        Further arguments of every loss and gradient.
    settings
        How to check.

    Raises
    ------
    InputError
        If there are no terms, or one is called "sum".
    """
    if not terms or SUM in terms:
        raise InputError(
            "These terms cannot be checked.",
            expected=f"at least one, by a name other than {SUM!r}",
            got=", ".join(map(str, terms)) or "none",
        )
    claims: dict[str, dict[str, Any]] = {}

    def completed(name: str) -> Callable[..., dict[str, Any]]:
        def gradient(tree: Any, *rest: Any) -> dict[str, Any]:
            given = terms[name][1]
            claims[name] = _complete(name, given(tree, *rest) if callable(given) else given, tree)
            return claims[name]

        return gradient

    def total(tree: Any, *rest: Any) -> float:
        return float(sum(float(np.asarray(loss(tree, *rest)).reshape(())) for loss, _ in terms.values()))

    def whole(tree: Any, *rest: Any) -> dict[str, Any]:
        found = [completed(name)(tree, *rest) for name in terms]
        return {leaf: sum(np.asarray(claim[leaf], float) for claim in found) for leaf in found[0]}

    pairs = {name: (loss, completed(name)) for name, (loss, _) in terms.items()} | {SUM: (total, whole)}
    reports = {
        name: check(loss, gradient, params, args=args, settings=settings) for name, (loss, gradient) in pairs.items()
    }
    return ReportGroup(reports, tuple(_drowned(claims)))


def _complete(name: str, given: Any, params: Any) -> dict[str, Any]:
    """Return a term's gradient by the paths of the parameters, with zeros for leaves that it leaves out."""
    found, tree = flatten(given), flatten(params)
    if isinstance(given, tuple) and len(given) == 2 and found.names[:1] != tree.names[:1]:
        found = flatten(given[1])  # (value, gradient)
    claimed = dict(zip(found.names, found.leaves, strict=True))
    strange = [path for path in claimed if path not in tree.names]
    if strange:
        raise InputError(
            f"The gradient of the term {name!r} has a leaf that is no parameter.",
            expected=f"paths among {', '.join(tree.names[:8])}",
            got=strange[0],
        )
    return {
        path: claimed[path] if path in claimed else np.zeros(np.shape(leaf))
        for path, leaf in zip(tree.names, tree.leaves, strict=True)
    }


def _drowned(claims: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Return a warning for each leaf and term whose gradient is small beside that of another term."""
    warnings = []
    for leaf in next(iter(claims.values())):
        norms = {name: float(np.linalg.norm(np.asarray(claim[leaf], float))) for name, claim in claims.items()}
        loudest = max(norms, key=lambda name: norms[name])
        for name, norm in norms.items():
            if 0.0 < norm < DROWNED * norms[loudest]:
                share = norm / norms[loudest]
                warnings.append(
                    f"{leaf}: the gradient of {name} is {share:.0e} of that of {loudest}. In the sum it drowns: only "
                    f"the check of {name} alone speaks for it."
                )
    return warnings
