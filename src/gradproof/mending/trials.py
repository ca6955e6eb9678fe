"""What runs in the worker: edited code installed, called, judged by dot products, and taken out again."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import CodeType
from typing import Any

import numpy as np

from gradproof.mending.claims import Array, Claims, claims_of, objective_of
from gradproof.mending.document import Change
from gradproof.mending.evidence import Evidence, near
from gradproof.mending.limits import TooLongError, at_most
from gradproof.mending.nudging import NUDGE, nudged
from gradproof.mending.shared import guard, reachable
from gradproof.mending.unit import Unfit, Unit
from gradproof.seam import Problem
from gradproof.settings import Settings

# What is done to the source: the changes of each function.
Patch = tuple[tuple[int, Change], ...]
# How many times longer than the gradient as it was a candidate may take, but a second in any case.
ROOM = 20.0


class DirtyError(Exception):
    """A candidate left something behind: the gradient as it was gives something else now."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a candidate did.

    Attributes
    ----------
    right, wrong
        The leaves that its slopes confirm or contradict.
    changed
        The leaves that are not what they were.
    proportional
        The wrong leaves that are a multiple of the truth.
    whole
        Whether nothing contradicts it.
    signature
        The same for gradients that are the same but for rounding.
    error
        What kept it from being judged, or "".
    """

    right: frozenset[str] = frozenset()
    wrong: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    proportional: frozenset[str] = frozenset()
    whole: bool = False
    signature: bytes = b""
    error: str = ""


class Bench:
    """The answers of the worker; made in the parent, used in the child.

    Parameters
    ----------
    problem
        On NumPy arrays.
    units
        The functions that may be edited.
    evidence
        By which candidates are judged; None to call only.
    settings
        Of the check.
    """

    def __init__(
        self, problem: Problem, units: tuple[Unit, ...], evidence: Evidence | None, settings: Settings
    ) -> None:
        self.problem, self.units, self.evidence, self.settings = problem, units, evidence, settings
        # The objective's at the point, if it runs the edited functions too: it must stay what it is.
        self.value: float | None = None
        self._base: Claims | None = None
        # What the gradient as it was is, leaf by leaf, and which leaves are multiples of the truth.
        self._states: Mapping[str, str] = {}
        self._multiples: frozenset[str] = frozenset()
        self._single, self._seconds = 0.0, 1.0
        self._ready = False

    def __call__(self, question: tuple[str, Any]) -> Any:
        """Answer a question: ("seconds", None), ("claims", (patch, leaves)) or ("trials", patches)."""
        if not self._ready:
            self._prepare()
        kind, what = question
        with np.errstate(all="ignore"):
            if kind == "seconds":
                return self._single
            if kind == "claims":
                patch, leaves = what
                return self._claims(patch, leaves)
            return self._trials(what)

    def _prepare(self) -> None:
        """Guard the data that is reached by name, and see how the gradient does as it is."""
        self._ready = True
        arrays = list(reachable(self.units))
        guard(arrays)
        for unit in self.units:
            unit.functions[0].__globals__[NUDGE] = nudged
        for _ in range(2):
            started = time.perf_counter()
            try:
                with np.errstate(all="ignore"), at_most(600.0):
                    self._base = claims_of(self.problem, self.settings)
                break
            except Exception:
                # A gradient that writes into its own tables is allowed to.
                for array in arrays:
                    with contextlib.suppress(ValueError):
                        array.flags.writeable = True
        if self._base is None:
            # It raises whatever it may write: what an edit changes would not be seen.
            guard(arrays)
        self._single = time.perf_counter() - started
        if self.evidence is not None and self._base is not None:
            shapes = self.evidence.shapes
            base = {name: array for name, array in self._base.arrays.items() if array.shape == shapes.get(name)}
            self._states = self.evidence.states(base, base, frozenset(base))
            self._multiples = self.evidence.proportional(base)
        self._seconds = max(1.0, ROOM * self._single)

    def _claims(self, patch: Patch, leaves: Any) -> Claims:
        with self._installed(patch), at_most(self._seconds):
            found = claims_of(self.problem, self.settings, leaves)
            return found if self.value is None else replace(found, objective=objective_of(self.problem, leaves))

    def _trials(self, patches: list[Patch]) -> list[Trial]:
        found = [self._trial(patch) for patch in patches]
        if self._base is not None:
            again = claims_of(self.problem, self.settings)
            if any(not near(array, again.arrays[name]) for name, array in self._base.arrays.items()):
                raise DirtyError
        return found

    def _trial(self, patch: Patch) -> Trial:
        try:
            with self._installed(patch), at_most(self._seconds):
                claims = claims_of(self.problem, self.settings)
                trial = self._judged(claims)
                if trial.whole and self.value is not None and objective_of(self.problem) != self.value:
                    trial = replace(trial, whole=False, error="it changes the objective")
                return trial
        except (Exception, TooLongError) as error:
            return Trial(error=type(error).__name__)
        except BaseException as error:
            return Trial(error=f"{type(error).__name__}, which ends programs")

    def _judged(self, claims: Claims) -> Trial:
        evidence = self.evidence
        assert evidence is not None
        arrays: Mapping[str, Array] = {
            name: array for name, array in claims.arrays.items() if array.shape == evidence.shapes.get(name)
        }
        base = {} if self._base is None else self._base.arrays
        changed = frozenset(
            name for name in evidence.shapes
            if name not in arrays or name not in base or not near(arrays[name], base[name])
        )  # fmt: skip
        # Most edits change few leaves: what the others are is known.
        moved = {name: array for name, array in arrays.items() if name in changed}
        states = {**self._states, **evidence.states(moved, {}, changed)}
        wrong = frozenset(name for name, state in states.items() if state == "wrong") | (set(states) - set(arrays))
        value_kept = self._base is None or self._base.value == claims.value
        return Trial(
            frozenset(name for name, state in states.items() if state == "right" and name in arrays),
            wrong,
            changed,
            evidence.proportional({name: moved[name] for name in wrong if name in moved})
            | ((self._multiples - changed) & wrong),
            not wrong and not claims.faults and value_kept and evidence.agrees(arrays),
            signature(arrays),
        )

    @contextlib.contextmanager
    def _installed(self, patch: Patch) -> Iterator[None]:
        changes: dict[int, list[Change]] = {}
        for unit, change in patch:
            changes.setdefault(unit, []).append(change)
        codes: dict[int, CodeType] = {unit: self.units[unit].compiled(made) for unit, made in changes.items()}
        try:
            for unit, code in codes.items():
                self.units[unit].install(code)
            yield
        except Unfit:
            raise
        finally:
            for unit in codes:
                self.units[unit].install(self.units[unit].code)


def signature(arrays: Mapping[str, Array]) -> bytes:
    """Return the same bytes for arrays that are the same to about nine digits."""
    digest = hashlib.blake2b(digest_size=16)
    for name in sorted(arrays):
        array = np.asarray(arrays[name], dtype=np.float64)
        scale = float(np.max(np.abs(array))) if array.size else 0.0
        rounded = np.round(array / (scale or 1.0), 7) + 0.0
        digest.update(f"{name} {scale:.6e}".encode() + rounded.tobytes())
    return digest.digest()
