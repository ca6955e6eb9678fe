"""The report as text: verdict first, then where, why, what was proved, and what to do next."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradproof.model import Outcome, Record, Verdict
from gradproof.reports.details import NAME, measurement_lines
from gradproof.reports.quantities import count, seconds, shortened, visible
from gradproof.reports.wording import passed, scope, sentence, undecided, wrong_leaves

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

COLOURS = {Outcome.WRONG: "bold red", Outcome.INCONCLUSIVE: "bold yellow", Outcome.CONSISTENT: "bold green"}
# More leaves or entries are counted instead of listed.
LISTED = 12
ENTRIES = 5


@dataclass(frozen=True, slots=True)
class Style:
    """How to render: columns, "plain" or "colour", and "quiet", "normal" or "verbose"."""

    width: int = 80
    paint: str = "plain"
    detail: str = "normal"


def render(record: Record, style: Style) -> str:
    """Return the report as text, no line wider than ``style.width``."""
    # Imported here: only who looks at a report pays for it.
    from rich.console import Console

    out = io.StringIO()
    console = Console(
        file=out,
        width=max(style.width, 20),
        force_terminal=style.paint == "colour",
        color_system="standard" if style.paint == "colour" else None,
        no_color=style.paint != "colour",
        highlight=False,
        legacy_windows=False,
        # In a notebook rich would show each line itself, and leave nothing to return.
        force_jupyter=False,
    )
    for line in _lines(record, style):
        console.print(line, soft_wrap=False, overflow="fold", crop=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _lines(record: Record, style: Style) -> Iterator[RenderableType]:
    yield _headline(record, style)
    if style.detail == "quiet":
        return
    names = _name_width(record, style)
    yield from _wrong(record, names)
    yield from _inconclusive(record, names)
    yield from _remarks(record, names)
    yield from _passing(record, names, style)
    for text in _rest(record, style):
        yield _hanging("", text, 0)
    if style.detail == "verbose":
        for text in measurement_lines(record):
            yield _hanging("", text, 0)


def _headline(record: Record, style: Style) -> Text:
    from rich.text import Text

    left = f"{record.outcome.value.upper():<8}  {scope(record)}"
    right = count(record.evaluations, "evaluation")
    taken = record.run.get("seconds")
    if isinstance(taken, int | float):
        right += f", {seconds(taken)}"
    gap = max(style.width - len(left) - len(right), 2)
    if len(left) + len(right) + gap > style.width:
        gap = 2
    return Text(left, style=COLOURS[record.outcome]).append(" " * gap + right, style="not bold default")


def _wrong(record: Record, names: int) -> Iterator[RenderableType]:
    """Return the lines of wrong leaves, those with the largest errors first."""
    grouped = wrong_leaves(record)
    worst = list(grouped)
    for leaf in worst[:LISTED]:
        label = shortened(leaf, names)
        for i, finding in enumerate(grouped[leaf][:ENTRIES]):
            yield _hanging(label if i == 0 else "", sentence(finding), names, "red")
        if len(grouped[leaf]) > ENTRIES:
            yield _hanging("", f"and {len(grouped[leaf]) - ENTRIES} more", names)
    if len(worst) > LISTED:
        yield _hanging("", f"and {len(worst) - LISTED} more wrong parameters", 0)


def _inconclusive(record: Record, names: int) -> Iterator[RenderableType]:
    for leaves, text in undecided(record):
        yield _hanging(_listed(leaves, names), text, names, "yellow")


def _remarks(record: Record, names: int) -> Iterator[RenderableType]:
    for finding in record.findings:
        if finding.kind == "kink":
            yield _hanging(shortened(finding.leaf, names), visible(finding.text), names)


def _passing(record: Record, names: int, style: Style) -> Iterator[RenderableType]:
    consistent = [verdict for verdict in record.verdicts if verdict.outcome is Outcome.CONSISTENT]
    if not consistent:
        return
    if style.detail == "verbose":
        for verdict in consistent:
            shape = "x".join(map(str, verdict.shape)) or "scalar"
            resolved = f"consistent  {shape} {verdict.dtype}, resolves {verdict.resolution:.1g}"
            yield _hanging(shortened(verdict.leaf, names), resolved, names, "green")
    yield _hanging(_listed(consistent, names), passed(record), names, "green")


def _rest(record: Record, style: Style) -> Iterator[str]:
    if record.skipped:
        shown = [f"{shortened(name, NAME)} ({visible(why)})" for name, why in record.skipped[:LISTED]]
        more = f", and {len(record.skipped) - LISTED} more" if len(record.skipped) > LISTED else ""
        yield f"not checked: {', '.join(shown)}{more}"
    tied = [(verdict.leaf, *verdict.aliases) for verdict in record.verdicts if verdict.aliases]
    if tied:
        shown = [" = ".join(shortened(name, NAME) for name in names[:LISTED]) for names in tied[:LISTED]]
        more = f", and {len(tied) - LISTED} more" if len(tied) > LISTED else ""
        yield f"one array under several names: {', '.join(shown)}{more}"
    yield from map(visible, record.notes)
    if record.outcome is Outcome.WRONG:
        yield f"next: mend the leaf named first, then run this again (seed {record.settings.seed})"
    elif style.detail == "verbose":
        yield f"seed {record.settings.seed}"


def _listed(verdicts: list[Verdict], width: int) -> str:
    names = [shortened(verdict.leaf, max(width, 8)) for verdict in verdicts]
    if len(names) > LISTED:
        return f"{' '.join(names[:LISTED])} and {len(names) - LISTED} more"
    return " ".join(names)


def _name_width(record: Record, style: Style) -> int:
    longest = max((len(visible(v.leaf)) for v in record.verdicts), default=1)
    longest = max([longest, *(len(visible(f.leaf)) for f in record.findings)])
    return min(longest, NAME, max(style.width // 3, 8))


def _hanging(label: str, text: str, names: int, colour: str = "default") -> Table:
    """Return an indented line: label in colour, then the text, wrapped under itself."""
    from rich.table import Table
    from rich.text import Text

    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=0)
    if names:
        grid.add_column(min_width=min(names, len(label)) if label else names, overflow="fold")
        grid.add_column(overflow="fold")
        grid.add_row("", Text(label.ljust(names), style=colour), Text(text))
    else:
        grid.add_column(overflow="fold")
        grid.add_row("", Text(text))
    return grid
