"""The parent's side of the trials: candidates go to the worker in batches; those that break it are singled out."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from gradproof.errors import InputError
from gradproof.mending.channel import GoneError, Worker
from gradproof.mending.claims import Claims
from gradproof.mending.edits.edit import Edit
from gradproof.mending.trials import Patch, Trial

# How many candidates a batch has, and how long it should take.
BATCH, SHARE = 100, 1.0
# How much longer it may take before its candidates are tried one by one; how long a start may take.
PATIENCE, STARTING = 20.0, 600.0

Candidate = tuple[Edit, ...]


def patch_of(candidate: Candidate) -> Patch:
    """Return what a candidate changes."""
    return tuple(sorted((edit.unit, change) for edit in candidate for change in edit.changes))


class Runner:
    """Tries candidates; counts them.

    Parameters
    ----------
    worker
        Which has the bench.
    seconds
        After which no further batch begins.
    """

    def __init__(self, worker: Worker, seconds: float) -> None:
        self.tried = 0
        self.contained: list[str] = []
        self._worker = worker
        self._known: dict[Patch, Trial] = {}
        try:
            self._single = float(worker.ask(("seconds", None), STARTING))
        except GoneError as error:
            raise InputError("The gradient cannot be run in a process of its own.", got=str(error)) from error
        self.batch = max(1, min(BATCH, int(SHARE / max(self._single, 1e-3))))
        self._end = time.monotonic() + seconds

    @property
    def spent(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    def try_all(self, candidates: Sequence[Candidate]) -> list[Trial]:
        """Return how candidates did."""
        patches = [patch_of(candidate) for candidate in candidates]
        new = [patch for patch in dict.fromkeys(patches) if patch not in self._known]
        self.tried += len(new)
        self._known.update(zip(new, self._try(new), strict=True))
        return [self._known[patch] for patch in patches]

    def try_patches(self, patches: list[Patch]) -> list[Trial]:
        """Return how patches did that are no candidates."""
        return self._try(patches)

    def _try(self, patches: list[Patch]) -> list[Trial]:
        found: list[Trial] = []
        for start in range(0, len(patches), self.batch):
            if self.spent:
                # What is not tried any more does not help.
                return found + [Trial(error="no time")] * (len(patches) - start)
            found += self._batch(patches[start : start + self.batch])
        return found

    def _batch(self, patches: list[Patch]) -> list[Trial]:
        # Each may use up its own limit; if many do, the batch is divided.
        seconds = PATIENCE + 2.0 * len(patches) * self._single
        try:
            found: list[Trial] = self._worker.ask(("trials", patches), seconds)
        except GoneError as error:
            self._worker.close()
            if len(patches) == 1:
                self.contained.append(str(error))
                return [Trial(error=str(error))]
            middle = len(patches) // 2
            return self._batch(patches[:middle]) + self._batch(patches[middle:])
        return found

    def claims(self, candidate: Candidate, leaves: Any) -> Claims:
        """Return what the mended gradient function gives at a point.

        Raises
        ------
        GoneError
            If it raises, hangs or crashes there.
        """
        try:
            found: Claims = self._worker.ask(("claims", (patch_of(candidate), leaves)), PATIENCE + 50.0 * self._single)
        except GoneError:
            self._worker.close()
            raise
        return found

    def close(self) -> None:
        """End the worker."""
        self._worker.close()
