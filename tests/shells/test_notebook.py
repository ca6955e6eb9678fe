"""Progress below a cell: after a second, not too often, and gone at the end; nothing outside of a notebook."""

from __future__ import annotations

import subprocess
import sys
import types

import pytest

from gradproof import notebook


class Shell:
    kernel = object()


class Handle:
    def __init__(self, shown):
        self.shown = shown

    def update(self, content, raw):
        assert raw
        self.shown.append(content["text/plain"])


@pytest.fixture
def shown(monkeypatch):
    """Return what a notebook would show, with a clock that the test moves: ``shown.now``."""

    class Shown(list):
        now = 100.0

    found = Shown()

    def display(content, raw, display_id):
        assert raw
        assert display_id
        found.append(content["text/plain"])
        return Handle(found)

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = Shell
    ipython.display = types.ModuleType("IPython.display")
    ipython.display.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", ipython.display)
    monkeypatch.setattr(notebook.time, "monotonic", lambda: found.now)
    return found


def test_a_long_check_shows_where_it_is(shown):
    with notebook.notebook_progress() as tick:
        for k in range(100):
            shown.now += 0.05
            tick(k, "first pass")
    # From the first second on, five times a second at most, and taken away.
    assert shown[0] in [f"gradproof: first pass, {k} evaluations" for k in (19, 20)]
    assert 15 <= len(shown) <= 27
    assert shown[-1] == ""


def test_a_short_check_shows_nothing(shown):
    with notebook.notebook_progress() as tick:
        tick(3, "first pass")
    assert shown == []


def test_a_check_that_raises_leaves_no_line(shown):
    def check():
        with notebook.notebook_progress() as tick:
            shown.now += 2.0
            tick(3, "first pass")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        check()
    assert shown == ["gradproof: first pass, 3 evaluations", ""]


def test_outside_of_a_notebook_there_is_none():
    code = "import sys, gradproof as gp\ngp.check(lambda p: p**2, 6.0, 3.0)\nassert 'IPython' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    with notebook.notebook_progress() as tick:
        assert tick is None
