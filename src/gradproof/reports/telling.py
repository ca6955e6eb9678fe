"""Which measurement tells most about a leaf: the one that is drawn."""

from __future__ import annotations

from gradproof.model import Measurement, Outcome, Record
from gradproof.reports.disagreement import disagreement

# Rounding of a claim that nothing is known of.
ROUNDING = 1e-6


def alone(record: Record) -> dict[int, list[int]]:
    """Return the numbers of the measurements of each leaf by itself."""
    return _measured(record)[0]


def telling(record: Record) -> dict[int, int]:
    """Return for each leaf, by its number, the number of the measurement that tells most.

    That is the largest disagreement of a wrong leaf, then trouble, then the most steps; a measurement of a leaf alone
    before one of several together.
    """
    own, together = _measured(record)
    chosen = {}
    for i, verdict in enumerate(record.verdicts):
        numbers = own.get(i) or together.get(i) or []
        if numbers:
            chosen[i] = max(numbers, key=lambda k: _key(record.measurements[k], verdict.outcome))
    return chosen


def _key(measurement: Measurement, outcome: Outcome) -> tuple[float, bool, int]:
    off = disagreement(measurement, ROUNDING) if outcome is Outcome.WRONG else 0.0
    return off, measurement.estimate.reason is not None, len(measurement.estimate.levels)


def _measured(record: Record) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Return the numbers of the measurements of each leaf by itself, and of those of several leaves together."""
    own: dict[int, list[int]] = {}
    together: dict[int, list[int]] = {}
    for k, measurement in enumerate(record.measurements):
        parts = measurement.probe.parts
        for part in parts:
            (own if len(parts) == 1 else together).setdefault(part.leaf, []).append(k)
    return own, together
