"""The sheet that a map of entries is drawn on: its cells, its axes with their names and numbers."""

from __future__ import annotations

from dataclasses import dataclass

from gradproof.reports.page.grid import Layout
from gradproof.reports.page.svg import element, label

LEFT = 54.0
# Room for the name of the axis across, above its numbers.
NAMED = 16.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A layout with its place in the picture: the side of a cell and the upper rim, below the legend."""

    layout: Layout
    side: float
    top: float

    def corner(self, row: int, column: int) -> tuple[float, float]:
        """Return the upper left corner of a cell."""
        return LEFT + column * self.side, self.top + row * self.side


def axes(sheet: Sheet) -> str:
    """Return the numbers and names of both axes, and the rim."""
    parts, layout = [], sheet.layout
    rows, columns = layout.cells(0), layout.cells(1)
    for i in _marked(rows):
        parts.append(label(LEFT - 5.0, sheet.corner(i, 0)[1] + sheet.side / 2.0 + 4.0, str(i * layout.bins[0]), "end"))
    for i in _marked(columns):
        parts.append(label(sheet.corner(0, i)[0] + sheet.side / 2.0, sheet.top - 5.0, str(i * layout.bins[1]), "mid"))
    for which, name in enumerate(layout.axes):
        if name >= 0:
            parts.append(_named_axis(name, which, sheet))
    box = {"x": LEFT, "y": sheet.top, "width": columns * sheet.side, "height": rows * sheet.side}
    return "".join(parts) + element("rect", {"class": "rim", **box})


def _named_axis(axis: int, which: int, sheet: Sheet) -> str:
    """Return the name of an axis with an arrow along it: of the rows (0) at the left, of the columns (1) above."""
    if which:
        return label(LEFT, sheet.top - 20.0, f"axis {axis} →")
    return label(LEFT - 6.0, sheet.top - 20.0, f"axis {axis} ↓", "end")


def _marked(cells: int) -> list[int]:
    every = max(1, -(-cells // 8))
    return list(range(0, cells, every))
