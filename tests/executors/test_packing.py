"""How questions are put into tasks: what is waited for goes at once, guesses go in tasks that last a while."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gradproof import Processes, Settings, check, using
from gradproof.desk import Question
from gradproof.executors.guesses import Guesses
from gradproof.executors.packing import MOST, Packing
from tests.executors.problems import RIGHT, WRONG

pytest.importorskip("loky")
pytest.importorskip("cloudpickle")


@pytest.fixture
def asked(monkeypatch):
    """Return what a check asks and announces, in order: a question, or a tuple of probes."""
    found = []
    expect, tasks = Guesses.expect, Packing.tasks

    def expecting(self, probes):
        found.append(tuple(probes))
        return expect(self, probes)

    def asking(self, question, sent, under_way):
        found.append(question)
        return tasks(self, question, sent, under_way)

    monkeypatch.setattr(Guesses, "expect", expecting)
    monkeypatch.setattr(Packing, "tasks", asking)
    with using(Processes(1)):
        check(WRONG, settings=Settings(probes=20))
        check(RIGHT, settings=Settings(probes=20))
    monkeypatch.undo()
    return found


def played(asked, cost, workers=2, task=0.05):
    """Return the tasks that a pool gets where each task is done before the next question comes."""
    pack, sent, tasks = Packing(SimpleNamespace(workers=workers, task=task)), set(), []
    pack.heard(cost)
    for one in asked:
        if not isinstance(one, Question):
            pack.guesses.expect(one)
            continue
        came = list(pack.tasks(one, sent, 0))
        new = [question for task in came for question in task]
        assert len(new) == len(set(new))
        assert not sent & set(new), "sent twice"
        if one not in sent:
            assert one in came[0], "what is waited for must go first"
        sent = {question for question in {*sent, *new} - {one} if pack.guesses.open(question)}
        tasks += came
    return tasks


@pytest.mark.parametrize(("cost", "least"), [(1e-5, 20), (1e-3, 8)])
def test_short_questions_go_in_tasks_of_eight_and_more(asked, cost, least):
    tasks = played(asked, cost)
    questions = sum(isinstance(one, Question) for one in asked)
    assert sum(map(len, tasks)) / len(tasks) >= least
    assert max(map(len, tasks)) <= MOST
    assert sum(map(len, tasks)) <= 4 * questions


def test_a_task_lasts_no_longer_than_it_should(asked):
    assert max(map(len, played(asked, 0.01))) == 5
    assert max(map(len, played(asked, 0.02))) == 3
    assert {len(task) for task in played(asked, 1.0)} == {1}


def test_what_is_waited_for_is_not_kept_by_much_else(asked):
    """Of 4 ms two fit where the check waits; both sides of a step are on their way at once."""
    pack = Packing(SimpleNamespace(workers=2, task=0.05))
    pack.heard(0.004)
    first = next(one for one in asked if isinstance(one, Question))
    urgent = next(iter(pack.tasks(first, set(), 0)))
    assert urgent[0] == first
    assert len(urgent) <= 3


def test_long_questions_are_hardly_ever_sent_in_vain(asked):
    questions = sum(isinstance(one, Question) for one in asked)
    assert sum(map(len, played(asked, 1.0))) <= 1.25 * questions


def test_more_workers_get_more(asked):
    def under_way(workers):
        pack = Packing(SimpleNamespace(workers=workers, task=0.05))
        pack.heard(1.0)
        probes = next(one for one in asked if isinstance(one, tuple))
        pack.guesses.expect(probes)
        first = next(one for one in asked if isinstance(one, Question))
        return len(list(pack.tasks(first, set(), 0)))

    assert under_way(2) == 4
    assert under_way(8) == 16
