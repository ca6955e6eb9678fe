"""The search: single edits, then second and third ones for the leaves that are still wrong."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from gradproof.mending.edits.edit import Edit
from gradproof.mending.evidence import Evidence
from gradproof.mending.flow import Flow
from gradproof.mending.runner import Candidate, Runner
from gradproof.mending.trials import Trial

# How much more far-fetched edits are still tried once one has worked.
BEYOND = 0.7
# And how many at most, if the search was short; a long one goes on for half as long again.
AFTER = 600
# How many ways the first edit is followed up, and how many of each gradient are kept.
BEAM, ALIKE = 6, 8
# How many likely edits are tried in pairs where no single one shows progress.
PAIRED = 70
DEPTH = 3
# Edits that change shapes, and how many pairs of them are tried in one statement.
SHAPING = ("slice", "transpose", "order")
COUPLED = 400


@dataclass(frozen=True, slots=True)
class Step:
    """A candidate that helped: it works, or mends some leaves and breaks none."""

    candidate: Candidate
    cost: float
    trial: Trial

    @property
    def rank(self) -> tuple[float, ...]:
        """The fewest and smallest first."""
        return (len(self.candidate), round(self.cost, 6), sum(edit.size for edit in self.candidate))


@dataclass
class Found:
    """What a search found: candidates that work, and those that helped."""

    solutions: list[Step] = field(default_factory=list)
    partial: list[Step] = field(default_factory=list)


class Search:
    """One search.

    Parameters
    ----------
    edits
        All of them.
    evidence
        Of the point.
    flow
        Which leaves each statement moves.
    runner
        Who tries.
    """

    def __init__(self, edits: list[Edit], evidence: Evidence, flow: Flow, runner: Runner) -> None:
        self.edits, self.evidence, self.flow, self.runner = edits, evidence, flow, runner
        self.banned: set[bytes] = set()
        self.everything = frozenset(evidence.shapes)

    def run(self) -> list[Step]:
        """Return the candidates that work, the fewest and smallest edits first."""
        wrong = self.evidence.wrong
        found = self._level(Step((), 0.0, Trial(right=self.evidence.right, wrong=wrong)), wrong)
        front = self._front(found.partial)
        for _ in range(DEPTH - 1):
            if found.solutions or self.runner.spent:
                break
            found = self._next(front, found)
            front = self._front(found.partial)
        if not found.solutions and not self.runner.spent:
            found.solutions += self._tried(self._coupled())
        if not found.solutions and not self.runner.spent:
            found.solutions += self._pairs()
        return sorted(found.solutions, key=lambda step: step.rank)

    def _next(self, front: list[Step], before: Found) -> Found:
        found = Found()
        found.solutions += self._combined(front, before)
        if found.solutions:
            return found
        for step in front:
            if self.runner.spent:
                break
            deeper = self._level(step, step.trial.wrong)
            found.partial += deeper.partial
            found.solutions += deeper.solutions
            if deeper.solutions:
                return found
        return found

    def _level(self, start: Step, wrong: frozenset[str]) -> Found:
        """Try one more edit after those of a step, the likeliest first, until well after one has worked."""
        right = self.everything - wrong
        taken = start.candidate
        ordered = sorted(
            ((edit.cost + self.flow.penalty(edit, wrong, right), edit) for edit in self.edits
             if not any(edit.meets(other) for other in taken)),
            key=lambda pair: (pair[0], pair[1].size),
        )  # fmt: skip
        found = Found()
        limit, last, combined = float("inf"), len(ordered), False
        for i in range(0, len(ordered), self.runner.batch):
            batch = [pair for pair in ordered[i : i + self.runner.batch] if pair[0] <= limit]
            if not batch or i > last or self.runner.spent:
                break
            trials = self.runner.try_all([(*taken, edit) for _, edit in batch])
            for (cost, edit), trial in zip(batch, trials, strict=True):
                step = Step((*taken, edit), start.cost + cost, trial)
                if trial.whole and trial.signature in self.banned:
                    continue
                if trial.whole:
                    found.solutions.append(step)
                    limit, last = min(limit, cost + BEYOND), min(last, i + max(AFTER, i // 2))
                elif self._helps(trial, wrong):
                    found.partial.append(step)
            if not combined and not taken and limit == float("inf") and self._covered(found.partial, wrong):
                # Each leaf can be mended by one edit or another: a single edit for all is looked for a little longer.
                pairs = self._combined(self._front(found.partial), found)
                found.solutions += pairs
                combined = bool(pairs)
                limit = min([limit, *(batch[-1][0] + BEYOND for _ in pairs[:1])])
        return found

    @staticmethod
    def _covered(partial: list[Step], wrong: frozenset[str]) -> bool:
        return bool(partial) and not wrong.intersection(*(step.trial.wrong for step in partial))

    def _helps(self, trial: Trial, wrong: frozenset[str]) -> bool:
        """Whether something that was wrong is right, or a multiple of it, and nothing that was right is wrong."""
        if trial.error or not trial.wrong <= wrong:
            return False
        return bool(wrong - trial.wrong) or bool(trial.proportional & trial.changed & wrong)

    def _front(self, partial: list[Step]) -> list[Step]:
        """Return the most helpful steps, one for each gradient: those that mend the most leaves with the least."""
        best: dict[bytes, Step] = {}
        for step in sorted(partial, key=self._promise):
            best.setdefault(step.trial.signature, step)
        return list(best.values())[:BEAM]

    def _promise(self, step: Step) -> tuple[float, ...]:
        return (len(step.trial.wrong), -len(step.trial.proportional), *step.rank)

    def _combined(self, front: list[Step], before: Found) -> list[Step]:
        """Try pairs of edits that each mend what the other does not."""
        best: dict[bytes, Step] = {}
        for step in sorted(before.partial, key=lambda step: step.rank):
            best.setdefault(step.trial.signature, step)
        pairs = [
            (one, other) for one in front for other in list(best.values())[:60]
            if not one.trial.wrong & other.trial.wrong
            and not any(a.meets(b) for a in one.candidate for b in other.candidate)
        ]  # fmt: skip
        found = []
        trials = self.runner.try_all([(*one.candidate, *other.candidate) for one, other in pairs])
        for (one, other), trial in zip(pairs, trials, strict=True):
            if trial.whole and trial.signature not in self.banned:
                found.append(Step((*one.candidate, *other.candidate), one.cost + other.cost, trial))
        return found

    def _pairs(self) -> list[Step]:
        """Try the likeliest edits two by two."""
        wrong = self.evidence.wrong
        right = self.everything - wrong
        likely = sorted(self.edits, key=lambda edit: edit.cost + self.flow.penalty(edit, wrong, right))[:PAIRED]
        return self._tried([pair for pair in itertools.combinations(likely, 2) if not pair[0].meets(pair[1])])

    def _coupled(self) -> list[tuple[Edit, Edit]]:
        """Return pairs in one statement that only together fit in shape."""
        groups: dict[tuple[int, int, int], list[Edit]] = {}
        for edit in self.edits:
            reach = self.flow.at(edit.unit, edit.place) if edit.kind in SHAPING else None
            if reach is not None:
                groups.setdefault((edit.unit, reach.start, reach.end), []).append(edit)
        return [
            pair for group in groups.values()
            for pair in itertools.islice(itertools.combinations(group, 2), COUPLED) if not pair[0].meets(pair[1])
        ]  # fmt: skip

    def _tried(self, pairs: list[tuple[Edit, Edit]]) -> list[Step]:
        """Try pairs until one works."""
        found: list[Step] = []
        for i in range(0, len(pairs), self.runner.batch):
            if self.runner.spent or found:
                break
            batch = pairs[i : i + self.runner.batch]
            trials = self.runner.try_all(batch)
            found += [
                Step(pair, sum(edit.cost for edit in pair), trial)
                for pair, trial in zip(batch, trials, strict=True)
                if trial.whole and trial.signature not in self.banned
            ]  # fmt: skip
        return found
