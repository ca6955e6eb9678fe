"""The peers, each called with its defaults, as its documentation does; ``bench/peers.py`` has the same adapters.

Where a peer returns numbers and no verdict, the usual reading of them is applied: SciPy's norm below 1e-4 of the norm
of the claim, the course's share below 2e-7, the thresholds of the notes of cs231n; and for libraries that estimate
derivatives with an error, that every entry lies within ten of their errors, or 1e-9 of the largest entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from bench.versus.answers import OPEN, RIGHT, WRONG, Answer, Flat
from bench.versus.naming import named

from bench import peers


def verdict(text: str) -> str:
    """Return the outcome that a cell of ``bench/peers.py`` shows."""
    return RIGHT if text.startswith(peers.PASS) else WRONG


def gradproof(flat: Flat) -> Answer:
    import gradproof as gp

    report = gp.check(flat.value, flat.case.claim, flat.case.params)
    outcome = {"consistent": RIGHT, "wrong": WRONG}.get(str(report.outcome), OPEN)
    leaves = frozenset(name for name, found in report.leaves.items() if str(found.outcome) == "wrong")
    planted = flat.case.wrong if flat.case.mistake else ()
    seen = {n: report.leaves[n].resolution for n in planted if str(report.leaves[n].outcome) == "consistent"}
    margins = [flat.case.sizes[n] / resolution for n, resolution in seen.items() if resolution > 0.0]
    said = "; ".join([*map(str, report.reasons), *(f"{f.leaf}: {f.text}" for f in report.findings)])
    name = named(flat.case, report) if outcome == WRONG and flat.case.mistake else None
    return Answer(outcome, None, leaves, name, max(margins, default=None), said[:200])


def torch(flat: Flat, fast: bool) -> Answer:
    import torch

    names = flat.names

    def f(*given: Any) -> Any:
        return np.squeeze(flat.value({n: x.numpy() for n, x in zip(names, given, strict=True)}))

    def g(*given: Any) -> tuple[Any, ...]:
        claim = flat.case.claim({n: x.numpy() for n, x in zip(names, given, strict=True)})
        return tuple(claim[name] for name in names)

    tensors = tuple(torch.tensor(flat.case.params[name], requires_grad=True) for name in names)
    try:
        torch.autograd.gradcheck(peers.claimed(f, g), tensors, fast_mode=fast)
    except torch.autograd.gradcheck.__globals__["GradcheckError"] as error:
        place = re.search(r"with respect to input (\d+)", str(error))
        return Answer(WRONG, names[int(place[1])] if place else None, said=str(error)[:80])
    return Answer(RIGHT)


def jax(flat: Flat) -> Answer:
    import jax

    jax.config.update("jax_enable_x64", True)
    scalar, vector = (jax.ShapeDtypeStruct(shape, flat.x.dtype) for shape in ((), flat.x.shape))

    def f(_: Any, x: Any) -> Any:
        return jax.pure_callback(lambda y: np.asarray(flat.loss(y), flat.x.dtype), scalar, x)

    def g(_: Any, x: Any) -> Any:
        return jax.pure_callback(flat.gradient, vector, x)

    return Answer(verdict(peers.jax(replace(flat.plain(), f=f, g=g))))


def autograd(flat: Flat) -> Answer:
    return Answer(verdict(peers.autograd(flat.plain(), (flat.case.number,))))


def scipy(flat: Flat) -> Answer:
    return Answer(verdict(peers.scipy(flat.plain())))


def course(flat: Flat) -> Answer:
    from gradproof.classic import difference_of

    found, claim = peers.by_course(flat.plain())[0], flat.gradient(flat.x)
    if difference_of(claim, found) < 2e-7:
        return Answer(RIGHT)
    return Answer(WRONG, flat.leaf(int(np.argmax(np.abs(claim - found)))))


def notes(flat: Flat) -> Answer:
    """The loop of cs231n: ten random entries, a step of 1e-5; its notes call 1e-2 wrong and 1e-4 the limit."""
    rng, claim, worst, where = np.random.default_rng(flat.case.number), flat.gradient(flat.x), 0.0, 0
    for _ in range(10):
        k = int(rng.integers(flat.x.size))
        values = []
        for step in (1e-5, -1e-5):
            x = flat.x.copy()
            x[k] += step
            values.append(float(flat.loss(x)))
        slope = (values[0] - values[1]) / 2e-5
        both = abs(slope) + abs(float(claim[k]))
        error = abs(slope - float(claim[k])) / both if both else 0.0
        if error > worst:
            worst, where = error, k
    return Answer(WRONG, flat.leaf(where)) if worst > 1e-2 else Answer(RIGHT if worst <= 1e-4 else OPEN)


def judged(flat: Flat, found: np.ndarray, errors: Any, sure: np.ndarray | None = None) -> Answer:
    """Compare the claim with estimates; a disagreement with estimates that are not sure decides nothing."""
    claim = flat.gradient(flat.x).astype(float)
    allowed = np.maximum(10 * np.abs(np.ravel(errors)), 1e-9 * np.max(np.abs(claim)))
    off = np.abs(claim - found)
    bad = ~(off <= allowed)
    if not bad.any():
        return Answer(RIGHT)
    if sure is not None and not (bad & sure).any():
        return Answer(OPEN)
    worst = np.where(np.isfinite(off), off, np.inf) * (bad if sure is None else bad & sure)
    return Answer(WRONG, flat.leaf(int(np.argmax(worst))))


def numdifftools(flat: Flat) -> Answer:
    return judged(flat, *peers.by_numdifftools(flat.plain()))


def jacobi(flat: Flat) -> Answer:
    return judged(flat, *peers.by_jacobi(flat.plain()))


def differentiate(flat: Flat) -> Answer:
    from scipy.differentiate import jacobian

    found = jacobian(lambda x: np.apply_along_axis(flat.loss, 0, x), flat.x)
    return judged(flat, np.ravel(found.df), found.error, np.ravel(found.success))


def derivcheck(flat: Flat) -> Answer:
    from derivcheck import assert_deriv

    try:
        assert_deriv(flat.loss, flat.gradient, flat.x)
    except FloatingPointError:
        return Answer(OPEN)
    except AssertionError as error:
        place = re.search(r"toward \((?:np\.int64\()?(\d+)", str(error))
        return Answer(WRONG, flat.leaf(int(place[1])) if place else None)
    return Answer(RIGHT)


# Each with the package that it needs.
PEERS: dict[str, tuple[str, Callable[[Flat], Answer]]] = {
    "gradproof": ("gradproof", gradproof),
    "torch": ("torch", lambda flat: torch(flat, False)),
    "torch, fast": ("torch", lambda flat: torch(flat, True)),
    "JAX": ("jax", jax),
    "autograd": ("autograd", autograd),
    "SciPy": ("scipy", scipy),
    "the course": ("gradproof", course),
    "cs231n": ("gradproof", notes),
    "derivcheck": ("derivcheck", derivcheck),
    "numdifftools": ("numdifftools", numdifftools),
    "jacobi": ("jacobi", jacobi),
    "scipy.differentiate": ("scipy", differentiate),
}
