"""The report as text: width, order, folding, hostile names."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest

from gradproof import check
from gradproof.model import Outcome, Reason, Verdict
from gradproof.reports.quantities import count, probability, seconds, shortened, with_error
from gradproof.reports.sentences import MEANING, NEXT
from gradproof.reports.terminal import Style, render
from tests.reports.test_record import REPORTS


@pytest.mark.parametrize("width", [40, 60, 80, 200])
@pytest.mark.parametrize("detail", ["quiet", "normal", "verbose"])
@pytest.mark.parametrize("name", REPORTS)
def test_never_wider_than_asked(name, detail, width):
    text = render(REPORTS[name].record, Style(width, "plain", detail))
    assert max(map(len, text.splitlines())) <= width
    assert text.startswith(REPORTS[name].outcome.value.upper())


def test_wrong_first_and_named():
    lines = str(REPORTS["wrong"]).splitlines()
    assert re.match(r"WRONG +2 of 6 parameters +\d+ evaluations", lines[0])
    text = "\n".join(lines)
    assert text.index("yours has shape") < text.index("consistent within")
    assert "W2  yours is 2.000000 x the measured gradient (all 15 entries)" in text
    assert "probability < 1e-" in text


def test_colour_only_when_asked():
    record = REPORTS["wrong"].record
    assert "\x1b" not in render(record, Style(80, "plain"))
    coloured = render(record, Style(80, "colour"))
    assert "\x1b[" in coloured
    stripped = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in stripped.splitlines()] == render(record, Style(80)).splitlines()


def test_hostile_names():
    name = "[bold]\x1b[31mred\n\r\x07[/bold]" + "x" * 5000
    report = check(lambda p: float((p[name] ** 2).sum()), {name: np.ones(2)}, {name: np.ones(2)})
    text = render(report.record, Style(80, "plain"))
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[bold]" in text
    assert max(map(len, text.splitlines())) <= 80
    assert len(text.splitlines()) < 10


@pytest.mark.parametrize("outcome", list(Outcome))
def test_many_leaves_are_folded(outcome):
    reason = Reason.NOISE if outcome is Outcome.INCONCLUSIVE else None
    verdicts = tuple(Verdict(f"layers.{i}.weight", (3,), "float64", outcome, reason) for i in range(1000))
    record = dataclasses.replace(
        REPORTS["right"].record, outcome=outcome, verdicts=verdicts, reasons=(Reason.NOISE,) if reason else ()
    )
    text = render(record, Style(80, "plain"))
    assert len(text.splitlines()) < 20
    assert "all 1000 parameters" in text


def test_every_reason_has_words():
    assert set(MEANING) == set(NEXT) == set(Reason)


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (2.718281828459, 3e-12, "2.718281828459(3)"),
        (0.54034, 0.0012, "0.5403(12)"),
        (-0.000220719396, 4e-13, "-0.0002207193960(4)"),
        (1234.5, 20.0, "1234(20)"),
        (1.5e-9, 2e-12, "1.500(2)e-09"),
        (3.0e20, 1e17, "3.0000(10)e+20"),
        (0.0, 1e-9, "0 +- 1e-09"),
        (-0.0, 1.6e-9, "0 +- 2e-09"),
        (1.0, 0.0, "1(0)"),
        (float("nan"), 1.0, "nan"),
        (2.0, float("inf"), "2 (error unknown)"),
        (1e-9, 1.0, "1e-09 +- 1"),
    ],
)
def test_values_with_errors(value, error, text):
    assert with_error(value, error) == text


def test_other_quantities():
    assert probability(3e-10) == "< 1e-9"
    assert probability(0.0) == "< 1e-99"
    assert probability(1.0) == "any"
    assert seconds(0.0124) == "0.01 s"
    assert seconds(0.004) == "4 ms"
    assert seconds(0.0001) == "under 1 ms"
    assert count(1, "entry") == "1 entry"
    assert count(61481, "evaluation") == "61 481 evaluations"
    assert shortened("a" * 30, 10) == "aaaa...aaa"
