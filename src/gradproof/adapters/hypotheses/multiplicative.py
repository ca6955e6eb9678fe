"""A factor too much or too few: an inner derivative, a mask, one part counted differently."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.adapters.hypotheses.additive import softmaxes
from gradproof.adapters.hypotheses.evidence import Evidence, Family, instead, is_
from gradproof.adapters.hypotheses.majority import mostly
from gradproof.guess import Guess

# Of so many named arrays the products of two are tried.
MOST_FACTORS = 12


def inner_derivative(evidence: Evidence) -> Iterator[Family]:
    """The factor of the chain rule: the derivative of a common function of the parameter."""
    for words, factor in _of(evidence.name, evidence.theta):
        yield from _both(evidence, words, factor)


def named_factor(evidence: Evidence) -> Iterator[Family]:
    """An argument or an array of the context as a factor: a weight, a mask, an activation, an upstream gradient."""
    for name, array in evidence.fitting():
        yield from _both(evidence, name, array)
        for words, factor in _of(name, array):
            if words != name:
                yield from _both(evidence, words, factor)


def named_product(evidence: Evidence) -> Iterator[Family]:
    """Two arguments or arrays of the context as factors: a mask times a weight, both missing or both too much.

    Or one of them missing and the other too much.
    """
    known = list(evidence.fitting())[:MOST_FACTORS]
    for (first, a), (second, b) in combinations(known, 2):
        yield from _both(evidence, f"{first} * {second}", a * b)
        for words, over, under in ((f"{first} / {second}", a, b), (f"{second} / {first}", b, a)):
            if np.all(under):
                yield from _lacks(evidence, words, over / under)


def other_leaf_factor(evidence: Evidence) -> Iterator[Family]:
    """Another parameter as a factor: a missing term of the product rule, a scale."""
    for other in evidence.others:
        try:
            full = np.broadcast_to(other.theta, evidence.shape)
        except ValueError:
            continue
        yield from _both(evidence, other.name, full)
        yield from _both(evidence, f"exp({other.name})", np.exp(full))


def triangles(evidence: Evidence) -> Iterator[Family]:
    """The diagonal or a triangle counted differently from the rest."""
    shape, claim = evidence.shape, evidence.claim
    if len(shape) != 2 or min(shape) < 2:
        return
    parts = {
        "the diagonal": np.where(np.eye(*shape, dtype=bool), claim, 0.0),
        "the part above the diagonal": np.triu(claim, 1),
        "the part below the diagonal": np.tril(claim, -1),
        "the part off the diagonal": np.where(np.eye(*shape, dtype=bool), 0.0, claim),
    }
    for words, part in parts.items():
        if part.any():
            yield Guess("triangle", words, "part"), claim, part


def softmax_diagonal(evidence: Evidence) -> Iterator[Family]:
    """Only the diagonal of a softmax's Jacobian was used, ``p (1 - p)`` entry by entry."""
    for axis, p in softmaxes(evidence):
        upstream = evidence.claim / np.where(p * (1.0 - p) == 0.0, 1.0, p * (1.0 - p))
        full = p * (upstream - np.sum(p * upstream, axis=axis, keepdims=True))
        words = f"the diagonal of a softmax's derivative over axis {axis} only"
        yield instead("softmax", words, full)


def summed(evidence: Evidence) -> Iterator[Family]:
    """The sum over an axis, in every place of it, where yours has the summands."""
    for axis, length in enumerate(evidence.shape):
        if length > 1:
            total = np.broadcast_to(evidence.claim.sum(axis=axis, keepdims=True), evidence.shape)
            yield instead("reduction", f"not summed over axis {axis}", total)


def simple(evidence: Evidence) -> Iterator[Family]:
    """The true gradient is a simple function of the parameter, and yours is something else."""
    table = [(f"sign({evidence.name})", np.sign(evidence.theta)), ("1 in every entry", np.ones(evidence.shape))]
    for words, factor in (*table, *_of(evidence.name, evidence.theta)):
        yield from mostly("formula", words, evidence.claim, factor)
        yield is_("formula", words, factor)


def _of(name: str, x: Array) -> Iterator[tuple[str, Array]]:
    """Yield common inner derivatives at x."""
    with np.errstate(all="ignore"):
        sigmoid = 1.0 / (1.0 + np.exp(-x))
        table = {
            name: x,
            f"{name}**2": x**2,
            f"|{name}|": np.abs(x),
            f"sign({name})": np.sign(x),
            f"exp({name})": np.exp(x),
            f"({name} > 0)": (x > 0.0).astype(float),
            f"(1 - {name}**2)": 1.0 - x**2,
            f"{name} * (1 - {name})": x * (1.0 - x),
            f"(1 - tanh({name})**2)": 1.0 - np.tanh(x) ** 2,
            f"the derivative of sigmoid({name})": sigmoid * (1.0 - sigmoid),
            f"sqrt({name})": np.sqrt(np.abs(x)),
            f"cos({name})": np.cos(x),
        }
    yield from table.items()


def _lacks(evidence: Evidence, words: str, factor: Array) -> Iterator[Family]:
    if np.isfinite(factor).all() and np.ptp(factor) != 0.0:
        yield Guess("chain", words, "lacks"), None, evidence.claim * factor


def _both(evidence: Evidence, words: str, factor: Array) -> Iterator[Family]:
    """Yield "the factor is missing" and "the factor is too much"."""
    yield from _lacks(evidence, words, factor)
    if np.isfinite(factor).all() and np.ptp(factor) != 0.0 and np.all(factor):
        yield Guess("chain", words, "exceeds"), None, evidence.claim / factor
