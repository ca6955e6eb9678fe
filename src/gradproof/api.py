"""The one joint of adapter, run and report: ``check``."""

from __future__ import annotations

import datetime
import functools
import platform
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from gradproof.adapters.binding import bind
from gradproof.adapters.generators import untouched
from gradproof.desk import current
from gradproof.errors import InputError
from gradproof.notebook import Tick, notebook_progress
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.version import __version__


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
    KeyboardInterrupt
        If the user interrupts it; its ``report`` is what was found so far.
    """
    problem = as_problem(loss, grads, params, args)
    with notebook_progress() as tick:
        return check_with_progress(problem, settings or Settings(), tick)


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

    desk = current()
    with untouched(problem):
        subject = bind(problem, settings)
        if desk is not None:
            subject.desk = desk
            desk.begin(subject)
        try:
            record = run(subject, settings, tick)
        except KeyboardInterrupt as stop:
            # The user's interruption goes on its way, with what was found so far.
            found = getattr(stop, "record", None)
            if found is not None:
                stop.report = Report(replace(found, run=_circumstances(started)), problem)  # type: ignore[attr-defined]
            raise
    facts = {} if desk is None else desk.facts()
    return Report(replace(record, run={**_circumstances(started), **facts}), problem)


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
