"""Reports as JUnit XML, as continuous integration reads it: a suite for each report, a case for each parameter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

from gradproof.model import Finding, Outcome, Record, Verdict
from gradproof.reports.quantities import shortened, visible
from gradproof.reports.sentences import MEANING, NEXT
from gradproof.reports.terminal import Style, render
from gradproof.reports.wording import sentence

NAME, MESSAGE, TEXTS = 200, 1000, 20
# What is said where the report does not tell when it was made.
NO_TIME = "1970-01-01T00:00:00"


def junit(records: Sequence[Record]) -> str:
    """Return the reports as one XML document.

    A wrong parameter is a failure. An inconclusive one is an error: it is no failure of the gradient, but a server that
    let it pass would take for proved what is not. A parameter that was not checked is skipped.
    """
    suites = "".join(_suite(record, i) for i, record in enumerate(records))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suites}</testsuites>\n'


def _suite(record: Record, number: int) -> str:
    found: dict[str, list[Finding]] = {}
    for finding in record.findings:
        found.setdefault(finding.leaf, []).append(finding)
    name = shortened(str(record.run.get("target") or "gradproof"), NAME)
    cases = [_case(verdict, found.get(verdict.leaf, []), name) for verdict in record.verdicts]
    cases += [_skipped(leaf, why, name) for leaf, why in record.skipped]
    outcomes = [verdict.outcome for verdict in record.verdicts]
    head = {
        "package": "gradproof",
        "id": number,
        "name": name,
        "timestamp": _timestamp(record),
        "hostname": "localhost",
        "tests": len(cases),
        "failures": outcomes.count(Outcome.WRONG),
        "errors": outcomes.count(Outcome.INCONCLUSIVE),
        "skipped": len(record.skipped),
        "time": _seconds(record),
    }
    # The older schema wants all four, and in this order.
    body = _properties(record) + "".join(cases)
    body += f"<system-out>{escape(render(record, Style(100)))}\n</system-out>\n<system-err></system-err>\n"
    return f"<testsuite {_attributes(head)}>\n{body}</testsuite>\n"


def _attributes(values: Mapping[str, object]) -> str:
    return " ".join(f"{key}={quoteattr(visible(str(value)))}" for key, value in values.items())


def _timestamp(record: Record) -> str:
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", str(record.run.get("time", "")))
    return found[0] if found else NO_TIME


def _seconds(record: Record) -> str:
    taken = record.run.get("seconds")
    return f"{taken:.3f}" if isinstance(taken, int | float) and 0.0 <= taken < 1e9 else "0.000"


def _properties(record: Record) -> str:
    values = {"outcome": record.outcome, "seed": record.settings.seed, "evaluations": record.evaluations}
    values |= {key: record.run[key] for key in ("gradproof", "numpy", "python") if key in record.run}
    listed = "".join(f"<property {_attributes({'name': key, 'value': value})}/>\n" for key, value in values.items())
    return f"<properties>\n{listed}</properties>\n"


def _case(verdict: Verdict, findings: list[Finding], suite: str) -> str:
    if verdict.outcome is Outcome.WRONG:
        texts = [shortened(sentence(finding), MESSAGE) for finding in findings[:TEXTS]] or ["wrong"]
        return _testcase(verdict.leaf, suite, _problem("failure", "wrong", texts))
    if verdict.outcome is Outcome.INCONCLUSIVE:
        reason = verdict.reason
        text = f"cannot be judged: {MEANING[reason]}; {NEXT[reason]}" if reason else "cannot be judged"
        return _testcase(verdict.leaf, suite, _problem("error", "inconclusive", [text]))
    return _testcase(verdict.leaf, suite, "")


def _skipped(leaf: str, why: str, suite: str) -> str:
    return _testcase(leaf, suite, f"<skipped {_attributes({'message': shortened(why, MESSAGE)})}/>")


def _problem(kind: str, of: str, texts: Iterable[str]) -> str:
    lines = list(texts)
    return f"<{kind} {_attributes({'message': lines[0], 'type': of})}>{escape(chr(10).join(lines))}</{kind}>"


def _testcase(leaf: str, suite: str, inside: str) -> str:
    head = {"name": shortened(leaf, NAME) or "(no name)", "classname": suite, "time": "0.000"}
    return f"<testcase {_attributes(head)}>{inside}</testcase>\n"
