"""``explain`` and ``compare``: reports read from files, shown again and held against one another; nothing is run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from gradproof.commands.examples import HELP
from gradproof.commands.output import FORMATS, Destination, deliver, present
from gradproof.console import complain, write
from gradproof.errors import GradproofError, RecordError
from gradproof.model import Record
from gradproof.report import Report
from gradproof.reports.compare import compare as compared
from gradproof.reports.several import loads_several

WORSE, UNUSABLE = 1, 2


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where a report goes and how it looks; ``destination`` gathers them."""
    options = [
        click.option("--format", "form", type=click.Choice(FORMATS), help="By the ending of the file, else terminal."),
        click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write the report to a file."),
        click.option("-q", "--quiet", "detail", flag_value="quiet", help="The verdict only."),
        click.option("-v", "--verbose", "detail", flag_value="verbose", help="Every leaf and every probe."),
        click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", show_default=True),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def destination(options: dict[str, Any]) -> Destination:
    """Take the options of ``format_options`` out of all options."""
    found = {name: options.pop(name) for name in ("form", "output", "detail", "color")}
    return Destination(found["form"], found["output"], found["detail"] or "normal", found["color"])


@click.command(short_help="A report again, in another format.", epilog=HELP["explain"])
@click.argument("report", type=click.Path(path_type=Path))
@format_options
def explain(report: Path, **options: Any) -> None:
    """Show the JSON report REPORT, or all of a test run's, again, in another format, without running anything.

    Exits with 0, whatever the verdict was, and with 2 if the file cannot be read or the output not be written.
    """
    where = destination(options)
    found = _loaded_all(report)
    for name, one in found:
        if name and where.on_terminal:
            write(f"{name}:")
        present(one, where)
    sys.exit(0 if deliver([one for _, one in found], where) else UNUSABLE)


@click.command(short_help="What got better or worse?", epilog=HELP["compare"])
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def compare(old: Path, new: Path) -> None:
    """Say what got better or worse from the JSON report OLD to the JSON report NEW.

    Exits with 1 if anything got worse, with 2 if a file cannot be read, else with 0.
    """
    found = compared(_loaded(old), _loaded(new))
    write(str(found))
    sys.exit(WORSE if found.worse else 0)


def _loaded(path: Path) -> Record:
    """Return the one report of a file."""
    found = _loaded_all(path)
    if len(found) != 1:
        complain(f"{path} holds {len(found)} reports, of a whole test run; one is compared with one.")
        sys.exit(UNUSABLE)
    return found[0][1].record


def _loaded_all(path: Path) -> list[tuple[str, Report]]:
    """Return the reports of a file by the names of their tests; a single report has none."""
    try:
        return [(name, Report(record)) for name, record in loads_several(path.read_bytes(), str(path))]
    except OSError as error:
        complain(str(RecordError("The report cannot be read.", got=error.strerror or str(error), where=str(path))))
    except GradproofError as error:
        complain(str(error))
    sys.exit(UNUSABLE)
