"""Cases without a verdict to expect: hostile objectives, claims, points, and the other ways into the program."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

import gradproof as gp
from gradproof.errors import GradproofError
from gradproof.model import Outcome
from gradproof.seam import Problem
from tests.fuzz.hostile import Hostile, spoiled
from tests.fuzz.invariants import control, paths, raised_by_us, shown, snapshot, told
from tests.fuzz.known import settings
from tests.fuzz.objectives import objective
from tests.fuzz.trees import Draw, key, mapped, shared, tree

# More evaluations than any check of a small problem may take.
ENDLESS = 20_000


def hostile(draw: Draw) -> tuple[str, list[str]]:
    """Check a hostile objective, or a hostile gradient function, or both."""
    made = shared(draw, tree(draw))
    inner = objective(draw, made)
    loss = Hostile(draw, inner)
    kind = draw.random()
    with np.errstate(all="ignore"):
        given = inner.gradient(made)
    gradient: Any = given if kind < 0.4 else inner.gradient
    if kind > 0.8:
        bad = Hostile(draw, inner)
        gradient = lambda p: (bad(p), inner.gradient(p))[1]  # noqa: E731 - a function of the user
        loss = inner if kind > 0.9 else loss  # type: ignore[assignment]
    problem = Problem(loss, gradient, made)
    return guarded(draw, lambda: gp.check(problem, settings=settings(draw, paths(made))), made)


def claims(draw: Draw) -> tuple[str, list[str]]:
    """Check a claim that is no gradient of these parameters."""
    made = tree(draw)
    loss = objective(draw, made)
    with np.errstate(all="ignore"):
        claim = spoiled(draw, loss.gradient(made), made, mapped)
    given = claim if draw.random() < 0.5 else lambda _: claim
    return guarded(draw, lambda: gp.check(loss, given, made, settings=settings(draw, paths(made))), made)


def points(draw: Draw) -> tuple[str, list[str]]:
    """Check at points of every kind: not finite, huge, of other types, with bounds and generators that do not fit."""
    made = tree(draw)
    loss = objective(draw, made)
    ways: list[Callable[[Any], Any]] = [
        lambda a: np.full_like(a, np.nan),
        lambda a: a * 1e300,
        lambda a: a * 1e-310,
        lambda a: a.astype("f2"),
        np.ma.array,
        lambda a: a.astype(object),
        lambda a: np.matrix(a) if a.ndim == 2 else a,
        lambda a: np.broadcast_to(a, (3, *a.shape)),
    ]
    way, share = ways[draw.integers(len(ways))], draw.random()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        odd = mapped(lambda a: way(a) if _is_plain(a) and draw.random() < share else a, made)
    bounds = [None, 0.0, -1e-9, np.nan, np.inf, -np.inf, made, "text", [1.0], {}]
    extra: dict[str, Any] = {}
    for name in ("lower", "upper"):
        if draw.random() < 0.4:
            extra[name] = bounds[draw.integers(len(bounds))]
    if draw.random() < 0.2:
        extra["args"] = (object(), key(draw))
    problem = Problem(lambda p, *_: loss(p), lambda p, *_: loss.gradient(p), odd, **extra)
    return guarded(draw, lambda: gp.check(problem, settings=settings(draw, paths(odd))), odd)


def others(draw: Draw) -> tuple[str, list[str]]:
    """Use another way in: several points, terms, one dimension, an assertion."""
    made = tree(draw)
    inner = objective(draw, made)
    loss: Any = Hostile(draw, inner) if draw.random() < 0.3 else inner
    kind = int(draw.integers(4))
    if kind == 0:
        problem = Problem(loss, inner.gradient, made)
        return guarded(draw, lambda: gp.check_points(problem, 2, settings=settings(draw, paths(made))), made)
    if kind == 1:
        terms = {str(key(draw)): (loss, inner.gradient), "other": (inner, inner.gradient)}
        return guarded(draw, lambda: gp.check_terms(terms, made), made)
    if kind == 2:
        at = float(draw.normal() * 10.0 ** draw.uniform(-10, 10))
        hidden = Hostile(draw, inner)
        return guarded(draw, lambda: gp.derivative(lambda t: hidden(mapped(lambda a: _added(a, t), made)), at), made)
    return guarded(draw, lambda: gp.assert_gradient(loss, inner.gradient, made), made)


def _is_plain(leaf: Any) -> bool:
    return isinstance(leaf, np.ndarray) and leaf.dtype.kind == "f"


def _added(leaf: Any, t: float) -> Any:
    return leaf + t if _is_plain(leaf) else leaf


def guarded(draw: Draw, use: Callable[[], Any], made: Any) -> tuple[str, list[str]]:
    """Use the program; return what came of it, and what of the invariants was broken."""
    before, errors = snapshot(made), np.geterr()
    broken: list[str] = []
    noise = io.StringIO()
    try:
        with contextlib.redirect_stdout(noise), contextlib.redirect_stderr(noise), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = use()
        label = str(getattr(found, "outcome", type(found).__name__))
    except GradproofError as error:
        label = type(error).__name__
        if control(str(error)):
            broken.append(f"control characters in an error: {control(str(error))!r}")
    except (Exception, SystemExit, GeneratorExit) as error:
        label = "mismatch" if isinstance(error, gp.GradientMismatch) else "the user's exception"
        if raised_by_us(error):
            return "broken", [told(error)]
        found = None
    finally:
        np.seterr(**errors)
    if snapshot(made) != before:
        broken.append("inputs were changed")
    if label in tuple(Outcome) and isinstance(found, gp.Report):
        broken += shown(draw, found)
        if found.evaluations > ENDLESS:
            broken.append(f"{found.evaluations} evaluations without an end")
    return label, broken
