"""What an array subject tells of a wrong leaf beyond its slopes: hypotheses, patterns, and the claim asked again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from gradproof.adapters.averaging import slope_of
from gradproof.adapters.blocks import Array
from gradproof.adapters.claim import Claim
from gradproof.adapters.directions import draw
from gradproof.adapters.native import Native, notes_of
from gradproof.adapters.parts import Parts
from gradproof.adapters.point import Point
from gradproof.guess import Prediction
from gradproof.probe import Probe
from gradproof.seam import Problem

REAL = "yours is real: its imaginary part is zero everywhere"


class Explained(Parts):
    """The judged leaves of a problem, with what explains a wrong one."""

    problem: Problem
    point: Point
    gradient_calls: int
    _numbers: list[int]

    _precise: list[Array] | None = None

    def precisely(self, probe: Probe) -> float | None:
        """Return what the claim says of a slope when it is computed in double precision; None if it cannot be."""
        function = self.problem.precise if isinstance(self.problem, Native) else None
        if function is None:
            return None
        if self._precise is None:
            self.gradient_calls += 1
            try:
                found = self.matched(function(self.point.build(self.point.here()), *self.problem.args)).arrays
            except Exception:
                # It was written for one precision: then nothing can be said.
                found = ()
            arrays = [found[i] for i in self._numbers] if found else []
            known = [np.ravel(a) for a in arrays if a is not None and a.dtype == np.float64]
            self._precise = known if len(known) == len(self.data) else []
        if not self._precise:
            return None
        return slope_of(draw(probe, self.judged, self.data, self.seed), self.judged, self._precise)

    def matched(self, given: Any) -> Claim:
        """Return what the user gave, matched to the parameters."""
        raise NotImplementedError

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the problem in the report."""
        return notes_of(self.problem)

    def predictions(self, leaf: int, probes: tuple[Probe, ...]) -> Iterable[Prediction]:
        """Say what each hypothesis about a leaf predicts along probes."""
        # What a right gradient has no need of is imported when needed.
        from gradproof.adapters.predictions import MOST_ENTRIES, leaf_directions, predictions

        if self.leaves[leaf].size > MOST_ENTRIES:
            return ()
        directions = leaf_directions(leaf, probes, self.judged, self.data, self.seed)
        named = {**{f"args[{i}]": value for i, value in enumerate(self.problem.args)}, **self.problem.context}
        return predictions(leaf, self.leaves, self.data, directions, named)

    def remarks(self, leaf: int, wrong: Mapping[int, float]) -> tuple[str, ...]:
        """Say what is conspicuous about a wrong claim by itself."""
        from gradproof.adapters.patterns import patterns

        claim = self.data[leaf].claim.reshape(self.data[leaf].shape)
        if self.leaves[leaf].paired and not claim[..., 1].any():
            return (REAL,)
        return tuple(patterns(claim, wrong))

    def replayed(self, leaf: int) -> str:
        """Say what calling the gradient function again tells about a wrong leaf."""
        if not callable(self.problem.gradient):
            return ""
        from gradproof.adapters.replay import replay

        def gradient_of(problem: Problem) -> Array | None:
            self.gradient_calls += 1
            given = problem.gradient(self.point.build(self.point.here()), *problem.args)
            return self.matched(given).arrays[self._numbers[leaf]]

        return replay(self.problem, self.data[leaf].claim.reshape(self.data[leaf].shape), gradient_of)
