"""JSON: an exact round trip, strict, versioned, without parameter values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from gradproof import Outcome, Report, check
from gradproof.errors import RecordError
from gradproof.reports.record import canonical, dumps, loads
from tests.probing.test_facts import Network

RIGHT = Network.gradient(Network.params)
REPORTS = {
    "right": check(Network.loss, RIGHT, Network.params),
    "wrong": check(Network.loss, {**RIGHT, "W2": 2 * RIGHT["W2"], "b1": RIGHT["b1"].T}, Network.params),
    "kink": check(lambda p: float(np.abs(p).sum()), np.array([0.0, 1.0]), np.array([0.0, 1.0])),
    "no claim": check(Network.loss, {}, Network.params),
    "flat": check(lambda _: 0.0, np.zeros(2), np.zeros(2)),
}


@pytest.mark.parametrize("name", REPORTS)
def test_round_trip(name, tmp_path):
    report = REPORTS[name]
    text = dumps(report.record)
    assert dumps(loads(text)) == text
    json.loads(text, parse_constant=pytest.fail)
    report.save(tmp_path / "report.json")
    again = Report.load(tmp_path / "report.json")
    assert again.outcome is report.outcome
    assert str(again) == str(report)
    assert list(tmp_path.iterdir()) == [tmp_path / "report.json"]


def test_the_canonical_part_does_not_vary():
    again = check(Network.loss, RIGHT, Network.params)
    assert canonical(again.record) == canonical(REPORTS["right"].record)
    assert again.record.run["time"] not in canonical(again.record)


def test_no_parameter_values():
    text = dumps(REPORTS["right"].record)
    assert not any(repr(float(value)) in text for leaf in Network.params.values() for value in leaf.flat)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "cannot be read"),
        ("[1, 2", "cannot be read"),
        ("[]", "not a report"),
        ('{"format": "other"}', "not a report"),
        ('{"format": "gradproof-report", "version": 2}', "another version"),
        ('{"format": "gradproof-report", "version": 1, "report": {}, "run": {}}', "damaged"),
        ('{"format": "gradproof-report", "version": 1}', "damaged"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_damaged(text, words):
    with pytest.raises(RecordError, match=words):
        loads(text)


@pytest.mark.parametrize("path", [("outcome",), ("evaluations",), ("settings", "seed"), ("verdicts", 0, "shape")])
def test_one_damaged_value(path):
    document = json.loads(dumps(REPORTS["right"].record))
    node = document["report"]
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = "broken"
    with pytest.raises(RecordError):
        loads(json.dumps(document))


def test_an_unwritable_place_leaves_nothing_behind(tmp_path):
    with pytest.raises(OSError, match="missing"):
        REPORTS["right"].save(tmp_path / "missing" / "report.json")


def test_a_report_has_three_answers():
    assert REPORTS["right"].outcome is Outcome.CONSISTENT
    with pytest.raises(TypeError, match=r"report\.outcome"):
        bool(REPORTS["right"])
