"""What a search for wrong entries knows so far, and what it ends with."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from gradproof.model import Finding, Reason
from gradproof.numerics.compare import Answer
from gradproof.probe import Part
from gradproof.probing.blocks import Block
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import check_entries
from gradproof.probing.plan import Stratum
from gradproof.probing.reading import Reading


@dataclass(frozen=True, slots=True)
class Located:
    """Where a leaf is wrong.

    Attributes
    ----------
    entries
        Single entries, each confirmed by a probe of its own.
    blocks
        Windows along the axes; everything outside them agrees.
    tried
        Entries that were measured by themselves besides.
    rest
        What may be wrong besides: "dense" (the error is everywhere), "many" (more entries than could be told apart),
        "some" (a search that did not end), "not finite", or "".
    whole
        What is to be said of all that is wrong, where factors are whole but differ by entry.
    """

    entries: tuple[tuple[int, Reading], ...] = ()
    blocks: tuple[Block, ...] = ()
    tried: tuple[tuple[int, Reading], ...] = ()
    rest: str = ""
    whole: Finding | None = None


@dataclass
class Search:
    """What is known so far."""

    gauge: Gauge
    stratum: Stratum
    entries: dict[int, Reading] = field(default_factory=dict)
    tried: dict[int, Reading] = field(default_factory=dict)

    @property
    def part(self) -> Part:
        """The part, without what was found, and without valid subgradients: along a line they look wrong."""
        valid = [flat for flat, reading in self.tried.items() if _is_valid_at_kink(reading)]
        return replace(self.stratum.parts[0], ramp=None, without=tuple(sorted([*self.entries, *valid])))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the leaf."""
        return self.gauge.subject.leaves[self.stratum.parts[0].leaf].shape

    def confirm(self, flats: list[int]) -> None:
        """Probe candidates one by one and keep those that are wrong."""
        for flat, reading in check_entries(self.gauge, self.stratum, flats):
            (self.entries if reading.answer is Answer.DISAGREES else self.tried)[flat] = reading

    @property
    def bends(self) -> bool:
        """Whether there are kinks: slopes along lines that cross them are not sums of those of the entries."""
        return self.gauge.bent or any(map(_is_valid_at_kink, self.tried.values()))

    def clean(self) -> bool:
        """Whether everything but the entries found agrees."""
        if self.gauge.subject.count(self.part) == 0:
            return True
        return self.gauge.look(replace(self.stratum, parts=(self.part,))).answer is Answer.AGREES

    def located(self, blocks: list[Block] | None = None, rest: str = "") -> Located:
        """Return what is known, and what may be wrong besides."""
        return Located(
            tuple(sorted(self.entries.items())), tuple(blocks or ()), tuple(sorted(self.tried.items())), rest
        )


def _is_valid_at_kink(reading: Reading) -> bool:
    return reading.answer is Answer.AGREES and reading.comparison.reason is Reason.KINK
