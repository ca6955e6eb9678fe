"""Mutation testing of ``numerics/`` and ``probing/``: ``python bench/survivors.py --sample 400``.

A mutant is one small change of the source: an operator, a comparison, a number, a condition. It is killed if
``tests/numerics`` or ``tests/probing`` fails; it is without effect if it changes no report of a set of checks (right
and wrong gradients of ``tests/fuzz``) either; what is left survived, and a test is missing.

Each mutant runs in a fork of a process that has imported everything but gradproof; its module is compiled from the
changed syntax tree as it is imported, so no file is ever written. The tests that are quick run first.
"""

from __future__ import annotations

import argparse
import ast
import collections
import contextlib
import hashlib
import importlib.abc
import importlib.machinery
import json
import os
import random
import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "gradproof"
FOLDERS = ("numerics", "probing")
sys.path.insert(0, str(ROOT))

# Preloaded once for all forks.
import hypothesis  # noqa: F401
import mpmath  # noqa: F401
import numpy as np
import optree  # noqa: F401
import pytest
import rich.console
import rich.table  # noqa: F401

COMPARISONS = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
               ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In}  # fmt: skip
TURNED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
              ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd}  # fmt: skip
SISTERS = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
# A mutant that takes so much processor time goes in circles: it is killed.
CPU_SECONDS = 150
CHECKS = 30
# This share of the tests, the quickest, runs first; the others only if a mutant has an effect.
QUICK = 0.85


@dataclass(frozen=True)
class Mutant:
    """A change at one node: the file, the line, what it does, and where in the walk over the tree it is done."""

    path: Path
    line: int
    what: str
    place: int
    number: int

    @property
    def module(self) -> str:
        return "gradproof." + ".".join(self.path.relative_to(PACKAGE).with_suffix("").parts)

    def tree(self) -> ast.Module:
        tree = ast.parse(self.path.read_text(encoding="utf-8"))
        node = list(ast.walk(tree))[self.place]
        list(changes(node))[self.number][1](node)
        return ast.fix_missing_locations(tree)

    def __str__(self) -> str:
        return f"{self.path.relative_to(PACKAGE)}:{self.line}: {self.what}"


def changes(node: ast.AST) -> Iterator[tuple[str, Callable[[ast.AST], None]]]:
    """Yield what can be done to a node: in words, and as a function that does it."""
    if isinstance(node, ast.Compare):
        for table in (COMPARISONS, TURNED):
            other = table.get(type(node.ops[0]))
            if other is not None:
                text = f"{type(node.ops[0]).__name__} -> {other.__name__}"
                yield text, lambda n, other=other: n.ops.__setitem__(0, other())
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in ARITHMETIC:
        other = ARITHMETIC[type(node.op)]
        yield f"{type(node.op).__name__} -> {other.__name__}", lambda n: setattr(n, "op", other())
    if isinstance(node, ast.BoolOp):
        turned = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{type(node.op).__name__} -> {turned.__name__}", lambda n: setattr(n, "op", turned())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not):
        neutral = ast.UAdd if isinstance(node.op, ast.USub) else None
        if neutral:
            yield "minus dropped", lambda n: setattr(n, "op", neutral())
        else:
            yield "not doubled", lambda n: setattr(n, "operand", ast.UnaryOp(ast.Not(), n.operand))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        for value in (node.value + 1, node.value * 2 if node.value else -1):
            if value != node.value:
                yield f"{node.value} -> {value}", lambda n, value=value: setattr(n, "value", value)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} -> {not node.value}", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        field = "id" if isinstance(node.func, ast.Name) else "attr"
        if name in SISTERS and (field == "id" or name in ("floor", "ceil")):
            yield f"{name} -> {SISTERS[name]}", lambda n: setattr(n.func, field, SISTERS[name])
        if name == "abs" and len(node.args) == 1:
            yield "abs dropped", lambda n: setattr(n, "func", ast.Name("float", ast.Load()))
    if isinstance(node, ast.If | ast.IfExp):
        yield "condition turned", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    if isinstance(node, ast.Break | ast.Continue):
        yield f"{type(node).__name__} dropped", lambda n: setattr(n, "__class__", ast.Pass)


def mutants() -> list[Mutant]:
    """Return all mutants of the two folders; annotations, imports and docstrings are left alone."""
    found = []
    for folder in FOLDERS:
        for path in sorted((PACKAGE / folder).glob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            nodes = list(ast.walk(tree))
            passive = _passive(tree)
            for place, node in enumerate(nodes):
                if id(node) not in passive:
                    for number, (what, _) in enumerate(changes(node)):
                        found.append(Mutant(path, getattr(node, "lineno", 0), what, place, number))
    return found


def _passive(tree: ast.Module) -> set[int]:
    """Return the nodes that do nothing at run time."""
    roots: list[ast.AST] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            roots += [a.annotation for a in (*node.args.args, *node.args.kwonlyargs) if a.annotation]
            roots += [node.returns] if node.returns else []
            roots += node.decorator_list
        if isinstance(node, ast.AnnAssign):
            roots.append(node.annotation)
        if isinstance(node, ast.ClassDef):
            roots += node.decorator_list
        if isinstance(node, ast.Assert | ast.JoinedStr):
            roots.append(node)
    return {id(below) for root in roots for below in ast.walk(root)}


class _Loader(importlib.abc.Loader):
    """Loads one module from a changed tree."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def create_module(self, _spec):
        return None

    def exec_module(self, module) -> None:
        exec(compile(self.mutant.tree(), str(self.mutant.path), "exec"), module.__dict__)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the mutant before the file that it was made from."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name, *_):
        if name != self.mutant.module:
            return None
        return importlib.machinery.ModuleSpec(name, _Loader(self.mutant), origin=str(self.mutant.path))


class Order:
    """Runs the quick tests first, and only those below or above a duration."""

    def __init__(self, durations: dict[str, float], keep: Callable[[float], bool]) -> None:
        self.durations, self.keep = durations, keep

    def pytest_collection_modifyitems(self, items) -> None:
        items[:] = [item for item in items if self.keep(self.durations.get(item.nodeid, 0.0))]
        items.sort(key=lambda item: self.durations.get(item.nodeid, 0.0))


class Timer:
    """Remembers how long each test took."""

    def __init__(self) -> None:
        self.durations: dict[str, float] = {}

    def pytest_runtest_logreport(self, report) -> None:
        self.durations[report.nodeid] = self.durations.get(report.nodeid, 0.0) + report.duration


def tested(plugin: object) -> int:
    arguments = [
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:randomly",
        "--tb=no",
        "--assert=plain",
        "-o",
        "filterwarnings=",
    ]
    arguments += ["--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    return int(pytest.main([*arguments, str(ROOT / "tests/numerics"), str(ROOT / "tests/probing")], plugins=[plugin]))


def digest() -> str:
    """Return a digest of what a set of checks reports."""
    from tests.fuzz import known

    import gradproof
    from gradproof.reports.record import canonical

    whole = hashlib.blake2b(digest_size=16)

    def kept(_, report):
        whole.update(canonical(report.record).encode("utf-8", "surrogatepass"))
        return []

    known.shown, drawn = kept, known.settings
    # A budget of seconds ends elsewhere each time.
    known.settings = lambda *given: drawn(*given).replace(seconds=None)
    for seed in range(CHECKS):
        try:
            known.known(np.random.default_rng([404, seed]))
        except Exception as error:
            whole.update(type(error).__name__.encode())
        found = gradproof.derivative(np.cosh if seed % 2 else np.sin, at=10.0 ** (seed / 30.0 - 1.5))
        whole.update(repr(found).encode())
    return whole.hexdigest()


def in_fork(work: Callable[[], str]) -> str:
    """Return what a function returns in a fork; "died" if that ended otherwise."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        result = "died"
        with contextlib.suppress(BaseException):
            result = work()
        os.write(writing, result.encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        result = stream.read()
    os.waitpid(pid, 0)
    return result or "died"


def fate(mutant: Mutant, durations: dict[str, float], sound: str) -> str:
    """Return "killed", "no effect" or "survived"."""
    limit = sorted(durations.values())[int(QUICK * len(durations))]

    def under(work: Callable[[], str]) -> Callable[[], str]:
        def inside() -> str:
            sys.meta_path.insert(0, Finder(mutant))
            return work()

        return inside

    if in_fork(under(lambda: str(tested(Order(durations, lambda d: d < limit))))) != "0":
        return "killed"
    if in_fork(under(digest)) == sound:
        return "no effect"
    return (
        "killed" if in_fork(under(lambda: str(tested(Order(durations, lambda d: d >= limit))))) != "0" else "survived"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=1e9, help="begin no new mutant after that")
    parser.add_argument("--only", help="mutants whose description holds this text")
    parser.add_argument("--record", type=Path, help="write fates to this JSON file")
    options = parser.parse_args()
    pile = mutants()
    chosen = random.Random(options.seed).sample(pile, min(options.sample, len(pile)))
    chosen = [mutant for mutant in chosen if options.only is None or options.only in str(mutant)]
    timer = Timer()

    def timed() -> str:
        return json.dumps(timer.durations) if tested(timer) == 0 else "failed"

    baseline, sound = in_fork(timed), in_fork(digest)
    if baseline == "failed" or "died" in (baseline, sound) or in_fork(digest) != sound:
        print("the tests fail without a mutant, or the checks are not repeatable")
        return 2
    durations = json.loads(baseline)
    started, fates = time.time(), collections.Counter[str]()
    rows = []
    for number, mutant in enumerate(chosen):
        if time.time() - started > options.seconds:
            break
        end = fate(mutant, durations, sound)
        fates[end] += 1
        rows.append((str(mutant), end))
        if end != "killed":
            print(f"{end}: {mutant}", flush=True)
        if options.record is not None:
            options.record.write_text(json.dumps({"of": len(pile), "tried": number + 1, "fates": rows}, indent=0))
    effective = fates["killed"] + fates["survived"]
    share = fates["killed"] / max(effective, 1)
    print(f"{len(pile)} mutants, {len(rows)} tried: {dict(fates)}; {share:.1%} of those with an effect killed")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())
