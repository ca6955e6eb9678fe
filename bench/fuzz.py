"""Whole random uses of the program, reproducible by a number each: ``python bench/fuzz.py --cases 20000``.

Random trees, dtypes, shapes and names; right gradients and planted mistakes under objectives of many kinds; hostile
objectives, claims, points, files and commands. What must hold: no traceback of gradproof's own, inputs unchanged, no
right gradient called wrong, no mistake called consistent that the report itself says could not have been missed, no
pickle loaded, budgets held, every format of every report written. Prints the counts by kind and every violation.
"""

from __future__ import annotations

import argparse
import collections
import datetime
import json
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np
from tests.fuzz.cases import Case, run

from gradproof.version import __version__


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no new case after that")
    parser.add_argument("--record", type=Path, help="write counts and violations to this JSON file")
    options = parser.parse_args()
    started, counts = time.time(), collections.Counter[tuple[str, str]]()
    violations: list[Case] = []
    for seed in range(options.first, options.first + options.cases):
        if time.time() - started > options.seconds:
            break
        case = run(seed)
        counts[case.kind, case.outcome] += 1
        if case.broken:
            violations.append(case)
            print(f"violation of case {seed} ({case.kind}, {case.outcome}):", *map(ascii, case.broken), flush=True)
        if (seed - options.first + 1) % 1000 == 0:
            print(f"{seed - options.first + 1} cases, {len(violations)} violations", file=sys.stderr, flush=True)
    table(counts)
    print(f"{counts.total()} cases, {len(violations)} violations, {time.time() - started:.0f} s")
    if options.record is not None:
        options.record.write_text(json.dumps(recorded(options, counts, violations), indent=1) + "\n")
    return 1 if violations else 0


def table(counts: collections.Counter[tuple[str, str]]) -> None:
    for kind in dict.fromkeys(kind for kind, _ in sorted(counts)):
        outcomes = {outcome: count for (own, outcome), count in sorted(counts.items()) if own == kind}
        print(f"{kind}: {sum(outcomes.values())}")
        for outcome, count in sorted(outcomes.items(), key=lambda pair: -pair[1]):
            print(f"  {count:>6}  {outcome}")


def recorded(options: argparse.Namespace, counts: collections.Counter, violations: list[Case]) -> dict:
    outcomes: dict[str, dict[str, int]] = {}
    for (kind, outcome), count in sorted(counts.items()):
        outcomes.setdefault(kind, {})[outcome] = count
    limits = f"--cases {options.cases} --first {options.first} --seconds {options.seconds:g}"
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "command": f"python bench/fuzz.py {limits}",
        "versions": {"gradproof": __version__, "numpy": np.__version__, "python": platform.python_version()},
        "cases": counts.total(),
        "violations": [{"case": one.seed, "kind": one.kind, "broken": list(one.broken)} for one in violations],
        "outcomes": outcomes,
    }


if __name__ == "__main__":
    sys.exit(main())
