"""The plots of the page, from the raw results: light SVG files in docs/assets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bench.versus.scale import MEASURABLE
from bench.versus.tally import Raw, caught_by_size, rows, tally

ASSETS = Path(__file__).parents[2] / "docs" / "assets"
OURS, THEIRS = "#3949ab", "#9e9e9e"
# One colour and one mark each; gradproof is the thick one.
STYLES = dict(
    zip(
        ("gradproof", "torch", "torch, fast", "JAX", "autograd", "SciPy", "the course", "cs231n", "derivcheck",
         "numdifftools", "jacobi", "scipy.differentiate"),
        (("#3949ab", "o"), ("#d84315", "s"), ("#ffa726", "s"), ("#2e7d32", "^"), ("#9ccc65", "^"), ("#6d4c41", "v"),
         ("#757575", "D"), ("#bdbdbd", "D"), ("#00838f", "P"), ("#ad1457", "X"), ("#ec407a", "X"), ("#ba68c8", "X")),
        strict=True,
    )
)  # fmt: skip


def _pyplot() -> Any:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams.update({"svg.hashsalt": "gradproof", "svg.fonttype": "path", "font.size": 9, "axes.grid": True,
                         "grid.color": "#e0e0e0", "axes.axisbelow": True, "axes.spines.top": False,
                         "axes.spines.right": False, "figure.facecolor": "white"})  # fmt: skip
    import matplotlib.pyplot as plt

    return plt


def _save(plt: Any, figure: Any, name: str) -> None:
    ASSETS.mkdir(parents=True, exist_ok=True)
    path = ASSETS / f"benchmark-{name}.svg"
    figure.savefig(path, metadata={"Date": None, "Creator": None}, bbox_inches="tight")
    plt.close(figure)
    # Two decimals of a point are enough for the eye.
    text = re.sub(r"(\d+\.\d{2})\d+", r"\1", path.read_text(encoding="utf-8"))
    path.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n", encoding="utf-8")


def _line(axes: Any, peer: str, x: list[float], y: list[float], **more: Any) -> None:
    colour, mark = STYLES[peer]
    thick = peer == "gradproof"
    axes.plot(x, y, color=colour, marker=mark, markersize=5 if thick else 4, linewidth=2.6 if thick else 1.2,
              label=peer, zorder=3 if thick else 2, **more)  # fmt: skip


def verdicts(raw: Raw, peers: list[str]) -> None:
    """Draw the shares of false alarms, misses and missing answers of each peer."""
    plt = _pyplot()
    figure, panels = plt.subplots(1, 2, figsize=(8.6, 3.6), sharey=True)
    for axes, title in zip(panels, ("right gradients", "wrong gradients"), strict=True):
        for place, peer in enumerate(reversed(peers)):
            t = tally(row for row in raw_rows(raw, peer) if row.planted.dtype == "float64")
            parts = (
                [(t.alarms, "#d84315"), (t.right_open, "#ffcc80"), (t.right_none, "#bdbdbd")]
                if title.startswith("right")
                else [(t.missed, "#d84315"), (t.wrong_open, "#ffcc80"), (t.wrong_none, "#bdbdbd")]
            )
            total, left = (t.right if title.startswith("right") else t.wrong), 0.0
            for count, colour in parts:
                axes.barh(place, 100 * count / max(total, 1), left=left, color=colour, height=0.7)
                left += 100 * count / max(total, 1)
            axes.text(left + 0.8, place, f"{100 * parts[0][0] / max(total, 1):.1f}", va="center", fontsize=8)
        axes.set_yticks(range(len(peers)), list(reversed(peers)))
        axes.set_xlabel("% of the cases (the number: red alone)")
        axes.set_title(title, fontsize=10)
        axes.grid(visible=False, axis="y")
    labels = ("wrong answer", "cannot tell", "no answer: too slow, or an exception")
    handles = [plt.Rectangle((0, 0), 1, 1, color=c) for c in ("#d84315", "#ffcc80", "#bdbdbd")]
    figure.legend(handles, labels, loc="upper center", ncols=3, frameon=False, bbox_to_anchor=(0.5, 1.03))
    _save(plt, figure, "verdicts")


def raw_rows(raw: Raw, peer: str) -> list[Any]:
    """Return the rows of the cases that all peers were given."""
    chosen = set(raw["list"]["peers"])
    return [row for row in rows(raw, peer) if row.case in chosen]


def sizes(raw: Raw, peers: list[str]) -> None:
    """Draw the share of mistakes that is caught against their relative size."""
    plt = _pyplot()
    figure, axes = plt.subplots(figsize=(8.0, 3.8))
    edges = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0, 100.0]
    for peer in peers:
        answered = [r for r in raw_rows(raw, peer) if r.planted.dtype == "float64" and r.outcome in "CWI"]
        found = caught_by_size(answered, edges)
        _line(axes, peer, [size for size, *_ in found], [100 * caught / whole for _, caught, whole in found])
    axes.set_xscale("log")
    axes.set_xlabel("relative error that was planted into a leaf (decades)")
    axes.set_ylabel("% called wrong")
    axes.set_ylim(0, 103)
    axes.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    _save(plt, figure, "sizes")


def scale(raw: Raw, peers: list[str]) -> None:
    """Draw evaluations and seconds against the number of parameters, of right and wrong claims."""
    plt = _pyplot()
    figure, panels = plt.subplots(3, 2, figsize=(8.6, 9.0), sharex=True, sharey="row")
    for column, claim in enumerate(("right", "wrong")):
        for line, measure in enumerate(("calls", "seconds")):
            axes = panels[line][column]
            for peer in peers:
                found = [r for r in raw["scale"] if r["peer"] == peer and r["claim"] == claim and r["outcome"] in "CWI"]
                # What the clock cannot tell from nothing has no place on a logarithmic axis.
                found = [r for r in found if r[measure] > 0.002 or measure == "calls"]
                _line(axes, peer, [r["n"] for r in found], [r[measure] for r in found])
            axes.set_xscale("log")
            axes.set_yscale("log")
            axes.set_title({"calls": "evaluations", "seconds": "seconds"}[measure] + f", {claim} gradient", fontsize=10)
    _memory(panels[2][0], raw, peers)
    panels[2][1].axis("off")
    for axes in (panels[2][0], panels[1][1]):
        axes.set_xlabel("parameters")
        axes.tick_params(labelbottom=True)
    handles, labels = panels[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(0.92, 0.5))
    _save(plt, figure, "scale")


def _memory(axes: Any, raw: Raw, peers: list[str]) -> None:
    """Draw what a check of a right gradient adds to the peak of memory."""
    for peer in peers:
        found = [r for r in raw["scale"] if r["peer"] == peer and r["claim"] == "right" and r["outcome"] in "CWI"]
        found = [r for r in found if r["size"] >= MEASURABLE and r["copies"]]
        _line(axes, peer, [r["n"] for r in found], [8 * r["n"] * r["copies"] / 1e6 for r in found])
    axes.set_yscale("log")
    axes.set_title("memory in MB, right gradient", fontsize=10)


def bars(raw: Raw) -> None:
    """Draw the shares of true derivatives inside the stated error, and inside ten times it."""
    plt = _pyplot()
    names = list(dict.fromkeys(row["estimator"] for row in raw["bars"]))
    kinds = list(dict.fromkeys(row["arithmetic"] for row in raw["bars"]))
    figure, axes = plt.subplots(figsize=(8.0, 3.2))
    for place, name in enumerate(names):
        mine = {row["arithmetic"]: row for row in raw["bars"] if row["estimator"] == name}
        x = [k + 0.2 * (place - 1.5) for k in range(len(kinds))]
        for key, alpha in (("ten", 0.35), ("inside", 1.0)):
            shares = [100 * mine[kind][key] / mine[kind]["draws"] for kind in kinds]
            axes.bar(x, shares, width=0.18, color=STYLES[name][0], alpha=alpha, label=name if alpha == 1.0 else None)
    axes.set_xticks(range(len(kinds)), kinds)
    axes.set_ylabel("% of the draws (pale: inside ten bars)")
    axes.grid(visible=False, axis="x")
    axes.legend(frameon=False, fontsize=8, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.15))
    _save(plt, figure, "bars")
