"""The page on the frameworks shows what its code prints."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from tests.house.sources import ROOT

PAGE = (ROOT / "docs" / "frameworks.md").read_text(encoding="utf-8")
PAIRS = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE, re.DOTALL)


def test_there_are_three_of_them() -> None:
    assert [re.findall(r"from gradproof\.(\w+)", code)[0] for code, _ in PAIRS] == ["torch", "jax", "scipy"]


@pytest.mark.parametrize(("code", "shown"), PAIRS, ids=["torch", "jax", "scipy"])
def test_the_page_shows_real_output(code: str, shown: str) -> None:
    for name in ("torch", "jax", "scipy"):
        if f"from gradproof.{name}" in code:
            pytest.importorskip(name)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    assert _words(printed.getvalue()) == _words(shown)


def _words(text: str) -> list[str]:
    """Return the words of a report without numbers."""
    return re.findall(r"[A-Za-z]{3,}", re.sub(r"\d[\d.e+-]*( m?s\b)?", " ", text))
