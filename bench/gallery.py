"""Real mistakes from public threads, by class: caught, named, missed, found by stress: ``python bench/gallery.py``."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.gallery.test_careless import CARELESS, RIGHT_LAYERS
from tests.gallery.test_catalogue import CATALOGUE, RIGHT, Outcome, judged

from gradproof import stress


def main():
    rows = defaultdict(lambda: defaultdict(int))
    for entry in CATALOGUE:
        row, wrong = rows[entry.group], judged(entry.make(), entry.make().wrong)
        row["entries"] += 1
        row["caught"] += wrong.outcome is Outcome.WRONG
        row["missed"] += wrong.outcome is Outcome.CONSISTENT
        row["undecided"] += wrong.outcome is Outcome.INCONCLUSIVE
        row["covered"] += bool(entry.named)
        said = " ".join(f"{finding.text} {finding.guess}" for finding in wrong.findings)
        row["named"] += bool(entry.named) and entry.named in said
        row["false alarms"] += judged(entry.make(), entry.make().right).outcome is Outcome.WRONG
    groups = {entry.id: entry.group for entry in CATALOGUE}
    for entry in CARELESS:
        row, layer = rows[groups[entry.id]], entry.make()
        row["careless"] += 1
        row["hidden"] += entry.hides
        row["by stress"] += stress(layer.function, layer.wrong, *layer.args).outcome is Outcome.WRONG
        row["stress false alarms"] += stress(layer.function, layer.right, *layer.args).outcome is Outcome.WRONG
    for make in RIGHT.values():
        case = make()
        rows["right"]["entries"] += 1
        rows["right"]["false alarms"] += judged(case, case.right).outcome is Outcome.WRONG
    for layer in RIGHT_LAYERS.values():
        rows["right"]["careless"] += 1
        outcome = stress(layer.function, layer.right, *layer.args).outcome
        rows["right"]["stress false alarms"] += outcome is Outcome.WRONG
    columns = ("entries", "caught", "undecided", "missed", "covered", "named", "false alarms")
    columns += ("careless", "hidden", "by stress", "stress false alarms")
    print(f"{'class':<10}" + "".join(f"{name:>{len(name) + 2}}" for name in columns))
    for group in [*sorted(g for g in rows if g != "right"), "right"]:
        print(f"{group:<10}" + "".join(f"{rows[group][name]:>{len(name) + 2}}" for name in columns))
    total = {name: sum(row[name] for row in rows.values()) for name in columns}
    print(f"{'all':<10}" + "".join(f"{total[name]:>{len(name) + 2}}" for name in columns))


if __name__ == "__main__":
    main()
