"""The documentation notebooks run from top to bottom, without an error and without a warning, and hold what they say.

What their text claims is asserted in their own cells.
"""

from __future__ import annotations

import re
import warnings

import pytest

pytest.importorskip("jupytext")
pytest.importorskip("nbclient")
pytest.importorskip("ipykernel")
pytest.importorskip("matplotlib")

with warnings.catch_warnings():
    # Of the tools, not ours.
    warnings.simplefilter("ignore")
    from tools import notebooks

SCRIPTS = notebooks.scripts()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_notebook_runs_and_holds(script):
    ran = notebooks.run(script)
    code = [cell for cell in ran.cells if cell.cell_type == "code"]
    assert any(cell.outputs for cell in code)
    complaints = [output.text for cell in code for output in cell.outputs if output.get("name") == "stderr"]
    assert not complaints
    assert sum("assert " in cell.source for cell in code) >= 3
    made = notebooks.page(ran)
    assert len(made.outputs) == sum(len(cell.outputs) for cell in code)
    assert all(marker in made.markdown for marker in made.outputs)
    loaded = re.findall(r"""(?:src|href)=["']?https?://\S+""", "".join(made.outputs.values()))
    assert not loaded


def test_every_notebook_of_the_course_is_there():
    told = ["dimension", "mistakes", "why", "cat", "dropout", "kinks", "regularisation"]
    assert len(SCRIPTS) == len(told)
    assert all(word in script.stem for word, script in zip(told, SCRIPTS, strict=True))


def test_reading_gives_the_same_each_time():
    for script in SCRIPTS:
        assert notebooks.read(script) == notebooks.read(script)
        assert notebooks.read(script).cells[0].source.startswith("# ")


def test_an_error_in_a_notebook_is_an_error(tmp_path):
    from nbclient.exceptions import CellExecutionError

    script = tmp_path / "broken.py"
    script.write_text("# %% [markdown]\n# # Broken\n\n# %%\nassert 1 + 1 == 3\n")
    with pytest.raises(CellExecutionError, match="AssertionError"):
        notebooks.run(script)


def test_a_printed_report_is_the_text_of_the_terminal(tmp_path):
    """Rich, left alone, shows each line of a string that is only being made."""
    script = tmp_path / "printed.py"
    script.write_text(
        '# %% [markdown]\n"""\n# Printed\n"""\n\n# %%\nimport gradproof as gp\n\n'
        'report = gp.check(lambda p: p["x"] ** 2, lambda p: {"x": 3 * p["x"]}, {"x": 3.0})\n'
        "text = str(report)\n\n# %%\nprint(text)\n"
    )
    silent, told = (cell.outputs for cell in notebooks.run(script).cells[1:])
    assert not silent
    assert [output.output_type for output in told] == ["stream"]
    assert told[0].text.startswith("WRONG     the only parameter")


def test_notebooks_are_written(tmp_path):
    notebooks.main(tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.ipynb"))) == len(SCRIPTS)


def test_outputs_show_in_their_richest_form():
    from nbformat.v4 import new_output

    html = new_output("execute_result", {"text/plain": "<Report>", "text/html": "<p>Wrong</p>"})
    picture = new_output("display_data", {"text/plain": "<Figure>", "image/svg+xml": "<svg></svg>"})
    text = new_output("stream", text="\x1b[92ma < b\x1b[0m")
    assert "<p>Wrong</p>" in notebooks.shown(html)
    assert 'shadowrootmode="open"' in notebooks.shown(html)
    assert notebooks.shown(picture) == "<svg></svg>"
    assert notebooks.shown(text) == "<pre>a &lt; b</pre>"
