"""Run the benchmark, keep the raw results, and write the page: ``python -m bench.versus``.

    python -m bench.versus                    # all of it, going on where an earlier run was stopped
    python -m bench.versus --first 60         # a trial on the first cases, its results not kept
    python -m bench.versus --page             # the page and the plots from the results that are kept
    python -m bench.versus --again gradproof  # one peer anew on all its cases, the answers of the others kept
    python -m bench.versus --anew scale       # the part about sizes anew (or that about error bars), all else kept
    python -m bench.versus --list 7000 600    # another list of cases, before a run

Results are kept as they come in bench/results/versus.partial.jsonl; delete it to measure afresh.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import platform
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from bench.versus import bars, cases, page, scale
from bench.versus.peers import PEERS
from bench.versus.run import FIELDS, PARTIAL, RESULTS, SECONDS, Task, results

RAW = RESULTS / "versus.json"


def tasks(listed: dict[str, Any]) -> list[Task]:
    """Return who is asked what: gradproof every case, the peers their share; the large cases last."""
    every = [("gradproof", number) for number in range(listed["cases"])]
    theirs = [(peer, number) for peer in PEERS if peer != "gradproof" for number in listed["peers"]]
    large = {number for number in listed["peers"] if cases.TURN[(number // 2) % len(cases.TURN)] == "large"}
    return every + sorted(theirs, key=lambda task: task[1] in large)


def gathered(listed: dict[str, Any], rows: list[list[Any]]) -> dict[str, Any]:
    """Return the raw results as one tree."""
    outcomes: dict[str, list[Any]] = {peer: [] for peer in PEERS}
    for peer, *row in sorted(rows, key=lambda row: row[1]):
        outcomes[peer].append(row if row[-1] else row[:-1])
    return {"fields": FIELDS, "list": listed, "outcomes": outcomes,
            "planted": [planted(cases.case(number)) for number in range(listed["cases"])]}  # fmt: skip


def planted(case: cases.Case) -> list[Any]:
    """Return [family, dtype, parameters, kind, relative size] of a case; no kind if it is right."""
    n = sum(leaf.size for leaf in case.params.values())
    if case.mistake is None:
        return [case.family, case.dtype, n, "", 0.0]
    return [case.family, case.dtype, n, case.mistake.kind, float(f"{max(case.sizes.values()):.3g}")]


def circumstances() -> dict[str, Any]:
    """Return the date, the versions and the limits of a run."""
    names = sorted({package for package, _ in PEERS.values()} | {"numpy"})
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in names},
        "seconds_a_case": SECONDS,
        "seconds_a_size": scale.SECONDS,
    }


def part(name: str, make: Callable[[], Any]) -> Any:
    """Return a part of the results, from the file of an earlier run if it is there."""
    kept = RESULTS / f"versus.{name}.partial.jsonl"
    if kept.exists():
        return json.loads(kept.read_text(encoding="utf-8"))
    made = make()
    kept.write_text(json.dumps(made) + "\n", encoding="utf-8")
    return made


def dumps(raw: dict[str, Any]) -> str:
    """Return the raw results as JSON, one outcome a line."""

    def lines(rows: list[Any]) -> str:
        return "[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "]"

    parts = {
        key: json.dumps(value) for key, value in raw.items() if key not in ("outcomes", "planted", "scale", "bars")
    }
    parts["outcomes"] = "{" + ",\n".join(f"{json.dumps(p)}: {lines(r)}" for p, r in raw["outcomes"].items()) + "}"
    parts |= {key: lines(raw[key]) for key in ("planted", "scale", "bars")}
    return "{" + ",\n".join(f"{json.dumps(key)}: {value}" for key, value in parts.items()) + "}\n"


def keep_all_but(peer: str) -> str:
    """Lay down the results of the last run, without the answers of one peer, to go on from; return their date."""
    raw = json.loads(RAW.read_text(encoding="utf-8"))
    rows = [
        [other, *row, *[""] * (len(FIELDS) - len(row))]
        for other, answers in raw["outcomes"].items()
        if other != peer
        for row in answers
    ]
    PARTIAL.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for name in ("scale", "bars"):
        (RESULTS / f"versus.{name}.partial.jsonl").write_text(json.dumps(raw[name]) + "\n", encoding="utf-8")
    return str(raw["run"].get("others", raw["run"]["date"]))


def run(listed: dict[str, Any], workers: int) -> list[list[Any]]:
    """Ask everybody, saying now and then how far it is."""
    todo, rows, said = tasks(listed), [], time.monotonic()
    for row in results(todo, workers):
        rows.append(row)
        if time.monotonic() - said > 30:
            said = time.monotonic()
            print(f"{len(rows)} of {len(todo)}", flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--first", type=int, help="only so many cases, by everybody; nothing is written")
    parser.add_argument("--page", action="store_true", help="only the page, from the results that are kept")
    parser.add_argument("--again", choices=list(PEERS), help="ask one peer anew, and keep what the others have said")
    parser.add_argument("--anew", choices=["scale", "bars"], help="measure that part anew, and keep all else")
    parser.add_argument("--list", type=int, nargs=2, metavar=("CASES", "PEERS"), help="write another list of cases")
    options = parser.parse_args()
    if options.list:
        cases.write(*options.list)
        return
    listed = cases.committed()
    if options.first:
        listed |= {"cases": options.first, "peers": list(range(options.first))}
        rows = run(listed, options.workers)
        for (peer, outcome), count in sorted(
            Counter((row[0], ("R" if row[1] % 2 == 0 else "W") + row[2]) for row in rows).items()
        ):
            print(f"{peer:<20} {'right' if outcome[0] == 'R' else 'wrong'} {outcome[1]} {count}")
        return
    if options.anew:
        raw = json.loads(RAW.read_text(encoding="utf-8"))
        raw[options.anew] = {"scale": scale.run, "bars": bars.run}[options.anew]()
        RAW.write_text(dumps(raw), encoding="utf-8")
    elif not options.page:
        if cases.fingerprint(listed["cases"]) != listed["fingerprint"]:
            raise SystemExit("The cases are not those of the list; see tests/bench.")
        others = {"others": keep_all_but(options.again)} if options.again else {}
        raw = {"run": circumstances() | others, **gathered(listed, run(listed, options.workers))}
        raw |= {"scale": part("scale", scale.run), "bars": part("bars", bars.run)}
        RAW.write_text(dumps(raw), encoding="utf-8")
    page.write(json.loads(RAW.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
