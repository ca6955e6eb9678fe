"""Peak memory of a check, in copies of the parameters: ``python bench/memory.py [--entries 100000000]``.

The same program runs twice in processes of its own, once without the check: it holds the parameters and the gradient
tree, and evaluates an objective that works piece by piece. The difference of the peaks is what the check itself takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

TARGET = 2.2

PROGRAM = """
import resource, sys
import numpy as np
import gradproof

entries, checked = int(sys.argv[1]), sys.argv[2] == "checked"
params = {"W": np.full(entries - 1000, 0.5), "b": np.linspace(0.1, 0.9, 1000)}
params["W"][::7] = 0.25
claim = {name: np.empty_like(leaf) for name, leaf in params.items()}
for name, leaf in params.items():
    np.cos(leaf, out=claim[name])

def loss(p):
    total = 0.0
    for leaf in p.values():
        for start in range(0, leaf.size, 65536):
            total += float(np.sin(leaf[start : start + 65536]).sum())
    return total

loss(params)
if checked:
    report = gradproof.check(loss, claim, params)
    assert report.outcome is gradproof.Outcome.CONSISTENT, report
    print(report.evaluations, end=" ")
else:
    print(0, end=" ")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(entries: int, mode: str) -> tuple[int, int]:
    """Return evaluations and the peak resident size in bytes."""
    command = [sys.executable, "-c", PROGRAM, str(entries), mode]
    evaluations, kilobytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return int(evaluations), 1024 * int(kilobytes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    entries = parser.parse_args().entries
    _, without = peak(entries, "plain")
    evaluations, with_check = peak(entries, "checked")
    copies = (with_check - without) / (8 * entries)
    print(f"{entries:,} float64 parameters, {evaluations} evaluations: {copies:.2f} copies (target {TARGET})")
    return 0 if copies <= TARGET else 1


if __name__ == "__main__":
    sys.exit(main())
