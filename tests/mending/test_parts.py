"""The parts of mending by themselves: places in a text, what is in scope, batches that break, what a nudge moves."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import numpy as np
import pytest

from gradproof.errors import InputError
from gradproof.mending.channel import GoneError
from gradproof.mending.document import Document, splice
from gradproof.mending.edits.all import all_edits
from gradproof.mending.edits.edit import Edit
from gradproof.mending.kinds import kind_of
from gradproof.mending.nudging import nudged
from gradproof.mending.runner import Runner
from gradproof.mending.tracing import Trace
from gradproof.mending.trials import Trial, signature
from gradproof.mending.unit import Unfit, Unit, functions_of
from tests.mending.support import BODY, HEAD

ODD = "# größe\r\ndef größe(β):\r\n    s = 'naïve\x0c…'; return β * 2  # \u2028 ende\r\n"


def document(text: str) -> Document:
    return Document(Path("odd.py"), text.encode())


def test_places_count_characters_whatever_the_letters_and_line_endings() -> None:
    odd = document(ODD)
    for node in ast.walk(odd.tree):
        if isinstance(node, ast.expr | ast.stmt):
            start, end = odd.span(node)
            assert odd.text[start:end] == ast.get_source_segment(ODD, node)
    (product,) = [node for node in ast.walk(odd.tree) if isinstance(node, ast.BinOp)]
    assert odd.line_of(odd.span(product)[0]) == 3
    start, end = odd.span(product.right)
    assert odd.changed([(start, end, "3")]) == ODD.replace("* 2", "* 3")


def test_a_text_that_does_not_parse_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text("def f(:\n", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be read"):
        Document.read(path)


def test_splice_makes_several_changes_at_once() -> None:
    assert splice("abcdef", [(0, 1, "X"), (3, 3, "--"), (5, 6, "")]) == "Xbc--de"


@pytest.fixture
def unit(tmp_path: Path) -> Unit:
    path = tmp_path / "target.py"
    path.write_text(HEAD + BODY, encoding="utf-8")
    space: dict = {}
    exec(compile(HEAD + BODY, str(path), "exec"), space)
    function = space["gradient"]
    found = Document.read(path)
    name, node = next(pair for pair in found.functions() if pair[0] == "gradient")
    a = np.tanh(space["X"] @ space["params"]["w"])
    held = {"p": space["params"], "n": 7, "a": a, "da": a, "dz": a, "dw": space["params"]["w"], "db": 0.3}
    names = {key: kind_of(value) for key, value in held.items()}
    return Unit(found, name, node, function.__code__, functions_of(function.__code__), names)


def test_every_edit_compiles_and_changes_something(unit: Unit) -> None:
    edits = all_edits([unit])
    assert len(edits) > 500
    for edit in edits:
        text = unit.document.changed(edit.changes)
        assert text != unit.document.text
        # Nothing outside of the function is touched.
        assert text.startswith(HEAD)
        unit.compiled(edit.changes)
    assert len({edit.kind for edit in edits}) > 10
    assert [edit.cost for edit in edits] == sorted(edit.cost for edit in edits)


def test_names_are_offered_only_where_they_are_known(unit: Unit) -> None:
    text = unit.document.text
    first = text.index("a = np.tanh")
    for edit in all_edits([unit]):
        if edit.kind == "name" and text.index("    n = len") < edit.place < first + len("a = np.tanh(X"):
            assert not {new for _, _, new in edit.changes} & {"dz", "dw", "db", "da"}


def test_an_edit_that_needs_other_cells_is_unfit(unit: Unit) -> None:
    start = unit.document.text.index("n = len(X)")
    with pytest.raises(Unfit):
        unit.compiled([(start, start + 1, "n = = ")])


def test_edits_of_the_same_characters_exclude_one_another() -> None:
    one, other = Edit(0, ((3, 5, "x"),), "name", "", 1.0), Edit(0, ((4, 9, "y"),), "name", "", 1.0)
    assert one.meets(other)
    assert not one.meets(Edit(0, ((5, 9, "y"),), "name", "", 1.0))
    assert not one.meets(Edit(1, ((4, 9, "y"),), "name", "", 1.0))


class FakeWorker:
    """Breaks whenever the patch 13 is among those asked for."""

    def __init__(self) -> None:
        self.closed = 0

    def ask(self, question, seconds):
        kind, what = question
        if kind == "seconds":
            return 0.0
        if any(patch[0][1][2] == "13" for patch in what):
            raise GoneError("it crashed")
        return [Trial(whole=True) for _ in what]

    def close(self) -> None:
        self.closed += 1


def test_the_candidate_that_breaks_a_batch_is_singled_out() -> None:
    worker = FakeWorker()
    runner = Runner(worker, 60.0)
    candidates = [(Edit(0, ((0, 1, str(i)),), "name", "", 1.0),) for i in range(40)]
    trials = runner.try_all(candidates)
    assert [i for i, trial in enumerate(trials) if not trial.whole] == [13]
    assert runner.contained == ["it crashed"]
    assert worker.closed > 0
    # What was tried once is not tried again.
    assert runner.try_all(candidates) == trials
    assert runner.tried == 40


def test_nudge_moves_numbers_and_nothing_else() -> None:
    moved = nudged({"a": np.ones(2), "b": (1.0, 3, True, "x"), "c": np.arange(3)})
    assert np.all(moved["a"] > 1.0)
    assert moved["b"][0] > 1.0
    assert moved["b"][1:] == (3, True, "x")
    assert np.array_equal(moved["c"], np.arange(3))


def test_signatures_tell_gradients_apart_but_not_their_rounding() -> None:
    array = np.array([1.0, -2.0, 0.5])
    assert signature({"a": array}) == signature({"a": array * (1 + 1e-14)})
    assert signature({"a": array}) != signature({"a": array * 1.001})
    assert signature({"a": array}) != signature({"b": array})


def test_packages_that_lie_on_the_path_are_not_the_users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `pip install --target` has filled is no place to edit, wherever it lies."""
    for name in ("filled", "own"):
        (tmp_path / name).mkdir()
        (tmp_path / name / f"{name}_lib.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path / name)
    (tmp_path / "filled" / "filled_lib-1.0.dist-info").mkdir()
    modules = [importlib.import_module(f"{name}_lib") for name in ("filled", "own")]
    trace = Trace(home=__file__)
    trace.once(lambda x: [module.double(x) for module in modules])(1.0)
    assert sorted(Path(code.co_filename).name for code in trace.locals if code.co_name == "double") == ["own_lib.py"]
