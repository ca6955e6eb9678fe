"""Mutation testing of ``numerics/`` and ``probing/``: ``python bench/survivors.py --sample 400 --seed 0``.

A mutant is one small change of the source, made by mutmut: an operator, a number, an argument, a text. mutmut makes all
of them in ``mutants/`` (which can be deleted), knows which tests run which function, and runs those in a fork for each
mutant of a sample that is drawn here by a seed. A mutant is

- killed, if a test fails, or does not end;
- without effect, if no test fails and all cases of `behaviour.py` that run the function give the same to the last bit;
- a survivor otherwise: a test is missing.

Slow tests are run only for those that have an effect and passed the quick ones. What was found is kept in ``mutants/``
and in the record while the function is unchanged: after new tests the same command tries the survivors only.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACE = ROOT / "mutants"
FOLDERS = ("numerics", "probing")
# A small module: asking for its mutants makes mutmut write all.
FIRST = "gradproof.probing.precision.*"
# Tests that took at most a tenth of a second while mutmut looked on are run first.
QUICK, SLOW = "0,0.1", "0.1,inf"
# A mutant that takes so much processor time over a case goes in circles.
CPU_SECONDS = 60
# Marks the function as it was, in the names that mutmut gives.
ORIGINAL = "__mutmut_orig"
KILLED = (1, 3, 24, -24, 36, 152, 255, -9, -11)


def run(names: list[str], durations: str) -> None:
    """Let mutmut run the tests of some durations on mutants; what came of it is in its files."""
    # The cases of hypothesis are the same each time. mutmut puts its copy on the path; the plugin is here.
    environment = os.environ | {"CI": "1", "GRADPROOF_DURATIONS": durations, "PYTHONPATH": str(ROOT / "bench")}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *names]
    ended = subprocess.run(
        command, check=False, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if ended.returncode:
        raise SystemExit(ended.stdout.decode(errors="replace").rpartition("Generating mutants")[2])


def codes() -> dict[str, int | None]:
    """Return the exit code of the tests under each mutant; None where it was not tried."""
    found: dict[str, int | None] = {}
    for folder in FOLDERS:
        for path in (PLACE / "src/gradproof" / folder).glob("*.meta"):
            found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return dict(sorted(found.items()))


def function_of(name: str) -> tuple[str, str]:
    """Return the module and the mangled function of a mutant."""
    module, _, mutant = name.rpartition(".")
    return module, mutant.partition("__mutmut_")[0]


class Effects:
    """Tells whether a mutant changes anything, in forks of this process, which has imported the mutated copy."""

    def __init__(self) -> None:
        os.chdir(PLACE)
        sys.path[:0] = [str(PLACE / "src"), str(PLACE), str(PLACE / "bench")]
        os.environ["MUTANT_UNDER_TEST"] = ""
        warnings.simplefilter("ignore")
        import behaviour

        self._outcome, self._cases = behaviour.outcome, behaviour.cases()
        self._sound: dict[str, str] = {}
        self._users: dict[tuple[str, str], list[str]] = collections.defaultdict(list)
        for name, case in self._cases.items():
            functions: set[tuple[str, str]] = set()

            def seen(frame, event, _, functions=functions):
                code = frame.f_code
                if event == "call" and code.co_name.endswith(ORIGINAL):
                    functions.add((frame.f_globals["__name__"], code.co_name.removesuffix(ORIGINAL)))

            sys.setprofile(seen)
            text = self._outcome(case)
            sys.setprofile(None)
            self._sound[name] = self._digest(text)
            for function in functions:
                self._users[function].append(name)
        for name in self._cases:
            if self._digest(self._outcome(self._cases[name])) != self._sound[name]:
                raise SystemExit(f"this case is not repeatable: {name}")

    @staticmethod
    def _digest(text: str) -> str:
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    def of(self, mutant: str) -> str:
        """Return the name of the first case that a mutant changes; "" if there is none."""
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            with contextlib.suppress(BaseException):
                os.close(reading)
                os.environ["MUTANT_UNDER_TEST"] = mutant
                resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
                os.write(writing, (self._changed(mutant) or "-").encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as stream:
            said = stream.read()
        os.waitpid(child, 0)
        return "" if said == "-" else said or "does not end"

    def _changed(self, mutant: str) -> str:
        for name in self._users[function_of(mutant)]:
            if self._digest(self._outcome(self._cases[name])) != self._sound[name]:
                return name
        return ""


@cache
def shown(name: str) -> str:
    """Return what a mutant is: the lines taken and given."""
    from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant

    os.chdir(ROOT)
    lines = get_diff_for_mutant(name, path=find_mutant(name).path).splitlines()
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def tried(chosen: list[str], seen: dict[str, str], keep: Callable[[dict[str, str]], None]) -> None:
    """Run the tests on a sample, and look for effects of the mutants that pass the quick ones.

    ``seen`` is filled: the case that shows a mutant's effect, "" where none does; ``keep`` is called with it.
    """
    pile = codes()
    left = [name for name in chosen if pile[name] not in KILLED and seen.get(name) != ""]
    if left:
        run(left, QUICK)
    pile = codes()
    left = [name for name in left if pile[name] not in KILLED]
    unknown = [name for name in left if name not in seen]
    print(f"{len(left)} mutants pass the quick tests", flush=True)
    effects = Effects() if unknown else None
    for name in unknown:
        seen[name] = effects.of(name) if effects is not None else ""
        keep(seen)
    slow = [name for name in left if seen[name]]
    print(f"{len(slow)} of them have an effect", flush=True)
    if slow:
        run(slow, SLOW)
        keep(seen)


def fate(code: int | None, case: str | None) -> str:
    """Return what became of a mutant, by the exit code of its tests and the case that shows its effect."""
    if code in KILLED:
        return "killed"
    return "untried" if case is None else "survived" if case else "no effect"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, default=ROOT / "bench/results/mutants.json")
    options = parser.parse_args()
    path, key = options.record.absolute(), f"{options.sample} by seed {options.seed}"
    record = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    if not (PLACE / "mutmut-stats.json").exists():
        run([FIRST], QUICK)
    pile = codes()
    rows = record.get(key, {}).get("mutants", [])
    # A sample in the record stays the sample as the source changes, but for mutants that are gone.
    drawn = [row["mutant"] for row in rows] or random.Random(options.seed).sample(list(pile), options.sample)
    chosen = sorted(name for name in drawn if name in pile)
    # What was seen of an effect holds while the function is unchanged, for then its code is kept.
    seen = {row["mutant"]: row["seen in"] for row in rows if "seen in" in row and pile.get(row["mutant"]) is not None}

    def keep(seen: dict[str, str]) -> None:
        pile, rows = codes(), []
        for name in chosen:
            row = {"mutant": name, "fate": fate(pile[name], seen.get(name))}
            if name in seen:
                row |= {"seen in": seen[name], "change": shown(name)}
            rows.append(row)
        counts = dict(collections.Counter(row["fate"] for row in rows))
        record[key] = {"of": len(pile), "counts": counts, "mutants": rows}
        path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    tried(chosen, seen, keep)
    keep(seen)
    for row in record[key]["mutants"]:
        if row["fate"] == "survived":
            print(f"{row['mutant']}, seen in {row['seen in']}\n{row['change']}\n")
    counts = record[key]["counts"]
    killed, survived = counts.get("killed", 0), counts.get("survived", 0)
    share = killed / max(killed + survived, 1)
    print(f"{len(pile)} mutants, {len(chosen)} tried: {counts}; {share:.1%} of those with an effect killed")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())
