"""One leaf of a report as a figure: where the error is, how it was measured, how the remainder falls."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gradproof.errors import InputError
from gradproof.model import Measurement, Record, Verdict
from gradproof.reports.page.grid import Knowledge, knowledge
from gradproof.reports.page.leaves import by_leaf, ordered
from gradproof.reports.plots import curves, entries
from gradproof.reports.quantities import shortened
from gradproof.reports.telling import alone, telling
from gradproof.reports.wording import sentence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches of one picture, and how many stand side by side.
WIDTH, HEIGHT, COLUMNS = 4.4, 3.7, 3

Drawing = Callable[[Any], None]


def figure(record: Record, leaf: str | None) -> Figure:
    """Return the figure of a leaf, of the worst that was measured if it is not named; see ``Report.plot``."""
    found = ((number, _drawings(record, number)) for number in _chosen(record, leaf))
    number, drawings = next((pair for pair in found if pair[1]), (-1, []))
    if not drawings:
        raise InputError("Nothing was measured that could be drawn.", where=leaf or "")
    verdict = record.verdicts[number]
    columns = min(COLUMNS, len(drawings))
    rows = math.ceil(len(drawings) / columns)
    made = shown(WIDTH * columns, HEIGHT * rows + 0.6)
    made.suptitle(_title(record, verdict), fontsize="medium", fontweight="bold")
    for i, drawing in enumerate(drawings):
        drawing(made.add_subplot(rows, columns, i + 1))
    return made


def _chosen(record: Record, leaf: str | None) -> list[int]:
    """Return the numbers of the leaves to try, the worst first."""
    if not record.verdicts:
        raise InputError("There are no leaves in this report.")
    if leaf is None:
        return ordered(record)
    known = {name: i for i, verdict in enumerate(record.verdicts) for name in (verdict.leaf, *verdict.aliases)}
    if leaf not in known:
        raise InputError("There is no such leaf.", expected=f"one of {', '.join(list(known)[:12])}", got=leaf)
    return [known[leaf]]


def shown(width: float, height: float) -> Figure:
    """Return an empty figure that a notebook shows as an image, and that nothing keeps alive."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ImportError('matplotlib is not installed: pip install "gradproof[plots]"', name="matplotlib") from error

    class Shown(Figure):
        def _repr_png_(self) -> bytes:
            data = io.BytesIO()
            self.savefig(data, format="png", dpi=80)
            return data.getvalue()

    return Shown(figsize=(width, height), layout="constrained")


def _title(record: Record, verdict: Verdict) -> str:
    name = shortened(verdict.leaf, 40) or "(no name)"
    found = by_leaf(record.findings).get(verdict.leaf, [])
    said = shortened(sentence(found[0]), 110) if found else ""
    return f"{name}: {verdict.outcome}" + (f"\n{said}" if said else "")


def _drawings(record: Record, number: int) -> list[Drawing]:
    drawings: list[Drawing] = []
    known = _known(record, number, record.verdicts[number])
    if known is not None:
        drawings += entries.drawings(known)
    chosen = telling(record).get(number)
    if chosen is not None:
        drawings += _of_measurement(record, record.measurements[chosen], chosen)
    return drawings


def _known(record: Record, number: int, verdict: Verdict) -> Knowledge | None:
    if not verdict.dtype:
        return None
    own = [record.measurements[k] for k in alone(record).get(number, [])]
    return knowledge(verdict.shape, verdict.dtype, by_leaf(record.findings).get(verdict.leaf, []), own)


def _of_measurement(record: Record, measurement: Measurement, number: int) -> list[Drawing]:
    traced = next((curve for curve in record.curves if curve.measurement == number), None)
    return curves.drawings(measurement, traced, record.value)
