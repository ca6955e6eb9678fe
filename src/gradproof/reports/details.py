"""What ``-v`` adds: each probe with its step, noise and evaluations."""

from __future__ import annotations

from collections.abc import Iterator

from gradproof.model import Measurement, Record
from gradproof.reports.quantities import shortened, visible, with_error

# Longer names are cut in the middle.
NAME = 28


def measurement_lines(record: Record) -> Iterator[str]:
    """Return a line for each probe measured."""
    yield f"value {record.value:.17g}, noise {record.noise:.1g}, seed {record.settings.seed}"
    yield from (_line(record, measurement) for measurement in record.measurements)


def _line(record: Record, measurement: Measurement) -> str:
    estimate = measurement.estimate
    parts = measurement.probe.parts
    names = [record.verdicts[part.leaf].leaf if part.leaf < len(record.verdicts) else "?" for part in parts[:3]]
    where = " ".join(shortened(name, NAME) for name in names) + (
        f" and {len(parts) - 3} more" if len(parts) > 3 else ""
    )
    reason = f", {estimate.reason}" if estimate.reason else ""
    return (
        f"#{measurement.probe.key} {where}: claimed {measurement.claimed:.9g}, measured "
        f"{with_error(estimate.value, estimate.error)} ({visible(estimate.method)}, step {estimate.step:.0e}, "
        f"{estimate.evaluations} evaluations{reason})"
    )
