"""Data that edited code can reach by name: kept from being written to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradproof.mending.unit import Unit


def guard(arrays: list[Any]) -> None:
    """Make arrays read-only."""
    for array in arrays:
        array.flags.writeable = False


def reachable(units: tuple[Unit, ...]) -> Iterator[Any]:
    """Yield the writable arrays among the globals and cells of functions."""
    for unit in units:
        for function in unit.functions:
            held = list(function.__globals__.values())
            held += [cell.cell_contents for cell in function.__closure__ or () if _filled(cell)]
            for value in held:
                if isinstance(value, np.ndarray) and value.flags.writeable:
                    yield value


def _filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False
