"""A term too much or too few."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradproof.adapters.hypotheses.evidence import Evidence, Family, besides, lost_path


def decay(evidence: Evidence) -> Iterator[Family]:
    """A multiple of the parameter itself: weight decay."""
    yield besides(evidence, "term", evidence.name, evidence.theta)


def shrinkage(evidence: Evidence) -> Iterator[Family]:
    """A multiple of its sign: an L1 penalty."""
    yield besides(evidence, "term", f"sign({evidence.name})", np.sign(evidence.theta))


def constant(evidence: Evidence) -> Iterator[Family]:
    """The same number in every entry."""
    if evidence.claim.size > 1:
        yield besides(evidence, "term", "1 in every entry", np.ones(evidence.shape))


def powers(evidence: Evidence) -> Iterator[Family]:
    """A multiple of the square or cube of the parameter."""
    for power in (2, 3):
        yield besides(evidence, "term", f"{evidence.name}**{power}", evidence.theta**power)


def other_leaves(evidence: Evidence) -> Iterator[Family]:
    """A multiple of another leaf, or of what is claimed for it: a path that was dropped or counted twice."""
    for other in evidence.others:
        if other.theta.shape == evidence.shape:
            yield besides(evidence, "term", other.name, other.theta)
            yield besides(evidence, "term", f"your gradient for {other.name}", other.claim)
        elif len(evidence.shape) == 2 and other.theta.T.shape == evidence.shape:
            yield besides(evidence, "term", f"{other.name}.T", other.theta.T)


def named_arrays(evidence: Evidence) -> Iterator[Family]:
    """A multiple of an argument or of an array of the context."""
    for name, array in evidence.fitting():
        yield besides(evidence, "term", name, array)


def mirror(evidence: Evidence) -> Iterator[Family]:
    """The other half of a symmetric matrix."""
    shape = evidence.shape
    if len(shape) == 2 and shape[0] == shape[1] > 1:
        claim = evidence.claim
        yield besides(evidence, "symmetry", "its own transpose", claim.T)
        yield besides(evidence, "symmetry", "the transpose of its part below the diagonal", np.tril(claim, -1).T)
        yield besides(evidence, "symmetry", "the transpose of its part above the diagonal", np.triu(claim, 1).T)


def mean_path(evidence: Evidence) -> Iterator[Family]:
    """What flows through the mean of an axis, as in centring and in normalisation."""
    for axis, length in enumerate(evidence.shape):
        if 1 < length < evidence.claim.size or (length > 1 and len(evidence.shape) == 1):
            mean = np.broadcast_to(evidence.claim.mean(axis=axis, keepdims=True), evidence.shape)
            yield lost_path(evidence, "path", f"its own mean over axis {axis} (the path through a mean)", mean)


def projection(evidence: Evidence) -> Iterator[Family]:
    """The component along the parameter, which normalising it takes away."""
    theta = evidence.theta
    for axes in [None, *range(len(evidence.shape))] if len(evidence.shape) > 1 else [None]:
        square = np.sum(theta**2, axis=axes, keepdims=True)
        along = theta * np.sum(theta * evidence.claim, axis=axes, keepdims=True) / np.where(square == 0.0, 1.0, square)
        where = "" if axes is None else f" on axis {axes}"
        yield lost_path(
            evidence, "path", f"its own component along {evidence.name}{where} (the path through a norm)", along
        )


def softmax_sum(evidence: Evidence) -> Iterator[Family]:
    """The part of a softmax's derivative off the diagonal."""
    for axis, p in softmaxes(evidence):
        total = np.sum(evidence.claim, axis=axis, keepdims=True)
        words = f"softmax({evidence.name}) times the sum of yours over axis {axis} (off its diagonal)"
        yield lost_path(evidence, "softmax", words, p * total)


def softmaxes(evidence: Evidence) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the softmax of the parameter over each axis."""
    for axis, length in enumerate(evidence.shape):
        if length > 1:
            e = np.exp(evidence.theta - evidence.theta.max(axis=axis, keepdims=True))
            yield axis, e / e.sum(axis=axis, keepdims=True)
