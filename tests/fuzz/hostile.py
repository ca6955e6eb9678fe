"""Objectives and gradients that misbehave: they raise, return what is no number, write, print, recurse, exit, allocate.

Everything here stands for code of a user: what it raises must come through as it is.
"""

from __future__ import annotations

import decimal
import fractions
import random
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.fuzz.objectives import Objective
from tests.fuzz.trees import Draw, leaves


class Sour(Exception):
    """An exception of the user's own, which cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


class Unfloatable:
    """What says that it is a number and is none."""

    def __float__(self) -> float:
        raise TypeError("not today")

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise TypeError("no array either")


class Sly(float):
    """A number of a class of its own."""


def _recurse(depth: int = 0) -> int:
    return _recurse(depth + 1) + 1


def _generator() -> Any:
    yield 1.0


RAISED: list[Callable[[], BaseException]] = [
    lambda: ValueError("bad"),
    lambda: RuntimeError("\ud800\x00"),
    Sour,
    lambda: SystemExit(0),
    lambda: SystemExit("bye"),
    MemoryError,
    StopIteration,
    GeneratorExit,
    AssertionError,
    ZeroDivisionError,
    lambda: OverflowError("math range error"),
    lambda: ValueError("math domain error"),
    lambda: np.linalg.LinAlgError("singular"),
    lambda: KeyError(("a", 1)),
    lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"),
    lambda: ExceptionGroup("many", [ValueError(1), TypeError(2)]),
    lambda: FloatingPointError("underflow"),
    lambda: UserWarning("as an error"),
    lambda: RecursionError("deep"),
]
RETURNED: list[Callable[[Any], Any]] = [
    lambda v: None,
    lambda v: "text",
    lambda v: "1.0",
    lambda v: b"1.0",
    lambda v: [],
    lambda v: [v],
    lambda v: [v, v],
    lambda v: [[v], []],
    lambda v: {},
    lambda v: {1.0},
    lambda v: (v,),
    complex,
    lambda v: 1j,
    lambda v: object(),
    lambda v: np.array([v, v]),
    lambda v: np.array([v]),
    lambda v: np.array([[v]], dtype="f4"),
    lambda v: np.array([]),
    lambda v: True,
    lambda v: np.bool_(True),
    lambda v: np.array([True]),
    lambda v: 10**400,
    lambda v: np.array([10**400], dtype=object),
    lambda v: np.array([None]),
    lambda v: np.array(["a"]),
    lambda v: np.datetime64("2020"),
    lambda v: decimal.Decimal(1),
    lambda v: fractions.Fraction(1, 3),
    lambda v: np.ma.masked,
    lambda v: np.ma.array([v], mask=[True]),
    np.longdouble,
    np.float16,
    lambda v: np.int64(3),
    lambda v: np.array([(v,)], dtype=[("x", "f8")]),
    lambda v: _generator(),
    lambda v: Unfloatable(),
    Sly,
    lambda v: type,
    lambda v: range(1),
    lambda v: float("nan"),
    lambda v: float("inf"),
    lambda v: -np.inf,
    lambda v: NotImplemented,
    lambda v: np.array(v, dtype=">f8"),
    lambda v: np.matrix([[v]]),
    lambda v: memoryview(b"12345678"),
]


def _write(tree: Any) -> None:
    for leaf in leaves(tree):
        if isinstance(leaf, np.ndarray) and leaf.size and leaf.dtype.kind == "f":
            leaf[...] = 7.0


def _clear(tree: Any) -> None:
    if isinstance(tree, dict | list):
        tree.clear()


def _grow(tree: Any) -> None:
    if isinstance(tree, dict):
        tree["intruder"] = np.ones(3)


def _resize(tree: Any) -> None:
    for leaf in leaves(tree):
        if isinstance(leaf, np.ndarray) and leaf.ndim == 1:
            leaf.shape = (-1, 1)


def _lock(tree: Any) -> None:
    for leaf in leaves(tree):
        if isinstance(leaf, np.ndarray):
            leaf.flags.writeable = False


def _swear(tree: Any) -> None:
    sys.stdout.write("\ud83d noise \x1b[31m\n")
    sys.stderr.write("noise\n")


DONE: list[Callable[[Any], Any]] = [
    _write,
    _clear,
    _grow,
    _resize,
    _lock,
    _swear,
    lambda tree: _recurse(),
    lambda tree: np.empty(10**16),
    lambda tree: bytearray(10**15),
    lambda tree: time.sleep(0.001),
    lambda tree: np.random.seed(0),
    lambda tree: random.seed(0),
    lambda tree: np.seterr(all="raise"),
    lambda tree: warnings.warn("careful", stacklevel=1),
    lambda tree: sys.exit(0),
    lambda tree: [] < 3,  # type: ignore[operator]
    lambda tree: leaves(tree).sort(),
    lambda tree: next(iter(())),
]


class Hostile:
    """An objective that misbehaves in some of its calls, in one way, and behaves in the others."""

    def __init__(self, draw: Draw, inner: Objective) -> None:
        self.inner = inner
        self.calls = 0
        # Now and then, always, from some call on, or at one call only.
        self.when = (float(draw.random()), int(draw.integers(1, 40)), int(draw.integers(4)))
        self.lots = np.random.default_rng(draw.integers(2**32))
        kind = draw.random()
        self.kind = "raise" if kind < 0.35 else "return" if kind < 0.7 else "do"
        lists: dict[str, list[Any]] = {"raise": RAISED, "return": RETURNED, "do": DONE}
        self.way = lists[self.kind][draw.integers(len(lists[self.kind]))]

    def __call__(self, tree: Any) -> Any:
        """Return the loss, or do what this objective does."""
        self.calls += 1
        if not self._now():
            return self.inner(tree)
        if self.kind == "raise":
            raise self.way()
        if self.kind == "return":
            return self.way(float(self.inner(tree)))
        # First the value: what is done may leave nothing to compute it from.
        value = self.inner(tree)
        self.way(tree)
        return value

    def _now(self) -> bool:
        share, call, manner = self.when
        if manner == 0:
            return bool(self.lots.random() < 0.2 * share)
        if manner == 1:
            return self.calls >= call
        return self.calls == call if manner == 2 else True


CLAIMS: list[Callable[[Any, Any], Any]] = [
    lambda g, p: None,
    lambda g, p: "text",
    lambda g, p: 3.0,
    lambda g, p: {},
    lambda g, p: [],
    lambda g, p: (),
    lambda g, p: object(),
    lambda g, p: np.zeros(3),
    lambda g, p: (1.0, g),
    lambda g, p: (g, 1.0),
    lambda g, p: (g, g),
    lambda g, p: [g],
    lambda g, p: {"nested": g},
    lambda g, p: p,
    lambda g, p: leaves(g),
    lambda g, p: {**g, "extra": np.ones(2)} if isinstance(g, dict) else g,
    lambda g, p: dict(list(g.items())[1:]) if isinstance(g, dict) else g,
    lambda g, p: dict(reversed(g.items())) if isinstance(g, dict) else g,
    lambda g, p: _generator(),
    lambda g, p: np.array(leaves(g)[:1], dtype=object),
    lambda g, p: Unfloatable(),
    lambda g, p: {1: g, "1": g},
]
ENTRIES: list[Callable[[Any], Any]] = [
    lambda a: None,
    lambda a: np.full_like(a, np.nan),
    lambda a: np.full_like(a, np.inf),
    lambda a: a[..., None],
    lambda a: a.reshape(-1),
    lambda a: a.T,
    lambda a: a.astype(complex),
    lambda a: a.astype(int),
    lambda a: a.astype(object),
    lambda a: a.astype(str),
    lambda a: a > 0,
    lambda a: a.tolist(),
    lambda a: "text",
    lambda a: np.ma.array(a, mask=True),
    lambda a: a.astype("f2"),
    lambda a: a.astype("g"),
    lambda a: a.astype(">f8"),
    np.zeros_like,
    lambda a: a * 1e308,
    lambda a: a * 1e-308,
    lambda a: np.float64(1.0),
    lambda a: 10**400,
    lambda a: Unfloatable(),
    lambda a: memoryview(np.ascontiguousarray(a)),
    lambda a: a.view([("x", a.dtype.str)]) if a.ndim else a,
]


def spoiled(draw: Draw, claim: Any, params: Any, mapped: Callable[..., Any]) -> Any:
    """Return a claim that is no gradient: another tree, or with a leaf that is no array of its shape."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if draw.random() < 0.4:
            return CLAIMS[draw.integers(len(CLAIMS))](claim, params)
        count = sum(isinstance(leaf, np.ndarray) for leaf in leaves(claim))
        places = iter(range(count))
        chosen = int(draw.integers(max(count, 1)))
        way = ENTRIES[draw.integers(len(ENTRIES))]

        def change(leaf: Any) -> Any:
            return way(leaf) if isinstance(leaf, np.ndarray) and next(places) == chosen else leaf

        return mapped(change, claim)
