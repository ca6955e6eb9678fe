"""What gradproof's report says of a planted mistake: its name, another true reading, only the place, or what is false.

Every statement is held against the exact gradient: one that is not true of the numbers is false, whatever was planted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from bench.versus.base import cast
from bench.versus.cases import LEAST, Case, scaled
from bench.versus.telling import holds

# What was said: the mistake as it was planted, a reason or a place that is exactly as true, only which entries are
# wrong (or how many), or something that is not so.
PLANTED, EQUIVALENT, PLACE, FALSE = "planted", "equivalent", "place", "false"
# What has no name of its own: where it is may be said, and what the measured gradient is.
UNNAMED_MISTAKES = ("dense", "stale", "half precision", "sign lost")
PLACES = {"entry", "slice", "dense", "pattern"}
# Slopes to one side of a kink are known to this.
SAME = 1e-5
KINDS = {
    "zero": {"zero"},
    "transposed": {"transposed"},
    "term": {"term"},
    "constant": {"term"},
    "another's added": {"term"},
    "shifted": {"rolled"},
    "exchanged": {"exchanged"},
}


def named(case: Case, report: Any) -> str | None:
    """Return what the report says of the planted mistake; None if it cannot be told."""
    assert case.mistake is not None
    mistake = case.mistake
    if any(case.params[leaf].size < 3 for leaf in mistake.leaves) or mistake.kind not in NAMED:
        return None  # among one or two entries most mistakes are one another
    found = [f for f in report.findings if f.leaf in mistake.leaves]
    if not all(_holds(case, finding) for finding in report.findings):
        return FALSE
    if NAMED[mistake.kind](case, found):
        return PLANTED
    return EQUIVALENT if any(f.kind not in PLACES for f in found) else PLACE


def _holds(case: Case, finding: Any) -> bool:
    """Whether a finding is true of the exact gradient."""
    leaf = finding.leaf
    if leaf not in case.params:
        return False
    truth, claim = (cast(tree, "float64") for tree in (case.truth(case.params), case.claim(case.params)))
    if leaf not in case.wrong:
        return False
    point = cast(case.params, "float64")
    kinks = np.broadcast_to(case.base.kinks(case.params).get(leaf, False), point[leaf].shape)
    off = np.abs(claim[leaf] - truth[leaf]) > LEAST[case.dtype] / 100 * np.abs(truth[leaf])
    for index in zip(*np.nonzero(kinks), strict=True):
        low, high = sorted(_one_sided(case, point, leaf, index, step) for step in (1e-7, -1e-7))
        off[index] = not low - SAME <= claim[leaf][index] <= high + SAME
    return holds(finding, (point, truth, claim), scaled(point[leaf]) * ~kinks, off)


def _one_sided(case: Case, point: Any, leaf: str, index: tuple[int, ...], step: float) -> float:
    """Return the slope of the objective to one side of an entry."""
    moved = {name: x.copy() for name, x in point.items()}
    moved[leaf][index] += step
    return float((case.base.loss(moved, case.doubles) - case.base.loss(point, case.doubles)) / step)


def _unnamed(case: Case, found: list[Any]) -> bool:
    # What the measured gradient is may be said: it was not said what yours is.
    return all(f.kind in PLACES or f.text.startswith("the measured gradient is") for f in found)


def _factor(case: Case, found: list[Any]) -> bool:
    return any(_is_factor(f, case.mistake.facts["factor"]) for f in found)


def _is_factor(finding: Any, factor: float) -> bool:
    return finding.ratio is not None and abs(finding.ratio - factor) <= max(
        1e-3 * abs(factor), 3 * (finding.ratio_error or 0.0)
    )


def _entry(case: Case, found: list[Any]) -> bool:
    return [f.index for f in found if f.kind == "entry"] == [case.mistake.facts["index"]]


def _row(case: Case, found: list[Any]) -> bool:
    places = [f.block[0] if f.block else (f.index[0], f.index[0] + 1) if f.index else None for f in found]
    row = case.mistake.facts["row"]
    return bool(places) and all(place == (row, row + 1) for place in places)


def _kind(case: Case, found: list[Any]) -> bool:
    return any(f.kind in KINDS[case.mistake.kind] for f in found)


NAMED = {
    **dict.fromkeys(UNNAMED_MISTAKES, _unnamed),
    **dict.fromkeys(("factor", "sign", "factor in all"), _factor),
    **dict.fromkeys(KINDS, _kind),
    "entry": _entry,
    "row": _row,
}
