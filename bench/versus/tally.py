"""What the raw results say: counts, shares with their upper bounds, and medians."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bench.versus.answers import OPEN, RIGHT, WRONG

Raw = dict[str, Any]
ABOVE = 1000.0  # a miss counts where the planted error is so many times the stated resolution


@dataclass(frozen=True)
class Planted:
    """What a case is: its family, dtype and number of parameters; the kind and relative size of its mistake, or ""."""

    family: str
    dtype: str
    n: int
    kind: str
    size: float


@dataclass(frozen=True)
class Row:
    """What a peer said of a case; see ``run.outcome``."""

    case: int
    outcome: str
    evaluations: int
    seconds: float
    leaf: bool | None
    named: str | None
    margin: float | None
    planted: Planted

    @property
    def right(self) -> bool:
        return not self.planted.kind


def rows(raw: Raw, peer: str) -> list[Row]:
    """Return what a peer said, of each case."""
    return [Row(*row[:7], Planted(*raw["planted"][row[0]])) for row in raw["outcomes"][peer]]


def upper(events: int, trials: int, confidence: float = 0.95) -> float:
    """Return the upper bound of Clopper and Pearson on a share, of which so many events were seen."""
    from scipy.stats import beta

    return 1.0 if events >= trials else float(beta.ppf(confidence, events + 1, trials - events))


@dataclass(frozen=True)
class Tally:
    """The counts of one peer on right and wrong claims."""

    right: int
    passed: int
    alarms: int
    right_open: int
    right_none: int  # too slow, or an exception of the peer's own
    wrong: int
    caught: int
    missed: int
    wrong_open: int
    wrong_none: int
    above: int  # misses of errors 1,000 times above the stated resolution
    leaf: tuple[int, int]  # (right, told)
    named: Counter[str]  # what was said of the mistakes that can be named


def tally(found: Iterable[Row]) -> Tally:
    """Count."""
    found = list(found)
    good = Counter(row.outcome for row in found if row.right)
    bad = Counter(row.outcome for row in found if not row.right)
    caught = [row for row in found if not row.right and row.outcome == WRONG]
    misses = [row for row in found if not row.right and row.outcome == RIGHT]
    return Tally(
        good.total(), good[RIGHT], good[WRONG], good[OPEN], good.total() - good[RIGHT] - good[WRONG] - good[OPEN],
        bad.total(), bad[WRONG], bad[RIGHT], bad[OPEN], bad.total() - bad[RIGHT] - bad[WRONG] - bad[OPEN],
        sum(row.margin is not None and row.margin >= ABOVE for row in misses),
        _told([row.leaf for row in caught]), Counter(row.named for row in caught if row.named is not None),
    )  # fmt: skip


def _told(values: list[bool | None]) -> tuple[int, int]:
    return sum(value is True for value in values), sum(value is not None for value in values)


def median(found: Iterable[Row], keep: Callable[[Row], bool]) -> int | None:
    """Return the median number of evaluations of the answers that are kept; None if there is none."""
    calls = [row.evaluations for row in found if row.outcome in (RIGHT, WRONG, OPEN) and keep(row)]
    return int(statistics.median(calls)) if calls else None


def caught_by_size(found: Iterable[Row], edges: list[float]) -> list[tuple[float, int, int]]:
    """Return (relative size, caught, all) of planted mistakes between successive sizes."""
    wrong = [row for row in found if not row.right]
    result = []
    for low, high in zip(edges, edges[1:], strict=False):
        within = [row for row in wrong if low <= row.planted.size < high]
        if within:
            result.append(((low * high) ** 0.5, sum(row.outcome == WRONG for row in within), len(within)))
    return result
