"""Whether what a finding says is true of the numbers, by the exact gradient."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
from bench.versus.base import Tree

from gradproof.adapters.hypotheses.evidence import Evidence, Other
from gradproof.adapters.hypotheses.table import HYPOTHESES

# A reading is true if it leaves so much of the mistake unexplained, at most.
LEFT = 1e-2
# A gradient is zero if its contribution is this small beside the largest of the leaves'.
NOTHING = 1e-9
BESIDE = "beside the kink at the point: "
# How the sentences begin, by the relation of a hypothesis.
BEGINS = {
    "besides": ("yours lacks ", "yours has "),
    "lacks": ("yours lacks the factor {}",),
    "exceeds": ("yours has the factor {}",),
    "part": ("in yours {}",),
    "instead": ("yours is {}",),
    "is": ("the measured gradient is ",),
}
Point = tuple[Tree, Tree, Tree]  # parameters, exact gradient, claim, in double precision


def holds(finding: Any, at: Point, weight: np.ndarray, off: np.ndarray) -> bool:
    """Whether a finding is true.

    Parameters
    ----------
    finding
        Of a leaf that is wrong.
    at
        Parameters, exact gradient and claim.
    weight
        Scales of the leaf's entries, zero at kinks.
    off
        Which of its entries are wrong.
    """
    truth, claim = (tree[finding.leaf] for tree in at[1:])
    if finding.text.startswith(BESIDE) and finding.index is not None and weight[finding.index] == 0.0:
        return True  # what is said of the point beside the kink is not judged
    if finding.kind == "entry":
        return bool(off[finding.index])
    if finding.kind == "slice":
        inside = tuple(slice(*ends) for ends in finding.block)
        if finding.ratio is not None and not _is_factor(finding, (truth[inside], claim[inside]), weight[inside]):
            return False
        return 2 * np.count_nonzero(off[inside]) > off[inside].size
    if finding.kind == "dense":
        return bool(np.count_nonzero(off) > (1 if "in many places" in finding.text else 0))
    if finding.kind == "pattern":
        return np.count_nonzero(off) > 1
    if finding.kind == "zero":
        return not claim.any()
    if finding.kind == "factor":
        return _is_factor(finding, (truth, claim), weight)
    if finding.kind == "multiples":
        return _are_whole(truth, claim)
    text = finding.text.removeprefix(BESIDE)
    return all(_reading_holds(words, finding.leaf, at, weight) for words in text.split("; or "))


def _is_factor(finding: Any, values: tuple[np.ndarray, np.ndarray], weight: np.ndarray) -> bool:
    truth, claim = values
    left = np.linalg.norm(weight * (claim - finding.ratio * truth))
    doubt = 3.0 * (finding.ratio_error or 0.0) * np.linalg.norm(weight * truth)
    return bool(left <= LEFT * np.linalg.norm(weight * (claim - truth)) + doubt)


def _are_whole(truth: np.ndarray, claim: np.ndarray) -> bool:
    known = (truth != 0.0) & (claim != 0.0)
    ratio = np.maximum(np.abs(truth[known] / claim[known]), np.abs(claim[known] / truth[known]))
    return bool(np.all(np.abs(ratio - np.round(ratio)) <= 1e-4 * ratio))


def _reading_holds(words: str, leaf: str, at: Point, weight: np.ndarray) -> bool:
    """Whether one reading in words is that of a hypothesis which fits the exact gradient."""
    params, truth, claim = at
    if words.startswith("the measured gradient is zero"):
        all_of_it = max(float(np.linalg.norm(params[name] * g)) for name, g in truth.items())
        return bool(np.linalg.norm(weight * truth[leaf]) <= NOTHING * all_of_it)
    others = tuple(Other(name, params[name], claim[name]) for name in params if name != leaf)
    evidence = Evidence(leaf, params[leaf], claim[leaf], others, ())
    return any(_fits(base, term, (truth[leaf], claim[leaf]), weight) for base, term in _meant(words, evidence))


def _meant(words: str, evidence: Evidence) -> Iterator[tuple[Any, np.ndarray]]:
    """Yield the families of the hypotheses that may be meant by the words."""
    with np.errstate(all="ignore"):
        for hypothesis in HYPOTHESES:
            for guess, base, term in hypothesis(evidence):
                begins = tuple(text.format(guess.words) for text in BEGINS[guess.relation])
                if words.startswith(begins) and re.search(rf"(^|\s){re.escape(guess.words.removeprefix('1 '))}", words):
                    yield base, term


def _fits(base: Any, term: np.ndarray, values: tuple[np.ndarray, np.ndarray], weight: np.ndarray) -> bool:
    truth, claim = values
    wanted, term = (weight * x for x in (truth - (0.0 if base is None else base), term))
    square = float(np.sum(term * term))
    if not 0.0 < square < np.inf:
        return False
    left = np.linalg.norm(wanted - np.sum(wanted * term) / square * term)
    most = min(np.linalg.norm(weight * (claim - truth)), np.linalg.norm(wanted))
    return bool(left <= LEFT * most)
