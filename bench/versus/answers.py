"""What a peer is asked and what it answers: a case as a function of one flat array, with the calls counted."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from bench.versus.base import Tree
from bench.versus.cases import Case

from bench import peers

# Consistent, wrong, cannot tell; stopped by the limit of time, an exception of the peer's own.
RIGHT, WRONG, OPEN, SLOW, RAISED = "C", "W", "I", "T", "X"


@dataclass(frozen=True)
class Answer:
    """An outcome, and the leaf that was named, if any; gradproof's also says what it named and how well it saw."""

    outcome: str
    leaf: str | None = None
    leaves: frozenset[str] = frozenset()
    named: str | None = None  # see ``naming``
    margin: float | None = None  # the planted error over the stated resolution, where it was missed
    said: str = ""


class TooSlow(BaseException):
    """The limit of time of a case; no peer catches it."""


class Flat:
    """A case whose parameters are one array, as most peers want them; every call of the objective is counted."""

    def __init__(self, case: Case) -> None:
        self.case, self.calls = case, 0
        self.names = list(case.params)
        self.x = np.concatenate([case.params[name].ravel() for name in self.names])
        self.ends = np.cumsum([case.params[name].size for name in self.names])

    def tree(self, x: Any) -> Tree:
        parts = np.split(np.asarray(x), self.ends[:-1])
        return {n: part.reshape(self.case.params[n].shape) for n, part in zip(self.names, parts, strict=True)}

    def value(self, tree: Tree) -> Any:
        self.calls += 1
        return self.case.loss(tree)

    def loss(self, x: Any) -> Any:
        return np.squeeze(self.value(self.tree(x)))[()]

    def gradient(self, x: Any) -> np.ndarray:
        claim = self.case.claim(self.tree(x))
        return np.concatenate([claim[name].ravel() for name in self.names])

    def leaf(self, entry: int) -> str:
        """Return the leaf of an entry of the flat array."""
        return self.names[int(np.searchsorted(self.ends, entry, side="right"))]

    def plain(self) -> peers.Case:
        """Return the case as ``bench/peers.py`` has them."""
        return peers.Case("", lambda _, x: self.loss(x), lambda _, x: self.gradient(x), self.x, None)


@dataclass
class Clock:
    """Whether the time was up, and the seconds of the processor that were used."""

    up: bool = False
    seconds: float = 0.0
    started: float = field(default_factory=time.process_time)


@contextmanager
def limited(seconds: float) -> Iterator[Clock]:
    """Stop the body after so many seconds of the processor; the clock says whether it was."""
    clock = Clock()

    def stop(*_: Any) -> None:
        clock.up = True
        raise TooSlow

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield clock
    except TooSlow:
        pass
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)
        clock.seconds = time.process_time() - clock.started


def asked(ask: Callable[[Flat], Answer], flat: Flat, seconds: float) -> tuple[Answer, Clock]:
    """Return what a peer answers within so many seconds, its exceptions included."""
    answer = Answer(SLOW)
    with limited(seconds) as clock, np.errstate(all="ignore"):
        try:
            answer = ask(flat)
        except ImportError:
            raise
        except Exception as error:
            answer = Answer(RAISED, said=type(error).__name__)
    return (Answer(SLOW) if clock.up else answer), clock
