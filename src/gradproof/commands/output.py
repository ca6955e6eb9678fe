"""Where reports go: the terminal or a file, in the format asked for or told by the file's ending."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gradproof.console import complain, style, write
from gradproof.model import Record
from gradproof.report import Report
from gradproof.reports.record import dumps
from gradproof.reports.terminal import Style, render

FORMATS = ("terminal", "json", "html", "markdown", "junit", "github")
ENDINGS = {".json": "json", ".html": "html", ".htm": "html", ".md": "markdown", ".xml": "junit"}


@dataclass(frozen=True, slots=True)
class Destination:
    """What was asked for: a format (or None), a file (or None), "quiet" or "normal" or "verbose", and the colours.

    With a file and no format, the file's ending tells the format, and the terminal shows the report too.
    """

    form: str | None
    output: str | None
    detail: str
    color: str

    @property
    def on_terminal(self) -> bool:
        """Whether the report is shown on the terminal as text."""
        return self.form in (None, "terminal")

    @property
    def format(self) -> str:
        """The format of what is written."""
        if self.form is not None or self.output is None:
            return self.form or "terminal"
        return ENDINGS.get(Path(self.output).suffix.lower(), "terminal")


def present(report: Report, destination: Destination) -> None:
    """Show a report on the terminal, where it was asked for as text."""
    if destination.on_terminal:
        write(render(report.record, style(destination.color, destination.detail)))


def deliver(reports: Sequence[Report], destination: Destination) -> bool:
    """Write reports to the file or, if there is none, to standard output; return whether that could be done.

    What cannot be written to its file still reaches the terminal.
    """
    if not reports or (destination.output is None and destination.on_terminal):
        return True
    text = rendered([report.record for report in reports], destination)
    if destination.output is None:
        write(text.rstrip("\n"), destination.format)
        return True
    try:
        _write_whole(Path(destination.output), text)
    except OSError as error:
        complain(f"The report cannot be written to {destination.output}: {error.strerror or error}")
        if not destination.on_terminal:
            write(text.rstrip("\n"), destination.format)
        return False
    return True


def _write_whole(target: Path, text: str) -> None:
    # A pipe or a device, /dev/stdout, cannot be replaced.
    if target.exists() and not target.is_file():
        target.write_text(text, encoding="utf-8", errors="backslashreplace")
        return
    partial = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def rendered(records: Sequence[Record], destination: Destination) -> str:
    """Return records in the format of a destination, with a line break at the end."""
    form = destination.format
    if form == "junit":
        from gradproof.reports.junit import junit

        return junit(records)
    whole = form == "html" or (form == "json" and destination.output is not None)
    if len(records) > 1 and whole:
        return _as_one(form, [(str(record.run.get("target", "")), record) for record in records])
    return "\n".join(_maker(form, destination)(record) for record in records)


def _as_one(form: str, named: Sequence[tuple[str, Record]]) -> str:
    """Return several records as one page or one JSON document."""
    if form == "json":
        from gradproof.reports.several import dumps_several

        return dumps_several(named)
    from gradproof.reports.page.several import render_several

    return render_several(named)


def _maker(form: str, destination: Destination) -> Callable[[Record], str]:
    # Each format is imported by who asks for it.
    if form == "html":
        from gradproof.reports.page.render import render_page

        return render_page
    if form == "markdown":
        from gradproof.reports.markdown import markdown

        return markdown
    if form == "github":
        from gradproof.reports.github import github

        return github
    if form == "json":
        return dumps
    return lambda record: render(record, Style(80, "plain", destination.detail)) + "\n"
