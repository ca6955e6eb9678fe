"""What is guessed for the next questions: never what was answered, and nothing of lines that were left."""

from __future__ import annotations

import dataclasses

import pytest

from gradproof import Processes, Settings, check, using
from gradproof.desk import Question
from gradproof.executors.guesses import Guesses
from tests.executors.problems import RIGHT, WRONG

pytest.importorskip("loky")
pytest.importorskip("cloudpickle")


@pytest.fixture
def probes(monkeypatch):
    """Return probes as a check announces them."""
    found = []
    monkeypatch.setattr(Guesses, "expect", lambda self, probes: found.extend(probes))
    with using(Processes(1)):
        check(RIGHT, settings=Settings(probes=6))
    return found


def test_neither_side_is_guessed_once_it_was_asked(probes):
    guesses = Guesses()
    one = Question("line", probes[0], 0.0, 0.25)
    other = dataclasses.replace(one, t=-0.25)
    assert guesses.after(one).pair == [one, other]
    after = guesses.after(other)
    assert after.pair == [other]
    assert one not in after.here
    # Another line is another story, though it begins with the same steps.
    second = dataclasses.replace(other, probe=probes[1])
    assert guesses.after(second).pair == [second, dataclasses.replace(second, t=0.25)]
    assert guesses.open(second)
    assert not guesses.open(one)


@pytest.mark.parametrize(("problem", "wasted"), [(RIGHT, 0.05), (WRONG, 0.25)])
def test_few_guesses_are_wasted(problem, wasted):
    """Where an evaluation takes long, so that every guess has to be worth it."""
    import time

    def slow(p):
        time.sleep(0.01)
        return problem.loss(p)

    with using(Processes(2)):
        report = check(dataclasses.replace(problem, loss=slow), settings=Settings(probes=40))
    assert report.evaluations > 100
    assert report.record.run["sent"] <= (1.0 + wasted) * report.evaluations
