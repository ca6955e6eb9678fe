"""Everything that can be set about a check, in one frozen record that validates itself."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from gradproof.errors import InputError


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a check is done. The defaults are meant to serve everybody.

    Attributes
    ----------
    seed
        Key of the random directions, 0 <= seed < 2**63. The same seed on the same problem gives the same report.
    probes
        Independent directions for the uppermost stratum, at least 2.
    rtol
        Relative tolerance of the claim, per leaf; None (the default) takes it from the dtype of the claim.
    resolution
        The demanded resolution: a leaf is only called consistent if an error of this share of its contribution
        would have been seen, 0 < resolution < 1.
    evaluations
        Budget of objective evaluations, or None.
    seconds
        Budget of seconds, or None.
    draws
        Calls averaged into one value of an objective that stays random (not repeatable even with the generators known
        put back), and of its gradient: then the gradient of the expectation is judged. 1, the default, averages
        nothing; every call counts as an evaluation.
    memory
        "ample" keeps a direction while it is used, "lean" draws those of large leaves anew for each evaluation: a copy
        of the parameters less, some 10 ns for each entry and evaluation, and the same report.
    only, freeze
        Glob patterns on leaf paths: check only these, leave these out.
    """

    seed: int = 0
    probes: int = 2
    rtol: float | None = None
    resolution: float = 1e-2
    evaluations: int | None = None
    seconds: float | None = None
    draws: int = 1
    memory: str = "ample"
    only: tuple[str, ...] = ()
    freeze: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no check could be done with."""
        _demand("seed", self.seed, _is_int(self.seed) and 0 <= self.seed < 2**63, "an integer from 0 to 2**63 - 1")
        _demand("probes", self.probes, _is_int(self.probes) and self.probes >= 2, "an integer of at least 2")
        _demand("rtol", self.rtol, self.rtol is None or _between(self.rtol, 0.0, 1.0), "a number between 0 and 1")
        _demand("resolution", self.resolution, _between(self.resolution, 0.0, 1.0), "a number between 0 and 1")
        budget = self.evaluations
        _demand("evaluations", budget, budget is None or (_is_int(budget) and budget > 0), "a positive integer")
        _demand("seconds", self.seconds, self.seconds is None or _between(self.seconds, 0.0, math.inf), "seconds > 0")
        _demand("draws", self.draws, _is_int(self.draws) and self.draws >= 1, "an integer of at least 1")
        _demand("memory", self.memory, self.memory in ("ample", "lean"), '"ample" or "lean"')
        for name in ("only", "freeze"):
            patterns = getattr(self, name)
            good = isinstance(patterns, tuple) and all(isinstance(pattern, str) for pattern in patterns)
            _demand(name, patterns, good, "a tuple of glob patterns")

    def replace(self, **changes: Any) -> Settings:
        """Return a copy with some settings changed; an unknown name raises ``InputError``."""
        unknown = sorted(set(changes) - {field.name for field in dataclasses.fields(self)})
        if unknown:
            known = ", ".join(field.name for field in dataclasses.fields(self))
            raise InputError(f"There is no setting {unknown[0]!r}.", expected=f"one of {known}", got=unknown[0])
        return dataclasses.replace(self, **changes)

    def as_dict(self) -> Mapping[str, Any]:
        """Return the settings as plain values, in the order of definition."""
        return dataclasses.asdict(self)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _between(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low < value < high


def _demand(name: str, value: object, holds: bool, expected: str) -> None:
    if not holds:
        raise InputError(f"The setting {name!r} cannot be used.", expected=expected, got=repr(value))
