"""The run: every peer on its cases, in processes, kept as it goes, gathered in one file."""

from __future__ import annotations

import json
import multiprocessing
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.versus.answers import WRONG, Answer, Flat, asked
from bench.versus.cases import Case, case
from bench.versus.peers import PEERS

RESULTS = Path(__file__).parents[1] / "results"
PARTIAL = RESULTS / "versus.partial.jsonl"
SECONDS = 1.0  # of the processor, that a peer has for a case
FIELDS = ("case", "outcome", "evaluations", "seconds", "leaf", "named", "margin", "said")
Task = tuple[str, int]


def outcome(task: Task) -> list[Any]:
    """Return [peer, case, outcome, evaluations, seconds, right leaf, name, margin, what was said]."""
    peer, number = task
    flat = Flat(case(number))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answer, clock = asked(PEERS[peer][1], flat, SECONDS)
    keep = surprising(answer, flat.case)
    margin = None if answer.margin is None else float(f"{answer.margin:.2g}")
    return [peer, number, answer.outcome, flat.calls, float(f"{clock.seconds:.2g}"), located(answer, flat.case),
            answer.named, margin, answer.said if keep else ""]  # fmt: skip


def located(answer: Answer, asked_of: Case) -> bool | None:
    """Return whether the leaves that were called wrong are those that are; None if none was named."""
    if answer.outcome != WRONG or asked_of.mistake is None:
        return None
    if answer.leaf is not None:
        return answer.leaf in asked_of.wrong
    return answer.leaves == asked_of.wrong if answer.leaves else None


def surprising(answer: Answer, asked_of: Case) -> bool:
    return answer.outcome != ("C" if asked_of.mistake is None else WRONG)


def done() -> dict[Task, list[Any]]:
    """Return what an earlier run has found; a line that was cut is found again."""
    found: dict[Task, list[Any]] = {}
    if PARTIAL.exists():
        for line in PARTIAL.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            found[row[0], row[1]] = row
    return found


def _began() -> None:
    os.nice(5)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"


def results(tasks: list[Task], workers: int) -> Iterator[list[Any]]:
    """Yield the rows of all tasks; those that an earlier run has found first."""
    known = done()
    yield from (known[task] for task in tasks if task in known)
    todo = [task for task in tasks if task not in known]
    RESULTS.mkdir(exist_ok=True)
    context = multiprocessing.get_context("spawn")
    with PARTIAL.open("a", encoding="utf-8") as kept, context.Pool(workers, _began) as pool:
        for row in pool.imap_unordered(outcome, todo, chunksize=1):
            kept.write(json.dumps(row) + "\n")
            kept.flush()
            yield row
