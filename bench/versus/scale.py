"""Seconds, evaluations and memory against the number of parameters, each peer in a process of its own."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from bench.versus.answers import Flat, asked
from bench.versus.base import Base
from bench.versus.cases import Case
from bench.versus.mistakes import Mistake
from bench.versus.peers import PEERS

SIZES = tuple(10**k for k in range(1, 9))
# What a check may take, up to a million parameters, and for each million beyond.
SECONDS, MILLION = 10.0, 1_000_000
# Below that many parameters memory cannot be told from what the interpreter does besides.
MEASURABLE = 100_000
ROOT = Path(__file__).parents[2]


def layer(n: int) -> Base:
    """Return a layer of about n parameters, ten weights and a bias for each unit; its loss is a mean of squares."""
    rng, rows = np.random.default_rng(n), max(1, round(n / 11))
    params = {"W": rng.normal(size=(rows, 10)) / 3.0, "b": 0.1 * rng.normal(size=(rows, 1))}

    def hidden(p: Any, d: Any) -> Any:
        return np.tanh(p["W"] @ d["x"] + p["b"])

    def gradient(p: Any, d: Any) -> Any:
        h = hidden(p, d)
        delta = 2.0 * h * (1.0 - h * h) / rows
        return {"W": delta @ d["x"].T, "b": delta}

    data = {"x": rng.normal(size=(10, 1))}
    return Base("layer", params, data, lambda p, d: np.sum(hidden(p, d) ** 2) / rows, gradient)


def limit(n: int) -> float:
    """Return the seconds that a check of n parameters may take."""
    return SECONDS * max(1.0, n / MILLION)


def doubled_row(g: Any, p: Any) -> Any:
    W = g["W"].copy()
    W[0] *= 2.0
    return {**g, "W": W}


CLAIMS = {"right": None, "wrong": Mistake("row", ("W",), doubled_row, {"row": 0})}


def measured(peer: str, n: int, claim: str) -> dict[str, Any]:
    """Return what one check of a peer takes, in this process; memory is what it adds to the peak, in copies of n."""
    case = Case(0, "layer", "float64", layer(n), CLAIMS[claim])
    flat = Flat(case)
    case.claim(case.params)
    case.loss(case.params)
    before = _peak()
    answer, clock = asked(PEERS[peer][1], flat, limit(n))
    extra = max(0, _peak() - before) * 1024 / flat.x.nbytes
    return {"peer": peer, "size": n, "n": int(flat.x.size), "claim": claim, "outcome": answer.outcome,
            "calls": flat.calls, "seconds": float(f"{clock.seconds:.3g}"), "copies": float(f"{extra:.3g}"),
            "leaf": answer.leaf or "".join(sorted(answer.leaves))}  # fmt: skip


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def growing(peer: str, sizes: tuple[int, ...] = SIZES) -> Iterator[dict[str, Any]]:
    """Measure a peer at growing sizes, right claims first, until one takes longer than it may."""
    asked(PEERS[peer][1], Flat(Case(0, "layer", "float64", layer(20), None)), SECONDS)  # imports, and what is compiled
    for claim in CLAIMS:
        for n in sizes:
            found = measured(peer, n, claim)
            yield found
            # What grows with n would be stopped at the next size.
            if found["outcome"] in "TX" or (found["calls"] > n and 10.0 * found["seconds"] > limit(10 * n)):
                break


def run() -> list[dict[str, Any]]:
    """Measure every peer, each in a process of its own."""
    found = []
    for peer in PEERS:
        command = [sys.executable, "-m", "bench.versus.scale", peer]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        found += [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        print(f"scale: {peer}", flush=True)
    return found


if __name__ == "__main__":
    for row in growing(sys.argv[1]):
        print(json.dumps(row))
