"""A network of ten million parameters at batch 256, in training steps and in copies of the parameters.

    python bench/big_network.py            # PyTorch and JAX, each in processes of its own
    python bench/big_network.py torch      # one of them

A training step is one forward and one backward pass in single precision. The check is told in those, measured in the
same process; memory is the peak beyond that of a process that only trains. "float32" is an objective that hands out a
plain number, of which no copy in double precision can be known to be one; "float64 reference" one that is measured on
such a copy.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

TARGETS = {"float32": 30.0, "float64": 60.0}

COMMON = """
import resource, statistics, sys, time
import numpy as np

how, checked = sys.argv[1], sys.argv[2] == "checked"
widths = (1024, 2048, 2048, 1500, 512, 10)
shapes = [(a, b) for a, b in zip(widths[:-1], widths[1:])]
rng = np.random.default_rng(0)
arrays = {}
for k, (a, b) in enumerate(shapes):
    arrays[f"W{k}"] = (rng.standard_normal((a, b), dtype=np.float32) * np.float32(1.6 / a**0.5))
    arrays[f"b{k}"] = (rng.standard_normal(b, dtype=np.float32) * np.float32(0.1))
inputs = rng.standard_normal((256, widths[0]), dtype=np.float32)
labels = rng.integers(0, widths[-1], 256)
size = sum(a.size for a in arrays.values())

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def timed(step):
    step(), step()
    found = []
    for _ in range(9):
        start = time.perf_counter()
        step()
        found.append(time.perf_counter() - start)
    return statistics.median(found)

def tell(step, check):
    one = timed(step)
    taken = evaluations = 0.0
    if checked:
        start = time.perf_counter()
        report = check()
        taken, evaluations = time.perf_counter() - start, report.evaluations
        assert str(report.outcome) == "consistent", report
    print(size, one, taken, evaluations, peak())
"""

TORCH = (
    COMMON
    + """
import torch
import gradproof

params = {name: torch.from_numpy(a).requires_grad_() for name, a in arrays.items()}
x, y = torch.from_numpy(inputs), torch.from_numpy(labels)

def forward(p, x):
    for k in range(len(shapes)):
        x = x @ p[f"W{k}"] + p[f"b{k}"]
        x = torch.tanh(x) if k + 1 < len(shapes) else x
    return torch.nn.functional.cross_entropy(x, y)

def step():
    loss = forward(params, x)
    return torch.autograd.grad(loss, list(params.values()))

def plain(p, x):
    with torch.no_grad():
        return forward(p, x).item()

def gradient(p, x):
    return dict(zip(params, step()))

chosen = (plain, gradient) if how == "float32" else (forward, None)
tell(step, lambda: gradproof.check(*chosen, params, args=(x,)))
"""
)

JAX = (
    COMMON
    + """
import jax, jax.numpy as jnp
import gradproof

params = {name: jnp.asarray(a) for name, a in arrays.items()}
x, y = jnp.asarray(inputs), jnp.asarray(labels)

@jax.jit
def forward(p, x):
    for k in range(len(shapes)):
        x = x @ p[f"W{k}"] + p[f"b{k}"]
        x = jnp.tanh(x) if k + 1 < len(shapes) else x
    return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), y[:, None], 1))

both = jax.jit(jax.value_and_grad(forward))

def step():
    return jax.block_until_ready(both(params, x))

chosen = (lambda p, x: float(forward(p, x))) if how == "float32" else forward
tell(step, lambda: gradproof.check(chosen, lambda p, x: both(p, x)[1], params, args=(x,)))
"""
)


def measured(program: str, how: str, checked: str) -> list[float]:
    done = subprocess.run([sys.executable, "-c", program, how, checked], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return [float(word) for word in done.stdout.split()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("framework", nargs="?", choices=["torch", "jax"])
    framework = parser.parse_args().framework
    chosen = [framework] if framework else ["torch", "jax"]
    print("framework  measured in        step    check  evaluations  training steps (target)  copies")
    for name in chosen:
        program = {"torch": TORCH, "jax": JAX}[name]
        for how, target in TARGETS.items():
            size, step, taken, evaluations, with_check = measured(program, how, "checked")
            without = measured(program, how, "not")[4]
            words = "float32" if how == "float32" else "float64 reference"
            copies = (with_check - without) / (4 * size)
            print(
                f"{name:9}  {words:17}  {step:.2f} s  {taken:5.1f} s  {evaluations:11.0f}"
                f"  {taken / step:14.1f} ({target:.0f})      {copies:6.1f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
