"""Several reports shown as one: a page, a file, the part of a notebook."""

from __future__ import annotations

import os
from collections.abc import Mapping

from gradproof.model import Outcome, Record
from gradproof.report import Report


class Together:
    """What shows several reports, by their names, with one outcome and with what is to be said of them together."""

    __slots__ = ()
    reports: Mapping[str, Report]

    @property
    def outcome(self) -> Outcome:
        """The outcome of all of them."""
        raise NotImplementedError

    def _notes(self) -> tuple[str, ...]:
        """Return what is to be said besides the reports."""
        return ()

    def _named(self) -> list[tuple[str, Record]]:
        return [(name, report.record) for name, report in self.reports.items()]

    def to_html(self) -> str:
        """Return all reports as one HTML page with pictures, which loads nothing from anywhere."""
        from gradproof.reports.page.several import render_several

        return render_several(self._named(), self._notes(), self.outcome)

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        from gradproof.reports.page.several import compact_several

        return compact_several(self._named(), self._notes(), self.outcome)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, if the name ends in ``.html``, else the reports as JSON, for ``gradproof explain``.

        What is said besides the reports, identities for example, is on the page only.
        """
        # Imported when asked for, as by a single report.
        from pathlib import Path

        from gradproof.reports.several import dumps_several

        target = Path(path)
        page = target.suffix.lower() in (".html", ".htm")
        text = self.to_html() if page else dumps_several(self._named())
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
