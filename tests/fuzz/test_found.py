"""What the fuzz found, each as small as it gets."""

from __future__ import annotations

import itertools
import json
import zipfile

import numpy as np
import pytest
from click.testing import CliRunner

import gradproof as gp
from gradproof.adapters.binding import bind
from gradproof.adapters.coarse import rounding
from gradproof.adapters.digest import digest
from gradproof.adapters.stored import read
from gradproof.cli import main
from gradproof.errors import InputError, ObjectiveError, RecordError
from gradproof.probe import Part, Probe
from gradproof.reports.record import loads
from gradproof.reports.terminal import Style, render
from gradproof.seam import Problem
from gradproof.settings import Settings
from tests.fuzz.cases import run


def linear(dtype, noise=0.0, seed=0, beside=True):
    """Return loss, gradient and params of a linear function of narrow numbers, beside some in double precision."""
    draw = np.random.default_rng(seed)
    params = {"a": draw.normal(size=4).astype(dtype)} | ({"b": draw.normal(size=5)} if beside else {})
    weights = {name: draw.normal(size=x.shape) for name, x in params.items()}

    def loss(p):
        total = sum(float(np.sum(w * p[name].astype(np.float64))) for name, w in weights.items())
        return 1.0 + total + noise * draw.normal()

    return loss, weights, params


@pytest.mark.parametrize("beside", [True, False])
@pytest.mark.parametrize("noise", [0.0, 1e-9, 1e-7, 1e-5])
@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_narrow_parameters_of_a_noisy_objective_are_not_accused(dtype, noise, beside):
    for seed in range(15):
        report = gp.check(*linear(dtype, noise, seed, beside), settings=Settings(seed=seed))
        assert report.outcome is not gp.Outcome.WRONG


@pytest.mark.parametrize("dtype", ["f2", "f4"])
def test_zero_claimed_for_narrow_parameters_is_not_passed(dtype):
    for seed in range(10):
        loss, weights, params = linear(dtype, seed=seed)
        claim = {**weights, "a": np.zeros(4)}
        report = gp.check(loss, claim, params, settings=Settings(seed=seed))
        assert report.leaves["a"].outcome is not gp.Outcome.CONSISTENT
        assert report.leaves["b"].outcome is gp.Outcome.CONSISTENT


def test_single_precision_beside_double_is_decided():
    for seed in range(10):
        assert gp.check(*linear("f4", seed=seed), settings=Settings(seed=seed)).outcome is gp.Outcome.CONSISTENT


def test_rounding_is_that_of_what_moves():
    params = {"a": np.array([2.0, -8.0], np.float32), "b": np.array([5.0])}
    subject = bind(Problem(lambda p: 0.0, {"a": np.array([3.0, 1.0]), "b": np.array([7.0])}, params), Settings())
    assert subject.along(Probe(0, (Part(1),))).rounding == (0.0, 0.0, 0.0)
    at_point, per_step, lost = subject.along(Probe(0, (Part(0, start=1, stop=2),))).rounding
    # Twice half an ulp of 8 times the claim of 1; of a step of 8; and a quarter of that in steps.
    assert at_point == pytest.approx(8.0 * 2.0**-23)
    assert per_step == pytest.approx(8.0 * 2.0**-23)
    assert lost == pytest.approx(2.0**-25)


def test_rounding_of_huge_gradients_does_not_overflow():
    params = {"a": np.ones(3, np.float16)}
    subject = bind(Problem(lambda p: 0.0, {"a": np.full(3, 1e250)}, params), Settings())
    found = rounding([np.ones(3, np.float32)], subject.judged, subject.data)
    assert 1e246 < found[0] < 1e248
    assert 1e246 < found[1] < 1e248


@pytest.mark.parametrize("limit", range(28, 50, 3))
def test_no_remark_costs_more_than_the_budget(limit):
    # Right to a millionth, as a difference quotient would be: that is looked into, within the budget.
    params = {"x": np.array([0.3, -0.7, 1.1])}
    calls = []

    def loss(p):
        calls.append(1)
        return float(np.sum(np.sin(p["x"])))

    gp.check(loss, {"x": np.cos(params["x"]) * (1.0 + 3e-7)}, params, settings=Settings(evaluations=limit))
    assert len(calls) <= limit


def test_frozen_parameters_are_handed_out_as_copies():
    params = {"a": np.ones(2), "kept": np.ones(3), "empty": np.zeros((0, 2)), "whole": np.arange(2)}

    def loss(p):
        p["kept"][:] = 7.0
        p["whole"][:] = 7
        p["empty"].flags.writeable = False
        return float(np.sum(p["a"] ** 2))

    gp.check(loss, {"a": 2.0 * params["a"]}, params, settings=Settings(freeze=("kept",)))
    assert params["kept"].tolist() == [1.0, 1.0, 1.0]
    assert params["whole"].tolist() == [0, 1]
    assert params["empty"].flags.writeable


def test_the_coarser_of_two_claims_of_one_array_says_how_exact_their_sum_is():
    x = np.array([0.7, 1.3])
    params = {"first": x, "tied": x}
    third = np.float16(1.0 / 3.0)

    def loss(p):
        return float(np.sum(p["first"]) / 3.0 + np.sum(np.sin(p["tied"])))

    claim = {"first": np.full(2, third, np.float16), "tied": np.cos(x)}
    assert gp.check(loss, claim, params).outcome is gp.Outcome.CONSISTENT


def test_an_integer_beyond_all_doubles_is_no_number():
    params = {"x": np.ones(2)}
    with pytest.raises(ObjectiveError, match="not finite"):
        gp.check(lambda p: 10**400, {"x": np.ones(2)}, params)
    report = gp.check(lambda p: float(p["x"][0]), {"x": 10**400}, params)
    assert report.outcome is gp.Outcome.WRONG


@pytest.mark.parametrize("first", [0, 3, 9])
def test_an_iterator_at_its_end_is_told(first):
    batches = itertools.chain([0.0] * first)

    def loss(p):
        return float(p["x"][0]) + (next(batches))

    with pytest.raises(ObjectiveError, match="StopIteration") as caught:
        gp.check(loss, {"x": np.array([1.0])}, {"x": np.array([2.0])})
    assert isinstance(caught.value.__cause__, StopIteration)


TARGET = """
import math
import numpy as np
params = {"x": np.array([0.5])}
def gradient(p):
    return {"x": np.ones(1)}
"""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("args = (1,)\ndef loss(p): return 1.0", "positional argument"),
        ("loss = math.log", "must be real number"),
        ("from functools import partial\nloss = partial(getattr, 3)", "attribute name must be string"),
    ],
)
def test_a_function_that_cannot_be_called_is_the_users(tmp_path, more, words):
    (tmp_path / "target.py").write_text(TARGET + more)
    result = CliRunner().invoke(main, ["check", str(tmp_path / "target.py")])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert words in result.output


def test_the_padding_of_extended_precision_is_no_part_of_a_report():
    def filled(byte):
        memory = np.full(5 * np.dtype("g").itemsize, byte, np.uint8)
        array = memory.view("g")
        array[...] = np.sqrt(np.arange(1.0, 6.0, dtype="g"))
        return array

    whole = [digest(filled(0)), digest(filled(255))]
    assert whole[0] == whole[1]
    assert digest(np.nextafter(filled(0), np.longdouble(9.0))) != whole[0]


@pytest.mark.parametrize("more", ["args = 3", "args = None"])
def test_arguments_that_are_no_tuple_are_told(tmp_path, more):
    (tmp_path / "target.py").write_text(TARGET + "def loss(p): return 1.0\n" + more)
    result = CliRunner().invoke(main, ["check", str(tmp_path / "target.py")])
    assert result.exit_code == 2
    assert "a tuple" in result.output


HOSTILE = "a\x1b[31m\u202eb"


def test_names_are_escaped_in_every_detail():
    params = {HOSTILE: np.array([0.3, 0.4]), "x" * 500: np.array([0.1])}
    report = gp.check(lambda p: float(sum(np.sum(np.sin(x)) for x in p.values())),
                      {name: np.cos(x) for name, x in params.items()}, params)  # fmt: skip
    text = render(report.record, Style(300, "plain", "verbose"))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "x" * 100 not in text


def test_names_are_escaped_in_errors():
    error = InputError(f"The parameter {HOSTILE} is bad.", got=HOSTILE, hint="two\nlines, \\ and 名")
    assert "\x1b" not in str(error)
    assert "\u202e" not in str(error)
    assert "two\nlines, \\ and 名" in str(error)


def a_report():
    return json.loads(gp.check(lambda p: float(p["x"]) ** 2, {"x": 2.0}, {"x": 1.0}).to_json())


def test_a_number_beyond_all_doubles_damages_a_report():
    document = a_report()
    document["report"]["value"] = 10**400
    with pytest.raises(RecordError, match="damaged"):
        loads(json.dumps(document))


def test_an_estimate_in_an_estimate_without_end_damages_a_report():
    document = a_report()
    inner = document["report"]["measurements"][0]["estimate"]
    text = json.dumps(document)
    sound = json.dumps(inner)
    deep = sound
    for _ in range(300):
        deep = sound.replace('"left": null', f'"left": {deep}')
    with pytest.raises(RecordError):
        loads(text.replace(sound, deep, 1))


def test_a_name_too_long_for_a_file_is_no_file(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read(tmp_path / ("x" * 300 + ".npz"))


def test_an_archive_of_more_than_all_memory_is_refused(tmp_path):
    path = tmp_path / "bomb.npz"
    np.savez(path, W=np.ones(3))
    with zipfile.ZipFile(path, "a") as file:
        file.filelist[0].file_size = 2**60
        file.writestr("more", b"")
    with pytest.raises(InputError, match="than fits into memory"):
        read(path)


def test_groups_that_share_their_groups_are_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    path = tmp_path / "shared.h5"
    with h5py.File(path, "w") as file:
        groups = [file.create_group(f"g{i}") for i in range(60)]
        for one, other in itertools.pairwise(groups):
            one["left"], one["right"] = other, other
        groups[-1]["W"] = np.ones(2)
    with pytest.raises(InputError, match="several places"):
        read(path)


def test_a_dataset_of_more_than_all_memory_is_refused(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "bomb.h5", "w") as file:
        file.create_dataset("W", shape=(10**14,), dtype="f8", chunks=(1000,))
    with pytest.raises(InputError, match="than fits into memory"):
        read(tmp_path / "bomb.h5")


def test_other_files_are_not_read_along(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["group/W"] = np.ones(2)
    with h5py.File(tmp_path / "this.h5", "w") as file:
        file["far"] = h5py.ExternalLink("other.h5", "/group")
    with pytest.raises(InputError, match="another file"):
        read(tmp_path / "this.h5")


@pytest.mark.parametrize("dtype", ["f2", "f8"])
def test_an_objective_that_has_numpy_raise_does_not_stop_the_arithmetic_of_others(dtype):
    """Neither steps too small for half precision, nor hypotheses that overflow."""
    params = {"a": np.array([0.0, 700.0, 2.0, -800.0], dtype)}

    def loss(p):
        np.seterr(all="raise")
        return float(np.sum(0.5 * np.square(p["a"], dtype=np.float64)))

    before = np.geterr()
    report = gp.check(loss, {"a": 2.0 * params["a"].astype("f8")}, params)
    assert report.outcome is gp.Outcome.WRONG
    assert np.geterr() == before


# Cases that were broken, as the fuzz draws them now or drew them then.
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [671, 1268, 2361, 2747, 6199, 10747, 21583, 2869, 3624, 13687, 17851])
def test_cases_that_were_broken(seed):
    assert run(seed).broken == ()
