"""All that the page says, in the order of the page, as plain text and pictures for the templates."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, fields

from gradproof.model import Finding, Outcome, Proof, Record
from gradproof.reports.page.details import Detail, details
from gradproof.reports.page.leaves import NAME, OTHERS, TITLE, Row, ordered, pictured, rows
from gradproof.reports.quantities import count, probability, seconds, shortened, visible
from gradproof.reports.wording import STATED, passed, scope, sentence, undecided, wrong_leaves
from gradproof.settings import Settings

LISTED = 12
SIGN = {Outcome.WRONG: "✗", Outcome.INCONCLUSIVE: "?", Outcome.CONSISTENT: "✓"}
# What of the run is told elsewhere than among the versions.
TOLD = ("seconds", "time", "target")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong leaf in the summary, with its findings in words."""

    name: str
    title: str
    anchor: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proved:
    """A proof in words: for which leaves, from what, and the chance of a miss by the size of the error."""

    leaves: str
    entries: str
    probes: int
    agreement: str
    radius: str
    chances: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The content of the page."""

    outcome: str
    sign: str
    scope: str
    cost: str
    seed: int
    title: str
    wrong: tuple[Wrong, ...]
    more_wrong: str
    undecided: tuple[tuple[str, str], ...]
    passed: tuple[str, str] | None
    rows: tuple[Row, ...]
    more_rows: str
    details: tuple[Detail, ...]
    fewer: str
    proofs: tuple[Proved, ...]
    uncovered: str
    identity: str
    skipped: tuple[tuple[str, str], ...]
    more_skipped: str
    notes: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    settings: tuple[tuple[str, str], ...]
    versions: tuple[tuple[str, str], ...]
    command: str
    call: str


def page_of(record: Record) -> Page:
    """Return what the page of a record says."""
    order = ordered(record)
    chosen = pictured(record, order)
    table = rows(record, order, chosen)
    by_number = {row.number: row for row in table}
    grouped = wrong_leaves(record)
    wrong = _wrong(grouped, {record.verdicts[row.number].leaf: row for row in table})
    skipped = [(shortened(name, NAME), visible(why)) for name, why in record.skipped[: 4 * LISTED]]
    consistent = [v.leaf for v in record.verdicts if v.outcome is Outcome.CONSISTENT]
    wanted = sum(v.outcome is Outcome.WRONG for v in record.verdicts)
    drawn = sum(record.verdicts[n].outcome is Outcome.WRONG for n in chosen)
    whole = len(table) == len(order)
    listed = "more wrong parameters stand in the table" + ("" if whole else " or in the JSON report only")
    return Page(
        outcome=record.outcome.value,
        sign=SIGN[record.outcome],
        scope=scope(record),
        cost=_cost(record),
        seed=record.settings.seed,
        title=shortened(str(record.run.get("target", "")), 120),
        wrong=tuple(wrong),
        more_wrong=_more(len(grouped) - len(wrong), listed),
        undecided=tuple((_names([v.leaf for v in leaves]), text) for leaves, text in undecided(record)),
        passed=(_names(consistent), passed(record)) if consistent else None,
        rows=tuple(table),
        more_rows=_more(len(order) - len(table), "more parameters are in the JSON report; the worst are listed here"),
        details=tuple(details(record, [by_number[n] for n in chosen])),
        fewer=_more(wanted - drawn, f"more wrong parameters and all but {OTHERS} of the others have no pictures"),
        proofs=tuple(_proved(proof) for proof in record.proofs[: 2 * LISTED]),
        uncovered=_names([v.leaf for v in record.verdicts if v.outcome is not Outcome.CONSISTENT]),
        identity=_identity(record),
        skipped=tuple(skipped),
        more_skipped=_more(len(record.skipped) - len(skipped), "more were not checked"),
        notes=tuple(visible(note) for note in record.notes),
        facts=_facts(record),
        settings=_settings(record.settings),
        versions=_versions(record),
        command=_command(record),
        call=_call(record.settings),
    )


def _more(number: int, words: str) -> str:
    return f"{number:,} {words}.".replace(",", " ") if number > 0 else ""


def _cost(record: Record) -> str:
    text = count(record.evaluations, "evaluation")
    taken = record.run.get("seconds")
    return f"{text}, {seconds(taken)}" if isinstance(taken, int | float) else text


def _wrong(grouped: dict[str, list[Finding]], by_leaf: dict[str, Row]) -> list[Wrong]:
    found = []
    for leaf, findings in list(grouped.items())[:LISTED]:
        row = by_leaf.get(leaf)
        texts = [shortened(sentence(finding), TITLE) for finding in findings[:5]]
        if len(findings) > 5:
            texts.append(f"and {len(findings) - 5} more")
        name = row.name if row else shortened(leaf, NAME) or "(no name)"
        found.append(Wrong(name, shortened(leaf, TITLE), row.anchor if row else "", tuple(texts)))
    return found


def _names(leaves: list[str]) -> str:
    shown = ", ".join(shortened(leaf, 28) for leaf in leaves[:LISTED])
    return f"{shown} and {len(leaves) - LISTED} more" if len(leaves) > LISTED else shown


def _proved(proof: Proof) -> Proved:
    return Proved(
        leaves=_names(list(proof.leaves)),
        entries=count(proof.entries, "entry"),
        probes=proof.probes,
        agreement=f"{proof.agreement:.1e}",
        radius=f"{proof.radius:.1e}",
        chances=tuple((f"{size:.0e}", probability(proof.miss(size))) for size in STATED),
    )


def _identity(record: Record) -> str:
    """Return of what, with what and when this was found, in one line."""
    run = record.run
    made = [f"{name} {run[name]}" for name in ("gradproof", "numpy", "python") if name in run]
    parts = [
        f"Point {record.point or 'unknown'}",
        f"objective {record.value:.9g}",
        f"seed {record.settings.seed}",
        *made,
    ]
    return shortened(", ".join([*parts, *([str(run["time"])] if run.get("time") else [])]), 400) + "."


def _facts(record: Record) -> tuple[tuple[str, str], ...]:
    found = [
        ("objective", f"{record.value:.17g}"),
        ("noise of a value", f"{record.noise:.1e}"),
        ("evaluations", f"{record.evaluations:,}".replace(",", " ")),
        ("gradient calls", str(record.gradient_calls)),
        ("directions", str(len(record.measurements))),
        ("point (hash)", record.point or "unknown"),
    ]
    return tuple((name, visible(value)) for name, value in found)


def _settings(settings: Settings) -> tuple[tuple[str, str], ...]:
    return tuple((f.name, shortened(_shown(getattr(settings, f.name)), 400)) for f in fields(settings))


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _versions(record: Record) -> tuple[tuple[str, str], ...]:
    named = [(key, value) for key, value in record.run.items() if key not in TOLD]
    found = [(shortened(str(key), NAME), shortened(str(value), 200)) for key, value in named]
    time = record.run.get("time")
    return (*found[:20], *([("made", shortened(str(time), NAME))] if time else []))


def _changed(settings: Settings) -> list[tuple[str, object]]:
    return [
        (f.name, getattr(settings, f.name))
        for f in fields(settings)
        if f.name == "seed" or getattr(settings, f.name) != f.default
    ]


def _command(record: Record) -> str:
    words = ["gradproof", "check", str(record.run.get("target") or "TARGET")]
    for name, value in _changed(record.settings):
        for one in value if isinstance(value, tuple) else (value,):
            words += [f"--{name}", str(one)]
    return visible(" ".join(shlex.quote(word) for word in words))


def _call(settings: Settings) -> str:
    changed = ", ".join(f"{name}={value!r}" for name, value in _changed(settings))
    return visible(f"gp.check(loss, gradient, params, settings=gp.Settings({changed}))")
