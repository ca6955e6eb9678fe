"""The check as an assertion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gradproof.api import check
from gradproof.errors import GradientMismatch
from gradproof.model import Outcome
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings

# Called with every report that was asserted: a test runner listens.
listeners: list[Callable[[Report], None]] = []


def assert_gradient(
    loss: Callable[..., Any] | Problem,
    grads: Any = None,
    params: Any = None,
    *,
    args: tuple[Any, ...] = (),
    settings: Settings | None = None,
) -> Report:
    """Check a gradient (see ``check``) and raise unless it is consistent.

    Raises
    ------
    GradientMismatch
        If the outcome is wrong or inconclusive; it carries the report, and its text is the report.
    """
    __tracebackhide__ = True  # pytest then shows the line of the test
    report = check(loss, grads, params, args=args, settings=settings)
    for listener in listeners:
        listener(report)
    if report.outcome is not Outcome.CONSISTENT:
        raise GradientMismatch(str(report), report)
    return report
