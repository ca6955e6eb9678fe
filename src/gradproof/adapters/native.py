"""A user's problem put into NumPy's arrays of real numbers, with what is to be said of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from gradproof.seam import Leaf, Problem

# Why a leaf without a claim is left out.
UNASKED = "requires no gradient, and has none"


def no_notes() -> tuple[str, ...]:
    """Return nothing to be said."""
    return ()


@dataclass(frozen=True, slots=True)
class Native(Problem):
    """A problem on NumPy arrays of real numbers that stands for one on other arrays.

    Attributes
    ----------
    pairs
        Paths of the leaves that are complex numbers, laid out as pairs (real, imaginary) along a last axis of 2.
    unasked
        Paths of the leaves that may have no claim: they do not require a gradient, where others do.
    notes
        Returns what is to be said in the report, once the claim was asked for.
    precise
        The gradient function computed in double precision throughout, or None; it may raise.
    coarsest
        The coarsest dtype of the parameters that these are copies of, "" if they are none.
    """

    pairs: frozenset[str] = frozenset()
    unasked: frozenset[str] = frozenset()
    notes: Callable[[], tuple[str, ...]] = no_notes
    precise: Callable[..., Any] | None = None
    coarsest: str = ""


def pairs_of(problem: Problem) -> frozenset[str]:
    """Return the paths of the leaves that are complex."""
    return problem.pairs if isinstance(problem, Native) else frozenset()


def unasked_of(problem: Problem) -> frozenset[str]:
    """Return the paths of the leaves that may have no claim."""
    return problem.unasked if isinstance(problem, Native) else frozenset()


def as_known(leaf: Leaf, problem: Problem) -> Leaf:
    """Return a leaf with its claim known no better than the parameters allow, of which these are copies.

    A copy differs from what the user computes by roundings of that, and so may all slopes.
    """
    coarsest = problem.coarsest if isinstance(problem, Native) else ""
    if not coarsest:
        return leaf
    known = max(leaf.claim_dtype, coarsest, key=lambda dtype: np.finfo(dtype).eps if dtype != "bfloat16" else 1.0)
    return replace(leaf, claim_dtype=known, stored=leaf.claim_dtype)


def notes_of(problem: Problem) -> tuple[str, ...]:
    """Return what is to be said of a problem in the report."""
    if not isinstance(problem, Native):
        return ()
    told = problem.notes()
    if problem.pairs:
        names = ", ".join(sorted(problem.pairs)[:4])
        told += (f"Complex numbers are judged as pairs (real, imaginary) along a last axis of 2: {names}.",)
    return told


def native(problem: Problem, **changes: Any) -> Native:
    """Return a problem as a native one, with changes; a new objective tells which one it stands for."""
    if "loss" in changes:
        changes["loss"].__wrapped__ = problem.loss
    known = {field.name: getattr(problem, field.name) for field in fields(problem)}
    return Native(**{**known, **changes})
