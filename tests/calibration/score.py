"""What a set of draws says about the error bars."""

from __future__ import annotations

import math
import statistics
import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gradproof.model import Estimate
from gradproof.numerics.derivative import derivative

from .cases import Draw


@dataclass(frozen=True)
class Outcome:
    draw: Draw
    estimate: Estimate

    @property
    def allowance(self) -> float:
        """Two units in the last place of the truth: it is itself rounded."""
        return 2.0 * math.ulp(self.draw.truth)

    @property
    def true_error(self) -> float:
        return abs(self.estimate.value - self.draw.truth)

    @property
    def excess(self) -> float:
        """How many bars the truth is away; at most 1 is a kept promise."""
        bar = self.estimate.error + self.allowance
        return self.true_error / bar if math.isfinite(bar) else 0.0


@dataclass(frozen=True)
class Score:
    draws: int
    inside: float
    infinite: float
    ratio: float
    evaluations: float


def measure(draws: Iterable[Draw]) -> list[Outcome]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return [Outcome(draw, derivative(draw.phi, at=draw.at)) for draw in draws]


def score(outcomes: list[Outcome]) -> Score:
    finite = [o for o in outcomes if o.estimate.finite]
    # Relative to the truth: a class may hold derivatives of very different size.
    errors = [max(o.true_error, o.allowance) / abs(o.draw.truth) for o in finite]
    bars = [o.estimate.error / abs(o.draw.truth) for o in finite]
    return Score(
        draws=len(outcomes),
        inside=sum(o.excess <= 1.0 for o in outcomes) / len(outcomes),
        infinite=1.0 - len(finite) / len(outcomes),
        ratio=statistics.median(bars) / statistics.median(errors) if finite else math.inf,
        evaluations=statistics.median(o.estimate.evaluations for o in outcomes),
    )
