"""How many planted mistakes are mended: singles and doubles, by hand and by mutation, by class.

    python bench/mend.py [--limit N] [--only hand|mutants] [--set 1|2] [--file NAME] [--seed N] [--show]

Found first: the first way shown is the right function, at fresh points that the search never saw. False: it was said to
be mended, and is not the right function there.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench")]

from mutants import executed, leaves, mutants
from tests.gallery.backward import planted as first
from tests.gallery.backward.planted import Planted
from tests.gallery.backward2 import planted as second

from gradproof import Problem, Settings, mend
from gradproof.adapters.target import load
from gradproof.mending.outcome import Way
from gradproof.mending.proof import moved

BACKWARD = ROOT / "tests" / "gallery"
# Mutants are drawn with this seed; they were not looked at while the search was tuned.
SEED = 20261124


@dataclass(frozen=True)
class Gallery:
    """A set of backward passes, and the mistakes planted into them by hand."""

    folder: Path
    slips: tuple[Planted, ...]

    def text(self, file: str) -> str:
        """Return a backward pass as it is right."""
        return (self.folder / f"{file}.py").read_text(encoding="utf-8")


# The first, by which the search was made; the second, written afterwards in other styles and mended unseen.
SETS = {
    1: Gallery(BACKWARD / "backward", (*first.SINGLE, *first.DOUBLE)),
    2: Gallery(BACKWARD / "backward2", (*second.SINGLE, *second.DOUBLE)),
}


def by_hand(gallery: Gallery):
    """Yield (set, file, class, text, planted lines) of the mistakes planted by hand."""
    for planted in gallery.slips:
        text = gallery.text(planted.file)
        lines = set()
        for old, new in [(planted.old, planted.new), *([planted.also] if planted.also else [])]:
            assert text.count(old) == 1, (planted.file, old, text.count(old))
            lines.add(text[: text.index(old)].count("\n") + 1)
            text = text.replace(old, new)
        kind = "double" if planted.also else "single"
        yield f"{kind}, by hand", planted.file, planted.kind, text, lines


def by_mutation(gallery: Gallery, singles: int, doubles: int, seed: int):
    """Yield the same for mutants; a double one is two single ones of one file in different lines."""
    drawn = mutants(gallery.folder, singles + 4 * doubles, seed)
    for name, kind, text, lines in drawn[:singles]:
        yield "single, mutants", name, kind, text, lines
    by_file = defaultdict(list)
    for one in drawn[singles:]:
        by_file[one[0]].append(one)
    made = 0
    for group in by_file.values():
        for one, other in zip(group[::2], group[1::2], strict=False):
            text = merged(gallery.text(one[0]), one[2], other[2])
            if made < doubles and text is not None and not one[3] & other[3]:
                made += 1
                yield "double, mutants", one[0], "double", text, one[3] | other[3]


def merged(text: str, one: str, other: str) -> str | None:
    """Return a text with the changed statements of both; None if they lie too close."""
    trees = [ast.parse(t) for t in (text, one, other)]
    found = [
        {ast.dump(n): n for n in ast.walk(t) if isinstance(n, ast.Assign | ast.AugAssign | ast.Return)} for t in trees
    ]
    old = [next((n for d, n in found[0].items() if d not in side), None) for side in found[1:]]
    new = [next((n for d, n in side.items() if d not in found[0]), None) for side in found[1:]]
    if None in old or None in new or old[0].lineno == old[1].lineno:
        return None
    lines = text.split("\n")
    for before, after in sorted(zip(old, new, strict=True), key=lambda pair: -pair[0].lineno):
        lines[before.lineno - 1 : before.end_lineno] = [
            lines[before.lineno - 1][: before.col_offset] + ast.unparse(after)
        ]
    return "\n".join(lines)


def same_function(original: str, text: str) -> bool:
    """Whether a text's gradient is the original's at fresh points."""
    right, mended = executed(original), executed(text)
    for key in range(3):
        point = moved(Problem(right["loss"], None, right["params"]), Settings(seed=99), 0.2, key)
        for a, b in zip(leaves(right["gradient"](point)), leaves(mended["gradient"](point)), strict=True):
            if a.shape != b.shape or np.max(np.abs(a - b)) > 1e-8 * max(np.max(np.abs(a)), 1e-30):
                return False
    return True


def is_right(original: str, way: Way) -> bool:
    """Whether a way gives back the right function."""
    ((document, changes),) = way.changes
    return same_function(original, document.changed(changes))


def judged(folder: Path, gallery: Gallery, case) -> dict:
    """Mend one case and say how it went."""
    which, file, kind, text, lines = case
    path = folder / f"{file}.py"
    path.write_text(text, encoding="utf-8")
    started = time.perf_counter()
    try:
        mending = mend(load(str(path)), settings=Settings(seconds=60.0))
    except Exception as error:
        # A gradient that raises, and that no edit makes right: its own exception is raised again.
        return {
            "set": which, "file": file, "kind": kind, "result": "not found", "line": False,
            "seconds": time.perf_counter() - started, "tried": 0, "evaluations": 0, "mending": error,
        }  # fmt: skip
    seconds = time.perf_counter() - started
    assert path.read_text(encoding="utf-8") == text, "mend wrote without being asked"
    if mending.ways:
        right = [is_right(gallery.text(file), way) for way in mending.ways]
        result = "first" if right[0] else "false"
        if not all(right):
            print("FALSE among the ways shown:", case[:3], sorted(lines), right)
        where = {c.line for c in mending.ways[0].corrections} == lines
    else:
        where = bool(lines & {c.line for c, _ in mending.suspects})
        result = "place" if where else "not found"
    return {
        "set": which, "file": file, "kind": kind, "result": result, "line": where, "seconds": seconds,
        "tried": mending.tried, "evaluations": mending.evaluations, "mending": mending,
    }  # fmt: skip


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser()
    options.add_argument("--limit", type=int, default=10**6)
    options.add_argument("--only", choices=["hand", "mutants"])
    options.add_argument("--file")
    options.add_argument("--set", type=int, choices=SETS, default=1)
    options.add_argument("--seed", type=int, default=SEED, help="by which mutants are drawn")
    options.add_argument("--show", action="store_true")
    given = options.parse_args()
    gallery = SETS[given.set]
    cases = [] if given.only == "mutants" else list(by_hand(gallery))
    cases += [] if given.only == "hand" else list(by_mutation(gallery, 60, 15, given.seed))
    cases = [case for case in cases if given.file in (None, case[1])][: given.limit]
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for case in cases:
            done = judged(Path(folder), gallery, case)
            found.append(done)
            if given.show:
                print(
                    f"{done['result']:<10}{done['seconds']:6.1f} s {done['tried']:6} {case[:3]} {sorted(case[4])}",
                    flush=True,
                )
                if done["result"] != "first" or not done["line"]:
                    ways = getattr(done["mending"], "ways", [done["mending"]])
                    print("   ", ways[0] if ways else "-", flush=True)
    print(
        f"{'':<24}{'cases':>6}{'first':>7}{'place':>7}{'none':>6}{'false':>7}"
        f"{'same line':>11}{'tried':>8}{'seconds':>9}"
    )
    for which in dict.fromkeys(done["set"] for done in found):
        row(which, [done for done in found if done["set"] == which])
    singles = [done for done in found if done["set"].startswith("single")]
    for kind in sorted({done["kind"] for done in singles}):
        row(f"  {kind}", [done for done in singles if done["kind"] == kind])
    row("all", found)


def row(name: str, group: list[dict]) -> None:
    """Print one line: counts, and medians of candidates and seconds."""
    count = Counter(done["result"] for done in group)
    line = sum(done["line"] for done in group if done["result"] == "first")
    tried = statistics.median(done["tried"] for done in group)
    seconds = statistics.median(done["seconds"] for done in group)
    print(
        f"{name:<24}{len(group):>6}{count['first']:>7}{count['place']:>7}{count['not found']:>6}{count['false']:>7}"
        f"{line:>11}{tried:>8.0f}{seconds:>9.1f}"
    )


if __name__ == "__main__":
    main()
