"""What belongs to the process: random generators left as they were found, no warnings for far steps."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator

import numpy as np


@contextlib.contextmanager
def untouched() -> Iterator[None]:
    """Put Python's and NumPy's global generators back, and keep floating-point warnings of far steps off."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        # Once for a whole check: entering it for each evaluation would cost as much as a small objective.
        with np.errstate(all="ignore"):
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
