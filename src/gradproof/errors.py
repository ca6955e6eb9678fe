"""What goes wrong outside the gradient: each error says what was expected, what came, where, and what to try."""

from __future__ import annotations


class GradproofError(Exception):
    """The base of every error that gradproof itself raises.

    Parameters
    ----------
    message
        One sentence: what cannot be done.
    expected, got, where, hint
        What was expected, what came instead, where (a leaf path, a file and line, a step along a direction), and what
        to try next. Those that are empty are left out of the text.
    """

    def __init__(self, message: str, *, expected: str = "", got: str = "", where: str = "", hint: str = "") -> None:
        self.message = message
        self.expected = expected
        self.got = got
        self.where = where
        self.hint = hint
        super().__init__(message)

    def __str__(self) -> str:
        rows = [("expected", self.expected), ("got", self.got), ("where", self.where), ("try", self.hint)]
        lines = [self.message, *(f"  {label + ':':<10}{text}" for label, text in rows if text)]
        # A path or a leaf may have any name, one that a terminal obeys too.
        return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in "\n".join(lines))


class TargetError(GradproofError):
    """A target (file, module, object in it) cannot be loaded or offers nothing to check."""


class InputError(GradproofError):
    """Parameters, bounds or settings that cannot be used: nothing can be judged."""


class ObjectiveError(GradproofError):
    """The objective cannot be measured: its value at the point is not one finite real number.

    An exception that the objective raises is not wrapped: it passes through with a note on where it happened.
    """


class RecordError(GradproofError):
    """A report file that cannot be read: damaged, of another format, or of a newer version."""


class JournalError(GradproofError):
    """A journal that cannot be used: of another problem, version or seed, in use, or no journal."""


class EvaluationLostError(GradproofError):
    """An evaluation that took too long and was stopped; the check ends with what it has."""


class UnbatchableError(GradproofError):
    """An objective that a framework cannot evaluate at many points in one call."""


def unbatchable(name: str, error: Exception) -> UnbatchableError:
    """Return what says that a framework's function of batches raised, and what."""
    first = str(error).partition("\n")[0][:120]
    return UnbatchableError(f"{name} cannot be used: {type(error).__name__}: {first}")


class GradientMismatch(AssertionError):
    """Raised by ``assert_gradient``; ``report`` carries everything that was found.

    It is an ``AssertionError``, so test runners show it as a failure of the code under test.
    """

    def __init__(self, text: str, report: object) -> None:
        self.report = report
        super().__init__(text)
