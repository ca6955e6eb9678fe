"""The list of cases: each from its number alone, and the fingerprint of what the numbers generate."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from bench.versus import hard, networks, operators, problems
from bench.versus.base import Base, Tree, cast
from bench.versus.mistakes import LEAST, Mistake, draw, scaled, size

LIST = Path(__file__).with_name("cases.json")
SEED = 20261124


def large(rng: np.random.Generator) -> Base:
    return (networks.large if rng.random() < 0.6 else problems.wide)(rng)


# In turn; each number names one of them. Hard functions and operators come twice.
FAMILIES = {
    "networks": networks.small,
    "operators": operators.operator,
    "hard": hard.hard,
    "problems": problems.problem,
    "large": large,
}
TURN = ("networks", "operators", "hard", "problems", "networks", "operators", "hard", "problems", "hard", "large")


@dataclass(frozen=True)
class Case:
    """A claim about a gradient, right or with one planted mistake, with the truth."""

    number: int
    family: str
    dtype: str
    base: Base
    mistake: Mistake | None

    @cached_property
    def params(self) -> Tree:
        return cast(self.base.params, self.dtype)

    @cached_property
    def data(self) -> dict[str, Any]:
        return cast(self.base.data, self.dtype)

    @cached_property
    def doubles(self) -> dict[str, Any]:
        """The data that the objective uses, rounded to the dtype of the case, for the gradient in double precision."""
        return cast(self.data, "float64")

    def loss(self, p: Tree) -> Any:
        return self.base.loss(p, self.data)

    def truth(self, p: Tree) -> Tree:
        """Return the exact gradient in double precision, at a point in the dtype of the case."""
        with np.errstate(all="ignore"):
            return self.base.gradient(cast(p, "float64"), self.doubles)

    def claim(self, p: Tree) -> Tree:
        """Return the gradient that is judged, in the dtype of the case."""
        if self.mistake is None:
            return cast(self.truth(p), self.dtype)
        at = p
        if self.mistake.shift:
            turn = np.random.default_rng(self.number)
            at = {n: x + self.mistake.shift * scaled(x) * turn.normal(size=x.shape).astype(x.dtype)
                  for n, x in p.items()}  # fmt: skip
        return cast(self.mistake.spoil(self.truth(at), p), self.dtype)

    @cached_property
    def sizes(self) -> dict[str, float]:
        """The relative error of the claim in each leaf."""
        p = cast(self.params, "float64")
        return size(self.truth(self.params), self.claim(self.params), p, self.base.kinks(p))

    @property
    def wrong(self) -> set[str]:
        """The leaves whose claim is wrong by more than rounding."""
        return {name for name, found in self.sizes.items() if not found <= LEAST[self.dtype] / 10}

    @property
    def text(self) -> str:
        """What the fingerprint is made of: all that was drawn."""
        entries = [f"{x:.5e}" for leaf in self.base.params.values() for x in leaf.ravel()[:20]]
        shapes = {name: leaf.shape for name, leaf in self.base.params.items()}
        made = (self.mistake.kind, self.mistake.leaves, sorted(self.mistake.facts.items())) if self.mistake else None
        return repr((self.number, self.family, self.base.name, self.dtype, shapes, made, entries))


def case(number: int) -> Case:
    """Return the case of a number: even ones are right, odd ones wrong."""
    rng = np.random.default_rng([SEED, number])
    family = TURN[(number // 2) % len(TURN)]
    base = FAMILIES[family](rng)
    dtype = "float32" if base.single and rng.random() < 0.3 else "float64"
    right = Case(number, family, dtype, base, None)
    if number % 2 == 0:
        return right
    shapes = {name: leaf.shape for name, leaf in base.params.items()}
    for _ in range(100):
        found = Case(number, family, dtype, base, draw(rng, shapes, dtype))
        # What changes nothing, or less than was asked for (a transposed symmetric matrix), is no mistake.
        if found.wrong and max(found.sizes.values()) >= LEAST[dtype] / 3:
            return found
    raise AssertionError(f"case {number} takes no mistake")


def fingerprint(count: int) -> str:
    """Return a digest of the first so many cases."""
    digest = hashlib.sha256()
    for number in range(count):
        digest.update(case(number).text.encode())
    return digest.hexdigest()


def committed() -> dict[str, Any]:
    """Return the committed list: how many cases, which of them the peers get, and the fingerprint."""
    return json.loads(LIST.read_text(encoding="utf-8"))


def write(count: int, for_peers: int) -> None:
    """Write the list."""
    rng = np.random.default_rng([SEED, count])
    chosen = sorted(2 * int(i) + k for k in (0, 1) for i in rng.permutation(count // 2)[: for_peers // 2])
    LIST.write_text(
        json.dumps({"seed": SEED, "cases": count, "fingerprint": fingerprint(count), "peers": chosen}) + "\n",
        encoding="utf-8",
    )
