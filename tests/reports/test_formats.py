"""Markdown, JUnit, annotations and comparisons: valid, escaped, bounded, and true to the record."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import xml.etree.ElementTree as ET

import pytest

from gradproof.errors import RecordError
from gradproof.model import Finding, Outcome, Reason, Verdict
from gradproof.reports.compare import compare
from gradproof.reports.github import github
from gradproof.reports.junit import junit
from gradproof.reports.markdown import code, escaped, markdown
from gradproof.reports.page.render import render_compact, render_page
from gradproof.reports.record import dumps, loads
from gradproof.reports.terminal import Style, render
from gradproof.reports.wording import sentence
from tests.reports.pages import HOSTILE, empty, failing, kinked, many, named
from tests.reports.test_record import REPORTS

EVERY = {**{name: report.record for name, report in REPORTS.items()}, "failing": failing().record}
EVERY |= {"kinked": kinked().record, "hostile": named(HOSTILE), "empty": empty()}
EVERY |= {"many": many(3000), "many wrong": many(3000, Outcome.WRONG, 5000)}
every = pytest.mark.parametrize("name", EVERY)


@every
def test_markdown_fits_into_a_comment(name):
    text = markdown(EVERY[name])
    assert len(text) < 65_536
    assert text.startswith("### ")
    assert EVERY[name].outcome.value in text.splitlines()[0]
    assert text.count("<details>") == text.count("</details>") == 1
    head, _, folded = text.partition("<details>")
    assert "| Parameter |" in folded
    assert "| Parameter |" not in head
    rows = [line for line in folded.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}


def test_markdown_says_what_is_wrong():
    text = markdown(failing().record)
    assert text.startswith("### ❌ gradproof: wrong, 10 of 100 parameters\n")
    assert "- `layers.0.w` **wrong**: yours is 2.000000 x the measured gradient" in text
    assert text.index("layers.66.w") < text.index("consistent within") < text.index("<details>")


@pytest.mark.parametrize(
    ("name", "span"),
    [
        ("W1", "`W1`"),
        ("a|b", "`a\\|b`"),
        ("a`b", "``a`b``"),
        ("``", "``` `` ```"),
        ("", "`(no name)`"),
        ("a\nb", "`a\\nb`"),
    ],
)
def test_names_are_code(name, span):
    assert code(name) == span


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<b>*x*</b> & _y_", r"&lt;b&gt;\*x\*&lt;/b&gt; &amp; \_y\_"),
        ("ask @team, a@ b", "ask @&#8203;team, a@ b"),
        ("see #12 and GH-3 # 4", "see #&#8203;12 and GH&#8203;-3 # 4"),
        ("[a](b) ![c](d)", r"\[a\](b) !\[c\](d)"),
        ("https://x.y www.z", "https:&#8203;//x.y www&#8203;.z"),
        ("- no list", "&#8203;- no list"),
        ("# no title", "&#8203;# no title"),
        ("1. no list", "&#8203;1. no list"),
        ("-0.5 or 1e-09 (2)", "&#8203;-0.5 or 1e-09 (2)"),
    ],
)
def test_text_is_text(text, shown):
    assert escaped(text) == shown


def test_hostile_names_in_markdown():
    outside = re.sub(r"(`+).+?\1", "", markdown(named(HOSTILE)))
    assert "<script" not in outside
    assert "<img" not in outside
    assert "\x1b" not in markdown(named(HOSTILE))
    markdown(named(HOSTILE)).encode()


# What the two schemas in use (Ant's, and that of the xUnit plugin of Jenkins) both ask for: the children of an element
# in their order, with how often each may stand there, and the attributes that it must and may have.
CHILDREN = {
    "testsuites": [("testsuite", "*")],
    "testsuite": [("properties", "1"), ("testcase", "*"), ("system-out", "1"), ("system-err", "1")],
    "properties": [("property", "*")],
    "testcase": [("skipped", "?"), ("error", "?"), ("failure", "?")],
}
REQUIRED = {
    "testsuite": "package id name timestamp hostname tests failures errors time",
    "property": "name value",
    "testcase": "name classname time",
    "failure": "message type",
    "error": "message type",
}
OPTIONAL = {"testsuite": "skipped", "skipped": "message type"}
COUNTS = {"*": range(10**6), "?": range(2), "1": range(1, 2)}


def follows_the_schemas(element):
    """Assert that an element and all below it are as both schemas have it."""
    tags = [child.tag for child in element]
    allowed = CHILDREN.get(element.tag, [])
    assert tags == [tag for name, _ in allowed for tag in tags if tag == name]
    assert all(tags.count(tag) in COUNTS[often] for tag, often in allowed)
    required = set(REQUIRED.get(element.tag, "").split())
    assert required <= set(element.attrib) <= required | set(OPTIONAL.get(element.tag, "").split())
    if element.tag == "testcase":
        assert len(element) <= 1
    if element.tag == "testsuite":
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", element.attrib["timestamp"])
        assert all(element.attrib[key] for key in ("name", "hostname"))
        assert all(element.attrib[key].isdigit() for key in ("id", "tests", "failures", "errors"))
    if "time" in element.attrib:
        assert re.fullmatch(r"\d+\.\d{3}", element.attrib["time"])
    for child in element:
        follows_the_schemas(child)


@every
def test_junit(name):
    record = EVERY[name]
    root = ET.fromstring(junit([record]))
    follows_the_schemas(root)
    (suite,) = root
    cases = suite.findall("testcase")
    outcomes = [verdict.outcome for verdict in record.verdicts]
    assert len(cases) == len(outcomes) + len(record.skipped) == int(suite.attrib["tests"])
    assert len(root.findall(".//failure")) == outcomes.count(Outcome.WRONG) == int(suite.attrib["failures"])
    assert len(root.findall(".//error")) == outcomes.count(Outcome.INCONCLUSIVE) == int(suite.attrib["errors"])


def test_the_check_of_the_schemas_can_fail():
    good = junit([EVERY["failing"]])
    for old, new in [
        ("<system-err></system-err>", ""),
        ("<system-out>", "<system-err></system-err><system-out>"),
        (' hostname="localhost"', ""),
        ('classname="gradproof"', 'klass="gradproof"'),
    ]:
        assert old in good
        with pytest.raises(AssertionError):
            follows_the_schemas(ET.fromstring(good.replace(old, new)))


def test_junit_of_several_reports():
    root = ET.fromstring(junit([EVERY["right"], EVERY["wrong"], EVERY["kinked"]]))
    follows_the_schemas(root)
    assert [suite.attrib["id"] for suite in root] == ["0", "1", "2"]
    assert [suite.attrib["failures"] for suite in root] == ["0", "2", "0"]


@every
def test_annotations_are_single_lines_and_few(name):
    lines = github(EVERY[name]).splitlines()
    for kind in ("error", "warning", "notice"):
        assert sum(line.startswith(f"::{kind} ") for line in lines) <= 10
    assert all(re.fullmatch(r"::(error|warning|notice) title=gradproof[^:,]*(,[^:]*)?::.*", line) for line in lines)
    assert lines[-1].startswith("::notice ")
    assert EVERY[name].outcome.value in lines[-1]


def test_annotations_point_at_the_line():
    record = dataclasses.replace(failing().record, run={"file": "models/a,b:c%.py", "line": 12})
    lines = github(record).splitlines()
    assert lines[0].startswith("::error file=models/a%2Cb%3Ac%25.py,line=12,title=gradproof%3A layers.66.w::yours has")
    assert len([line for line in lines if line.startswith("::error")]) == 10
    assert "::1 more wrong parameters" in lines[9]


def test_sentences_without_numbers():
    assert sentence(Finding("W", "shape", "yours has shape (1,)")) == "yours has shape (1,)"


def record_of(*verdicts, **changes):
    """Return a record of these verdicts, with a finding for each wrong one."""
    findings = tuple(
        Finding(v.leaf, "factor", "yours is 2 x the measured gradient", ratio=v.ratio)
        for v in verdicts
        if v.outcome is Outcome.WRONG
    )
    return dataclasses.replace(REPORTS["right"].record, verdicts=verdicts, findings=findings, **changes)


GOOD = Verdict("W", (3,), "float64", Outcome.CONSISTENT, resolution=1e-6)
DOUBT = dataclasses.replace(GOOD, outcome=Outcome.INCONCLUSIVE, reason=Reason.NOISE)
BAD = dataclasses.replace(GOOD, outcome=Outcome.WRONG, ratio=2.0)


@pytest.mark.parametrize(
    ("old", "new", "kind", "words"),
    [
        (GOOD, BAD, "worse", "was consistent, is wrong: yours is 2 x"),
        (GOOD, DOUBT, "worse", "was consistent, is inconclusive: the noise"),
        (DOUBT, BAD, "worse", "was inconclusive, is wrong"),
        (BAD, GOOD, "better", "was wrong, is consistent"),
        (BAD, DOUBT, "better", "was wrong, is inconclusive"),
        (DOUBT, GOOD, "better", "was inconclusive, is consistent"),
        (None, BAD, "worse", "new, wrong"),
        (None, DOUBT, "worse", "new, inconclusive"),
        (None, GOOD, "other", "new, consistent"),
        (BAD, None, "other", "was wrong, is gone"),
        (GOOD, None, "other", "was consistent, is gone"),
        (BAD, dataclasses.replace(BAD, ratio=3.0), "other", "still wrong, in another way"),
        (
            DOUBT,
            dataclasses.replace(DOUBT, reason=Reason.KINK),
            "other",
            "still inconclusive: the objective has a kink",
        ),
        (GOOD, dataclasses.replace(GOOD, resolution=1e-3), "other", "sees errors from 1e-03 only"),
        (GOOD, dataclasses.replace(GOOD, shape=(4,)), "other", "was 3 float64 and is 4 float64"),
        (GOOD, GOOD, None, ""),
        (BAD, dataclasses.replace(BAD, ratio=2.0 + 1e-9), None, ""),
        (DOUBT, DOUBT, None, ""),
    ],
)
def test_comparison_of_a_leaf(old, new, kind, words):
    found = compare(record_of(*filter(None, [old])), record_of(*filter(None, [new])))
    assert [change.kind for change in found.changes] == ([kind] if kind else [])
    assert found.worse is (kind == "worse")
    assert words in str(found)
    assert str(found).startswith({"worse": "WORSE", "better": "BETTER"}.get(kind, "THE SAME"))


def test_a_consistent_leaf_left_out_is_worse():
    found = compare(record_of(GOOD), record_of(skipped=(("W", "frozen"),)))
    assert found.worse
    assert "is not checked any more: frozen" in str(found)


def test_what_must_be_known_of_a_comparison():
    settings = REPORTS["right"].record.settings.replace(seed=5)
    found = compare(record_of(GOOD), record_of(GOOD, settings=settings, point="other", run={"gradproof": "9.9"}))
    text = str(found)
    assert "different points" in text
    assert "The settings differ: seed." in text
    assert "and 9.9." in text
    assert not found.worse


def test_comparison_of_very_many_leaves():
    found = compare(many(2000), many(2000, Outcome.WRONG, 5000))
    assert len(str(found)) < 60_000
    assert found.worse


def places(node, path=()):
    """Return the path of every value in a JSON document."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield (*path, key)
        yield from places(value, (*path, key))


ODD = [0, -1, 10**18, 1e308, "nan", "inf", None, [], {}, "x", True, [0], [-3, -4], "consistent", "wrong", "kink"]


@pytest.mark.parametrize("value", ODD, ids=repr)
def test_a_report_edited_by_hand_is_refused_or_shown(value):
    text = dumps(REPORTS["wrong"].record)
    every_place = list(places(json.loads(text)))
    refused = 0
    for path in [*random.Random(repr(value)).sample(every_place, 40), ("run",), ("run", "seconds"), ("run", "time")]:
        document = json.loads(text)
        node = document
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value
        try:
            record = loads(json.dumps(document))
        except RecordError:
            refused += 1
            continue
        for form in (
            markdown,
            github,
            render_page,
            render_compact,
            lambda one: render(one, Style(80, "plain", "verbose")),
        ):
            assert form(record)
        follows_the_schemas(ET.fromstring(junit([record])))
        assert str(compare(record, REPORTS["right"].record))
        assert str(compare(REPORTS["right"].record, record))
    assert refused
