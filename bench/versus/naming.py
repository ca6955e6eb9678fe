"""Whether gradproof's report names the mistake that was planted."""

from __future__ import annotations

from typing import Any

from bench.versus.cases import Case

# What has no name of its own: then none may be given, see ``UNNAMED``.
UNNAMED_MISTAKES = ("dense", "stale", "half precision")
UNNAMED = {"entry", "slice", "dense", "pattern"}
KINDS = {
    "zero": {"zero"},
    "transposed": {"transposed"},
    "term": {"term"},
    "constant": {"term"},
    "another's added": {"term"},
    "shifted": {"rolled"},
}


def named(case: Case, report: Any) -> bool | None:
    """Return whether the planted mistake is named as it was planted; None if it cannot be told.

    A factor needs its value, an entry and a row their index. For mistakes that have no name only descriptions of the
    place are right.
    """
    assert case.mistake is not None
    mistake, found = case.mistake, [f for f in report.findings if f.leaf in case.mistake.leaves]
    if any(case.params[leaf].size < 3 for leaf in mistake.leaves):
        return None  # among one or two entries most mistakes are one another
    if mistake.kind in UNNAMED_MISTAKES:
        # What the measured gradient is may be said: it was not said what yours is.
        return all(f.kind in UNNAMED or f.text.startswith("the measured gradient is") for f in found)
    if "factor" in mistake.facts:
        return any(_is_factor(f, mistake.facts["factor"]) for f in found)
    if mistake.kind == "entry":
        return [f.index for f in found if f.kind == "entry"] == [mistake.facts["index"]]
    if mistake.kind == "row":
        return _is_row(found, mistake.facts["row"])
    if mistake.kind in KINDS:
        return any(f.kind in KINDS[mistake.kind] for f in found)
    return None


def _is_factor(finding: Any, factor: float) -> bool:
    return finding.ratio is not None and abs(finding.ratio - factor) <= max(
        1e-3 * abs(factor), 3 * (finding.ratio_error or 0.0)
    )


def _is_row(found: list[Any], row: int) -> bool:
    places = [f.block[0] if f.block else (f.index[0], f.index[0] + 1) if f.index else None for f in found]
    return bool(places) and all(place == (row, row + 1) for place in places)
