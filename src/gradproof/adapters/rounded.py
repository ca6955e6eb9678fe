"""Arrays of a precision that NumPy has no dtype for: kept in a wider one, labelled with their own."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


class Rounded(np.ndarray[Any, Any]):
    """An array whose entries were computed in the precision that ``label`` names, "bfloat16" say."""

    label: str = ""


def rounded(array: npt.NDArray[Any], label: str) -> Rounded:
    """Return an array labelled with the precision of its entries; the data are shared."""
    found = array.view(Rounded)
    found.label = label
    return found


def label_of(leaf: Any) -> str:
    """Return the label of an array, or the name of its dtype."""
    return getattr(leaf, "label", "") or str(np.asarray(leaf).dtype)
