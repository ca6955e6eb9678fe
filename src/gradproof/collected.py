"""The reports of a test run: told in a few lines, and saved in one file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from gradproof.model import Outcome, Record
from gradproof.reports.page.several import render_several
from gradproof.reports.quantities import count, shortened
from gradproof.reports.record import loads
from gradproof.reports.several import dumps_several
from gradproof.reports.wording import undecided

# More are counted instead of listed.
LISTED = 20


@dataclass(frozen=True, slots=True)
class Run:
    """The reports of a test run, by the names of the tests, in their order."""

    reports: tuple[tuple[str, Record], ...]

    @classmethod
    def read(cls, texts: Iterable[tuple[str, str]]) -> Run:
        """Return the run of reports that are given as JSON."""
        return cls(tuple((name, loads(text, name)) for name, text in texts))

    def lines(self) -> list[str]:
        """Return how many were checked and how they came out, what was seen least, and what is open."""
        tally = Counter(record.outcome for _, record in self.reports)
        parts = [f"{tally[outcome]} {outcome.value}" for outcome in Outcome if tally[outcome]]
        evaluations = sum(record.evaluations for _, record in self.reports)
        told = f"{count(len(self.reports), 'gradient')} checked"
        told += f": {', '.join(parts)} ({count(evaluations, 'evaluation')})" if parts else ""
        return [told, *self._least_seen(), *self._open()]

    def _least_seen(self) -> list[str]:
        seen = [
            (verdict.resolution, verdict.leaf, name)
            for name, record in self.reports
            for verdict in record.verdicts
            if verdict.outcome is Outcome.CONSISTENT and math.isfinite(verdict.resolution)
        ]
        if not seen:
            return []
        resolution, leaf, name = max(seen, key=lambda one: one[0])
        return [f"seen least: an error below {resolution:.0e} of {shortened(leaf, 40)} would have passed, in {name}"]

    def _open(self) -> list[str]:
        found = [(name, record) for name, record in self.reports if record.outcome is Outcome.INCONCLUSIVE]
        lines = [
            f"inconclusive: {name}: {shortened('; '.join(text for _, text in undecided(record)), 200)}"
            for name, record in found[:LISTED]
        ]
        return [*lines, f"and {len(found) - LISTED} more"] if len(found) > LISTED else lines

    def save(self, path: Path) -> str:
        """Write all reports into a file, a page if it ends in .html, else JSON; return what was done, in words."""
        page = path.suffix.lower() in (".html", ".htm")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = render_several(self.reports) if page else dumps_several(self.reports)
            path.write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError as error:
            return f"the reports cannot be written to {path}: {error.strerror or error}"
        return f"reports in {path}"
