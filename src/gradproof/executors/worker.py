"""What runs where an evaluation is computed: the subject is unpacked once, lines are kept, exceptions come back."""

from __future__ import annotations

import ctypes
import math
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import FrameType
from typing import Any

from gradproof.desk import Question

# Subjects and lines that a worker remembers.
SUBJECTS, LINES = 2, 3
# PR_SET_PDEATHSIG of Linux.
PARENT_DEATH_SIGNAL = 1
_memory = threading.local()


class RanTooLong(BaseException):
    """Raised inside of the objective; no ``except Exception`` of the user's swallows it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question: a value, or an exception, or "late"."""

    value: Any = None
    error: BaseException | None = None
    late: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of a task: an answer for each question and the seconds of them all; None if the subject is unknown."""

    answers: tuple[Answer, ...] | None
    seconds: float = 0.0


def bind(driver: int) -> None:
    """Bind this process to the one that started it: it ends with it, also in the middle of an evaluation.

    Ctrl-C goes to all processes of a terminal, and is the driver's to answer. A handler that does nothing, unlike a
    signal that is ignored, is not handed on to programs that an objective starts.
    """
    signal.signal(signal.SIGINT, _unheard)
    if sys.platform == "linux":
        # The kernel sends it: nothing in here has to be able to run.
        ctypes.CDLL(None).prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != driver:
        os._exit(1)


def _unheard(number: int, frame: FrameType | None) -> None:
    del number, frame


def dask_setup(worker: Any) -> None:
    """Called by Dask in each process of a cluster that is ours: Ctrl-C is the driver's to answer."""
    del worker
    signal.signal(signal.SIGINT, _unheard)


def evaluate(token: str, blob: bytes | None, task: bytes, limit: float | None) -> bytes:
    """Answer questions about the subject of a token; ``blob`` is the subject, for workers that have not seen it.

    Questions and answers are packed here: what executors use for that can send more, and takes ten times as long.
    """
    subject = _subject(token, blob)
    if subject is None:
        return pickle.dumps(Answers(None))
    started = time.perf_counter()
    answers = tuple(_answer(token, subject, question, limit) for question in pickle.loads(task))
    return pickle.dumps(Answers(answers, time.perf_counter() - started))


def called(token: str, blob: bytes, task: bytes, limit: float | None) -> bytes:
    """Call a method of the subject of a token; ``limit`` is for each of the parts of the task, its first argument."""
    subject = _subject(token, blob)
    method, arguments = pickle.loads(task)
    parts = arguments[0]
    try:
        with _limited(None if limit is None else limit * parts):
            return pickle.dumps(Answer(getattr(subject, method)(*arguments)))
    except RanTooLong:
        return pickle.dumps(Answer(late=f"longer than {limit:g} s"))
    except BaseException as error:
        return pickle.dumps(Answer(error=_portable(error)))


def _subject(token: str, blob: bytes | None) -> Any:
    known = _memory.__dict__.setdefault("subjects", {})
    if token not in known:
        if blob is None:
            return None
        while len(known) >= SUBJECTS:
            del known[next(iter(known))]
        known[token] = pickle.loads(blob)
    return known[token]


def _answer(token: str, subject: Any, question: Question, limit: float | None) -> Answer:
    try:
        with _limited(limit):
            line = _line(token, subject, question)
            low, high = line.reach
            # A guess may lie outside of the user's bounds, where nothing is ever evaluated.
            return Answer(line(question.t) if low <= question.t <= high else math.nan)
    except RanTooLong:
        return Answer(late=f"longer than {limit:g} s")
    except BaseException as error:
        return Answer(error=_portable(error))


def _line(token: str, subject: Any, question: Question) -> Any:
    """Return the objective along a probe; the last lines are kept, since a direction is dear to draw."""
    lines = _memory.__dict__.setdefault("lines", {})
    key = (token, question.probe, question.behind)
    if key not in lines:
        while len(lines) >= LINES:
            del lines[next(iter(lines))]
        lines[key] = subject.along(question.probe, question.behind)
    return lines[key]


def _portable(error: BaseException) -> BaseException:
    """Return an exception that can be sent, with what it said and where; others as what is left of them."""
    if _sendable(error):
        return error
    # Where an exception comes from is sent too where a library sees to it, and may be too much.
    error.__traceback__ = error.__cause__ = error.__context__ = None
    if _sendable(error):
        return error
    try:
        said = str(error)
    except Exception:
        said = "(it cannot be put into words)"
    told = RuntimeError(f"{type(error).__name__}: {said}")
    for note in getattr(error, "__notes__", ()):
        told.add_note(note)
    return told


def _sendable(error: BaseException) -> bool:
    try:
        return type(pickle.loads(pickle.dumps(error))) is type(error)
    except Exception:
        return False


def _limited(seconds: float | None) -> AbstractContextManager[None]:
    """Raise in the body after so many seconds; code that is not Python's own is left to the driver to give up."""
    if seconds is None:
        return nullcontext()
    if hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread():
        return _alarmed(seconds)
    return _watched(seconds)


@contextmanager
def _alarmed(seconds: float) -> Iterator[None]:
    """Raise by a signal: in the main thread of Unix, where it wakes up what sleeps."""

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise RanTooLong

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.1)
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _watched(seconds: float) -> Iterator[None]:
    """Raise by another thread: in the threads of Dask, and of an executor of the user's."""
    thread, guard, over, sent = ctypes.c_ulong(threading.get_ident()), threading.Lock(), threading.Event(), []
    send = ctypes.pythonapi.PyThreadState_SetAsyncExc

    def stop() -> None:
        with guard:
            if not over.is_set():
                sent.append(send(thread, ctypes.py_object(RanTooLong)))

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except RanTooLong:
        sent.clear()
        raise
    finally:
        timer.cancel()
        with guard:
            over.set()
        # What was sent and has not arrived must not be raised in somebody else's code. It is waited for: taken back,
        # it would leave the interpreter looking for it (CPython 3.11: with a profiler in an endless loop).
        with suppress(RanTooLong):
            # It comes with the next few instructions, unless the objective has swallowed it.
            for _ in range(100 * len(sent)):
                time.sleep(1e-5)
