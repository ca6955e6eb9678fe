"""Drawing in SVG: escaped elements, axes with their ticks, and a finished picture with its words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

WIDTH = 360.0
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
# No axis has more labels than this.
LABELS = 6


@dataclass(frozen=True, slots=True)
class Picture:
    """An SVG element, with the words that stand beside it."""

    svg: str
    title: str
    caption: str


def element(name: str, attributes: Mapping[str, object], *children: str) -> str:
    """Return an SVG element; attribute values are escaped, the children are markup."""
    listed = "".join(f' {key}="{escape(_short(value))}"' for key, value in attributes.items())
    inside = "".join(children)
    return f"<{name}{listed}>{inside}</{name}>" if inside else f"<{name}{listed}/>"


def label(x: float, y: float, words: str, kind: str = "") -> str:
    """Return text at a place; ``kind`` is its class ("end", "mid", ...)."""
    return element("text", {"x": x, "y": y, **({"class": kind} if kind else {})}, escape(words))


def line(start: tuple[float, float], stop: tuple[float, float], kind: str) -> str:
    """Return a straight line of a class."""
    return element("line", {"class": kind, "x1": start[0], "y1": start[1], "x2": stop[0], "y2": stop[1]})


def canvas(height: float, words: str, *children: str) -> str:
    """Return the whole picture, with its alternative text."""
    box = {"viewBox": f"0 0 {WIDTH:g} {_short(height)}", "class": "picture", "role": "img", "aria-label": words}
    return element("svg", box, *children)


def _short(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def power(exponent: int) -> str:
    """Return a power of ten as it is written."""
    return f"10{str(exponent).translate(SUPERSCRIPT)}"


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values laid onto a range of the picture; ``kind`` is "linear", "log" or "bare" (without ticks)."""

    low: float
    high: float
    start: float
    stop: float
    kind: str = "linear"

    def at(self, value: float) -> float:
        """Return the place of a value, at the rim if it lies outside."""
        low, high = self._laid(self.low), self._laid(self.high)
        share = (self._laid(value) - low) / (high - low)
        return self.start + min(max(share, 0.0), 1.0) * (self.stop - self.start)

    def _laid(self, value: float) -> float:
        if self.kind != "log":
            return value
        return math.log10(value) if value > 0.0 else -math.inf

    def ticks(self) -> list[tuple[float, str]]:
        """Return the values that get a label, with the labels."""
        if self.kind == "bare":
            return []
        if self.kind == "log":
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            every = max(1, math.ceil((last - first + 1) / LABELS))
            return [(10.0**e, power(e)) for e in range(first, last + 1) if e % every == 0]
        return _linear_ticks(self.low, self.high)


def _linear_ticks(low: float, high: float) -> list[tuple[float, str]]:
    raw = (high - low) / (LABELS - 1)
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * factor for factor in (1.0, 2.0, 5.0, 10.0) if size * factor >= raw * (1.0 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    values = [step * k for k in range(first, math.floor(high / step + 1e-9) + 1)]
    largest = max((abs(value) for value in values), default=0.0)
    if 1e-3 <= largest < 1e5:
        digits = max(-math.floor(math.log10(step) + 1e-9), 0)
        return [(value, f"{value + 0.0:.{digits}f}") for value in values]
    return [(value, "0" if value == 0.0 else f"{value:.2g}") for value in values]


def frame(across: Axis, upward: Axis, names: tuple[str, str]) -> str:
    """Return grid lines, ticks and the names of both axes; ``upward`` starts at the bottom."""
    parts = []
    for value, words in across.ticks():
        x = across.at(value)
        parts.append(line((x, upward.start), (x, upward.stop), "rule"))
        parts.append(label(x, upward.start + 16.0, words, "mid"))
    for value, words in upward.ticks():
        y = upward.at(value)
        parts.append(line((across.start, y), (across.stop, y), "rule"))
        parts.append(label(across.start - 6.0, y + 4.0, words, "end"))
    parts.append(line((across.start, upward.start), (across.stop, upward.start), "axis"))
    parts.append(line((across.start, upward.start), (across.start, upward.stop), "axis"))
    parts.append(label((across.start + across.stop) / 2.0, upward.start + 33.0, names[0], "mid"))
    parts.append(label(4.0, upward.stop - 10.0, names[1], ""))
    return "".join(parts)
