"""Real mistakes from careless points: a plain look does not show them, stress finds them and leaves the right alone."""

from __future__ import annotations

import numpy as np
import pytest

from gradproof import Outcome, check, stress
from gradproof.stressing import run
from gradproof.stressing.scenarios import differentiable
from tests.gallery.careless import contributions, factors, places, shapes, terms  # noqa: F401 - they fill the list
from tests.gallery.careless.entry import CARELESS, NOT_HERE
from tests.gallery.careless.right import RIGHT_LAYERS
from tests.gallery.test_catalogue import CATALOGUE

by_id = pytest.mark.parametrize("entry", CARELESS, ids=lambda entry: f"{entry.id} {entry.make.__name__}")


def plain_look(layer, claim):
    """One check at the given arguments, with the cotangent that a careless test has."""
    output = np.asarray(layer.function(*layer.args))
    weights = np.ones(output.shape) if layer.cotangent is None else layer.cotangent
    claimed = claim(*layer.args) if output.size == 1 else claim(*layer.args, weights)
    claimed = claimed if isinstance(claimed, tuple | list) else [claimed]
    given = {i: layer.args[i] for i in differentiable(layer.args)}

    def loss(params):
        full = [params.get(i, arg) for i, arg in enumerate(layer.args)]
        return float(np.vdot(weights, layer.function(*full)))

    return check(loss, dict(zip(given, claimed, strict=True)), given).outcome


@by_id
def test_a_plain_look_shows_what_does_not_hide_only(entry):
    layer = entry.make()
    assert (plain_look(layer, layer.wrong) is Outcome.WRONG) is not entry.hides
    assert plain_look(layer, layer.right) is not Outcome.WRONG


@by_id
def test_stress_finds_the_mistake(entry):
    layer = entry.make()
    report = stress(layer.function, layer.wrong, *layer.args)
    assert report.outcome is Outcome.WRONG, report


@by_id
def test_stress_leaves_the_right_gradient_alone(entry, monkeypatch):
    # The table is tried whole; of the search that follows, which finds nothing, a part is enough.
    monkeypatch.setattr(run, "SEARCHED", 50)
    is_left_alone(entry.make())


def is_left_alone(layer):
    report = stress(layer.function, layer.right, *layer.args)
    assert report.outcome is Outcome.CONSISTENT, report
    assert not any(trial.failed for trial in report.trials), report


@pytest.mark.parametrize("name", RIGHT_LAYERS)
def test_stress_leaves_ordinary_layers_alone(name):
    is_left_alone(RIGHT_LAYERS[name])


def test_every_catalogued_mistake_is_here_or_told_why_not():
    ids = [entry.id for entry in CARELESS]
    assert len(ids) == len(set(ids))
    assert not set(ids) & set(NOT_HERE)
    assert set(ids) | set(NOT_HERE) == {entry.id for entry in CATALOGUE if entry.group not in ("COMPLEX", "HIGHER")}
