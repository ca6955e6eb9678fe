"""What is said of a problem as a whole: frozen generators, averages, degenerate points."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.probing.gauge import Gauge

FROZEN = (
    "The objective draws random numbers: its generators were put back before each call, so that one draw was judged, "
    "the same for objective and gradient."
)
AVERAGED = (
    "The objective stays random: each value, and the gradient if it can be called, is the mean of many calls. The "
    "gradient of the expectation was judged."
)

FINER = (
    "Measured on a copy of the parameters in double precision: in their own, the values of the objective show too "
    "little. The gradient is as you gave it."
)


def remarks(gauge: Gauge) -> Iterator[str]:
    """Yield what must be known about how the objective was measured, and about the point."""
    subject = gauge.subject
    if gauge.frozen and gauge.repeatable:
        yield FROZEN
    if subject.calls > 1:
        yield AVERAGED
    if subject.degenerate:
        names = ", ".join(name if len(name) <= 28 else f"{name[:25]}..." for name in subject.degenerate[:4])
        yield (
            f"All entries of {names} are one number. Mistakes hide at such a point (a lost factor, a wrong axis, a "
            "tie): check at a random one too."
        )
    written = subject.written()
    if written:
        yield f"The objective or the gradient function writes into {', '.join(written[:4])}."
    if not gauge.repeatable:
        cause = "it finds other arguments each time" if written else "the objective is random"
        yield f"Two evaluations at the point differ by {gauge.spread:.2g}: {cause}, and this was treated as noise."
