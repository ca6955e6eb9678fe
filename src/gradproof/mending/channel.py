"""A child process that answers questions and can be thrown away: where edited code runs."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import warnings
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from gradproof.errors import InputError
from gradproof.mending.limits import confine

Answer = Callable[[Any], Any]
# Processor seconds of one worker in all.
LIFETIME = 3600


class GoneError(Exception):
    """The worker died, or did not answer in time; the next question starts another."""


class Worker:
    """A forked child that answers with a function of the parent's.

    The child has everything as it stands at the fork: modules, data, closures. What happens in it stays there.

    Parameters
    ----------
    answer
        Called in the child with each question; both must be picklable, question and answer.
    """

    def __init__(self, answer: Answer) -> None:
        if "fork" not in multiprocessing.get_all_start_methods():
            raise InputError(
                "Edited code runs in a forked process only, which this system does not have.",
                expected="Linux, or another system with fork",
            )
        self._answer = answer
        self._process: Any = None
        self._connection: Connection | None = None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("fork")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(self._answer, theirs, ours), daemon=True)
        with warnings.catch_warnings():
            # Frameworks and new Pythons warn of forks with threads; a child that hangs is ended and told of.
            warnings.simplefilter("ignore")
            self._process.start()
        theirs.close()
        self._connection = ours
        return ours

    def ask(self, question: Any, seconds: float) -> Any:
        """Return the child's answer; an exception of the child is raised here.

        Raises
        ------
        GoneError
            If it does not come within so many seconds.
        """
        try:
            connection = self._connection or self._start()
            connection.send(question)
            if not connection.poll(seconds):
                raise GoneError(f"no answer within {seconds:.0f} s")
            good, answer = connection.recv()
        except (EOFError, OSError) as error:
            self.close()
            raise GoneError("it crashed") from error
        except GoneError:
            self.close()
            raise
        if not good:
            raise answer
        return answer

    def close(self) -> None:
        """End the child."""
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(answer: Answer, connection: Connection, other: Connection) -> None:
    other.close()
    serve(answer, connection)


def serve(answer: Answer, connection: Connection) -> None:
    """Confine this process and answer questions until there are no more; it does not return."""
    confine(LIFETIME)
    while True:
        try:
            question = connection.recv()
        except (EOFError, OSError):
            break
        try:
            reply: tuple[bool, Any] = (True, answer(question))
        except BaseException as error:
            reply = (False, GoneError(f"{type(error).__name__}: {error}"))
        with contextlib.suppress(OSError):
            connection.send(reply)
    os._exit(0)
