"""How honest the error bars are: ``python bench/calibration.py``.

For each class of functions and each arithmetic: the share of draws whose truth lies inside the bar, the share of bars
that are not finite, and the median bar over the median true error.
"""

from __future__ import annotations

import argparse
import collections
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.calibration.cases import ARITHMETICS, draws
from tests.calibration.score import Outcome, Score, measure, score

POOLED, EACH, INFINITE, RATIO = 0.999, 0.995, 0.01, 30.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=2000, help="draws for each arithmetic")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=ARITHMETICS, help="one arithmetic")
    parser.add_argument("--worst", type=int, default=0, help="show so many of the worst draws")
    options = parser.parse_args()
    chosen = [options.only] if options.only else ARITHMETICS
    outcomes = [o for a in chosen for o in measure(draws(a, options.draws, options.seed))]
    good = table(outcomes)
    for outcome in sorted(outcomes, key=lambda o: -o.excess)[: options.worst]:
        print(describe(outcome))
    return 0 if good else 1


def table(outcomes: list[Outcome]) -> bool:
    classes: dict[tuple[str, str], list[Outcome]] = collections.defaultdict(list)
    for outcome in outcomes:
        classes[outcome.draw.arithmetic, outcome.draw.case.family].append(outcome)
    print(f"{'arithmetic':<14}{'class':<14}{'draws':>7}{'inside':>10}{'infinite':>10}{'bar/error':>11}{'evals':>7}")
    good = True
    for (arithmetic, family), members in classes.items():
        good &= row(f"{arithmetic:<14}{family:<14}", score(members), EACH)
    good &= row(f"{'all':<28}", score(outcomes), POOLED)
    kinds = collections.Counter(o.estimate.reason for o in outcomes if o.estimate.reason)
    print("reasons:", dict(kinds) or "none")
    return good


def row(label: str, found: Score, least: float) -> bool:
    good = found.inside >= least and found.infinite <= INFINITE and found.ratio <= RATIO
    print(
        f"{label}{found.draws:>7}{found.inside:>10.2%}{found.infinite:>10.2%}{found.ratio:>11.1f}"
        f"{found.evaluations:>7.0f}{'' if good else '   <- missed'}"
    )
    return good


def describe(outcome: Outcome) -> str:
    draw, estimate = outcome.draw, outcome.estimate
    return (
        f"{draw.arithmetic} {draw.case.name} at {draw.at!r}: {estimate.value!r} +- {estimate.error:.3g}, truth "
        f"{draw.truth!r}, {outcome.excess:.3g} bars off, noise {estimate.noise:.2g}, step {estimate.step:.2g}, "
        f"{estimate.evaluations} evaluations, {estimate.reason}"
    )


if __name__ == "__main__":
    sys.exit(main())
