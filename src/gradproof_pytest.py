"""The pytest plugin: gradients checked in tests are shown as reports, counted in the summary, and collected in a file.

It imports gradproof, and NumPy with it, only when a test does or asks for the fixture.
"""

from __future__ import annotations

import datetime
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from gradproof import Report, Settings

INCONCLUSIVE = ("fail", "xfail", "pass")
# Reports of one test, as JSON, on pytest's own report of it: so they travel from the workers of xdist.
ATTRIBUTE = "gradproof_reports"
_current: list[Any] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the command line and of the configuration."""
    group = parser.getgroup("gradproof")
    group.addoption("--gradproof-report", metavar="FILE", help="Collect the reports of all gradients that are checked: "
                    ".html for a page, else JSON.")  # fmt: skip
    group.addoption("--gradproof-seed", metavar="N", help="Seed of the random directions: a number, or day.")
    parser.addini("gradproof_seed", "Seed of the random directions: a number, or day for another one every day.")
    parser.addini("gradproof_inconclusive", "What an inconclusive gradient does to its test: fail, xfail or pass.")


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and, where tests are told of, the collector."""
    config.addinivalue_line(
        "markers",
        "gradproof(inconclusive=..., **settings): how the fixture gradproof checks in this test: fail, xfail or pass "
        "where a gradient is inconclusive; settings such as seed, evaluations, rtol.",
    )
    _seed(config)
    _policy(config.getini("gradproof_inconclusive") or "fail")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Collector(config), "gradproof-collector")


def _seed(config: pytest.Config) -> int | None:
    """Return the seed that is configured, None for the default."""
    given = config.getoption("--gradproof-seed") or config.getini("gradproof_seed")
    if given == "day":
        return datetime.date.today().toordinal()
    try:
        return int(given) if given else None
    except ValueError:
        raise pytest.UsageError(f"gradproof_seed: expected a number or day, got {given!r}") from None


def _policy(given: str) -> str:
    if given not in INCONCLUSIVE:
        raise pytest.UsageError(f"gradproof_inconclusive: expected one of {', '.join(INCONCLUSIVE)}, got {given!r}")
    return given


class Gradients:
    """What the fixture ``gradproof`` is: checks whose reports are kept for the summary and for the collected file."""

    def __init__(self, settings: Settings, policy: str, keep: Callable[[Report], None]) -> None:
        self.settings = settings
        self._policy, self._keep = policy, keep

    def check(self, loss: Any, grads: Any = None, params: Any = None, **options: Any) -> Report:
        """Return ``gradproof.check(...)`` with the settings of the marker and the configuration."""
        from gradproof import check

        report = check(loss, grads, params, **{"settings": self.settings, **options})
        self._keep(report)
        return report

    def assert_gradient(self, loss: Any, grads: Any = None, params: Any = None, **options: Any) -> Report:
        """Check, and fail the test unless the gradient is consistent.

        Raises
        ------
        gradproof.GradientMismatch
            If it is wrong; or inconclusive, unless the marker or the configuration lets that pass.
        """
        __tracebackhide__ = True
        from gradproof import GradientMismatch, Outcome

        report = self.check(loss, grads, params, **options)
        if report.outcome is Outcome.INCONCLUSIVE and self._policy == "xfail":
            pytest.xfail(f"inconclusive: {', '.join(report.reasons)}")
        if report.outcome is Outcome.WRONG or (report.outcome is Outcome.INCONCLUSIVE and self._policy == "fail"):
            raise GradientMismatch(str(report), report)
        return report


@pytest.fixture
def gradproof(request: pytest.FixtureRequest) -> Gradients:
    """Check gradients with the settings of the test's marker; what is checked is in the summary."""
    from gradproof import Settings

    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("gradproof"))):
        options |= marker.kwargs
    policy = _policy(options.pop("inconclusive", None) or request.config.getini("gradproof_inconclusive") or "fail")
    seed = _seed(request.config)
    settings = Settings().replace(**({} if seed is None else {"seed": seed}) | options)
    return Gradients(settings, policy, _keep)


def _keep(report: Any) -> None:
    if _current:
        _current[-1].append(report)


def _listen() -> None:
    """Hear of gradients asserted without the fixture, where gradproof has been imported."""
    module = sys.modules.get("gradproof.assertion")
    if module is not None and _keep not in module.listeners:
        module.listeners.append(_keep)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Note the reports that a test makes."""
    _listen()
    kept: list[Any] = []
    _current.append(kept)
    try:
        return (yield)
    finally:
        _current.remove(kept)
        item.stash[_REPORTS] = kept


_REPORTS: pytest.StashKey[list[Any]] = pytest.StashKey()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, Any]:
    """Send the reports of a test with pytest's own; one that was raised from an unheard place too."""
    made: Any = yield
    if call.when == "call":
        kept = item.stash.get(_REPORTS, [])
        raised = getattr(call.excinfo.value, "report", None) if call.excinfo is not None else None
        if type(raised).__module__ == "gradproof.report" and not any(raised is one for one in kept):
            kept = [*kept, raised]
        if kept:
            setattr(made, ATTRIBUTE, [one.to_json() for one in kept])
    return made


class Collector:
    """What was checked in the whole run, in the process that tells of it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._texts: list[tuple[str, str]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the reports of a test, of a worker's too."""
        self._texts += [(report.nodeid, text) for text in getattr(report, ATTRIBUTE, [])]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Write the section of the summary, and the file that was asked for."""
        target = self._config.getoption("--gradproof-report")
        if not self._texts and not target:
            return
        from gradproof.collected import Run

        run = Run.read(self._texts)
        terminalreporter.section("gradproof")
        for line in run.lines():
            terminalreporter.line(line)
        if target:
            terminalreporter.line(run.save(Path(target)))
