"""What the arguments of other checkers demand, and what is said once of those that are needless here."""

from __future__ import annotations

import warnings
from typing import Any

from gradproof.group import ReportGroup
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.settings import Settings

# Steps and thresholds that gradproof chooses by itself, and why they are not needed.
NEEDLESS = {
    "eps": "the step is chosen by the data",
    "epsilon": "the step is chosen by the data",
    "atol": "errors are judged relative to each leaf",
    "fast_mode": "the cost does not depend on the size",
    "nondet_tol": "the objective's own randomness is measured",
    "masked": "sparse inputs are not judged",
}
_told: set[str] = set()


class NeedlessArgument(UserWarning):
    """An argument that expresses no demand here was given; said once for each."""


class Undecided(UserWarning):
    """A derivative could not be judged, with the reason. The callers know two answers only: this one passes."""


def needless(**given: Any) -> None:
    """Say once of each argument that was given why it is not needed; None stands for one that was not given."""
    for name, value in given.items():
        if value is not None and name not in _told:
            _told.add(name)
            warnings.warn(f"{name} is not needed: {NEEDLESS[name]}", NeedlessArgument, stacklevel=4)


def settings_for(rtol: float | None, default: float | None = None) -> Settings:
    """Return settings that honour a relative tolerance which was given: it is what the caller accepts."""
    if rtol is None or rtol == default or not 0.0 < rtol < 1.0:
        return Settings()
    return Settings(rtol=rtol, resolution=max(1e-2, min(2.0 * rtol, 0.99)))


def passes(found: Report | ReportGroup) -> bool:
    """Whether nothing is wrong; what is undecided passes with a warning."""
    if found.outcome is Outcome.INCONCLUSIVE:
        reports = found.reports.values() if isinstance(found, ReportGroup) else [found]
        reasons = dict.fromkeys(str(reason) for report in reports for reason in report.reasons)
        warnings.warn(f"not judged ({', '.join(reasons)}); it passes for want of evidence", Undecided, stacklevel=3)
    return found.outcome is not Outcome.WRONG
