"""What the arguments of other checkers demand, and how an answer that they do not know is told."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gradproof.compat.accepted import Acceptance, accepted
from gradproof.group import ReportGroup
from gradproof.model import Outcome
from gradproof.settings import Settings

# Arguments that are not needed, and why.
NEEDLESS = {
    "eps": "the step is chosen by the data",
    "epsilon": "the step is chosen by the data",
    "fast_mode": "the cost does not depend on the size",
}
_told: set[str] = set()


class NeedlessArgument(UserWarning):
    """An argument that expresses no demand here was given; told once for each name in a process."""


class Undecided(UserWarning):
    """A derivative could not be judged; the reason is told. The callers know two answers only: it passes."""


class Mismatch(UserWarning):
    """A wrong gradient that passes by the caller's own measure: within a tolerance that was given, or as a number."""


def needless(**given: Any) -> None:
    """Tell once of each argument that was given why it is not needed; None stands for one that was not."""
    for name, value in given.items():
        if value is not None and name not in _told:
            _told.add(name)
            warn(f"{name} is not needed: {NEEDLESS[name]}", NeedlessArgument)


def warn(text: str, category: type[Warning]) -> None:
    """Warn, in the name of the line that called gradproof."""
    level, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("gradproof."):
        level, frame = level + 1, frame.f_back
    warnings.warn(text, category, stacklevel=level)


@dataclass(frozen=True, slots=True)
class Demand:
    """The tolerances that a caller gave, None for those that were not; they are compared as the peers compare them.

    ``|claimed - measured| <= atol + rtol * |claimed|``, entry by entry of the Jacobian.
    """

    rtol: float | None = None
    atol: float | None = None

    def settings(self, tolerance: float) -> Settings:
        """Return the settings for numbers that are judged to a tolerance: a tighter one that was given is honoured."""
        tighter = self.rtol is not None and 0.0 < self.rtol < tolerance
        return Settings(rtol=self.rtol) if tighter else Settings()

    def accepts(self, found: ReportGroup, sizes: tuple[float, float]) -> bool:
        """Whether what is wrong lies within the tolerances; told if it does.

        Parameters
        ----------
        found
            Reports of a function's vjp and jvp.
        sizes
            The norms of the cotangent by which the outputs are weighed, and of the inputs.
        """
        if not (self.rtol or self.atol):
            return False
        acceptance = Acceptance(self.rtol or 0.0, self.atol or 0.0, *sizes)
        if not accepted(found, acceptance):
            return False
        given = ", ".join(f"{name}={value:g}" for name, value in (("rtol", self.rtol), ("atol", self.atol)) if value)
        text = "; ".join(f"{finding.leaf} {finding.text}" for report in found.reports.values()
                         for finding in report.findings)  # fmt: skip
        warn(f"an error is within what was given ({given}): {text}", Mismatch)
        return True


def undecided(reasons: Iterable[str]) -> None:
    """Tell that something could not be judged, and why."""
    told = ", ".join(dict.fromkeys(reasons)) or "no reason"
    warn(f"not judged ({told}): it passes for want of evidence", Undecided)


def passes(found: ReportGroup, demand: Demand, sizes: tuple[float, float]) -> bool:
    """Whether nothing is wrong beyond what the caller accepts; what is undecided passes with a warning."""
    if found.outcome is Outcome.WRONG and not demand.accepts(found, sizes):
        return False
    reasons = [str(reason) for report in found.reports.values() for reason in report.reasons]
    if any(report.outcome is Outcome.INCONCLUSIVE for report in found.reports.values()):
        undecided(reasons)
    return True
