"""Where the error is: a map of the entries that were measured or located, by colour, hatching and sign."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from html import escape

from gradproof.reports.page.grid import Entry, Knowledge, Layout, State, layouts
from gradproof.reports.page.sheet import LEFT, NAMED, Sheet, axes
from gradproof.reports.page.svg import WIDTH, Picture, canvas, element, label
from gradproof.reports.quantities import count, place, with_error

MARGIN, ROW = 8.0, 17.0
LARGEST_CELL, TALLEST = 26.0, 300.0
# Signs smaller than this are only blots, and more than this hide one another.
SIGNED, SIGNS = 6.0, 200
LEGEND = {
    State.AGREES: "agrees",
    State.UNSEEN: "not told apart",
    State.SUSPECT: "in a part that is off",
    State.LOCATED: "wrong, located",
    State.SLIGHT: "off by < 10 %",
    State.LARGE: "off by 10 to 100 %",
    State.GROSS: "off by 100 % or more",
}


def maps(known: Knowledge) -> tuple[Picture, ...]:
    """Return a picture for each slice worth showing; none where nothing was measured apart from the whole."""
    if not drawable(known):
        return ()
    return tuple(_map(known, layout) for layout in layouts(known))


def drawable(known: Knowledge) -> bool:
    """Whether anything was measured apart from the whole; one number is no map."""
    seen = known.entries or known.regions or known.blocks or known.whole is not State.UNSEEN
    return bool(seen) and math.prod(known.shape) > 1


def _map(known: Knowledge, layout: Layout) -> Picture:
    states = states_of(known, layout)
    present = [state for state in State if state in states.values()]
    side = min(LARGEST_CELL, (WIDTH - LEFT - MARGIN) / layout.cells(1), TALLEST / layout.cells(0))
    sheet = Sheet(layout, side, 26.0 + NAMED + ROW * ((len(present) + 1) // 2))
    parts = [_legend(present), axes(sheet)]
    parts += [_area(state, states, sheet) for state in present]
    parts += _signs(known, sheet)
    shown = sum(_cell(layout, entry) is not None for entry in known.entries)
    words = f"Map of an array of shape {place(known.shape)}: " + ", ".join(
        f"{sum(s is state for s in states.values())} cells {LEGEND[state]}" for state in present
    )
    height = sheet.top + side * layout.cells(0) + MARGIN
    return Picture(canvas(height, words, *parts), _title(layout), _caption(known, layout, shown))


def _title(layout: Layout) -> str:
    if all(axis in layout.axes or length == 1 for axis, length in enumerate(layout.shape)):
        return "Where the error is"
    shown = [":" if axis in layout.axes else str(i) for axis, i in enumerate(layout.lead)]
    return f"Where the error is, slice [{', '.join(shown)}]"


def _caption(known: Knowledge, layout: Layout, shown: int) -> str:
    text = f"{count(shown, 'entry')} measured one by one (framed)." if shown else "No entry was measured by itself."
    if layout.bins != (1, 1):
        text += f" A cell stands for {layout.bins[0]} x {layout.bins[1]} entries and shows the worst of them."
    missing = len(known.entries) - shown
    return f"{text} {count(missing, 'entry')} lie in other slices." if missing else text


def _cell(layout: Layout, entry: Entry) -> tuple[int, int] | None:
    for axis, i in enumerate(entry.index):
        if axis not in layout.axes and i != layout.lead[axis]:
            return None
    rows, columns = layout.axes
    row = entry.index[rows] if rows >= 0 else 0
    column = entry.index[columns] if columns >= 0 else 0
    return row // layout.bins[0], column // layout.bins[1]


def states_of(known: Knowledge, layout: Layout) -> dict[tuple[int, int], State]:
    """Return the state of each cell, by its row and column."""
    found = {
        (row, column): _of_several({known.state(flat) for flat in _corners(layout, row, column)})
        for row in range(layout.cells(0))
        for column in range(layout.cells(1))
    }
    for block in known.blocks:
        found.update((cell, State.LOCATED) for cell in _touched(layout, block))
    rank = {state: i for i, state in enumerate(State)}
    for entry in known.entries:
        cell = _cell(layout, entry)
        if cell is not None and entry.off > 0.0:
            found[cell] = max(found[cell], entry.state, key=rank.__getitem__)
        elif cell is not None and layout.bins == (1, 1):
            found[cell] = entry.state
    return found


def _of_several(states: set[State]) -> State:
    """Return the state of a cell of several entries: it agrees only if all of them do."""
    order = (State.LOCATED, State.SUSPECT, State.UNSEEN, State.AGREES)
    return next(state for state in order if state in states)


def _touched(layout: Layout, block: tuple[tuple[int, int], ...]) -> Iterator[tuple[int, int]]:
    """Return the cells that hold an entry of a block."""
    ranges = []
    for axis, (start, stop) in enumerate(block):
        if axis not in layout.axes and not start <= layout.lead[axis] < stop:
            return
    for axis, size in zip(layout.axes, layout.bins, strict=True):
        start, stop = block[axis] if axis >= 0 else (0, 1)
        ranges.append(range(max(start, 0) // size, -(-min(stop, layout.shape[axis] if axis >= 0 else 1) // size)))
    yield from itertools.product(*ranges)


def _corners(layout: Layout, row: int, column: int) -> set[int]:
    """Return the entries at the corners of a cell, which stand for all of it."""
    ends = [
        (first * size, min((first + 1) * size, layout.length(which)) - 1)
        for which, (first, size) in enumerate(zip((row, column), layout.bins, strict=True))
    ]
    return {layout.flat(i, j) for i in ends[0] for j in ends[1]}


def _area(state: State, states: dict[tuple[int, int], State], sheet: Sheet) -> str:
    """Return all cells of one state as one path, runs along a row merged."""
    runs: list[list[int]] = []
    for (row, column), found in states.items():
        if found is not state:
            continue
        if runs and runs[-1][0] == row and runs[-1][1] + runs[-1][2] == column:
            runs[-1][2] += 1
        else:
            runs.append([row, column, 1])
    drawn = ""
    for row, column, length in runs:
        (x, y), across = sheet.corner(row, column), length * sheet.side
        drawn += f"M{x:.1f} {y:.1f}h{across:.1f}v{sheet.side:.1f}h{-across:.1f}z"
    hatched = element("path", {"class": f"hatch-{state}", "d": drawn}) if state in HATCHED else ""
    return element("path", {"class": f"cell {state}", "d": drawn}) + hatched


HATCHED = (State.SUSPECT, State.LOCATED)


def _signs(known: Knowledge, sheet: Sheet) -> list[str]:
    """Return a frame around each entry measured by itself, crossed where it is wrong, with its numbers as a title."""
    parts, side = [], sheet.side
    for entry in sorted(known.entries, key=lambda entry: -entry.off)[:SIGNS]:
        cell = _cell(sheet.layout, entry)
        if cell is None:
            continue
        x, y = sheet.corner(*cell)
        size = max(side, 3.0)
        parts.append(element("rect", {"class": "frame", "x": x, "y": y, "width": size, "height": size}, _tip(entry)))
        if entry.off > 0.0 and side >= SIGNED:
            a, b = 0.25 * side, 0.5 * side
            drawn = f"M{x + a:.1f} {y + a:.1f}l{b:.1f} {b:.1f}m{-b:.1f} 0l{b:.1f} {-b:.1f}"
            parts.append(element("path", {"class": f"cross on-{entry.state}", "d": drawn}))
    return parts


def _tip(entry: Entry) -> str:
    return f"<title>{escape(f'{place(entry.index)} {described(entry)}')}</title>"


def described(entry: Entry) -> str:
    """Return what was found of an entry."""
    if entry.off == 0.0:
        return "agrees"
    text = f"off by {100.0 * entry.off:.3g} %"
    if entry.yours is not None and entry.measured is not None:
        text += f": yours {entry.yours + 0.0:.6g}, measured {with_error(entry.measured, entry.error or 0.0)}"
    return text


def _legend(present: list[State]) -> str:
    parts = []
    for i, state in enumerate(present):
        x, y = 8.0 + (i % 2) * WIDTH / 2.0, 4.0 + ROW * (i // 2)
        box = {"x": x, "y": y, "width": 14.0, "height": 12.0}
        parts.append(element("rect", {"class": f"cell {state}", **box}))
        if state in HATCHED:
            parts.append(element("rect", {"class": f"hatch-{state}", **box}))
        parts.append(label(x + 20.0, y + 10.0, LEGEND[state]))
    return element("g", {"class": "legend"}, *parts)
