"""A diagnosis that bars leave to chance is put to more tests before it is told."""

from __future__ import annotations

from dataclasses import replace

from gradproof.model import Finding
from gradproof.probe import Part
from gradproof.probing.diagnose import Suspect, diagnose, is_likely
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case
from gradproof.probing.reading import Reading

# Readings with bars above this share of their discrepancy are measured again before anything is made of them.
BLUNT = 1e-3
# Directions, less one, along which a factor is tested further where bars are wide.
MORE = 4


def diagnosed(gauge: Gauge, case: Case, readings: tuple[Reading, ...]) -> tuple[Finding | None, tuple[Reading, ...]]:
    """Return the diagnosis of a wrong leaf, if one fits, and the readings it rests on, sharp ones."""
    part = case.stratum.parts[0]
    suspect = Suspect(
        gauge.subject.leaves[part.leaf], gauge.subject.count(part), tuple(_sharp(gauge, r) for r in readings),
        gauge.subject.lengths, below=lambda most: _below(gauge, part, most),
    )  # fmt: skip
    for _ in range(MORE):
        diagnosis = diagnose(suspect)
        if diagnosis is None or diagnosis.kind != "factor" or is_likely(suspect, diagnosis):
            return diagnosis, suspect.readings
        suspect = replace(suspect, readings=(*suspect.readings, _sharp(gauge, gauge.look(case.stratum))))
    return None, suspect.readings


def _sharp(gauge: Gauge, reading: Reading) -> Reading:
    return gauge.sharpen(reading, BLUNT * abs(reading.discrepancy))


def _below(gauge: Gauge, part: Part, most: float) -> tuple[int, float]:
    """Return how many entries of a part contribute no more than that, and how much they do together."""
    low = replace(part, high=min(part.high, most), weight=1.0)
    return gauge.subject.count(low), gauge.subject.contribution(low)
