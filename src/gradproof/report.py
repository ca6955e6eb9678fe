"""The public report: the record, with the ways to look at it, to keep it, and to judge again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gradproof.model import Finding, Outcome, Proof, Reason, Record, Verdict
from gradproof.reports.record import dumps, loads
from gradproof.reports.terminal import Style, render
from gradproof.seam import Problem
from gradproof.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gradproof.selftest import Planted


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: the record, with the ways to look at it.

    ``print(report)`` shows it; ``report.leaves["W2"].outcome`` answers for one leaf. It has no truth value, since
    there are three answers.
    """

    record: Record
    problem: Problem | None = field(default=None, repr=False, compare=False)

    @property
    def outcome(self) -> Outcome:
        """Any wrong, else any inconclusive, else consistent."""
        return self.record.outcome

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why leaves are inconclusive."""
        return self.record.reasons

    @property
    def leaves(self) -> Mapping[str, Verdict]:
        """The verdict of each leaf by its path, and by its aliases."""
        return {name: verdict for verdict in self.record.verdicts for name in (verdict.leaf, *verdict.aliases)}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong: where, how much, and why."""
        return self.record.findings

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """What was proved, and how surely."""
        return self.record.proofs

    @property
    def evaluations(self) -> int:
        """How often the objective was evaluated."""
        return self.record.evaluations

    @property
    def seed(self) -> int:
        """The key of the random directions."""
        return self.record.settings.seed

    @property
    def settings(self) -> Settings:
        """How it was checked."""
        return self.record.settings

    def to_json(self) -> str:
        """Return the report as JSON (``reports/schema-1.json``)."""
        return dumps(self.record)

    def to_html(self) -> str:
        """Return the report as one HTML page with pictures, which loads nothing from anywhere."""
        from gradproof.reports.page.render import render_page

        return render_page(self.record)

    def to_markdown(self) -> str:
        """Return the report as Markdown for the comment on a pull request."""
        from gradproof.reports.markdown import markdown

        return markdown(self.record)

    def plot(self, leaf: str | None = None) -> Figure:
        """Return the page's pictures of one leaf as a figure of matplotlib, about 13 inches wide.

        Where the error is, how large it is, the slope and its error against the step, the Taylor remainder; of a report
        ``with_curves`` the whole curve too.

        Parameters
        ----------
        leaf
            Its path; the worst leaf if it is None.

        Raises
        ------
        InputError
            If there is no such leaf, or nothing was measured of it.
        ImportError
            If matplotlib is not installed (``pip install "gradproof[plots]"``).
        """
        from gradproof.reports.plots.figure import figure

        return figure(self.record, leaf)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from gradproof.reports.page.render import render_compact

        return render_compact(self.record)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report, as its ending says: ``.html``, ``.md``, else JSON; it is written whole or not at all."""
        # Imported when asked for: it costs a tenth of the whole import.
        from pathlib import Path

        target = Path(path)
        makers = {".html": self.to_html, ".htm": self.to_html, ".md": self.to_markdown}
        text = makers.get(target.suffix.lower(), self.to_json)()
        partial = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            # A name that is no text (a lone surrogate) is written as JSON escapes it.
            partial.write_text(text, encoding="utf-8", errors="backslashreplace")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Report:
        """Read a report; ``RecordError`` if the file is damaged, newer, or something else."""
        from pathlib import Path

        return cls(loads(Path(path).read_bytes(), str(path)))

    def judge(self, gradient: Any, params: Any = None) -> Report:
        """Judge another gradient on the measurements of this report, without one evaluation of the objective.

        The measurements belong to the objective and the point: this holds if the objective is unchanged. A leaf that
        the old directions cannot see well is inconclusive; ``check`` measures it afresh.

        Parameters
        ----------
        gradient
            A tree like the parameters, or a callable of ``(params, *args)``.
        params
            The parameters of the report, where it was loaded from a file.

        Raises
        ------
        InputError
            If the parameters are not those of the report, or if the objective draws random numbers.
        """
        from gradproof.again import rejudged

        return Report(*rejudged(self.record, self.problem, gradient, params))

    def self_test(self) -> tuple[Planted, ...]:
        """Plant mistakes of many kinds and sizes into the gradient that passed; return which would be caught.

        It is the proof that the check can fail. It costs no evaluation of the objective: the planted mistakes are
        judged on the measurements of this report.

        Raises
        ------
        InputError
            If the report is not consistent, was read from a file, or is one of a random objective.
        """
        from gradproof.selftest import self_test

        return self_test(self.record, self.problem)

    def with_curves(self) -> Report:
        """Evaluate the objective at many steps along the directions that are drawn; the page then shows whole curves.

        It costs 58 evaluations for each of at most four directions; no verdict changes.

        Raises
        ------
        InputError
            If the report was read from a file, or is one of an objective that stays random.
        """
        from gradproof.curves import traced

        return Report(traced(self.record, self.problem), self.problem)

    def __str__(self) -> str:
        return render(self.record, Style())

    def __repr__(self) -> str:
        return f"<Report: {self.outcome}, {len(self.record.verdicts)} leaves, {self.evaluations} evaluations>"

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")
