"""Numbers as people read them: with the digits that their error leaves, and no more."""

from __future__ import annotations

import math


def with_error(value: float, error: float) -> str:
    """Return a value with the error of its last digit in brackets: ``0.5403(12)`` is 0.5403 +- 0.0012."""
    if not math.isfinite(value):
        return str(value)
    if not math.isfinite(error):
        return f"{value:.6g} (error unknown)"
    # Powers of ten below this are zero.
    if error < 1e-290:
        return f"{value:.15g}(0)"
    if error > 5.0 * abs(value):
        return f"{value + 0.0:.2g} +- {error:.1g}"
    exponent = math.floor(math.log10(max(abs(value), error)))
    last = _last_place(error)
    # More than 15 digits are beyond a double.
    last = max(last, exponent - 15)
    scaled = round(error / 10.0**last) or 1
    if -4 <= exponent < 7:
        digits = max(-last, 0)
        shown = scaled if last <= 0 else scaled * 10**last
        return f"{value:.{digits}f}({shown})"
    mantissa = value / 10.0**exponent
    return f"{mantissa:.{max(exponent - last, 0)}f}({scaled})e{exponent:+03d}"


def _last_place(error: float) -> int:
    """Return the decimal place of the last digit shown: one digit of error, two if the first is a 1."""
    place = math.floor(math.log10(error))
    return place - 1 if error / 10.0**place < 1.95 else place


def probability(value: float) -> str:
    """Return a bound on a probability as a power of ten, rounded up."""
    if not value > 0.0:
        return "< 1e-99"
    return "any" if value >= 1.0 else f"< 1e{max(math.ceil(math.log10(value)), -99)}"


def seconds(value: float) -> str:
    """Return a duration; what a damaged report says instead is not told."""
    if not 0.0 <= value < 1e12:
        return "? s"
    if value < 0.01:
        return f"{1e3 * value:.0f} ms" if value >= 0.001 else "under 1 ms"
    return f"{value:.2f} s" if value < 100.0 else f"{value:.0f} s"


def count(number: int, noun: str) -> str:
    """Return a number with its noun: 1 evaluation, 1 234 evaluations."""
    plural = {"entry": "entries"}.get(noun, f"{noun}s")
    return f"{number:,} {noun if number == 1 else plural}".replace(",", " ")


def visible(text: str) -> str:
    """Return text with control characters shown as escapes: a leaf may have any name."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def shortened(path: str, width: int) -> str:
    """Return a leaf path, cut in its middle to a width."""
    path = visible(path)
    if len(path) <= width:
        return path
    keep = max(width - 3, 2)
    return f"{path[: keep - keep // 2]}...{path[len(path) - keep // 2 :]}"


def place(index: tuple[int, ...]) -> str:
    """Return an index as it is written in code."""
    return f"[{', '.join(map(str, index))}]"
