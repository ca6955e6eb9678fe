"""One case of the fuzz from one number: which kind it is, what came of it, and which invariants it broke."""

from __future__ import annotations

import signal
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz.commands import command
from tests.fuzz.files import reports, stored
from tests.fuzz.known import known
from tests.fuzz.misuse import claims, hostile, others, points

# How often each kind is drawn.
SHARES: dict[str, float] = {
    "known truth": 0.42,
    "hostile objective": 0.13,
    "hostile claim": 0.11,
    "odd point": 0.09,
    "other entries": 0.07,
    "command": 0.06,
    "file of parameters": 0.06,
    "file of a report": 0.06,
}
IN_MEMORY: dict[str, Callable[..., tuple[str, list[str]]]] = {
    "known truth": known,
    "hostile objective": hostile,
    "hostile claim": claims,
    "odd point": points,
    "other entries": others,
}
ON_DISK = {"command": command, "file of parameters": stored, "file of a report": reports}
# No case has a reason to take so long, on the slowest machine; none has a budget above a second.
HANG = 120


class Hang(BaseException):
    """A case did not come to an end."""


@dataclass(frozen=True)
class Case:
    """What came of one case; ``broken`` is empty if all invariants held."""

    seed: int
    kind: str
    outcome: str
    broken: tuple[str, ...]


def run(seed: int) -> Case:
    """Run the case of a seed; the same seed gives the same case, up to the cuts of budgets of seconds."""
    draw = np.random.default_rng([20261124, seed])
    kind = str(draw.choice(list(SHARES), p=list(SHARES.values())))
    try:
        with limited(HANG), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if kind in ON_DISK:
                with tempfile.TemporaryDirectory() as folder:
                    outcome, broken = ON_DISK[kind](draw, Path(folder))
            else:
                outcome, broken = IN_MEMORY[kind](draw)
    except Hang:
        outcome, broken = "hang", [f"no end after {HANG} s"]
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        outcome, broken = (
            "raised",
            [f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error!s:.200}"],
        )
    return Case(seed, kind, outcome, tuple(broken))


@contextmanager
def limited(seconds: int) -> Iterator[None]:
    """Interrupt the body after so many seconds."""

    def stop(*_: Any) -> None:
        raise Hang

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
