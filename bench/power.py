"""How often a small error is caught: ``python bench/power.py [--seeds 1500]``.

A factor 1 + e on one leaf of a small network, judged with many seeds: at e = 1e-5 at least 99 % must be called wrong,
at 1e-4 at least 99.99 %, and at e = 0 nothing.
"""

from __future__ import annotations

import argparse
import collections
import sys

import numpy as np
from networks import network

from gradproof import Outcome, Settings, check


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1500)
    seeds = parser.parse_args().seeds
    net = network("47")
    claim = net.gradient(net.params)
    good = True
    for excess, least in ((1e-5, 0.99), (1e-4, 0.9999), (0.0, 0.0)):
        wrong = {**claim, "W2": claim["W2"] * (1.0 + excess)}
        reports = [check(net.loss, wrong, net.params, settings=Settings(seed=seed)) for seed in range(seeds)]
        counts = collections.Counter(report.outcome for report in reports)
        share = counts[Outcome.WRONG] / seeds
        evaluations = np.median([report.evaluations for report in reports])
        good &= share >= least if excess else share == 0.0
        shown = ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome)
        print(f"1 + {excess:g}: {shown}; median {evaluations:.0f} evaluations")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
