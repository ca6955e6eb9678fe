"""What an entry of the catalogue is: a mistake that was really made, as a right and a wrong gradient in NumPy.

The facts are public: each entry names the thread it comes from. The code here was written from those facts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Case:
    """An objective, its right and its wrong gradient (trees, or functions of the parameters), and the point."""

    loss: Callable[..., Any]
    right: Any
    wrong: Any
    params: Any
    args: tuple[Any, ...] = ()
    convention: str = "re+im"


@dataclass(frozen=True)
class Entry:
    """A catalogued mistake: ``named`` is a word that the finding must have, "" where no hypothesis covers it."""

    id: str
    source: str
    group: str
    named: str
    make: Callable[[], Case]


CATALOGUE: list[Entry] = []


def entry(id: str, source: str, group: str, named: str = "") -> Callable[[Callable[[], Case]], Callable[[], Case]]:
    def keep(make: Callable[[], Case]) -> Callable[[], Case]:
        CATALOGUE.append(Entry(id, source, group, named, make))
        return make

    return keep


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    e = np.exp(z - z.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def sigmoid(z: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-z))
