"""A second look at what was decided: is it wrong, or only rounded; what lies beside a kink?"""

from __future__ import annotations

from gradproof.model import Finding, Outcome, Reason
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case


def reconsidered(gauge: Gauge, case: Case, notes: list[str]) -> tuple[Case, list[Finding]]:
    """Return a case in the light of what only some need, imported when they do; and what is found of it."""
    if case.outcome is Outcome.WRONG:
        from gradproof.probing.rounding import asked_as_function, ill_conditioned, only_rounded, sentence, undecided

        rounded = only_rounded(gauge, case)
        if rounded is not None:
            notes += [sentence(gauge.subject.leaves[part.leaf]) for part in case.stratum.parts]
            return rounded, []
        amplified = ill_conditioned(gauge, case)
        if amplified is not None:
            notes += [asked_as_function(gauge.subject.leaves[part.leaf]) for part in case.stratum.parts]
        case = amplified or undecided(gauge, case) or case
    if not any(reading.comparison.reason is Reason.KINK for reading in case.readings):
        return case, []
    from gradproof.probing.kinks import reconsider

    return reconsider(gauge, case)
