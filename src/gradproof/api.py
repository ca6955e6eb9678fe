"""The one joint of adapter, run and report: ``check`` and the ``Report`` it returns."""

from __future__ import annotations

import datetime
import functools
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gradproof.adapters.generators import untouched
from gradproof.adapters.numpy import bind
from gradproof.errors import InputError
from gradproof.model import Finding, Outcome, Proof, Reason, Record, Verdict
from gradproof.reports.record import dumps, loads
from gradproof.reports.terminal import Style, render
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.version import __version__

Tick = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found: the record, with the ways to look at it.

    ``print(report)`` shows it; ``report.leaves["W2"].outcome`` answers for one leaf. It has no truth value, since
    there are three answers.
    """

    record: Record
    problem: Problem | None = field(default=None, repr=False, compare=False)

    @property
    def outcome(self) -> Outcome:
        """Any wrong, else any inconclusive, else consistent."""
        return self.record.outcome

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Why leaves are inconclusive."""
        return self.record.reasons

    @property
    def leaves(self) -> Mapping[str, Verdict]:
        """The verdict of each leaf by its path, and by its aliases."""
        return {name: verdict for verdict in self.record.verdicts for name in (verdict.leaf, *verdict.aliases)}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong: where, how much, and why."""
        return self.record.findings

    @property
    def proofs(self) -> tuple[Proof, ...]:
        """What was proved, and how surely."""
        return self.record.proofs

    @property
    def evaluations(self) -> int:
        """How often the objective was evaluated."""
        return self.record.evaluations

    @property
    def seed(self) -> int:
        """The key of the random directions."""
        return self.record.settings.seed

    @property
    def settings(self) -> Settings:
        """How it was checked."""
        return self.record.settings

    def to_json(self) -> str:
        """Return the report as JSON (``reports/schema-1.json``)."""
        return dumps(self.record)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the report as JSON; a file is either written whole or left alone."""
        # Imported when asked for: it costs a tenth of the whole import.
        from pathlib import Path

        target = Path(path)
        partial = target.with_name(f"{target.name}.{os.getpid()}.part")
        try:
            partial.write_text(self.to_json(), encoding="utf-8")
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Report:
        """Read a report; ``RecordError`` if the file is damaged, newer, or something else."""
        from pathlib import Path

        return cls(loads(Path(path).read_bytes(), str(path)))

    def judge(self, gradient: Any, params: Any = None) -> Report:
        """Judge another gradient on the measurements of this report, without one evaluation of the objective.

        The measurements belong to the objective and the point: this holds if the objective is unchanged. A leaf that
        the old directions cannot see well is inconclusive; ``check`` measures it afresh.

        Parameters
        ----------
        gradient
            A tree like the parameters, or a callable of ``(params, *args)``.
        params
            The parameters of the report, where it was loaded from a file.

        Raises
        ------
        InputError
            If the parameters are not those of the report, or if the objective draws random numbers.
        """
        from gradproof.again import rejudged

        return Report(*rejudged(self.record, self.problem, gradient, params))

    def __str__(self) -> str:
        return render(self.record, Style())

    def __repr__(self) -> str:
        return f"<Report: {self.outcome}, {len(self.record.verdicts)} leaves, {self.evaluations} evaluations>"

    def __bool__(self) -> bool:
        raise TypeError("A report has three answers; ask for report.outcome.")


def check(
    loss: Callable[..., Any] | Problem,
    grads: Any = None,
    params: Any = None,
    *,
    args: tuple[Any, ...] = (),
    settings: Settings | None = None,
) -> Report:
    """Judge a claimed gradient on measured derivatives.

    Parameters
    ----------
    loss
        ``loss(params, *args)`` returns a float, a 0-d or one-element array. Or a ``Problem``, which holds the rest.
    grads
        The claimed gradient: a tree like ``params``; a callable of ``(params, *args)`` that returns one, or
        ``(value, tree)``.
    params
        A tree (dict, list, tuple, dataclass, ...) of arrays and numbers, any shapes and float dtypes.
    args
        Further arguments of the objective and of a callable gradient.
    settings
        How to check; the defaults serve.

    Raises
    ------
    InputError
        If parameters, bounds or patterns cannot be used.
    ObjectiveError
        If the objective is not one finite number at the point.
    """
    return check_with_progress(as_problem(loss, grads, params, args), settings or Settings(), None)


def as_problem(loss: Any, grads: Any, params: Any, args: tuple[Any, ...]) -> Problem:
    """Return the problem that the arguments of ``check`` describe."""
    if isinstance(loss, Problem):
        if grads is not None or params is not None or args:
            raise InputError("A Problem already holds gradient, params and args.", expected="check(problem)")
        return loss
    if not callable(loss):
        raise InputError("The objective cannot be called.", expected="a function of params", got=type(loss).__name__)
    return Problem(loss, grads, params, args)


def check_with_progress(problem: Problem, settings: Settings, tick: Tick | None) -> Report:
    """Judge a problem, calling ``tick(evaluations, phase)`` before each probe."""
    started = time.perf_counter()
    # Imported by the first check, not by everybody who imports the package.
    from gradproof.probing.run import run

    with untouched(problem):
        record = run(bind(problem, settings), settings, tick)
    return Report(replace(record, run=_circumstances(started)), problem)


def judged_on(report: Report, problem: Problem, settings: Settings) -> Report | None:
    """Return the report of a problem on an earlier report's measurements, or None if it must be measured afresh."""
    started = time.perf_counter()
    from gradproof.again import measured

    record = measured(problem, report.record, settings)
    if record is None:
        return None
    return Report(replace(record, run=_circumstances(started)), problem)


@functools.cache
def _versions() -> dict[str, str]:
    return {
        "gradproof": __version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _circumstances(started: float) -> dict[str, Any]:
    """Return what varies between runs."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {**_versions(), "seconds": time.perf_counter() - started, "time": now}
