"""Cases whose truth is known: right gradients and planted mistakes, under settings of every kind."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import gradproof as gp
from gradproof.errors import GradproofError, InputError
from gradproof.seam import Problem
from gradproof.settings import Settings
from tests.fuzz.invariants import Odds, misjudged, paths, shown, snapshot
from tests.fuzz.mistakes import planted
from tests.fuzz.objectives import Objective, objective
from tests.fuzz.trees import Draw, leaves, mapped, shared, tree

# What changes by fewer steps of its rounding over its whole scale looks constant.
COARSE = 100.0
# Beyond this a narrow claim overflows or vanishes, and is wrong by that.
RANGES = {"f2": (1e-3, 1e4), "f4": (1e-30, 1e30)}


def settings(draw: Draw, names: tuple[str, ...]) -> Settings:
    """Return random settings that a right gradient passes under."""
    chosen: dict[str, Any] = {"seed": int(draw.integers(2**62))}
    if draw.random() < 0.2:
        chosen["probes"] = int(draw.integers(2, 5))
    if draw.random() < 0.1:
        chosen["resolution"] = float(10.0 ** draw.uniform(-4, -0.5))
    if draw.random() < 0.15:
        chosen["evaluations"] = int(draw.integers(1, 120))
    if draw.random() < 0.05:
        chosen["seconds"] = float(10.0 ** draw.uniform(-4, 0))
    if draw.random() < 0.05:
        chosen["draws"] = int(draw.integers(2, 5))
    for which, chance in (("only", 0.06), ("freeze", 0.06)):
        if names and draw.random() < chance:
            name = names[draw.integers(len(names))]
            chosen[which] = (name if draw.random() < 0.7 else name[:1] + "*",)
    return Settings(**chosen)


def precisions(draw: Draw, loss: Objective, slopes: list[Any], xs: list[Any]) -> list[str] | None:
    """Return the precision of each claim: of its parameter, or a random one where it fits; None if one must and cannot.

    What computes in a coarse precision claims no finer one.
    """
    found = []
    for g, x in zip(slopes, xs, strict=True):
        if g is None or g.dtype.kind != "f":
            found.append("")
            continue
        own = np.asarray(x).dtype.newbyteorder("=").str[1:]
        dtype = own if loss.manner == "native" or draw.random() < 0.7 else str(draw.choice(["f2", "f4"]))
        low, high = RANGES.get(dtype, (0.0, 0.0))
        size = np.abs(g[g != 0.0])
        fits = high > 0.0 and (not size.size or (size.min() > low and size.max() < high))
        if not fits and dtype in RANGES and loss.manner == "native":
            return None
        found.append(dtype if fits else "f8")
    return found


def rounded(slopes: list[Any], dtypes: list[str]) -> list[Any]:
    """Return a gradient in the given precisions."""
    return [g.astype(dtype) if dtype else g for g, dtype in zip(slopes, dtypes, strict=True)]


def known(draw: Draw) -> tuple[str, list[str]]:
    """Check one gradient of which the truth is known; return what came of it, and what was broken."""
    made = shared(draw, tree(draw))
    loss = objective(draw, made)
    xs = leaves(made)
    with np.errstate(all="ignore"):
        exact = leaves(loss.gradient(made))
        dtypes = precisions(draw, loss, exact, xs)
        if dtypes is None or not _finite(exact) or not np.isfinite(float(loss(made))):
            return "no truth", []
        if loss.manner == "quantised" and _least_effect(exact, xs, loss.size) < COARSE * loss.blur:
            # Constant as written, in some leaf: zero is right there, and so is the slope without the rounding.
            return "no truth", []
        right = rounded(exact, dtypes)
        kind, plant, chosen = planted(draw, right, xs) if draw.random() < 0.5 else ("right", list, set())
        claim = plant(right)
        if not _finite(claim):
            return "no truth", []

    def gradient(tree: Any) -> Any:
        rest = iter(plant(rounded(leaves(loss.gradient(tree)), dtypes)))
        return mapped(lambda _: next(rest), tree)

    problem = _problem(draw, loss, made, gradient)
    before, states = snapshot(made), (random.getstate(), np.random.get_state()[1].tobytes())  # type: ignore[union-attr]
    loss.calls = 0
    try:
        report = gp.check(problem, settings=settings(draw, paths(made)))
    except InputError:
        return "refused", ["inputs were changed"] if snapshot(made) != before else []
    broken = _changes(report, loss, (before, snapshot(made)))
    if states != (random.getstate(), np.random.get_state()[1].tobytes()):  # type: ignore[union-attr]
        broken.append("the random generators of the process were changed")
    names = paths(made)
    wrong = {names[i] for i in chosen}
    odds = Odds(report, _with(problem, made, claim), _error(made, claim, right)) if wrong else None
    broken += misjudged(report, wrong, odds)
    broken += shown(draw, report)
    _besides(draw, report)
    label = "planted" if wrong else "right"
    return f"{loss.manner}, {label}: {report.outcome}", [f"{text} ({kind}, {loss.manner})" for text in broken]


def _least_effect(slopes: list[Any], xs: list[Any], size: float) -> float:
    pairs = [(g / size, np.abs(np.asarray(x))) for g, x in zip(slopes, xs, strict=True) if g is not None and g.size]
    return min((float(np.linalg.norm(g * np.where(x > 0.0, x, x.max() or 1.0))) for g, x in pairs), default=0.0)


def _finite(slopes: list[Any]) -> bool:
    return all(g is None or np.all(np.isfinite(g)) for g in slopes)


def _problem(draw: Draw, loss: Objective, made: Any, gradient: Any) -> Problem:
    kind = draw.random()
    with np.errstate(all="ignore"):
        given = gradient if kind < 0.4 else (lambda p: (loss(p), gradient(p))) if kind < 0.5 else gradient(made)
    generators = (loss.draws,) if loss.manner == "random" and draw.random() < 0.5 else ()
    return Problem(loss, given, made, generators=generators)


def _with(problem: Problem, made: Any, values: list[Any]) -> Problem:
    rest = iter(values)
    return Problem(problem.loss, mapped(lambda _: next(rest), made), made)


def _error(made: Any, claim: list[Any], right: list[Any]) -> Any:
    rest = iter(
        None if g is None else np.asarray(g).astype(complex if g.dtype.kind == "c" else float) - r
        for g, r in zip(claim, right, strict=True)
    )
    return mapped(lambda _: next(rest), made)


def _changes(report: gp.Report, loss: Objective, snapshots: tuple[list[Any], list[Any]]) -> list[str]:
    broken = []
    if snapshots[0] != snapshots[1]:
        broken.append("inputs were changed")
    limit = report.settings.evaluations
    # The value at the point is needed in any case, and with draws the mean of several.
    if limit is not None and report.evaluations > max(limit, 2 * report.settings.draws + 2):
        broken.append(f"{report.evaluations} evaluations of a budget of {limit}")
    if report.evaluations > loss.calls:
        broken.append(f"{report.evaluations} evaluations counted, {loss.calls} made")
    if report.evaluations > 20_000:
        broken.append(f"{report.evaluations} evaluations without an end")
    return broken


def _besides(draw: Draw, report: gp.Report) -> None:
    """Ask more of a report: to be judged again, tested on itself, drawn."""
    kind = draw.random()
    try:
        if kind < 0.05 and report.problem is not None:
            report.judge(report.problem.gradient)
        elif kind < 0.08:
            report.self_test()
        elif kind < 0.11:
            report.with_curves().to_html()
    except GradproofError:
        pass
