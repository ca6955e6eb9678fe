"""From a wrong gradient to the edits that make it right: check, search, prove."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.complexes import realised
from gradproof.adapters.frameworks import translated
from gradproof.adapters.generators import frozen, untouched
from gradproof.adapters.parameters import collect
from gradproof.adapters.tree import flatten
from gradproof.api import as_problem, check
from gradproof.errors import InputError
from gradproof.mending.channel import Worker
from gradproof.mending.claims import Claims, claims_of
from gradproof.mending.edits.all import all_edits
from gradproof.mending.evidence import evidence_of
from gradproof.mending.flow import flow_of
from gradproof.mending.fresh import INSIDE, FreshWorker, needs_fresh
from gradproof.mending.outcome import MendOutcome
from gradproof.mending.place import place_of
from gradproof.mending.proof import Proved, Prover
from gradproof.mending.result import Mending
from gradproof.mending.runner import Runner
from gradproof.mending.search import Search
from gradproof.mending.telling import Ground, told
from gradproof.mending.tracing import Trace
from gradproof.mending.trials import Bench
from gradproof.mending.units import editable, home_of
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings


def mend(
    loss: Callable[..., Any] | Problem,
    gradient: Callable[..., Any] | None = None,
    params: Any = None,
    *,
    args: tuple[Any, ...] = (),
    settings: Settings | None = None,
) -> Mending:
    """Find the fewest and smallest edits of a gradient function's source that make it right, and prove them.

    Nothing is written. Edited functions run in a child process, on copies of the data; the objective is evaluated by
    the check before and by the proof after, not by the search.

    Parameters
    ----------
    loss
        ``loss(params, *args)`` returns one number. Or a ``Problem``, which holds the rest.
    gradient
        The function to mend, of ``(params, *args)``: a tree like ``params``, or ``(value, tree)``. Functions and
        methods of the user's that it calls, and the objective does not, are searched too.
    params
        A tree of arrays and numbers, any shapes and float dtypes: the point of the first check.
    args
        Further arguments of both functions.
    settings
        How to check. ``settings.seconds`` limits the search; 60 by default.

    Raises
    ------
    InputError
        If there is no source to edit, if gradient and objective are one function, or if the check is inconclusive.
    ObjectiveError
        If the objective is not one finite number at the point.
    """
    return mend_within(as_problem(loss, gradient, params, args), settings or Settings())


def mend_within(problem: Problem, settings: Settings) -> Mending:
    """Mend the gradient of a problem."""
    started = time.perf_counter()
    if INSIDE in os.environ:
        raise InputError("A worker of mend does not mend.", hint="call mend under if __name__ == '__main__'")
    with untouched(problem):
        made = _Run(problem, settings.replace(seconds=None), settings.seconds or 60.0).run()
    return replace(made, seconds=time.perf_counter() - started)


# How often the search goes on after what it found fell at another point.
ROUNDS = 4


class _Run:
    def __init__(self, problem: Problem, settings: Settings, seconds: float) -> None:
        if not callable(problem.gradient):
            raise InputError(
                "A gradient that is a tree has no source.",
                expected="a function of the parameters", got=type(problem.gradient).__name__,
            )  # fmt: skip
        self.given, self.settings, self.seconds = problem, settings, seconds
        home = home_of(problem.gradient)
        self.ran, self.shared = Trace(home), Trace(home)
        loss, gradient = self.shared.once(problem.loss), self.ran.once(problem.gradient)
        watched = replace(problem, loss=loss, gradient=gradient, batched=None)
        # Every call sees the same draw, here and in the worker.
        self.problem = realised(translated(frozen(watched)))

    def run(self) -> Mending:
        ground = self._ground()
        if ground.report.outcome is Outcome.CONSISTENT:
            return Mending(MendOutcome.RIGHT, ground.report)
        if ground.report.outcome is Outcome.INCONCLUSIVE:
            raise _unclear(ground.report)
        evidence = evidence_of(ground.claimed, ground.report.record, self.settings)
        if not evidence.wrong:
            raise InputError(
                "What is wrong with the gradient is not told of any leaf that was measured.",
                got="; ".join(f"{finding.leaf}: {finding.text}" for finding in ground.report.findings),
            )
        bench = Bench(self.problem, ground.units, evidence, self.settings)
        bench.value = ground.report.record.value if ground.shared else None
        fresh = needs_fresh(self.given, ground.units)
        runner = Runner(FreshWorker(bench, self.given) if fresh else Worker(bench), self.seconds)
        try:
            flow = flow_of(ground.units, runner)
            proved = self._proved(Search(all_edits(ground.units), evidence, flow, runner), runner, ground.shared)
        finally:
            runner.close()
        if not proved.steps and ground.error is not None:
            raise ground.error
        place = None
        if not proved.steps and not fresh and not ground.shared:
            place = place_of(self.problem, ground.units[0], self.shared.locals, ground.report)
        return replace(told(ground, (proved, flow, runner), evidence.wrong), place=place)

    def _proved(self, search: Search, runner: Runner, shared: bool) -> Proved:
        """Search and prove; what works at the point only is set aside, and the search goes on."""
        prover = Prover(self.problem, self.settings, runner)
        prover.shared = shared
        fallen = 0
        for _ in range(ROUNDS):
            steps = search.run()
            proved = prover.run(steps)
            fallen += proved.fallen
            if proved.steps or not steps or runner.spent:
                break
            search.banned |= {step.trial.signature for step in steps}
        return replace(proved, fallen=fallen, evaluations=prover.evaluations)

    def _ground(self) -> Ground:
        """Check the gradient as it is; what is missing in it is stood in for, so that its slopes are measured."""
        error: Exception | None = None
        try:
            claims = claims_of(self.problem, self.settings)
        except Exception as raised:
            claims, error = Claims({}, (("", str(raised)),)), raised
        claimed, faults = self.problem, claims.faults
        if claims.faults:
            claimed = replace(self.problem, gradient=self._stand_in(claims))
        report = check(claimed, settings=self.settings)
        if faults and error is None and report.outcome is not Outcome.WRONG:
            raise InputError(
                "What is wrong with the gradient is no arithmetic.",
                got="; ".join(f"{leaf}: {text}" for leaf, text in faults), hint="return a tree like the parameters",
            )  # fmt: skip
        units, shared = editable(self.given.gradient, self.ran.locals, self.shared.locals)
        return Ground(report, claimed, units, error, shared)

    def _stand_in(self, claims: Claims) -> Any:
        tree = flatten(self.problem.params)
        parameters, _ = collect(tree, self.settings)
        rng = np.random.default_rng(self.settings.seed)
        sizes = [float(np.sqrt(np.mean(array**2))) for array in claims.arrays.values() if array.size]
        size = max(sizes, default=1.0) or 1.0
        leaves = list(tree.leaves)
        for parameter in parameters:
            known = claims.arrays.get(parameter.name)
            drawn = size * rng.standard_normal(parameter.array.shape)
            for position in parameter.positions:
                leaves[position] = drawn.astype(parameter.array.dtype) if known is None else known
        return tree.rebuild(leaves)


def _unclear(report: Report) -> InputError:
    reasons = ", ".join(report.reasons)
    return InputError(
        "The check is inconclusive: without measurements there is nothing to mend by.",
        got=f"reason: {reasons}",
        hint="see what `gradproof check` says of it, and mend once it can judge",
    )
