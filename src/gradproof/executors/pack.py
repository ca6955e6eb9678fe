"""A subject made ready to be sent to another process."""

from __future__ import annotations

import contextlib
import copy
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from gradproof.errors import InputError

# How the modules of targets are called.
LOADED = "gradproof_target_"


def packed(subject: Any) -> bytes:
    """Return a subject without its gradient function and its desk, as bytes.

    Raises
    ------
    InputError
        If something in it cannot be sent, named.
    ImportError
        If cloudpickle is not installed.
    """
    try:
        import cloudpickle
    except ImportError as error:
        text = 'cloudpickle is not installed: pip install "gradproof[processes]"'
        raise ImportError(text, name="cloudpickle") from error
    sent = copy.copy(subject)
    # The gradient is called by the check alone.
    sent.problem = replace(subject.problem, gradient=None, batched=None)
    sent.desk = None
    try:
        with _by_value(cloudpickle):
            found: bytes = cloudpickle.dumps(sent)
    except Exception as error:
        raise InputError(
            "The problem cannot be sent to another process.", expected="what cloudpickle can write",
            got=f"{type(error).__name__}: {error}", where=_culprit(subject.problem, cloudpickle),
            hint="open files, locks and handles inside of the objective, or evaluate it in this process",
        ) from error  # fmt: skip
    return found


@contextlib.contextmanager
def _by_value(cloudpickle: Any) -> Iterator[None]:
    """Let modules that were loaded from the files of targets be sent whole: nobody else could import them."""
    modules = [module for name, module in list(sys.modules.items()) if name.startswith(LOADED)]
    for module in modules:
        cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            cloudpickle.unregister_pickle_by_value(module)


def _culprit(problem: Any, cloudpickle: Any) -> str:
    """Return which of the user's things cannot be written."""
    for name in ("loss", "args", "params"):
        try:
            cloudpickle.dumps(getattr(problem, name))
        except Exception:
            return name
    return ""
