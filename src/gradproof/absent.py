"""What is said where a framework is wanted that is not installed."""

from __future__ import annotations

import importlib.util


def required(framework: str) -> None:
    """Raise an error that says what to install, unless a framework is there; nothing is imported.

    Raises
    ------
    ImportError
        If it is not installed.
    """
    try:
        known = importlib.util.find_spec(framework) is not None
    except ModuleNotFoundError:
        known = False
    if not known:
        extra = framework if framework in ("torch", "jax", "scipy") else "frameworks"
        raise ImportError(f'{framework} is not installed: pip install "gradproof[{extra}]"', name=framework)
