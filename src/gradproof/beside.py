"""What the claims beside a kink say of the claim at it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Invalid:
    """An entry whose claim is no subgradient: the claims beside its kink are ``low`` and ``high``."""

    leaf: int
    flat: int
    yours: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Beside:
    """The claim at a kink and those beside it: leaves that may lie ``outside`` of them, and an entry that does."""

    outside: frozenset[int]
    invalid: Invalid | None = None
