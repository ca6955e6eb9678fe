"""What each reason means and what to do next: one table."""

from __future__ import annotations

from gradproof.model import Reason

MEANING: dict[Reason, str] = {
    Reason.NOISE: "the noise of the objective hides errors of this size",
    Reason.NOT_REPEATABLE: "the objective gives different values at one and the same point",
    Reason.KINK: "the objective has a kink at the point",
    Reason.ROUGH: "the objective has one slope at small steps and another at large ones",
    Reason.DOMAIN: "the objective is not finite, or out of bounds, close to the point",
    Reason.DISAGREEMENT: "independent directions contradict one another",
    Reason.BUDGET: "the run ended before it was measured",
    Reason.UNSEEN: "measurements made for another gradient do not see it well enough",
}

NEXT: dict[Reason, str] = {
    Reason.NOISE: "compute the objective in double precision, or demand less with --resolution",
    Reason.NOT_REPEATABLE: "fix the seed inside the objective, name its generators, or average (draws=1000)",
    Reason.KINK: "check at a point a little away from it",
    Reason.ROUGH: "tighten the tolerance of the solver inside the objective",
    Reason.DOMAIN: "check at a point further inside the domain, or give bounds",
    Reason.DISAGREEMENT: "check again with another --seed",
    Reason.BUDGET: "let it run to its end; a budget is widened by --evaluations and --seconds",
    Reason.UNSEEN: "check it afresh",
}
