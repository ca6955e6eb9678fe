"""Mutation testing of ``numerics/`` and ``probing/``: ``python bench/survivors.py --sample 400 --seed 0``.

A mutant is one small change of the source, made by mutmut: an operator, a number, an argument, a text. mutmut makes all
of them in ``mutants/`` (which can be deleted), knows which tests run which function, and runs those in a fork for each
mutant of a sample that is drawn here by a seed. A mutant is

- killed, if a test fails, or does not end;
- without effect, if no test fails and all cases of `behaviour.py` that run the function give the same to the last bit;
- a survivor otherwise: a test is missing.

Slow tests are run only for those that have an effect and passed the quick ones. A mutant that was killed is not run
again while its function is unchanged, so that after new tests the same command tries the others.
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


def shown(name: str) -> str:
    """Return what a mutant is: the lines taken and given."""
    from mutmut.mutation.diff_apply import find_mutant, get_diff_for_mutant

    os.chdir(ROOT)
    lines = get_diff_for_mutant(name, path=find_mutant(name).path).splitlines()
    return "\n".join(line for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---"))


def fates(chosen: list[str], before: dict[str, dict]) -> list[dict]:
    """Return a row for each mutant: its fate, and for those not killed the change and the case that shows it."""
    pile = codes()
    done = {name for name in chosen if pile[name] in KILLED}
    done |= {name for name, row in before.items() if row["fate"] == "no effect" and pile[name] is not None}
    left = [name for name in chosen if name not in done]
    if left:
        run(left, QUICK)
    pile = codes()
    print(f"{len(left)} tried with quick tests, {sum(pile[name] in KILLED for name in left)} killed", flush=True)
    effects = Effects()
    seen = {name: effects.of(name) for name in left if pile[name] not in KILLED}
    slow = [name for name, case in seen.items() if case]
    print(f"{len(slow)} of {len(seen)} have an effect", flush=True)
    if slow:
        run(slow, SLOW)
    pile, rows = codes(), []
    for name in chosen:
        row = {
            "mutant": name,
            "fate": "killed" if pile[name] in KILLED else "survived" if seen.get(name) else "no effect",
        }
        if row["fate"] != "killed":
            row |= {"change": shown(name), "seen in": seen.get(name, "")}
        rows.append(row)
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--record", type=Path, default=ROOT / "bench/results/mutants.json")
    options = parser.parse_args()
    options.record = options.record.absolute()
    record = json.loads(options.record.read_text(encoding="utf-8")) if options.record.exists() else {}
    key = f"{options.sample} by seed {options.seed}"
    if not (PLACE / "mutmut-stats.json").exists():
        run([FIRST], QUICK)
    pile = sorted(codes())
    chosen = sorted(random.Random(options.seed).sample(pile, min(options.sample, len(pile))))
    before = {row["mutant"]: row for row in record.get(key, {}).get("mutants", ()) if row["mutant"] in chosen}
    rows = fates(chosen, before)
    counts = collections.Counter(row["fate"] for row in rows)
    record[key] = {"of": len(pile), "counts": counts, "mutants": rows}
    options.record.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    for row in rows:
        if row["fate"] == "survived":
            print(f"{row['mutant']}, seen in {row['seen in']}\n{row['change']}\n")
    share = counts["killed"] / max(counts["killed"] + counts["survived"], 1)
    print(f"{len(pile)} mutants, {len(rows)} tried: {dict(counts)}; {share:.1%} of those with an effect killed")
    return 0 if share >= 0.85 else 1


if __name__ == "__main__":
    sys.exit(main())
