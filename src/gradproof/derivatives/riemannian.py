"""Riemannian gradients: of an objective on a manifold, along a retraction that the user gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.api import check
from gradproof.derivatives.functions import OF_TOLERANCE
from gradproof.derivatives.spaces import Vector, as_vector, random_like
from gradproof.errors import InputError
from gradproof.group import Identity, ReportGroup
from gradproof.probing.precision import tolerance_of
from gradproof.seam import Problem
from gradproof.settings import Settings

# Tangent vectors along which the objective is measured.
TANGENTS = 4


@dataclass(frozen=True, slots=True)
class Manifold:
    """What a manifold needs to have for a gradient on it to be judged.

    Attributes
    ----------
    project
        ``project(x, v)`` returns the tangent vector at ``x`` closest to an ambient vector ``v``.
    retract
        ``retract(x, v)`` returns the point reached from ``x`` along the tangent vector ``v``: t -> retract(x, t v) has
        velocity ``v`` at ``x`` (P.-A. Absil, R. Mahony, R. Sepulchre, Optimization Algorithms on Matrix Manifolds,
        2008, section 4.1).
    inner
        ``inner(x, u, v)``, the metric; None for that of the ambient space.
    """

    project: Callable[[Any, Any], Any]
    retract: Callable[[Any, Any], Any]
    inner: Callable[[Any, Any, Any], float] | None = None


def check_riemannian(
    loss: Callable[[Any], Any], gradient: Any, x: Any, manifold: Manifold, *, settings: Settings | None = None
) -> ReportGroup:
    """Judge a Riemannian gradient: d/dt f(R_x(t v)) = <grad f(x), v>_x for tangent v, and that it is tangent.

    Parameters
    ----------
    loss
        ``loss(x)`` returns a number.
    gradient
        The claimed Riemannian gradient at ``x``, an array (or tree) like ``x``, or a function of ``x``.
    x
        A point on the manifold.
    manifold
        Projection, retraction and metric.
    settings
        How it is checked.

    Raises
    ------
    InputError
        If the claim is unlike ``x``.
    """
    chosen = settings or Settings()
    claimed = as_vector(gradient(x) if callable(gradient) else gradient)
    tangents = [
        as_vector(manifold.project(x, random_like(x, (chosen.seed, 2**30, k), "rms").as_tree()))
        for k in range(TANGENTS)
    ]
    if _shapes(claimed) != _shapes(tangents[0]):
        raise InputError("The gradient is unlike the point.", expected="the structure and shapes of x")

    def moved(steps: Any) -> Any:
        total = Vector(tangents[0].tree, tuple(_sum(steps, [v.arrays[i] for v in tangents]) for i in range(_size(x))))
        return loss(manifold.retract(x, total.as_tree()))

    slopes = np.array([_metric(manifold, x, claimed, v) for v in tangents])
    start = 1.0 + 0.5 * np.arange(TANGENTS)
    report = check(Problem(lambda p: moved(p["along"] - start), {"along": slopes}, {"along": start}), settings=chosen)
    return ReportGroup({"gradient": report}, identities=(_tangency(manifold, x, claimed, chosen.seed),))


def _tangency(manifold: Manifold, x: Any, claimed: Vector, seed: int) -> Identity:
    """Return the identity "the gradient is its own projection", weighed by a random vector."""
    projected = as_vector(manifold.project(x, claimed.as_tree()))
    w = random_like(x, (seed, 2**31))
    dtype = np.result_type(*[a.dtype for a in claimed.arrays if a is not None])
    size = w.norm * max(claimed.norm, projected.norm)
    left, right = w.inner(claimed.as_tree()), w.inner(projected.as_tree())
    return Identity("the gradient is tangent", left, right, size, OF_TOLERANCE * tolerance_of(dtype.name))


def _metric(manifold: Manifold, x: Any, u: Vector, v: Vector) -> float:
    if manifold.inner is not None:
        return float(manifold.inner(x, u.as_tree(), v.as_tree()))
    return v.inner(u.as_tree())


def _shapes(vector: Vector) -> list[Any]:
    return [None if array is None else array.shape for array in vector.arrays]


def _size(x: Any) -> int:
    return len(as_vector(x).arrays)


def _sum(steps: Any, arrays: list[Any]) -> Any:
    if arrays[0] is None:
        return None
    return sum(float(t) * a for t, a in zip(steps, arrays, strict=True))
