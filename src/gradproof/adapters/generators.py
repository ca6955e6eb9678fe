"""Random generators that belong to the process: left as they were found."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Put the states of Python's and NumPy's global generators back, whatever the user's functions drew."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
