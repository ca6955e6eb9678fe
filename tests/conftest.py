"""What all tests share: absent frameworks are skipped at home, and are failures where everything must be present."""

from __future__ import annotations

import os

import hypothesis
import pytest

# The same cases each time where a verdict is asked of a commit; new ones each time for who looks for trouble.
hypothesis.settings.register_profile("commit", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("commit")

# Set where every framework is installed: there a skip for the absence of one hides that it was not tested.
REQUIRE_ALL = "GRADPROOF_REQUIRE_ALL"
ABSENCE = "could not import"


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Turn a skip for the absence of a package into a failure."""
    if not os.environ.get(REQUIRE_ALL) or not report.skipped or not isinstance(report.longrepr, tuple):
        return
    reason = str(report.longrepr[2])
    if ABSENCE in reason:
        report.outcome = "failed"
        report.longrepr = f"{REQUIRE_ALL} is set, but a package is absent: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Refuse skips of single tests (``pytest.importorskip`` inside a test)."""
    report = yield
    _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Refuse skips of whole files (``pytest.importorskip`` at their top)."""
    report = yield
    _refuse(report)
    return report
