"""Arrays of a precision that NumPy has no dtype for: kept in a wider one, labelled with their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class Rounded(np.ndarray[Any, Any]):
    """An array whose entries were computed in the precision that ``label`` names, "bfloat16" say."""

    label: str = ""

    def __array_finalize__(self, source: Any) -> None:
        """Keep the label in what is computed from it."""
        self.label = getattr(source, "label", "")


def rounded(array: npt.NDArray[Any], label: str) -> Rounded:
    """Return an array labelled with the precision of its entries; the data are shared."""
    found = array.view(Rounded)
    found.label = label
    return found
