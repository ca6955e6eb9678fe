"""What a measured gradient is compared with, how it is kept, how it is shown."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import gradproof as gp
from gradproof.errors import InputError, RecordError
from gradproof.model import Reason

rng = np.random.default_rng(1)
X = rng.normal(size=(7, 6))
PARAMS = {"layers": [{"W": rng.normal(size=(5, 6)), "b": np.zeros(5)}], "scale": 0.7}


def loss(p):
    layer = p["layers"][0]
    return p["scale"] * float(np.sum(np.tanh(X @ layer["W"].T + layer["b"]) ** 2))


def gradient(p):
    layer = p["layers"][0]
    a = np.tanh(X @ layer["W"].T + layer["b"])
    d = 2 * p["scale"] * a * (1 - a**2)
    return {"layers": [{"W": d.T @ X, "b": d.sum(axis=0)}], "scale": float(np.sum(a**2))}


@pytest.fixture(scope="module")
def measured():
    return gp.measure_gradient(loss, PARAMS)


def test_there_is_an_array_of_values_and_one_of_errors_for_each_leaf(measured) -> None:
    assert list(measured.leaves) == ["layers.0.W", "layers.0.b", "scale"]
    for name, leaf in measured.leaves.items():
        assert leaf.value.dtype == leaf.error.dtype == np.float64, name
    assert measured["layers.0.W"].value.shape == measured["layers.0.W"].error.shape == (5, 6)
    assert measured["scale"].value.shape == ()
    assert measured.entries == measured.measured == 36
    assert measured.objective == loss(PARAMS)
    assert measured.notes == ()


def test_a_right_gradient_agrees(measured) -> None:
    found = measured.compare(gradient(PARAMS))
    assert found.agrees
    assert found.count == 0
    assert found.compared == 36
    assert str(found).startswith("0 of 36 entries disagree")
    assert measured.compare((loss(PARAMS), gradient(PARAMS))).agrees
    with pytest.raises(TypeError, match="agrees"):
        bool(found)


def test_wrong_entries_are_counted_and_the_worst_is_named(measured) -> None:
    claim = gradient(PARAMS)
    claim["layers"][0]["W"][2, 3] *= 1.001
    claim["layers"][0]["W"][4, 1] = -claim["layers"][0]["W"][4, 1]
    claim["scale"] += 1e-3
    found = measured.compare(claim)
    leaf = found.leaves["layers.0.W"]
    assert not found.agrees
    assert (found.count, leaf.count, found.leaves["scale"].count, found.leaves["layers.0.b"].count) == (3, 2, 1, 0)
    assert np.argwhere(leaf.wrong).tolist() == [[2, 3], [4, 1]]
    assert leaf.worst == (4, 1)
    assert leaf.yours == claim["layers"][0]["W"][4, 1]
    assert abs(leaf.measured + leaf.yours) <= leaf.error < 1e-6 * abs(leaf.yours)
    assert "layers.0.W  2 of 30; the worst is [4, 1]: yours" in str(found)


def test_the_tolerance_follows_the_dtype_unless_it_is_given(measured) -> None:
    claim = gradient(PARAMS)
    claim["layers"][0]["W"] = claim["layers"][0]["W"].astype(np.float32)
    assert measured.compare(claim).agrees
    assert measured.compare(claim, rtol=0.0).count == 0 or measured.compare(claim, rtol=0.0).leaves["layers.0.W"].count
    claim["layers"][0]["W"] = claim["layers"][0]["W"].astype(np.float64)
    assert measured.compare(claim, rtol=1e-10).leaves["layers.0.W"].count > 10
    with pytest.raises(InputError, match="tolerance"):
        measured.compare(claim, rtol=2.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_claim_that_is_not_finite_disagrees(measured, bad: float) -> None:
    claim = gradient(PARAMS)
    claim["layers"][0]["b"][3] = bad
    leaf = measured.compare(claim).leaves["layers.0.b"]
    assert leaf.count == 1
    assert leaf.worst == (3,)


def test_what_does_not_fit_is_refused(measured) -> None:
    claim = gradient(PARAMS)
    with pytest.raises(InputError, match=r"no gradient for layers\.0\.W"):
        measured.compare({"scale": 1.0})
    with pytest.raises(InputError, match="shape"):
        measured.compare({**claim, "layers": [{"W": claim["layers"][0]["W"].T, "b": np.zeros(5)}]})
    with pytest.raises(InputError, match="no array of real numbers"):
        measured.compare({**claim, "scale": None})


def test_entries_that_were_not_measured_are_not_judged() -> None:
    found = gp.measure_gradient(loss, PARAMS, settings=gp.Settings(evaluations=150))
    said = found.compare(gradient(PARAMS))
    assert 0 < found.measured < 36
    assert said.compared == found.measured
    assert said.count == 0
    assert not said.agrees
    assert "could not be compared" in str(said)


def test_saved_and_loaded_it_is_the_same(measured, tmp_path: Path) -> None:
    reasons = {(1, 2): Reason.KINK, (0, 0): Reason.NOISE}
    leaf = dataclasses.replace(measured["layers.0.W"], reasons=reasons, aliases=("tied",))
    before = dataclasses.replace(
        measured, leaves={**measured.leaves, "layers.0.W": leaf, "\ud800 odd/../name": leaf}, notes=("a note",)
    )
    path = tmp_path / "gradient.npz"
    before.save(path)
    after = gp.MeasuredGradient.load(path)
    assert type(after) is gp.MeasuredGradient
    assert list(after.leaves) == list(before.leaves)
    for name, one in before.leaves.items():
        other = after[name]
        assert np.array_equal(one.value, other.value)
        assert np.array_equal(one.error, other.error)
        assert one.reasons == other.reasons
        assert (one.aliases, one.paired) == (other.aliases, other.paired)
    for name in ("evaluations", "bars", "objective", "point", "skipped", "notes", "convention", "seconds"):
        assert getattr(after, name) == getattr(before, name)
    assert [file.name for file in tmp_path.iterdir()] == ["gradient.npz"]
    with np.load(path) as file:
        assert np.array_equal(file["value/layers.0.W"], leaf.value)


def test_other_files_are_refused(measured, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="file of NumPy"):
        measured.save(tmp_path / "gradient.txt")
    path = tmp_path / "gradient.npz"
    np.savez(path, W=np.zeros(3))
    with pytest.raises(RecordError, match="no measured gradient"):
        gp.MeasuredGradient.load(path)
    measured.save(path)
    whole = path.read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 30):
        path.write_bytes(whole[:cut])
        with pytest.raises(RecordError):
            gp.MeasuredGradient.load(path)
    np.savez(path, gradproof=np.array([{"a": 1}], dtype=object))
    with pytest.raises(RecordError):
        gp.MeasuredGradient.load(path)
    with pytest.raises(FileNotFoundError):
        gp.MeasuredGradient.load(tmp_path / "none.npz")


def test_it_says_how_well_each_leaf_is_known(measured) -> None:
    text = str(measured)
    assert text.startswith("MEASURED  all 36 entries")
    assert [line.split()[0] for line in text.splitlines()[1:]] == ["layers.0.W", "layers.0.b", "scale"]
    assert repr(measured) == f"<MeasuredGradient: 36 of 36 entries, {measured.evaluations} evaluations>"


def test_kinks_are_named_in_the_text() -> None:
    found = gp.measure_gradient(lambda p: float(np.sum(np.abs(p["x"]))), {"x": np.array([1.0, 0.0, -2.0, 0.0])})
    assert found["x"].reasons == {(1,): Reason.KINK, (3,): Reason.KINK}
    assert "kink at [1] and 1 more" in str(found)
    assert found.compare({"x": np.array([1.0, 0.4, -1.0, -0.9])}).agrees
    assert np.argwhere(found.compare({"x": np.array([1.0, 1.4, -1.0, 0.0])}).leaves["x"].wrong).tolist() == [[1]]


def test_maps_show_values_errors_and_differences(measured) -> None:
    pytest.importorskip("matplotlib")
    claim = gradient(PARAMS)
    claim["layers"][0]["W"][2, 3] += 1.0
    made = measured.plot("layers.0.W", claim)
    tables = [axes.images[0].get_array() for axes in made.axes if axes.images]
    assert [table.shape for table in tables] == [(5, 6)] * 3
    assert np.array_equal(tables[0], measured["layers.0.W"].value)
    assert np.array_equal(tables[1], measured["layers.0.W"].error)
    assert np.unravel_index(np.argmax(np.abs(tables[2])), (5, 6)) == (2, 3)
    assert len([axes for axes in measured.plot().axes if axes.images]) == 2
    assert measured.plot("scale")._repr_png_().startswith(b"\x89PNG")
    with pytest.raises(InputError, match="no such leaf"):
        measured.plot("W")
