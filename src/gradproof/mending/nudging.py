"""What edited source calls to make a value a little larger, so that what depends on it shows itself."""

from __future__ import annotations

from typing import Any

# Its name among the globals of the worker.
NUDGE = "_gradproof_nudged"


def nudged(value: Any) -> Any:
    """Return numbers a little larger: what depends on them shows itself."""
    if isinstance(value, bool | int | str):
        return value
    if type(value) in (list, tuple):
        return type(value)(map(nudged, value))
    if type(value) is dict:
        return {key: nudged(item) for key, item in value.items()}
    kind = str(getattr(value, "dtype", type(value).__name__))
    return value * 1.0009765625 if "float" in kind else value
