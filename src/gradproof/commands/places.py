"""Where a command evaluates: the options that say so, for all commands that have them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from gradproof.errors import InputError

PLACES = ("workers", "cluster", "batch", "limit", "journal")
OPTIONS = (
    click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Evaluate in N processes."),
    click.option("--cluster", metavar="ADDRESS", help="Evaluate on a cluster of Dask: tcp://host:port, or local."),
    click.option("--batch", type=click.IntRange(min=2), metavar="N",
                 help="Evaluate N points in one call (vmap, batched)."),
    click.option("--limit", type=float, metavar="SECONDS", help="Stop an evaluation elsewhere that takes longer."),
    click.option("--journal", type=click.Path(dir_okay=False, path_type=Path),
                 help="Keep every evaluation; go on from it."),
)  # fmt: skip


def place_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command these options, in this order."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@contextlib.contextmanager
def elsewhere(run: dict[str, Any]) -> Iterator[None]:
    """Evaluate in the body where the options say: in processes, on a cluster, with a journal, with a limit."""
    if all(value is None for value in run.values()):
        yield
        return
    # Imported by who asks for it.
    from gradproof.elsewhere import using
    from gradproof.executors.batches import Batches
    from gradproof.executors.cluster import Cluster
    from gradproof.executors.pools import Processes

    workers, address = run["workers"], run["cluster"]
    where: Processes | Cluster | Batches | None = None if workers is None else Processes(workers)
    if address is not None:
        where = Cluster(None if address == "local" else address, workers)
    if run["batch"] is not None:
        if where is not None:
            raise InputError("Batches are evaluated in this process.", expected="--batch, or --workers and --cluster")
        where = Batches(run["batch"])
    try:
        with using(where, journal=run["journal"], limit=run["limit"]):
            yield
    except ImportError as error:
        raise InputError(str(error)) from error
