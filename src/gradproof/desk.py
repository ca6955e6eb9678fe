"""Where evaluations of the objective are asked for: computed here, elsewhere, or remembered.

A check asks one evaluation after the other, and what it asks next depends on the answers: that order is the single
source of truth. A desk may have answers ready that were computed ahead, on other processors, or in an earlier run; it
cannot change them, so that the report is the same for every desk.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

from gradproof.probe import Probe


@dataclass(frozen=True, slots=True)
class Question:
    """One evaluation: along a probe (from the point plus ``behind`` times the claim) at t, or of another ``kind``.

    ``probe`` is None where only the process of the check can compute it.
    """

    kind: str  # "line", "value", or what else a subject evaluates
    probe: Probe | None = None
    behind: float = 0.0
    t: float = 0.0

    @property
    def label(self) -> str:
        """What identifies it in a journal, besides its place in the order."""
        key = "" if self.probe is None else f" {self.probe.key}"
        return f"{self.kind}{key} {self.behind.hex()} {self.t.hex()}"


# The value at the point, and the unit roundoff of what the objective returned.
Center = tuple[float, float]


class Desk(Protocol):
    """What answers questions."""

    def begin(self, subject: Any) -> None:
        """Take a subject (its problem may have changed since); what was expected of another is forgotten."""

    def expect(self, probes: Sequence[Probe]) -> None:
        """Hear which probes will be measured next if all goes well."""

    def center(self, compute: Callable[[], Center]) -> Center:
        """Return the evaluation at the point."""

    def ask(self, question: Question, compute: Callable[[], float]) -> float:
        """Return an evaluation; ``compute`` does it here."""

    def facts(self) -> dict[str, Any]:
        """Return what the run's block of the report says of it."""


_current: ContextVar[Desk | None] = ContextVar("gradproof_desk", default=None)


def current() -> Desk | None:
    """Return the desk that checks use, None for evaluations here and now."""
    return _current.get()


@contextlib.contextmanager
def seated(desk: Desk | None) -> Iterator[None]:
    """Let all checks in the body use a desk."""
    token = _current.set(desk)
    try:
        yield
    finally:
        _current.reset(token)
