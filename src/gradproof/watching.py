"""A check along a training run: at the start, after burn-in, then rarely, and never at the run's expense."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gradproof.api import check
from gradproof.errors import InputError
from gradproof.model import Outcome, outcome_of
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

# Steps before the second check: at the start everything is symmetric, small and far from what training makes of it.
BURN_IN = 50
# Each check is at least this many times as late as the one before.
RARER = 4


class Watch:
    """Called once a step with the parameters, it checks now and then and keeps the reports.

    Parameters
    ----------
    problem
        Loss and gradient function; its params are not used.
    share
        The share of the loop's time that checks may take, the first apart.
    settings
        How to check.

    Attributes
    ----------
    reports
        By step.
    """

    def __init__(self, problem: Problem, share: float = 0.01, settings: Settings | None = None) -> None:
        if not callable(problem.gradient):
            raise InputError("Only a gradient function can be watched.", expected="a function of the parameters")
        if not 0.0 < share <= 1.0:
            raise InputError("The share of time cannot be used.", expected="from above 0 to 1", got=repr(share))
        self._problem = problem
        self._share = share
        self._settings = settings or Settings()
        self._step = 0
        self._started = time.perf_counter()
        self._spent = 0.0  # by checks after the first
        self._cost = 0.0  # of the last check
        self._next = 0
        self.reports: dict[int, Report] = {}

    def __call__(self, params: Any, *args: Any) -> Report | None:
        """Check if it is time to; return the report if a check was made.

        ``args``, if given, stand for those of the problem: the batch of this step. Parameters, generators and buffers
        are as they were.
        """
        step, self._step = self._step, self._step + 1
        if step < self._next:
            return None
        if not self._affordable():
            # Asked again a little later: asking costs time as well.
            self._next = step + 1 + step // 16
            return None
        began = time.perf_counter()
        problem = replace(self._problem, params=params, args=args or self._problem.args)
        report = check(problem, settings=self._settings.replace(seed=self._settings.seed + step))
        # A report must not hold on to parameters that the run goes on to change.
        self.reports[step] = Report(report.record)
        self._cost = time.perf_counter() - began
        if step:
            self._spent += self._cost
            self._next = max(RARER * step, BURN_IN)
        else:
            self._next = BURN_IN
            self._started = time.perf_counter()
        return self.reports[step]

    def _affordable(self) -> bool:
        """Whether another check, at the cost of the last, keeps to the share of the loop's time so far."""
        loop = time.perf_counter() - self._started - self._spent
        return not self.reports or self._spent + self._cost <= self._share * loop

    @property
    def worst(self) -> Report:
        """The first report with the worst outcome.

        Raises
        ------
        InputError
            If nothing was checked yet.
        """
        if not self.reports:
            raise InputError("Nothing was checked yet.", expected="at least one call")
        worst = outcome_of(report.outcome for report in self.reports.values())
        return next(report for report in self.reports.values() if report.outcome is worst)

    def __str__(self) -> str:
        lines = [f"step {step}: {report.outcome}" for step, report in self.reports.items()]
        if self.reports and self.worst.outcome is not Outcome.CONSISTENT:
            lines.append(str(self.worst))
        return "\n".join(lines)


def watch(
    loss: Callable[..., Any] | Problem, gradient: Any = None, *, share: float = 0.01, settings: Settings | None = None
) -> Watch:
    """Return what checks a gradient along a training run; call it once a step with the parameters.

    >>> eye = watch(loss, gradient)
    >>> for batch in batches:
    ...     eye(params, batch)
    ...     params = step(params, gradient(params, batch))
    >>> print(eye)

    It checks at the start, after fifty steps as soon as that costs no more than a hundredth of the loop's time, and
    then at steps four times as late each: "a few times, then turn it off" without anybody having to remember.

    Parameters
    ----------
    loss, gradient
        As for ``check``; or a ``Problem``.
    share
        The share of the loop's time that checks may take, the first apart.
    settings
        How to check.
    """
    problem = loss if isinstance(loss, Problem) else Problem(loss, gradient, None)
    return Watch(problem, share, settings)
