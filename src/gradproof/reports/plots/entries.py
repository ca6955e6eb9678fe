"""Where the error is and how large, drawn on axes: a map of the entries, and how their errors are distributed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from gradproof.reports.page.grid import Knowledge, Layout, State, layouts
from gradproof.reports.page.heat import LEGEND, drawable, states_of
from gradproof.reports.page.spread import DECADES, LEAST, counted
from gradproof.reports.page.svg import power

COLOURS = {
    State.AGREES: "#a5cdea",
    State.UNSEEN: "#e4e7eb",
    State.SUSPECT: "#fbe3b4",
    State.LOCATED: "#f0a94f",
    State.SLIGHT: "#f5b183",
    State.LARGE: "#dd6a1c",
    State.GROSS: "#7d2400",
}

Drawing = Callable[[Any], None]


def drawings(known: Knowledge) -> list[Drawing]:
    """Return what can be drawn of the entries of a leaf, each a function of axes."""
    maps: list[Drawing] = []
    if drawable(known):
        maps = [functools.partial(_map, known, layout) for layout in layouts(known)]
    return [*maps, functools.partial(_spread, known)] if len(known.entries) >= LEAST else maps


def _map(known: Knowledge, layout: Layout, axes: Any) -> None:
    from matplotlib.colors import ListedColormap
    from matplotlib.patches import Patch
    from matplotlib.ticker import MaxNLocator, NullLocator

    found = states_of(known, layout)
    order = [state for state in State if state in found.values()]
    table = [[order.index(found[row, column]) for column in range(layout.cells(1))] for row in range(layout.cells(0))]
    extent = (-0.5, layout.length(1) - 0.5, layout.length(0) - 0.5, -0.5)
    axes.imshow(table, cmap=ListedColormap([COLOURS[state] for state in order]), vmin=-0.5, vmax=len(order) - 0.5,
                extent=extent, aspect="auto", interpolation="nearest")  # fmt: skip
    for axis, shown in zip((axes.yaxis, axes.xaxis), layout.axes, strict=True):
        axis.set_major_locator(MaxNLocator(integer=True) if shown >= 0 else NullLocator())
    # Below the map: inside it would hide entries.
    axes.legend(handles=[Patch(facecolor=COLOURS[s], edgecolor="#7a838d", label=LEGEND[s]) for s in order],
                fontsize="x-small", loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=2)  # fmt: skip
    piece_of = [":" if axis in layout.axes else str(i) for axis, i in enumerate(layout.lead)]
    piece = f", slice [{', '.join(piece_of)}]" if len(piece_of) > 2 else ""
    axes.set_title(f"Where the error is{piece}", fontsize="medium")
    axes.set_xlabel(f"axis {layout.axes[1]}" if layout.axes[1] >= 0 else "")
    axes.set_ylabel(f"axis {layout.axes[0]}" if layout.axes[0] >= 0 else "")


def _spread(known: Knowledge, axes: Any) -> None:
    counts = counted(known)
    from matplotlib.ticker import MaxNLocator

    names = ["none", *map(power, DECADES)]
    bars = axes.bar(names, counts, color=[COLOURS[State.AGREES], *[COLOURS[State.LOCATED]] * len(DECADES)])
    axes.bar_label(bars, [str(number) if number else "" for number in counts], fontsize="small")
    axes.margins(y=0.12)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.tick_params(axis="x", labelsize="small")
    axes.set_title("How large the error is", fontsize="medium")
    axes.set_xlabel("relative error of an entry")
    axes.set_ylabel("entries")
