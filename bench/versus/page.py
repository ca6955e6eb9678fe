"""The page ``docs/benchmark.md``: every figure from the raw results, the plots beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from bench.versus import plots
from bench.versus.answers import RIGHT, WRONG
from bench.versus.naming import EQUIVALENT, FALSE, PLACE
from bench.versus.scale import MEASURABLE
from bench.versus.tally import ABOVE, Raw, Row, Tally, median, rows, tally, upper
from bench.versus.text import AFTER, BARS, BEFORE, COSTS, FAMILIES, FIRST, SINGLE, SIZES, TITLE, VERDICTS

FIRST_RUN = Path(__file__).parents[1] / "results" / "versus.first.json"
PAGE = Path(__file__).parents[2] / "docs" / "benchmark.md"
DECADES = ((1, 10), (10, 100), (100, 1000), (1000, 100_000))
NAMES = {
    FALSE: "mistakes of which something false was said",
    PLACE: "mistakes of which only the place was told",
    EQUIVALENT: "mistakes told by another reading, as true of the numbers",
}
WHERE = ("torch", "torch, fast", "the course", "cs231n", "derivcheck", "numdifftools", "jacobi", "scipy.differentiate")


def table(head: Iterable[str], body: Iterable[Iterable[object]]) -> str:
    """Return a table in Markdown."""
    cells = [list(head), *([str(cell) for cell in row] for row in body)]
    rule = ["---"] + ["---:"] * (len(cells[0]) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in [cells[0], rule, *cells[1:]]) + "\n"


def share(events: int, trials: int) -> str:
    """Return a percentage; a count of zero is 0 and not 0.0."""
    return "" if not trials else "0" if not events else f"{100 * events / trials:.1f}"


def ours(t: Tally) -> str:
    """Return the table of gradproof on all cases, with upper bounds."""

    def line(name: str, events: int, trials: int) -> tuple[str, str, str, str]:
        return name, f"{events:,} of {trials:,}", share(events, trials), f"{100 * upper(events, trials):.2f}"

    body = [
        line("right gradients called wrong", t.alarms, t.right),
        line("right gradients left open", t.right_open, t.right),
        line("wrong gradients passed, the error 1,000 times above the resolution or more", t.above, t.wrong),
        line("wrong gradients passed, of all sizes", t.missed, t.wrong),
        line("wrong gradients left open", t.wrong_open, t.wrong),
        line("leaves named otherwise than planted, of those caught", t.leaf[1] - t.leaf[0], t.leaf[1]),
        *(
            line(f"{words}, of those that can be named", t.named[name], t.named.total())
            for name, words in NAMES.items()
        ),
    ]
    if t.right_none or t.wrong_none:
        body.append(line("no answer", t.right_none + t.wrong_none, t.right + t.wrong))
    return table(("", "cases", "%", "at most, %"), body)


def everybody(raw: Raw, dtype: str) -> str:
    """Return the table of all peers on the cases of a dtype that all were given."""
    body = []
    for peer in raw["outcomes"]:
        found = [row for row in plots.raw_rows(raw, peer) if row.planted.dtype == dtype]
        t = tally(found)
        named = share(*t.leaf) if peer in ("gradproof", *WHERE) else ""
        body.append((
            peer, share(t.alarms, t.right), share(t.right_open, t.right), share(t.missed, t.wrong),
            share(t.wrong_open, t.wrong), share(t.right_none + t.wrong_none, t.right + t.wrong), named,
        ))  # fmt: skip
    head = ("", "false alarms", "right, left open", "misses", "wrong, left open", "no answer", "right leaf")
    return table(head, body)


def families(raw: Raw) -> str:
    """Return what each peer gets wrong in each family: false alarms and misses, in percent."""
    names = list(dict.fromkeys(plant[0] for plant in raw["planted"]))
    body = []
    for peer in raw["outcomes"]:
        found, cells = [row for row in plots.raw_rows(raw, peer) if row.planted.dtype == "float64"], []
        for name in names:
            t = tally(row for row in found if row.planted.family == name)
            cells.append(f"{share(t.alarms, t.right)} / {share(t.missed, t.wrong)}")
        body.append((peer, *cells))
    return table(("", *names), body)


def costs(raw: Raw) -> str:
    """Return the median numbers of evaluations, of right and wrong gradients, by the number of parameters."""
    body = []
    for peer in raw["outcomes"]:
        found, cells = plots.raw_rows(raw, peer), []
        for low, high in DECADES:
            both = [median(found, _kept(low, high, is_right)) for is_right in (True, False)]
            cells.append(" / ".join("" if calls is None else f"{calls:,}" for calls in both))
        body.append((peer, *cells))
    return table(("", *(f"{low:,} to {high - 1:,}" for low, high in DECADES)), body)


def _kept(low: int, high: int, right: bool):
    def keep(row: Row) -> bool:
        # What a right claim costs is what it costs to pass it.
        return low <= row.planted.n < high and row.right == right and (not right or row.outcome == RIGHT)

    return keep


def seconds(raw: Raw) -> str:
    """Return the seconds of a check against the number of parameters, right / wrong."""
    sizes = sorted({row["size"] for row in raw["scale"]})
    body = []
    for peer in raw["outcomes"]:
        cells = []
        for size in sizes:
            both = [
                next((r for r in raw["scale"] if (r["peer"], r["claim"], r["size"]) == (peer, claim, size)), None)
                for claim in ("right", "wrong")
            ]
            cells.append(" / ".join("-" if r is None or r["outcome"] in "TX" else brief(r["seconds"]) for r in both))
        body.append((peer, *cells))
    return table(("seconds", *(f"{size:,}" for size in sizes)), body)


def brief(seconds: float) -> str:
    """Return seconds as they can be told: the clock of the processor ticks in hundredths on some systems."""
    return "< 0.01" if seconds < 0.01 else f"{seconds:.2g}"


def memory(raw: Raw) -> str:
    """Return what a check of a right gradient adds to the peak of memory, in copies of the parameters."""
    right = [r for r in raw["scale"] if r["claim"] == "right" and r["outcome"] in "CWI" and r["size"] >= MEASURABLE]
    known = {(row["peer"], row["size"]): f"{row['copies']:.1f}" for row in right}
    sizes = sorted({size for _, size in known})
    body = [
        (peer, *(known.get((peer, size), "-") for size in sizes))
        for peer in raw["outcomes"]
        if any((peer, size) in known for size in sizes)
    ]
    return table(("copies", *(f"{size:,}" for size in sizes)), body)


def bars(raw: Raw) -> str:
    """Return how honest the bars are: shares of all draws inside one and ten bars, without a bar, and medians."""
    body = [
        (
            f"{row['arithmetic']}, {row['estimator']}", share(row["inside"], row["draws"]),
            share(row["ten"], row["draws"]), share(row["without"], row["draws"]),
            *("" if row[name] is None else f"{row[name]:.0e}" for name in ("error", "bar")), f"{row['calls']:.0f}",
        )
        for row in raw["bars"]
    ]  # fmt: skip
    head = ("", "inside the bar, %", "inside ten bars, %", "no bar, %", "median error", "median bar", "evaluations")
    return table(head, body)


def first(raw: Raw) -> dict[str, str]:
    """Return what the first run found, and which right cases are still accused."""
    unexpected = json.loads(FIRST_RUN.read_text(encoding="utf-8"))["unexpected"]
    alarms = [case for case, outcome, _ in unexpected if outcome == WRONG]
    misses = [margin or 0.0 for _, outcome, margin in unexpected if outcome == RIGHT]
    still = [str(row.case) for row in rows(raw, "gradproof") if row.right and row.outcome == WRONG]
    return {
        "first_alarms": str(len(alarms)),
        "first_singles": str(sum(raw["planted"][case][1] == "float32" for case in alarms)),
        "first_missed": str(len(misses)),
        "first_above": str(sum(margin >= ABOVE for margin in misses) or "none"),
        "accused": " and ".join(f"case {number}" for number in still) or "none",
    }


def text(raw: Raw) -> str:
    """Return the page."""
    about, listed = raw["run"], raw["list"]
    t = tally(rows(raw, "gradproof"))
    facts = {
        "date": about["date"], "python": about["python"],
        "others": f" (gradproof's verdicts; the rest on {about['others']})" if "others" in about else "",
        "versions": ", ".join(f"{name} {number}" for name, number in about["versions"].items()),
        "right": f"{t.right:,}", "wrong": f"{t.wrong:,}", "subset": f"{len(listed['peers']):,}",
        "limit": f"{about['seconds_a_case']:.0f}", "limit_size": f"{about['seconds_a_size']:.0f}",
        "largest": f"{max(plant[2] for plant in raw['planted']):,}",
        "singles": share(sum(p[1] == "float32" for p in raw["planted"]), len(raw["planted"])),
        "zero": f"{100 * upper(0, t.right):.2f}", "memory": memory(raw), **first(raw),
    }  # fmt: skip
    parts = [TITLE, ours(t), FIRST, VERDICTS, everybody(raw, "float64"), SINGLE, everybody(raw, "float32"), FAMILIES,
             families(raw), SIZES, COSTS, costs(raw), BEFORE, seconds(raw), BARS, bars(raw), AFTER]  # fmt: skip
    # Tables hold no braces.
    return "\n".join(part.format(**facts) for part in parts)


def write(raw: Raw) -> None:
    """Write the page and its plots."""
    peers = list(raw["outcomes"])
    plots.verdicts(raw, peers)
    plots.sizes(raw, peers)
    plots.scale(raw, peers)
    plots.bars(raw)
    PAGE.write_text(text(raw), encoding="utf-8")
