"""The proof that a check can fail: mistakes planted into a gradient that passed, judged on what was measured.

Measurements belong to the objective, so that a planted mistake costs dot products and not one evaluation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gradproof.adapters.binding import bind_arrays
from gradproof.adapters.generators import untouched
from gradproof.adapters.subject import ArraySubject
from gradproof.again import rejudged
from gradproof.errors import InputError
from gradproof.model import Outcome, Record
from gradproof.seam import Problem

Array = npt.NDArray[Any]
Fault = Callable[[Array, Array, np.random.Generator], Array]

# In a tree of more leaves than this, mistakes are planted in a random choice of them.
MOST_LEAVES = 16


@dataclass(frozen=True, slots=True)
class Planted:
    """One kind of mistake: in how many leaves it was planted, and in which of them it would have passed."""

    words: str
    tried: int
    missed: tuple[str, ...]

    @property
    def caught(self) -> int:
        """In how many leaves it was caught."""
        return self.tried - len(self.missed)

    def __str__(self) -> str:
        text = f"{self.words}: caught in {self.caught} of {self.tried}"
        return text + (f", not in {', '.join(self.missed[:4])}" if self.missed else "")


def _entry(size: float) -> Fault:
    def fault(claim: Array, theta: Array, rng: np.random.Generator) -> Array:
        # Off by a share of the root mean square, at an entry that contributes as others do.
        wrong = claim.copy()
        typical = np.argsort(np.abs(theta).ravel())[theta.size // 2 :]
        wrong.reshape(-1)[rng.choice(typical)] += size * np.sqrt(np.mean(claim**2))
        return wrong

    return fault


def _row(claim: Array, theta: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    wrong = claim.copy()
    if claim.ndim:
        wrong[rng.integers(len(claim))] = 0.0
    return wrong


def _transposed(claim: Array, theta: Array, rng: np.random.Generator) -> Array:  # noqa: ARG001
    return claim.T.copy() if claim.ndim == 2 and claim.shape[0] == claim.shape[1] else claim


FAULTS: tuple[tuple[str, Fault], ...] = (
    ("the sign", lambda claim, theta, rng: -claim),  # noqa: ARG005
    ("a factor of 2", lambda claim, theta, rng: 2.0 * claim),  # noqa: ARG005
    ("a factor of 1.01", lambda claim, theta, rng: 1.01 * claim),  # noqa: ARG005
    ("a factor of 1.0001", lambda claim, theta, rng: 1.0001 * claim),  # noqa: ARG005
    ("all zero", lambda claim, theta, rng: np.zeros_like(claim)),  # noqa: ARG005
    ("weight decay of 0.01 too much", lambda claim, theta, rng: claim + 0.01 * theta),  # noqa: ARG005
    ("a row of zeros", _row),
    ("transposed", _transposed),
    ("one entry off by its typical size", _entry(1.0)),
    ("one entry off by a hundredth of it", _entry(0.01)),
)


def self_test(record: Record, problem: Problem | None) -> tuple[Planted, ...]:
    """Plant mistakes of each kind into the gradient of a report, leaf by leaf; see ``Report.self_test``."""
    if problem is None or record.outcome is not Outcome.CONSISTENT:
        got = "a report from a file" if problem is None else f"a report that is {record.outcome}"
        raise InputError(
            "Mistakes can be planted only into a gradient that passes.",
            expected="a consistent report of a check in this process",
            got=got,
        )
    with untouched(problem):
        subject = bind_arrays(problem, record.settings)
    rng = np.random.default_rng(record.settings.seed)
    chosen = sorted(rng.permutation(len(subject.leaves))[:MOST_LEAVES].tolist())
    return tuple(
        Planted(words, len(tried), tuple(name for name, caught in tried if not caught))
        for words, fault in FAULTS
        if (tried := list(_tried(record, problem, subject, (fault, chosen, rng))))
    )


def _tried(
    record: Record, problem: Problem, subject: ArraySubject, plan: tuple[Fault, list[int], np.random.Generator]
) -> Iterator[tuple[str, bool]]:
    """Yield the leaves in which a fault changes something, and whether it would be caught there."""
    fault, chosen, rng = plan
    claims = {leaf.name: _array(subject, i, "claim") for i, leaf in enumerate(subject.leaves)}
    for i in chosen:
        name = subject.leaves[i].name
        claim = claims[name].astype(np.float64)
        wrong = np.asarray(fault(claim, _array(subject, i, "theta").astype(np.float64), rng), claims[name].dtype)
        if not np.array_equal(wrong, claims[name]):
            found, _ = rejudged(record, problem, {**claims, name: wrong}, None)
            yield name, found.outcome is Outcome.WRONG


def _array(subject: ArraySubject, i: int, which: str) -> Array:
    data = subject.data[i]
    found: Array = getattr(data, which).reshape(data.shape)
    return found
