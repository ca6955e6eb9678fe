"""Several reports by name, with one outcome: terms, functions, rules, modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.model import Outcome, outcome_of
from gradproof.report import Report
from gradproof.together import Together


@dataclass(frozen=True, slots=True)
class Identity:
    """An identity between claims, which needs no measurement: two numbers that must be equal but for rounding.

    ``size`` is what rounding is measured by; ``tolerance`` the share of it by which the two may differ.
    """

    name: str
    left: float
    right: float
    size: float
    tolerance: float

    @property
    def gap(self) -> float:
        """The difference as a share of the size; 0 where both are zero."""
        difference = abs(self.left - self.right)
        return 0.0 if difference == 0.0 else (difference / self.size if self.size > 0.0 else float("inf"))

    @property
    def outcome(self) -> Outcome:
        """Wrong if the two differ by more than rounding (or one is not finite)."""
        return Outcome.CONSISTENT if self.gap <= self.tolerance else Outcome.WRONG

    def __str__(self) -> str:
        if self.outcome is Outcome.CONSISTENT:
            return f"{self.name}: holds to {self.gap:.0e}"
        return f"{self.name}: does not hold: {self.left:.9g} and {self.right:.9g}"


@dataclass(frozen=True, slots=True)
class ReportGroup(Together):
    """The reports of what was checked, by name, and what is to be said of them together.

    Like a report, it has no truth value, since there are three answers.
    """

    reports: Mapping[str, Report]
    warnings: tuple[str, ...] = ()
    identities: tuple[Identity, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Any wrong, else any inconclusive, else consistent."""
        found = [report.outcome for report in self.reports.values()]
        return outcome_of(found + [identity.outcome for identity in self.identities])

    @property
    def evaluations(self) -> int:
        """How often the objectives were evaluated, all together."""
        return sum(report.evaluations for report in self.reports.values())

    def _notes(self) -> tuple[str, ...]:
        return (*map(str, self.identities), *self.warnings)

    def __str__(self) -> str:
        told = [line for name, report in self.reports.items() for line in (f"{name}:", str(report))]
        return "\n".join([*told, *self._notes()])

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")
