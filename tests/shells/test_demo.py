"""The demonstration as a newcomer sees it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

ESCAPES = re.compile(r"\x1b\[[\d;]*m")


def demo(*arguments):
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "gradproof", "demo", *arguments],
        capture_output=True,
        text=True,
        check=True,
        env=environment,
        timeout=60,
    ).stdout


def test_catches_names_mends_and_proves():
    text = " ".join(demo().split())
    assert "0.2850931568 there is a mistake" in text
    assert "0.313475336" in text
    assert "1.19e-07 a mistake at 1e-07, fine at 2e-07" in text
    for words in (
        "b1 yours is 4.000000 x",
        "W2 yours is 2.000000 x",
        "W2 yours is 3.000000 x",
        "b1 yours is 2.000000 x",
    ):
        assert words in text
    assert "CONSISTENT all 6 parameters" in text
    assert text.index("Now yours") > text.index("CONSISTENT")
    mended = text[text.index("MENDED 2 edits") : text.index("Now yours")]
    assert "the factor `2` is too much" in mended
    assert "`1.0` belongs where `4.0` stands" in mended
    assert "- db1 = 4.0 / m" in mended
    assert "at 3 others" in mended


def test_fits_eighty_columns_in_black_and_in_colour():
    plain, coloured = demo(), demo("--color", "always")
    assert "\x1b" not in plain
    assert "\x1b[93m" in coloured
    assert re.sub(r"[\d.]+ m?s\b *|\s+", "", ESCAPES.sub("", coloured)) == re.sub(r"[\d.]+ m?s\b *|\s+", "", plain)
    assert max(len(line) for text in (plain, coloured) for line in ESCAPES.sub("", text).splitlines()) <= 80
