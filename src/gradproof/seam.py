"""The seam between the core and arrays: what an adapter must offer, and how a direction is described.

The core never sees an array. It names a direction by a ``Probe``; a ``Subject`` turns it into a ``Line``, a function of
one real number, and says what the claimed gradient predicts along it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gradproof.beside import Beside
from gradproof.desk import Desk, Question
from gradproof.guess import Prediction
from gradproof.probe import Part, Probe


@dataclass(frozen=True, slots=True)
class Problem:
    """What the user gives: an objective, a claimed gradient, and the point.

    Attributes
    ----------
    loss
        ``loss(params, *args)``: float, 0-d or one-element array of any float dtype.
    gradient
        A tree like ``params``; or a callable of ``(params, *args)`` that returns such a tree or
        ``(value, tree)``; or that pair itself.
    params
        A tree (dict, list, tuple, dataclass, ...) of arrays and numbers.
    args
        Further arguments of the objective and of a callable gradient; never perturbed.
    lower, upper
        None, a number, or a tree like ``params`` (None for a leaf without bound): the domain of the parameters.
    context
        Arrays by name with which a wrong gradient may be compared: inputs, activations, weights. A diagnosis says
        "lacks the factor h" or "lacks 0.1 * x" in these names.
    generators
        Random generators that loss and gradient draw from. They are put back before each call if the objective turns
        out to be random, as are Python's and NumPy's global ones and those among ``args``: one draw is judged.
    convention
        What the gradient of a complex parameter a = x + iy means: "re+im" is dL/dx + i dL/dy (PyTorch's), "re-im" its
        conjugate dL/dx - i dL/dy (JAX's).
    batched
        The objective of many points in one call, for checks under ``using(Batches())``: ``batched(params, *args)`` gets
        a tree in which every array of floats has one more axis in front, and every float is an array of that axis; it
        returns that many values. Without it JAX and PyTorch are asked for their ``vmap``.
    """

    loss: Callable[..., Any]
    gradient: Any
    params: Any
    args: tuple[Any, ...] = ()
    lower: Any = None
    upper: Any = None
    context: Mapping[str, Any] = field(default_factory=dict)
    generators: tuple[Any, ...] = ()
    convention: str = "re+im"
    batched: Callable[..., Any] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One array of the parameters: its path, shape, and how its claim looks.

    ``norm`` is the root of the sum of squared contributions ``(g_i s_i)**2``, ``peak`` and
    ``least`` the largest and smallest of their absolute values. ``aliases`` are other paths of the same array.
    ``stored`` is the dtype of the claim's numbers, where they are known less well than that tells ("" where not). A
    ``paired`` leaf holds complex numbers as pairs (real, imaginary) along its last axis.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    claim_dtype: str
    norm: float
    peak: float
    least: float = 0.0
    aliases: tuple[str, ...] = ()
    paired: bool = False
    stored: str = ""

    @property
    def size(self) -> int:
        """The number of entries."""
        return math.prod(self.shape)


class Line(Protocol):
    """The objective along a probe: ``line(t) = f(theta + t v)``, with what the claim says about it.

    ``claimed`` is ``g . v``, ``claimed_error`` the half-width of its bar where the claim is a mean of random ones,
    else 0; ``reach`` is ``(t_min, t_max)`` within the user's bounds (infinite without bounds); ``rounding`` is what
    rounding of the moved parameters may add to a value if the claim is right, at the point and per unit of t, and to
    a step, in units of t (0 for parameters in double precision).
    """

    claimed: float
    claimed_error: float
    reach: tuple[float, float]
    rounding: tuple[float, float, float]

    def __call__(self, t: float) -> float:
        """Evaluate the objective at ``theta + t v``."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """A defect of the claim that needs no measurement: its leaf, the kind, and a sentence."""

    leaf: str
    kind: str  # "shape", "missing", "extra", "none", "integer", "non-finite", "complex"
    text: str
    index: tuple[int, ...] | None = None


class Subject(Protocol):
    """What the core sees of a problem; adapters implement it on arrays, the core never sees one.

    ``leaves`` are those that will be probed, ``skipped`` the others as (path, why), ``faults`` the defects of the
    claim found without measuring (a leaf with a fault is not in ``leaves``).
    """

    leaves: tuple[Leaf, ...]
    skipped: tuple[tuple[str, str], ...]
    faults: tuple[ClaimFault, ...]
    evaluations: int
    gradient_calls: int
    calls: int  # of the user's objective for one value
    epsilon: float  # unit roundoff of what the objective returns (2**-53 for float64)
    bounded: bool  # whether some entries may lie at a bound
    fingerprint: str  # of the point
    degenerate: tuple[str, ...]  # paths of leaves whose entries are all one number
    desk: Desk | None  # where evaluations are asked for, None for here and now
    lengths: tuple[tuple[int, str], ...]  # of the axes of arguments, a batch perhaps, with their names

    @property
    def notes(self) -> tuple[str, ...]:
        """What is to be said of the problem, once it was judged."""

    def value(self) -> float:
        """Evaluate the objective at the point itself."""

    def freeze(self) -> bool:
        """Let every call draw the same random numbers from now on; whether that can be done."""

    def stay(self) -> None:
        """Evaluate in this process alone: the objective is random."""

    def average(self, calls: int) -> None:
        """Let every value be the mean of so many calls, and the claim too; each counts."""

    def expect(self, probes: tuple[Probe, ...]) -> None:
        """Hear which probes will be measured next if all goes well, so that they can be evaluated ahead."""

    def along(self, probe: Probe, behind: float = 0.0) -> Line:
        """Build the direction and return the objective along it, from the point plus ``behind`` times the claim."""

    def count(self, part: Part) -> int:
        """Count the entries that a part chooses."""

    def contribution(self, part: Part) -> float:
        """Return the root of the sum of ``(g_i s_i weight)**2`` over the entries of a part."""

    def entry(self, leaf: int, flat: int) -> tuple[float, float]:
        """Return the claimed gradient and the scale ``s_i`` of one entry."""

    def sample(self, part: Part, count: int) -> tuple[int, ...]:
        """Choose up to ``count`` flat indices of the part's entries, reproducibly."""

    def predictions(self, leaf: int, probes: tuple[Probe, ...]) -> Iterable[Prediction]:
        """Say what each hypothesis about a leaf predicts along probes; costs no evaluation."""

    def remarks(self, leaf: int, wrong: Mapping[int, float]) -> tuple[str, ...]:
        """Say what is conspicuous about a wrong claim, given wrong entries with their measured derivatives."""

    def replayed(self, leaf: int) -> str:
        """Say what calling the gradient function again tells about a wrong leaf, or ""; costs gradient calls."""

    def shifted(self, leaf: int, flat: int, by: float) -> float:
        """Evaluate the objective with ``by`` added to one entry, as a finite-difference loop would."""

    def unclaimed(self, fault: ClaimFault) -> Line | None:
        """Return the objective along the entry whose claim is not finite, per unit of it; None for other faults."""

    def precisely(self, probe: Probe) -> float | None:
        """Return the claimed slope computed in double precision, of a claim in a coarser one; None if it cannot be."""

    def beside(self) -> Beside | None:
        """Compare the claim with claims at displaced points; None if it is no function. Costs gradient calls."""

    def aside(self, probe: Probe, key: int) -> Line:
        """Return the objective along a probe, from a point displaced at random by a tiny share of each scale."""

    def away(self, distance: float, key: int) -> Subject | None:
        """Return the subject at a point displaced at random, by so much of each scale; None if that cannot be."""

    def finer(self) -> Subject | None:
        """Return the subject at a copy of its narrow parameters in double precision, untried; None if it has none."""

    def room(self, memory: float) -> int:
        """Return how many points fit into so many bytes at once; 0 where the objective takes one point only."""

    def together(self, questions: Sequence[Question]) -> list[float]:
        """Evaluate the objective at several points in one call; NaN for points outside of the user's bounds."""

    def changed(self) -> tuple[str, ...]:
        """Return the paths of leaves that the user's functions have written into."""

    def written(self) -> tuple[str, ...]:
        """Return the names of further arguments that the user's functions have written into."""
