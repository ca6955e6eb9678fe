"""Peak memory of a check, in copies of the parameters.

    python bench/memory.py [--entries 100000000] [--lean] [--dtype float32] [--wrong]

The same program runs twice in processes of its own, once without the check: it holds the parameters and the gradient
tree, and evaluates an objective that works piece by piece. The difference of the peaks is what the check itself takes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

TARGET = {"ample": 2.2, "lean": 1.3}

PROGRAM = """
import resource, sys
import numpy as np
import gradproof

entries, mode, dtype, memory, claimed = int(sys.argv[1]), *sys.argv[2:]
params = {"W": np.full(entries - 1000, 0.5, dtype), "b": np.linspace(0.1, 0.9, 1000, dtype=dtype)}
params["W"][::7] = 0.25
claim = {name: np.empty_like(leaf) for name, leaf in params.items()}
for name, leaf in params.items():
    np.cos(leaf, out=claim[name])
if claimed == "wrong":
    claim["W"] *= 1.5

def loss(p):
    total = 0.0
    for leaf in p.values():
        for start in range(0, leaf.size, 65536):
            total += float(np.sin(leaf[start : start + 65536], dtype=np.float64).sum())
    return total

loss(params)
evaluations = 0
if mode == "checked":
    report = gradproof.check(loss, claim, params, settings=gradproof.Settings(memory=memory))
    assert report.outcome == ("wrong" if claimed == "wrong" else "consistent"), report
    evaluations = report.evaluations
    print(report, file=sys.stderr)
print(evaluations, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak(mode: str, options: argparse.Namespace) -> tuple[int, int]:
    """Return evaluations and the peak resident size in bytes."""
    claimed = "wrong" if options.wrong else "right"
    memory = "lean" if options.lean else "ample"
    command = [sys.executable, "-c", PROGRAM, str(options.entries), mode, options.dtype, memory, claimed]
    evaluations, kilobytes = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    return int(evaluations), 1024 * int(kilobytes)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--dtype", choices=("float64", "float32"), default="float64")
    parser.add_argument("--lean", action="store_true")
    parser.add_argument("--wrong", action="store_true", help="a claim that is 1.5 times the gradient in W")
    options = parser.parse_args()
    _, without = peak("plain", options)
    evaluations, with_check = peak("checked", options)
    copies = (with_check - without) / (int(options.dtype[5:]) // 8 * options.entries)
    target = TARGET["lean" if options.lean else "ample"]
    what = f"{options.entries:,} {options.dtype} parameters, {evaluations} evaluations"
    print(f"{what}: {copies:.2f} copies (target {target}), {with_check / 1e9:.2f} GB in all")
    return 0 if copies <= target else 1


if __name__ == "__main__":
    sys.exit(main())
