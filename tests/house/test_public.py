"""The public names: sorted, documented, and nothing besides."""

from __future__ import annotations

import re

import pytest

import gradproof
from tests.house.sources import ROOT

REFERENCE = ROOT / "docs" / "reference.md"


def documented() -> list[str]:
    """Return the names in the first column of the table of public names."""
    table = REFERENCE.read_text(encoding="utf-8").partition("## Public names")[2].partition("\n## ")[0]
    return re.findall(r"^\| `gradproof\.(\w+)", table, re.MULTILINE)


def test_names_are_sorted() -> None:
    # As ruff sorts them: classes in capitals first, then dunders and functions.
    assert gradproof.__all__ == sorted(gradproof.__all__)


def test_names_are_those_documented() -> None:
    assert documented() == gradproof.__all__


@pytest.mark.parametrize("name", gradproof.__all__)
def test_names_exist_and_say_what_they_are(name: str) -> None:
    assert getattr(gradproof, name).__doc__


def test_other_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no attribute 'gradients'"):
        gradproof.gradients
