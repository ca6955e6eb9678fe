"""PyTorch's own operators, right and with planted mistakes: what is missed, accused, and left open.

The operator database of PyTorch's test package (`op_db`): every operator that is differentiable on the processor,
several samples each, with the wrappers and the post-processing of outputs that its own tests apply.

    python bench/operators.py                       # all, double precision
    python bench/operators.py --dtype float32       # the right ones in single precision
    python bench/operators.py --peers --sample 60   # some, beside gradcheck, slow and fast
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import one_hot
from torch.testing._internal.common_methods_invocations import op_db

from gradproof.derivatives.functions import check_function
from gradproof.torch.modes import backward, differentiated
from gradproof.torch.signatures import differentiable, named

LARGEST = 20000  # entries of all inputs of a sample
SAMPLES = 3
SECONDS = 20


# Right by what PyTorch declares, and accused all the same: why.
EXPLAINED = {
    "nn_functional_max_unpool": "a mistake of the operator: where indices repeat, each gets the slope",
    "as_strided_scatter": "a mistake of the operator: the input gets a slope for entries that were replaced",
    "normal": "sampling is declared to have the derivative zero; with the generator put back, it has another",
    "round_decimals": "constant between steps of 1e-3, which no measurement can tell from rounding",
}


class TooSlowError(Exception):
    """A sample took longer than it may."""


def constant(value):
    return lambda _: value


def tensors_of(tree, found):
    """Collect the tensors that require gradients, and return a function that puts others in their places."""
    if isinstance(tree, torch.Tensor) and tree.requires_grad:
        found.append(tree)
        place = len(found) - 1
        return lambda given: given[place]
    if isinstance(tree, dict):
        parts = {key: tensors_of(value, found) for key, value in tree.items()}
        return lambda given: {key: part(given) for key, part in parts.items()}
    if isinstance(tree, list | tuple) and not isinstance(tree, torch.Size):
        several = [tensors_of(value, found) for value in tree]
        return lambda given: type(tree)(part(given) for part in several)
    return constant(tree)


def cases(op, dtype):
    """Yield (name, function, inputs) for samples of an operator."""
    for number, sample in enumerate(op.sample_inputs("cpu", dtype, requires_grad=True)):
        if number >= 4 * SAMPLES:
            return
        found = []
        put = tensors_of((sample.input, tuple(sample.args), sample.kwargs), found)
        if not found or sum(x.numel() for x in found) > LARGEST or any(x.numel() == 0 for x in found):
            continue
        if any(x.layout is not torch.strided for x in found):
            continue

        def function(*tensors, put=put, sample=sample):
            first, rest, options = put(tensors)
            out = op.gradcheck_wrapper(op.get_op(), first, *rest, **options)
            process = sample.output_process_fn_grad
            return process(out) if process is not None else out

        yield f"{op.formatted_name}[{number}]", function, tuple(x.detach().clone() for x in found)


def mistakes(vjp, inputs, rng):
    """Yield (name, vjp) with planted mistakes in the gradient of one input."""

    def changed(i, change):
        def wrong(*arguments):
            found = list(vjp(*arguments))
            found[i] = change(found[i])
            return tuple(found)

        return wrong

    i = rng.randrange(len(inputs))
    plans = {
        "twice": lambda g: 2 * g,
        "sign": lambda g: -g,
        "1 %": lambda g: 1.01 * g,
        "zero": torch.zeros_like,
        "entry": lambda g: g + 0.1 * g.abs().max() * one_hot(torch.tensor(g.numel() // 2), g.numel()).reshape(g.shape),
    }
    if inputs[i].ndim == 2 and inputs[i].shape[0] == inputs[i].shape[1] > 1:
        plans["transposed"] = lambda g: g.mT
    if inputs[i].is_complex():
        plans["conjugate"] = torch.conj
    for name in rng.sample(sorted(plans), 2):
        yield f"{name} in input {i}", changed(i, plans[name]), i


def differs(right, wrong, i):
    """Whether a planted mistake is one: relative to the gradient of that input, well above the resolution."""
    size = right[i].abs().max()
    return bool(torch.isfinite(size)) and float((right[i] - wrong[i]).abs().max()) > 5e-3 * float(size) > 1e-8


def judged(function, inputs, vjp):
    found = check_function(function, *inputs, vjp=vjp).reports["vjp"]
    return str(found.outcome), [str(reason) for reason in found.reasons], found.evaluations, found


def peers(function, inputs, vjp):
    """Return what gradcheck says, slow and fast, of the same claim, with evaluations and seconds."""
    count = [0]

    class Claimed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *given):
            count[0] += 1
            ctx.given = [g.detach() for g in given]
            out = function(*ctx.given)
            return tuple(t.detach() for t in differentiated(out))

        @staticmethod
        def backward(ctx, *weights):
            return tuple(vjp(*ctx.given, list(weights)))

    told = {}
    for name, fast in (("slow", False), ("fast", True)):
        count[0], started = 0, time.perf_counter()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ok = torch.autograd.gradcheck(
                    Claimed.apply, tuple(x.clone().requires_grad_() for x in inputs), raise_exception=False,
                    fast_mode=fast, check_undefined_grad=False, nondet_tol=1e-6,
                )  # fmt: skip
        except Exception as error:
            ok = type(error).__name__
        told[name] = {"passes": ok, "evaluations": count[0], "seconds": time.perf_counter() - started}
    return told


def one(op, dtype, options, rng):
    """Judge the samples of one operator; yield a record for each case."""
    used = 0
    for name, raw, inputs in cases(op, dtype):
        if used >= options.samples:
            return
        try:
            torch.manual_seed(0)
            function = differentiable(raw, inputs)
            named(function, [f"input{i}" for i in range(len(inputs))])
            outputs = function(*inputs)
            if not differentiated(outputs):
                continue
            vjp = backward(function, len(inputs))
            weights = [torch.ones_like(t) for t in differentiated(outputs)]
            right = vjp(*inputs, weights)
        except Exception as error:
            yield {"case": name, "refused": f"{type(error).__name__}: {error}"[:200]}
            continue
        used += 1
        plans = [("right", vjp, None)]
        if dtype in (torch.float64, torch.complex128):
            for label, wrong, i in mistakes(vjp, inputs, rng):
                if differs(right, wrong(*inputs, weights), i):
                    plans.append((label, wrong, i))
        for label, claim, _ in plans:
            started = time.perf_counter()
            signal.alarm(SECONDS)
            try:
                outcome, reasons, evaluations, report = judged(function, inputs, claim)
            except TooSlowError:
                yield {"case": name, "claim": label, "outcome": "too slow"}
                continue
            except Exception as error:
                yield {
                    "case": name,
                    "claim": label,
                    "outcome": "error",
                    "text": f"{type(error).__name__}: {error}"[:300],
                }
                continue
            finally:
                signal.alarm(0)
            record = {"case": name, "claim": label, "outcome": outcome, "reasons": reasons, "evaluations": evaluations,
                      "seconds": time.perf_counter() - started}  # fmt: skip
            if (label == "right") != (outcome == "consistent"):
                record["findings"] = [f"{f.leaf} {f.kind} {f.text}" for f in report.findings][:3]
            if options.peers:
                record["peers"] = peers(function, inputs, claim)
            yield record


def summary(records):
    judged_ones = [r for r in records if r.get("outcome") in ("consistent", "wrong", "inconclusive")]
    right = [r for r in judged_ones if r["claim"] == "right"]
    wrong = [r for r in judged_ones if r["claim"] != "right"]
    accused = [r for r in right if r["outcome"] == "wrong"]
    explained = [r for r in accused if r["case"].startswith(tuple(EXPLAINED))]
    alarms = [r for r in accused if r not in explained]
    misses = [r for r in wrong if r["outcome"] == "consistent"]
    open_ones = [r for r in judged_ones if r["outcome"] == "inconclusive"]
    reasons = Counter(reason for r in open_ones for reason in r["reasons"])
    operators = {r["case"].partition("[")[0] for r in judged_ones}
    print(f"operators {len(operators)}, right {len(right)}, wrong {len(wrong)}")
    print(
        f"false alarms {len(alarms)} (and {len(explained)} explained), misses {len(misses)}, "
        f"inconclusive {len(open_ones)} {dict(reasons)}"
    )
    if judged_ones:
        print(f"median evaluations {np.median([r['evaluations'] for r in right])} (right), ", end="")
        print(f"{np.median([r['evaluations'] for r in wrong]) if wrong else 0} (wrong); ", end="")
        print(f"seconds {sum(r['seconds'] for r in judged_ones):.0f}")
    others = [r for r in records if r.get("outcome") in ("too slow", "error")]
    print(f"not judged: {Counter(r['outcome'] for r in others)}, refused {sum('refused' in r for r in records)}")
    print("refused by themselves:", Counter(r["refused"][:60] for r in records if "refused" in r).most_common(8))
    for label, group in (
        ("false alarm", alarms),
        ("explained", explained),
        ("missed", misses),
        ("open", open_ones),
        ("not judged", others),
    ):
        for r in group:
            print(f"  {label}: {r['case']} {r['claim']} {r.get('reasons', '')} {r.get('findings', r.get('text', ''))}")
    for name in ("slow", "fast"):
        known = [(r, r["peers"][name]) for r in judged_ones if "peers" in r]
        if known:
            accused = sum(p["passes"] is not True for r, p in known if r["claim"] == "right")
            passed = sum(p["passes"] is True for r, p in known if r["claim"] != "right")
            evaluations = np.median([p["evaluations"] for r, p in known if r["claim"] == "right"])
            seconds = sum(p["seconds"] for _, p in known)
            print(
                f"gradcheck {name}: false alarms {accused}, misses {passed}, median evaluations {evaluations}, ", end=""
            )
            print(f"seconds {seconds:.0f}")
    return len(alarms) + len(misses)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dtype", default="float64", choices=["float64", "float32", "complex128"])
    parser.add_argument("--sample", type=int, help="so many operators, drawn by --seed")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="samples of each operator")
    parser.add_argument("--ops", nargs="*", help="only these")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--peers", action="store_true", help="gradcheck, slow and fast, on the same cases")
    parser.add_argument("--raw", type=Path, help="a file for the results as JSON lines")
    options = parser.parse_args()
    dtype = getattr(torch, options.dtype)
    ops = [op for op in op_db if op.supports_autograd and dtype in op.supported_dtypes("cpu")]
    if options.ops:
        ops = [op for op in ops if op.name in options.ops or op.formatted_name in options.ops]
    rng = random.Random(options.seed)
    if options.sample:
        ops = rng.sample(ops, options.sample)
    raw = options.raw.open("a") if options.raw else None

    def too_slow(*_):
        raise TooSlowError

    signal.signal(signal.SIGALRM, too_slow)
    records = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for op in ops:
            try:
                for record in one(op, dtype, options, rng):
                    records.append(record)
                    if raw:
                        raw.write(json.dumps(record) + "\n")
                        raw.flush()
            except TooSlowError:
                continue
            except Exception as error:
                records.append({"case": op.formatted_name, "refused": f"{type(error).__name__}: {error}"[:200]})
    return 1 if summary(records) else 0


if __name__ == "__main__":
    sys.exit(main())
