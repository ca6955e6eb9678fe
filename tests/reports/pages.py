"""Reports to make pages of: ten failing leaves among a hundred, kinks, hostile names, many leaves."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from gradproof import Report, check
from gradproof.model import Finding, Outcome, Reason, Record, Verdict
from tests.reports.test_record import REPORTS

SHAPES = [(8, 6), (30,), (64, 64), (3, 4, 5), (2, 3, 3, 3), (100, 70), (5, 1), (), (7, 7), (12,)]
HOSTILE = [
    "<script>document.title = 'taken'; alert(1)</script>",
    '"><img src=x onerror="document.title = 1">',
    "' onmouseover='document.title = 1' x='",
    "</style></title></svg><script>document.title = 1</script>",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:document.title = 1",
    "\u202egnirts\u202c\x00\x1b[31m\ud800",
    "&lt;b&gt; & <b>bold</b>",
    "<!-- ",
    "",
]


@functools.cache
def failing() -> Report:
    """Return the report of a hundred leaves with ten mistakes of ten kinds."""
    rng = np.random.default_rng(1)
    params = {f"layers.{i}.w": rng.normal(size=SHAPES[i % 10]) for i in range(100)}
    factors = {name: rng.normal(size=value.shape) for name, value in params.items()}
    claim = {name: np.asarray(np.cos(params[name]) * factors[name]) for name in params}
    claim["layers.0.w"] *= 2.0
    claim["layers.11.w"][17] *= 1.3
    claim["layers.22.w"][40:48] = 0.0
    claim["layers.33.w"][1] *= -1.0
    claim["layers.44.w"][1, 2] += 0.5
    claim["layers.55.w"][33, 12] = 0.0
    claim["layers.66.w"] = claim["layers.66.w"].T
    claim["layers.77.w"] = claim["layers.77.w"] * 0.0
    claim["layers.88.w"] = claim["layers.88.w"].T
    claim["layers.99.w"] += 0.01 * params["layers.99.w"]
    return check(lambda p: float(sum((np.sin(p[n]) * factors[n]).sum() for n in p)), claim, params)


@functools.cache
def kinked() -> Report:
    """Return an inconclusive report: a layer of rectifiers with many of them at their kink, its gradient a tree."""
    rng = np.random.default_rng(0)
    x = np.round(rng.normal(size=(4, 300)))
    p = {"W1": rng.integers(-1, 2, size=(64, 4)).astype(float), "W2": rng.normal(size=(1, 64))}

    def loss(q):
        return float(((q["W2"] @ np.maximum(q["W1"] @ x, 0.0)) ** 2).sum() / 300.0)

    z = p["W1"] @ x
    d = 2.0 * (p["W2"] @ np.maximum(z, 0.0)) / 300.0
    return check(loss, {"W1": (p["W2"].T @ d * (z >= 0.0)) @ x.T, "W2": d @ np.maximum(z, 0.0).T}, p)


def named(names: list[str]) -> Record:
    """Return a record of wrong leaves of these names, with findings, notes and circumstances that carry them too."""
    record = failing().record
    texts = [Finding(name, "term", f"lacks {name}", (1,), None, 1.0, 2.0, 1e-9, 0.5, 1e-9, name) for name in names]
    verdicts = [Verdict(name, (3,), "float64", Outcome.WRONG, aliases=(name + " too",)) for name in names]
    verdicts.append(Verdict("doubtful", (3,), "float64", Outcome.INCONCLUSIVE, Reason.NOISE))
    return dataclasses.replace(
        record,
        verdicts=tuple(verdicts),
        findings=tuple(texts),
        notes=tuple(names),
        skipped=tuple((name, name) for name in names),
        settings=record.settings.replace(only=tuple(names)),
        run={**record.run, "target": names[0], names[1]: names[0]},
    )


def many(count: int, outcome: Outcome = Outcome.CONSISTENT, length: int = 0) -> Record:
    """Return a record of so many leaves, with names of at least a length."""
    reason = Reason.NOISE if outcome is Outcome.INCONCLUSIVE else None
    verdicts = tuple(
        Verdict(f"layers.{i}.weight".ljust(length, "x"), (3, 4), "float64", outcome, reason, 1e-6 * (i % 7))
        for i in range(count)
    )
    findings = tuple(
        Finding(v.leaf, "entry", "this entry is wrong", (1, 2), None, 1.0, 2.0, 1e-9, 0.5)
        for v in verdicts
        if outcome is Outcome.WRONG
    )
    reasons = (reason,) if reason else ()
    right = REPORTS["right"].record
    return dataclasses.replace(right, outcome=outcome, verdicts=verdicts, findings=findings, reasons=reasons)


def empty() -> Record:
    """Return a record without leaves."""
    return dataclasses.replace(REPORTS["right"].record, verdicts=(), findings=(), proofs=(), measurements=())
