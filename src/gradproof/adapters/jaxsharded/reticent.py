"""What a subject answers that compares no arrays, draws nothing, and is evaluated at one point at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gradproof.beside import Beside
from gradproof.desk import Question
from gradproof.guess import Prediction
from gradproof.probe import Probe
from gradproof.seam import Subject


class Reticent:
    """Answers that say nothing."""

    def freeze(self) -> bool:
        """Nothing draws that could be put back: JAX has no generators."""
        return False

    def stay(self) -> None:
        """It never leaves."""

    def average(self, calls: int) -> None:
        """Settings that ask for it are refused."""

    def expect(self, probes: tuple[Probe, ...]) -> None:
        """Nothing is evaluated ahead."""

    def predictions(self, leaf: int, probes: tuple[Probe, ...]) -> Iterable[Prediction]:
        """Compare no arrays."""
        del leaf, probes
        return ()

    def remarks(self, leaf: int, wrong: Mapping[int, float]) -> tuple[str, ...]:
        """Look for no patterns."""
        del leaf, wrong
        return ()

    def replayed(self, leaf: int) -> str:
        """Ask for the gradient once only."""
        del leaf
        return ""

    def precisely(self, probe: Probe) -> float | None:
        """Claim nothing in another precision."""
        del probe
        return None

    def beside(self) -> Beside | None:
        """Ask for no claims beside the point."""
        return None

    def away(self, distance: float, key: int) -> Subject | None:
        """Judge at no other point."""
        del distance, key
        return None

    def finer(self) -> Subject | None:
        """Copy nothing."""
        return None

    def room(self, memory: float) -> int:
        """Take one point at a time."""
        del memory
        return 0

    def together(self, questions: Sequence[Question]) -> list[float]:
        """Take one point at a time."""
        raise NotImplementedError(questions)

    def changed(self) -> tuple[str, ...]:
        """Nothing can be written into arrays of JAX."""
        return ()

    def written(self) -> tuple[str, ...]:
        """Watch no further arguments."""
        return ()
