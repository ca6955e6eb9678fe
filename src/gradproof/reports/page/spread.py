"""How the error is distributed over the entries that were measured one by one."""

from __future__ import annotations

import math

from gradproof.reports.page.grid import Entry, Knowledge
from gradproof.reports.page.svg import LABELS, Axis, Picture, canvas, element, frame, label, power
from gradproof.reports.quantities import count

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 224.0, 62.0, 350.0, 34.0, 184.0
# Fewer entries are better read in the table.
LEAST = 4
# Decades of the relative error, "agrees" apart.
DECADES = tuple(range(-6, 2))


def spread(known: Knowledge) -> tuple[Picture, ...]:
    """Return a histogram of the relative errors of entries by decades, if enough entries were measured."""
    if len(known.entries) < LEAST:
        return ()
    counts = counted(known)
    # Room above for the number, and no tick between whole numbers.
    upward = Axis(0.0, max(max(counts) * 1.08, LABELS - 1.0), BOTTOM, TOP)
    width = (RIGHT - LEFT) / len(counts)
    parts = [frame(Axis(0.0, 1.0, LEFT, RIGHT, "bare"), upward, ("relative error of an entry", "entries"))]
    for i, number in enumerate(counts):
        x = LEFT + i * width
        parts.append(label(x + width / 2.0, BOTTOM + 16.0, _name(i), "mid"))
        if number:
            top = upward.at(number)
            kind = "cell agrees" if i == 0 else "cell located"
            parts.append(element("rect", {"class": kind, "x": x + 2.0, "y": top, "width": width - 4.0,
                                          "height": BOTTOM - top}))  # fmt: skip
            parts.append(label(x + width / 2.0, top - 3.0, str(number), "mid"))
    right = counts[0]
    words = f"{count(len(known.entries), 'entry')} measured one by one, {right} agree."
    text = f"{words} A bar reaches from its label to ten times that. They were looked for: no random sample."
    return (Picture(canvas(HEIGHT, words, *parts), "How large the error is", text),)


def counted(known: Knowledge) -> list[int]:
    """Return how many entries agree, and how many are off by each decade."""
    counts = [0] * (len(DECADES) + 1)
    for entry in known.entries:
        counts[_bin(entry)] += 1
    return counts


def _bin(entry: Entry) -> int:
    if entry.off == 0.0:
        return 0
    decade = math.floor(math.log10(entry.off)) if math.isfinite(entry.off) else DECADES[-1]
    return 1 + min(max(decade, DECADES[0]), DECADES[-1]) - DECADES[0]


def _name(i: int) -> str:
    return "none" if i == 0 else power(DECADES[i - 1])
