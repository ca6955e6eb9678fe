"""From a failing stratum to the leaves that fail."""

from __future__ import annotations

from gradproof.model import Outcome, Reason
from gradproof.numerics.compare import Answer
from gradproof.probing.gauge import Gauge
from gradproof.probing.judge import Case, settle
from gradproof.probing.plan import Stratum

# Up to this many leaves are asked one by one; more are halved first.
SINGLY = 8
# How often all leaves are asked after the whole disagreed, before the contradiction is left open.
SCANS = 4


def judge_stratum(gauge: Gauge, stratum: Stratum) -> list[Case]:
    """Return the cases of a stratum: one for all its leaves if they agree, else one for each that does not.

    The first probes are cheap looks: only where one does not agree are leaves asked by themselves, and only there is
    anything accused. What is left over is judged again together, on fresh directions.
    """
    if len(stratum.parts) == 1:
        return [settle(gauge, stratum)]
    gauge.phase = "directions"
    looks = []
    for _ in range(stratum.probes):
        looks.append(gauge.look(stratum))
        if looks[-1].answer is not Answer.AGREES:
            break
    else:
        return [Case(stratum, Outcome.CONSISTENT, None, tuple(looks))]
    gauge.phase = "leaves"
    cases = _suspects(gauge, stratum)
    for _ in range(SCANS - 1):
        # A single direction may miss what the whole showed: an error as small as the tolerance does so often.
        if cases or looks[-1].answer is not Answer.DISAGREES:
            break
        cases = _suspects(gauge, stratum)
    if not cases:
        thorough = gauge.read(stratum)
        if thorough.comparison.reason is Reason.KINK:
            # Each leaf alone has a valid subgradient; whether they have one together does not show this way.
            return [Case(stratum, Outcome.INCONCLUSIVE, Reason.KINK, (*looks, thorough))]
    if not cases and looks[-1].answer is Answer.DISAGREES:
        # The whole disagreed and no leaf does: nobody may call that consistent.
        return [Case(stratum, Outcome.INCONCLUSIVE, Reason.DISAGREEMENT, tuple(looks))]
    rest = {part.leaf for part in stratum.parts} - {case.leaf for case in cases}
    return cases + ([_rest(gauge, stratum.only(rest))] if rest else [])


def _suspects(gauge: Gauge, stratum: Stratum) -> list[Case]:
    """Return a case for each leaf that does not simply agree, halving groups of more than ``SINGLY``."""
    if len(stratum.parts) <= SINGLY:
        alone = [stratum.only({part.leaf}) for part in stratum.parts]
        gauge.coming(alone)
        read = [(single, gauge.read(single)) for single in alone]
        return [settle(gauge, single, (first,)) for single, first in read if first.answer is not Answer.AGREES]
    leaves = [part.leaf for part in stratum.parts]
    half = len(leaves) // 2
    groups = (stratum.only(set(leaves[:half])), stratum.only(set(leaves[half:])))
    return [
        case for group in groups if gauge.look(group).answer is not Answer.AGREES for case in _suspects(gauge, group)
    ]


def _rest(gauge: Gauge, stratum: Stratum) -> Case:
    """Judge together the leaves that agreed one by one."""
    gauge.coming([stratum] * stratum.probes)
    looks = tuple(gauge.look(stratum) for _ in range(stratum.probes))
    if all(look.answer is Answer.AGREES for look in looks):
        return Case(stratum, Outcome.CONSISTENT, None, looks)
    if all(look.answer is not Answer.DISAGREES for look in looks):
        reason = next(look.comparison.reason for look in looks if look.answer is Answer.UNCLEAR)
        return Case(stratum, Outcome.INCONCLUSIVE, reason, looks)
    return Case(stratum, Outcome.INCONCLUSIVE, Reason.DISAGREEMENT, looks)
