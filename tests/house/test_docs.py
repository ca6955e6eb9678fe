"""What the documentation says is what the program does."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib.metadata
import re

import pytest

from gradproof import Reason, Settings, check, classic
from gradproof.numerics.derivative import derivative
from gradproof.reports.sentences import MEANING, NEXT
from gradproof.version import __version__
from tests.house.sources import ROOT, sources

INDEX = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
# What differs from run to run, and where lines break because of it.
VARIES = re.compile(r"\s+|[\d.]+ m?s\b|[\d]+ evaluations|within \S+;|< 1e-\d+")


def rows(title: str) -> list[tuple[str, ...]]:
    """Return the rows of the table under a heading of the reference, without code marks."""
    section = REFERENCE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [tuple(cell.strip().replace("`", "") for cell in line.strip("|").split("|")) for line in lines]


def kinds_in_the_source() -> set[str]:
    """Return every kind that a finding or a fault of the claim is given in the source."""
    calls = [node for source in sources() for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    named = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("Finding", "ClaimFault")]
    given = [call.args[1] for call in named if len(call.args) > 1]
    places = {"Guess": 0, "instead": 0, "is_": 0, "besides": 1, "lost_path": 1}
    hypotheses = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id in places]
    given += [call.args[places[call.func.id]] for call in hypotheses if isinstance(call.func, ast.Name)]
    given += [keyword.value for call in calls for keyword in call.keywords if keyword.arg == "kind"]
    return {node.value for node in given if isinstance(node, ast.Constant)}


def test_every_setting_is_documented_with_its_default() -> None:
    documented = [(name, default.strip('"')) for name, default, _ in rows("Settings")]
    assert documented == [(field.name, str(field.default)) for field in dataclasses.fields(Settings)]


def test_every_reason_is_documented() -> None:
    assert [name for name, *_ in rows("Reasons")] == [reason.name for reason in Reason]


def test_every_reason_has_its_sentences() -> None:
    assert set(MEANING) == set(NEXT) == set(Reason)


def test_every_kind_of_finding_is_documented() -> None:
    documented = {kind.strip() for cells, _ in rows("Kinds of findings") for kind in cells.split(",")}
    assert documented == kinds_in_the_source()


def test_first_page_shows_real_output() -> None:
    code = re.search(r"```python\n(import numpy.*?)```", INDEX, re.DOTALL)
    shown = re.findall(r"```text\n(.*?)```", INDEX, re.DOTALL)
    assert code is not None
    assert len(shown) == 2
    space: dict[str, object] = {}
    exec(code[1].replace("print(report)", ""), space)
    assert VARIES.sub("", str(space["report"])) == VARIES.sub("", shown[0])
    halved = code[1].replace('"W": x.T @ d', '"W": x.T @ d / 2.0')
    exec(halved.replace("print(report)", ""), space)
    assert VARIES.sub("", str(space["report"])) == VARIES.sub("", shown[1])


@pytest.mark.parametrize("text", [REFERENCE, derivative.__doc__], ids=["reference", "docstring"])
def test_examples_hold(text: str) -> None:
    names = {"derivative": derivative, "check": check}
    found = doctest.DocTestParser().get_doctest(re.sub(r"^```.*$", "", text, flags=re.MULTILINE), names, "x", None, 0)
    assert found.examples
    assert doctest.DocTestRunner().run(found).failed == 0


WHY = (ROOT / "docs" / "why-1.19e-07.md").read_text(encoding="utf-8")
COURSE = (ROOT / "docs" / "course.md").read_text(encoding="utf-8")


def test_the_page_on_the_course_shows_real_numbers() -> None:
    X, Y, parameters = classic.gradient_check_n_test_case()
    gradients = classic.backward_propagation_n(X, Y, classic.forward_propagation_n(X, Y, parameters)[1])
    table = re.findall(r"^\| (1e-\d\d) \| (\S+) \| \S+ \| \S+ \|$", WHY, re.MULTILINE)
    assert len(table) == 8
    for step, number in table:
        # The last digits are rounding, and those of another machine's library.
        found = classic.gradient_check_n(parameters, gradients, X, Y, float(step))
        assert found == pytest.approx(float(number), rel=0.5)


def test_every_function_of_the_course_is_documented() -> None:
    section = COURSE.partition("| name | what")[2].partition("Two more editions")[0]
    names = {name for row in section.splitlines() for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
    assert names == set(classic.__all__)


def test_changelog_knows_this_version() -> None:
    assert f"\n## {__version__}" in CHANGELOG
    assert importlib.metadata.version("gradproof") == __version__
