"""Several reports by name, with one outcome: terms, functions, rules, modules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gradproof.model import Outcome, outcome_of
from gradproof.report import Report


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """The reports of what was checked, by name, and what is to be said of them together.

    Like a report, it has no truth value, since there are three answers.
    """

    reports: Mapping[str, Report]
    warnings: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        """Any wrong, else any inconclusive, else consistent."""
        return outcome_of(report.outcome for report in self.reports.values())

    @property
    def evaluations(self) -> int:
        """How often the objectives were evaluated, all together."""
        return sum(report.evaluations for report in self.reports.values())

    def __str__(self) -> str:
        told = [line for name, report in self.reports.items() for line in (f"{name}:", str(report))]
        return "\n".join([*told, *self.warnings])

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")
