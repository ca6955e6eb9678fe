"""Where and how checks are run: on other processors, on a cluster, with a journal, with a limit for one evaluation."""

from __future__ import annotations

import concurrent.futures
import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

from gradproof.desk import Desk, seated
from gradproof.errors import InputError
from gradproof.executors.ahead import Ahead
from gradproof.executors.batches import Batches, Together
from gradproof.executors.cluster import Cluster
from gradproof.executors.journal import Journal
from gradproof.executors.opened import opened
from gradproof.executors.pools import Processes

Where = Processes | Cluster | Batches | concurrent.futures.Executor


@contextlib.contextmanager
def using(
    where: Where | None = None, *, journal: str | os.PathLike[str] | None = None, limit: float | None = None
) -> Iterator[None]:
    """Run all checks in the body elsewhere, or with a journal; their reports are the same to the byte.

    Parameters
    ----------
    where
        ``Processes(workers)``, ``Cluster(address)``, or an executor of ``concurrent.futures``; None for this process.
        What is evaluated there is the objective; gradient functions are called here, and so is the objective at the
        point itself. The problem is sent with cloudpickle. Or ``Batches()``: many points in one call, in this process.
    journal
        A file in which every evaluation is kept as it arrives. The same checks, run again with it, go on from there.
    limit
        Seconds that one evaluation may take, where it runs in another process: it is stopped there, and the check ends
        with what it has.

    Raises
    ------
    InputError
        If ``where`` or ``limit`` cannot be used.
    JournalError
        If the journal is of other checks, of another version, in use, or no journal.
    """
    if limit is not None and (where is None or isinstance(where, Batches) or not 0.0 < limit < math.inf):
        raise InputError(
            "The limit of an evaluation cannot be used.", got=repr(limit),
            expected="seconds > 0, for evaluations in processes of their own: using(Processes(), limit=10.0)",
        )  # fmt: skip
    pool = None if where is None or isinstance(where, Batches) else opened(where)
    try:
        desk: Desk | None = Together(where) if isinstance(where, Batches) else None
        if pool is not None:
            desk = Ahead(pool, limit)
        kept = None if journal is None else Journal(Path(journal), desk)
        try:
            with seated(kept or desk):
                yield
        finally:
            if kept is not None:
                kept.close()
    finally:
        if pool is not None:
            pool.close()
