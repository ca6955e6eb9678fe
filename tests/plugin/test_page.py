"""The page on test suites shows what its example prints."""

from __future__ import annotations

import re
from pathlib import Path

pytest_plugins = ["pytester"]
PAGE = (Path(__file__).parents[2] / "docs" / "pytest.md").read_text(encoding="utf-8")


def words(text):
    return re.findall(r"[A-Za-z]{3,}", re.sub(r"\d[\d.e+-]*( m?s\b)?|[=_]{3,}", " ", text))


def test_the_page_shows_real_output(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "88")
    # There pytest does not shorten its summary.
    for name in ("CI", "BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    (code,) = re.findall(r'```python title="test_layers.py"\n(.*?)```', PAGE, re.DOTALL)
    (shown,) = re.findall(r"```console\n\$ pytest.*?\n(.*?)```", PAGE, re.DOTALL)
    pytester.makepyfile(test_layers=code)
    done = pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider", "--gradproof-report=gradients.html")
    assert words("\n".join(done.outlines)) == words(shown)
    assert (pytester.path / "gradients.html").exists()
