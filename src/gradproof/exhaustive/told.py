"""A measured gradient as text: how much of it was measured, and how well, leaf by leaf."""

from __future__ import annotations

import numpy as np

from gradproof.exhaustive.record import Measured, MeasuredLeaf
from gradproof.reports.quantities import count, place, seconds, shortened, visible

# Leaves that are shown; more are counted.
LISTED, NAME = 24, 28


def told(measured: Measured) -> str:
    """Return a measured gradient as text."""
    whole = count(measured.entries, "entry")
    share = f"all {whole}" if measured.measured == measured.entries else f"{measured.measured} of {whole}"
    cost = f"{count(measured.evaluations, 'evaluation')}, {seconds(measured.seconds)}"
    lines = [f"MEASURED  {share}".ljust(42) + cost]
    names = [shortened(name, NAME) for name in list(measured.leaves)[:LISTED]]
    width = max(map(len, names), default=0)
    for name, leaf in zip(names, measured.leaves.values(), strict=False):
        lines.append(f"  {name.ljust(width)}  {_said(leaf)}")
    if len(measured.leaves) > LISTED:
        lines.append(f"  and {len(measured.leaves) - LISTED} more leaves")
    return "\n".join([*lines, *(f"  {visible(note)}" for note in measured.notes)])


def _said(leaf: MeasuredLeaf) -> str:
    """Return how large the derivatives of a leaf are and how well they are known."""
    seen = np.isfinite(leaf.error) & np.isfinite(leaf.value)
    if not seen.any():
        return "not measured" if not leaf.measured else "nothing could be seen"
    largest = float(np.max(np.abs(leaf.value[seen])))
    typical = float(np.median(leaf.error[seen]))
    text = f"up to {largest:.3g}, typically +- {typical:.1e}"
    if leaf.measured < leaf.value.size:
        text += f"; {leaf.value.size - leaf.measured} of {leaf.value.size} not measured"
    return text + _reasons(leaf)


def _reasons(leaf: MeasuredLeaf) -> str:
    kinds = sorted({why.value for why in leaf.reasons.values()})
    told = []
    for kind in kinds:
        at = [index for index, why in leaf.reasons.items() if why.value == kind]
        first = place(at[0]) if at[0] else "it"
        told.append(f"{kind} at {first}" + (f" and {len(at) - 1} more" if len(at) > 1 else ""))
    return "; " + "; ".join(told) if told else ""
