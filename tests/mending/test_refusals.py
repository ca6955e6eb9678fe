"""What cannot be mended is refused in plain words, and nothing is lost."""

from __future__ import annotations

import functools
import linecache
import stat
from pathlib import Path

import numpy as np
import pytest

from gradproof import GradproofError, check, mend
from gradproof.adapters.target import load
from gradproof.errors import InputError
from tests.mending.support import BODY, HEAD, Mend

POINT = {"w": np.array([0.5, -1.0])}
WRONG = HEAD + BODY.replace("np.sum(dz)", "2 * np.sum(dz)")


def loss(p):
    return float(np.sum(p["w"] ** 2))


def test_a_tree_has_no_source() -> None:
    with pytest.raises(InputError, match="a tree has no source"):
        mend(loss, {"w": POINT["w"]}, POINT)


def test_built_in() -> None:
    with pytest.raises(InputError, match="built in") as caught:
        mend(lambda p: float(np.sum(p**2)), np.exp, POINT["w"])
    assert "ufunc" in str(caught.value)


def test_a_lambda() -> None:
    with pytest.raises(InputError, match="lambda"):
        mend(loss, lambda p: {"w": 3 * p["w"]}, POINT)


def test_typed_in() -> None:
    space: dict = {}
    exec(compile("def gradient(p):\n    return {'w': 3 * p['w']}\n", "<stdin>", "exec"), space)
    with pytest.raises(InputError, match="no source of gradient"):
        mend(loss, space["gradient"], POINT)


def test_the_cell_of_a_notebook_is_shown_and_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = "def gradient(p):\n    return {'w': 3 * p['w']}\n"
    # As a notebook does: the lines are kept, there is no file.
    monkeypatch.setitem(linecache.cache, "<cell 1>", (len(cell), None, cell.splitlines(keepends=True), "<cell 1>"))
    space: dict = {}
    exec(compile(cell, "<cell 1>", "exec"), space)
    mending = mend(loss, space["gradient"], POINT)
    assert mending.outcome == "mended"
    assert "+    return {'w': 2 * p['w']}" in mending.diff
    with pytest.raises(InputError, match="stands in no file"):
        mending.apply()


def test_the_file_was_changed_after_its_import(tmp_path: Path) -> None:
    path = tmp_path / "target.py"
    path.write_text(WRONG, encoding="utf-8")
    problem = load(str(path))
    path.write_text(WRONG.replace("2 * np.sum(dz)", "5 * np.sum(dz)"), encoding="utf-8")
    with pytest.raises(InputError, match="changed after it was imported"):
        mend(problem)


def test_the_file_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "target.py"
    path.write_text(WRONG, encoding="utf-8")
    problem = load(str(path))
    path.unlink()
    with pytest.raises(InputError, match="no source of gradient"):
        mend(problem)


def test_inconclusive(mended: Mend) -> None:
    text = WRONG.replace(
        "def loss(p):",
        "noise = np.random.default_rng(0)\ndef loss(p):\n    return smooth(p) + noise.normal()\ndef smooth(p):",
    )
    with pytest.raises(InputError, match="inconclusive") as caught:
        mended(text)
    assert "reason" in str(caught.value)


def test_the_users_exception_passes_through(mended: Mend) -> None:
    text = HEAD + "\n\ndef gradient(p):\n    raise KeyError('nothing helps')\n"
    with pytest.raises(KeyError, match="nothing helps"):
        mended(text)


def test_nothing_to_mend(mended: Mend) -> None:
    mending = mended(HEAD + BODY)
    assert mending.outcome == "right"
    assert "NOTHING TO MEND" in str(mending)
    with pytest.raises(InputError, match="nothing to apply"):
        mending.apply()
    with pytest.raises(TypeError, match="three outcomes"):
        bool(mending)


def test_the_objective_is_the_suspect(mended: Mend) -> None:
    # The gradient is what was meant; the objective has a term that no small edit of the gradient makes up for.
    text = HEAD.replace("+ decay *", '+ np.sum(np.arctan(p["w"] ** 3 + 0.2)) * np.exp(np.sin(p["b"])) + decay *') + BODY
    mending = mended(text, seconds=4.0)
    assert mending.outcome == "not found"
    assert mending.ways == ()
    assert "the objective is the suspect" in str(mending)
    # The lines that move the wrong leaves are named.
    assert {where.line for where, _ in mending.suspects}
    assert not mending.diff


def test_a_decorated_closure_with_defaults_and_strange_letters(tmp_path: Path) -> None:
    text = '''# -*- coding: utf-8 -*-
import functools
import numpy as np

def loud(f):
    @functools.wraps(f)
    def call(*args, **kwargs):
        return f(*args, **kwargs)
    return call

def make(größe=3.0):
    λ = 0.25
    def loss(p):
        return float(λ * np.sum(p["β"] ** 2) + größe * p["γ"] ** 3)
    @loud
    @functools.lru_cache(maxsize=None) if False else loud
    def gradient(p, factor=2):
        """Größe."""
        dγ = 3 * größe * p["γ"]  # „ein Quadrat fehlt“
        return {"β": λ * factor * p["β"], "γ": dγ}
    return loss, gradient, {"β": np.array([1.0, -2.0]), "γ": 0.5}
'''
    path = tmp_path / "name.py"
    path.write_bytes(text.encode("utf-8"))
    mending = mend(load(f"{path}:make"))
    assert mending.outcome == "mended"
    assert [c.line for c in mending.ways[0].corrections] == [19]
    assert "„ein Quadrat fehlt“" in mending.diff
    mending.apply()
    assert check(load(f"{path}:make")).outcome == "consistent"


def test_partial_and_bound_method(tmp_path: Path) -> None:
    path = tmp_path / "model.py"
    path.write_text(
        "import numpy as np\n"
        "class Model:\n"
        "    __power = 2\n"
        "    def gradient(self, scale, p):\n"
        "        return {'w': scale * self.__power * self.__power * p['w']}\n",
        encoding="utf-8",
    )
    space: dict = {}
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), space)
    mending = mend(loss, functools.partial(space["Model"]().gradient, 1.0), POINT)
    assert mending.outcome == "mended"
    assert mending.ways[0].corrections[0].line == 5


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["unix", "windows"])
def test_apply_keeps_line_endings_and_the_original(mended: Mend, tmp_path: Path, ending: str) -> None:
    text = WRONG.replace("\n", ending)
    mending = mended(text)
    assert (tmp_path / "target.py").read_bytes() == text.encode()
    (kept,) = mending.apply()
    assert kept.name == "target.py.orig"
    assert kept.read_bytes() == text.encode()
    written = (tmp_path / "target.py").read_bytes().decode()
    assert written.count("\r\n") == text.count("\r\n")
    assert written.count("\n") == text.count("\n")
    assert written == (HEAD + BODY).replace("\n", ending)
    assert check(load(str(tmp_path / "target.py"))).outcome == "consistent"


def test_apply_overwrites_no_earlier_original(mended: Mend, tmp_path: Path) -> None:
    (tmp_path / "target.py.orig").write_text("precious", encoding="utf-8")
    (kept,) = mended(WRONG).apply()
    assert kept.name == "target.py.orig1"
    assert (tmp_path / "target.py.orig").read_text(encoding="utf-8") == "precious"


def test_a_byte_order_mark_and_another_encoding_are_kept(mended: Mend, tmp_path: Path) -> None:
    path = tmp_path / "latin.py"
    text = "# -*- coding: latin-1 -*-\n# größer\n" + WRONG
    path.write_bytes(text.encode("latin-1"))
    mend(load(str(path))).apply()
    assert path.read_bytes().decode("latin-1") == "# -*- coding: latin-1 -*-\n# größer\n" + HEAD + BODY
    path = tmp_path / "marked.py"
    path.write_bytes(b"\xef\xbb\xbf" + WRONG.encode())
    mend(load(str(path))).apply()
    assert path.read_bytes() == b"\xef\xbb\xbf" + (HEAD + BODY).encode()


def test_apply_refuses_a_read_only_file(mended: Mend, tmp_path: Path) -> None:
    mending = mended(WRONG)
    path = tmp_path / "target.py"
    path.chmod(stat.S_IRUSR)
    with pytest.raises(InputError, match="may not be written"):
        mending.apply()
    assert path.read_text(encoding="utf-8") == WRONG
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["target.py"]


def test_apply_refuses_a_file_that_was_changed_meanwhile(mended: Mend, tmp_path: Path) -> None:
    mending = mended(WRONG)
    path = tmp_path / "target.py"
    path.write_text(WRONG + "\n# more\n", encoding="utf-8")
    with pytest.raises(GradproofError, match="changed meanwhile"):
        mending.apply()
    assert path.read_text(encoding="utf-8") == WRONG + "\n# more\n"


def test_a_leaf_that_is_no_parameter(mended: Mend) -> None:
    with pytest.raises(InputError, match="no arithmetic") as caught:
        mended(HEAD + BODY.replace('"b": db}', '"b": db, "bias": db}'))
    assert "bias" in str(caught.value)
