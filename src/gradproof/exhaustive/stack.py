"""The point laid out many times, a row for each evaluation of a batch, in which entries are moved and put back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gradproof.adapters.blocks import Array
from gradproof.errors import InputError, UnbatchableError

# Copies of the parameters that one point of a batch takes.
COPIES = 3

# One entry in each of so many rows: the block, the places in it, and what stands there.
Move = tuple[int, Array, Array]


class Stack:
    """Rows of the point.

    Parameters
    ----------
    tray
        The problem and its point.
    size
        How many rows.
    """

    def __init__(self, tray: Any, size: int) -> None:
        self.size = size
        self._tray = tray
        self._whole: list[Array] = []
        self._met = False

    def values(self, moves: Sequence[Move]) -> Array | None:
        """Return the objective of all rows, with one entry moved in each of the first; infinite outside of the domain.

        None if it raised, or cannot take many points; the first time, what it raises is raised.

        Raises
        ------
        InputError
            If it does not return a number for each row.
        """
        tray = self._tray
        whole = self._laid_out()
        moved = []
        row = 0
        try:
            for block, places, points in moves:
                rows = slice(row, row + places.size)
                row = rows.stop
                whole[block][np.arange(rows.start, row), places] = points
                moved.append((block, rows, places))
            given = tray.problem.batched(tray.point.spread_out(whole), *tray.problem.args)
            values = np.asarray(given, dtype=np.float64)
        except UnbatchableError:
            return None
        except (Exception, SystemExit):
            if not self._met:
                raise
            return None
        finally:
            for block, rows, places in moved:
                whole[block][np.arange(rows.start, rows.stop), places] = tray.blocks[block].theta[places]
        if values.shape != (self.size,):
            raise InputError("The objective of batches does not return a number for each point.",
                             expected=f"an array of shape ({self.size},)", got=f"shape {values.shape}")  # fmt: skip
        self._met = True
        return np.where(np.isfinite(values), values, np.inf)

    def _laid_out(self) -> list[Array]:
        """Return the rows; laid out anew if the objective has written into them."""
        blocks = self._tray.blocks
        # What writes into its arrays writes into all points, or into the last.
        if not self._whole or any(
            not np.array_equal(rows[number], block.theta)
            for block, rows in zip(blocks, self._whole, strict=True)
            for number in (0, -1)
        ):
            self._whole = [np.repeat(block.theta[None], self.size, axis=0) for block in blocks]
        return self._whole
