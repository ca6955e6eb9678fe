"""A measured leaf as maps: values, errors, and how far a gradient is off in bars, drawn with matplotlib."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.errors import InputError
from gradproof.exhaustive.comparison import claims_of
from gradproof.exhaustive.record import Measured, MeasuredLeaf
from gradproof.reports.plots.figure import shown
from gradproof.reports.quantities import shortened

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Inches of one map.
WIDTH, HEIGHT = 4.6, 3.9


def figure(measured: Measured, leaf: str | None, gradient: Any) -> Figure:
    """Return the figure of a leaf; see ``MeasuredGradient.plot``."""
    name = _chosen(measured, leaf)
    found = measured.leaves[name]
    maps = [("derivative", _flat(found.value), "RdBu_r"), ("half-width of the bar", _flat(found.error), "viridis")]
    if gradient is not None:
        claim = claims_of(measured, gradient)[name]
        with np.errstate(all="ignore"):
            off = (np.asarray(claim, dtype=np.float64) - found.value) / found.error
        maps.append(("yours - measured, in bars", _flat(off), "PuOr_r"))
    made = shown(WIDTH * len(maps), HEIGHT)
    made.suptitle(f"{shortened(name, 40)}, {_shape(found)}", fontsize="medium", fontweight="bold")
    for number, (title, table, colours) in enumerate(maps):
        _draw(made, made.add_subplot(1, len(maps), number + 1), table, (title, colours))
    return made


def _chosen(measured: Measured, leaf: str | None) -> str:
    if leaf is None:
        return max(measured.leaves, key=lambda name: measured.leaves[name].value.size)
    known = {other: name for name, found in measured.leaves.items() for other in (name, *found.aliases)}
    if leaf not in known:
        raise InputError("There is no such leaf.", expected=f"one of {', '.join(list(known)[:12])}", got=leaf)
    return known[leaf]


def _shape(leaf: MeasuredLeaf) -> str:
    return " x ".join(map(str, leaf.value.shape)) or "one number"


def _flat(array: Array) -> Array:
    """Return an array of any shape as a table: the first axis down, the others side by side."""
    return array.reshape(array.shape[0], -1) if array.ndim > 1 else array.reshape(1, -1)


def _draw(made: Figure, axes: Any, table: Array, how: tuple[str, str]) -> None:
    from matplotlib.colors import LogNorm, Normalize
    from matplotlib.ticker import MaxNLocator

    title, colours = how
    finite = table[np.isfinite(table)]
    largest = float(np.max(np.abs(finite), initial=0.0))
    norm: Normalize = Normalize(-largest or -1.0, largest or 1.0)
    if colours == "viridis":
        positive = finite[finite > 0.0]
        low = float(positive.min()) if positive.size else 1.0
        norm = LogNorm(low, max(float(positive.max(initial=low)), 2.0 * low))
    # What was not measured stays grey.
    axes.set_facecolor("#d8dbe0")
    image = axes.imshow(table, cmap=colours, norm=norm, aspect="auto", interpolation="nearest")
    made.colorbar(image, ax=axes)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    axes.set_title(title, fontsize="medium")
