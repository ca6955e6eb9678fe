"""Stress: a table of scenarios, then a search, and the smallest failing one as code to paste."""

from __future__ import annotations

import contextlib
import inspect
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradproof.adapters.generators import untouched
from gradproof.errors import InputError
from gradproof.model import Outcome
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.stressing.scenarios import Scenario, differentiable, scenarios
from gradproof.stressing.search import smallest_failure
from gradproof.stressing.trial import REFUSED, Subject, Trial

SEARCHED = 200
# A scenario is stopped after so many times the time of the given arguments, but not before so many seconds.
MUCH_LONGER, LEAST_SECONDS = 50.0, 2.0
# Arguments of more entries than this are not written out in the code.
WRITTEN = 40


@dataclass(frozen=True)
class StressReport:
    """What was tried, the smallest failing scenario (None if none fails), and how many were not reached in time."""

    trials: tuple[Trial, ...]
    smallest: Trial | None
    code: str
    unreached: int

    @property
    def outcome(self) -> Outcome:
        """Wrong if a scenario fails, consistent if most pass and none fails, else inconclusive."""
        if self.smallest is not None:
            return Outcome.WRONG
        passed = sum(trial.outcome == Outcome.CONSISTENT for trial in self.trials)
        return Outcome.CONSISTENT if 2 * passed > len(self.trials) else Outcome.INCONCLUSIVE

    def __str__(self) -> str:
        counts = Counter(str(trial.outcome) for trial in self.trials)
        words = [word for word in ("wrong", "consistent", "inconclusive", REFUSED) if counts[word]]
        told = ", ".join(f"{counts[word]} {word}" for word in words)
        lines = [f"{self.outcome.upper()}  {len(self.trials)} scenarios: {told}"]
        lines += [f"  {t.outcome:<13}{t.scenario.name}{f': {t.text}' if t.text else ''}" for t in self.trials
                  if t.outcome not in (Outcome.CONSISTENT,)]  # fmt: skip
        if self.unreached:
            lines.append(f"  {self.unreached} scenarios were not reached in time")
        if self.smallest is not None:
            lines += ["the smallest that fails:", *(f"    {line}" for line in self.code.splitlines())]
        return "\n".join(lines)

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")


def stress(
    function: Callable[..., Any], claim: Callable[..., Any], *args: Any, seconds: float = 20.0,
    settings: Settings | None = None,
) -> StressReport:  # fmt: skip
    """Look for the inputs at which a gradient is wrong though it is right at the given ones.

    About six in ten mistakes that people really make do not show at a generic point. Tried are uneven cotangents,
    zeros, ones, ties, negative, tiny and large values, all entries equal, batches of one, strided, transposed,
    broadcast and read-only arrays, one array in two slots, repeated indices, and calls in another order; then simple
    values are searched, and shrunk (that needs hypothesis).

    Parameters
    ----------
    function
        ``function(*args)`` returns a number or an array. What it refuses by raising is told as refused.
    claim
        Its gradient, ``claim(*args)``, if it returns one number; else its vector-Jacobian product,
        ``claim(*args, cotangent)``. Returned is an array for a single differentiable argument, or a sequence of them.
    args
        Floating-point arrays and numbers, which are differentiated, and anything else, which is not.
    seconds
        After so many no new scenario is begun. One that takes much longer than the given arguments is stopped and told
        as refused (on Unix, in the main thread): a loop may not end for another option.
    settings
        How each scenario is checked.

    Raises
    ------
    InputError
        If nothing can be differentiated, or what ``claim`` returns does not fit the arguments.
    """
    if not differentiable(args):
        raise InputError("There is nothing to differentiate.", expected="an argument of floating-point numbers")
    deadline = time.monotonic() + seconds
    chosen = settings or Settings()
    table = list(scenarios(args, chosen.seed))
    with untouched(Problem(function, claim, None, args)):
        # The user's own exception at the given arguments is the user's to see.
        subject = Subject(function, claim, chosen, _form(np.size(function(*args)), claim, args))
        trials = list(_attempted(subject, table, deadline))
        smallest = next((trial for trial in trials if trial.failed), None)
        given_fails = bool(trials) and trials[0].failed
        if not given_fails and _is_about_values(smallest):
            found = smallest_failure(subject, args, SEARCHED, lambda: deadline - time.monotonic())
            searched = None if found is None else subject.attempt(found)
            if searched is not None and searched.failed:
                trials.append(searched)
                smallest = searched
    code = "" if smallest is None else _code(args, smallest)
    return StressReport(tuple(trials), smallest, code, len(table) - min(len(trials), len(table)))


def _form(size: int, claim: Callable[..., Any], args: tuple[Any, ...]) -> str:
    """Return how the claim is called; an array of one number may have a cotangent too."""
    if size != 1:
        return "vjp"
    try:
        takes = inspect.signature(claim)
    except (TypeError, ValueError):
        return "gradient"
    for form, given in (("gradient", args), ("vjp", (*args, 1.0))):
        with contextlib.suppress(TypeError):
            takes.bind(*given)
            return form
    return "gradient"


def _attempted(subject: Subject, table: list[Scenario], deadline: float) -> Iterator[Trial]:
    """Try scenarios, the given arguments first: by their time it is known what takes too long."""
    allowed = math.inf
    for scenario in table:
        started = time.monotonic()
        if started >= deadline:
            return
        yield subject.attempt(scenario, allowed)
        if allowed == math.inf:
            allowed = max(LEAST_SECONDS, MUCH_LONGER * (time.monotonic() - started))


def _is_about_values(known: Trial | None) -> bool:
    """Whether values found by search may be told instead: not where a layout, an alias or an index is the cause."""
    return known is None or known.scenario.about == "values"


def _code(args: tuple[Any, ...], trial: Trial) -> str:
    """Return code that makes the failing arguments."""
    written = [_literal(arg) for arg in args]
    cotangent = trial.scenario.cotangent
    lines = ["import numpy", f"args = [{', '.join(written)}]", *trial.scenario.code]
    if trial.scenario.other:
        lines.append(f"# call both at another point {trial.scenario.other}, as the scenario says")
    lines.append(f"# wrong there, for a cotangent that is {cotangent}: {trial.text}")
    return "\n".join(line for line in lines if line)


def _literal(arg: Any) -> str:
    if isinstance(arg, np.ndarray):
        if arg.size > WRITTEN:
            return f"... of shape {arg.shape}"
        return f"numpy.array({arg.tolist()}, dtype={str(arg.dtype)!r})"
    return repr(arg)
