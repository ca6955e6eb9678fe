"""Where everything must be installed, a test that skips itself for the absence of a package fails."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.sources import ROOT

INSIDE = 'import pytest\n\n\ndef test_it():\n    pytest.importorskip("no_such_framework")\n'
AT_THE_TOP = 'import pytest\n\npytest.importorskip("no_such_framework")\n\n\ndef test_it():\n    pass\n'
OTHER_REASON = 'import pytest\n\n\ndef test_it():\n    pytest.skip("not on this system")\n'


def exit_code(folder: Path, text: str, require: str) -> int:
    """Run one test file under the project's ``conftest.py`` and return pytest's exit code."""
    (folder / "test_one.py").write_text(text)
    (folder / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    env = {**os.environ, "GRADPROOF_REQUIRE_ALL": require, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False).returncode


@pytest.mark.parametrize("text", [INSIDE, AT_THE_TOP], ids=["inside", "at the top"])
def test_absence_fails_where_everything_is_required(tmp_path: Path, text: str) -> None:
    assert exit_code(tmp_path, text, "1") in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED)
    assert exit_code(tmp_path, text, "") in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)


def test_other_skips_are_left_alone(tmp_path: Path) -> None:
    assert exit_code(tmp_path, OTHER_REASON, "1") == pytest.ExitCode.OK
