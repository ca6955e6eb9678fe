"""JUnit files against a schema: the intersection of the two that servers use, in our own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradproof.model import Outcome
from gradproof.reports.junit import junit
from tests.reports.pages import HOSTILE, empty, failing, kinked, many, named
from tests.reports.test_record import REPORTS

xmlschema = pytest.importorskip("xmlschema")

FILES = {name: [report.record] for name, report in REPORTS.items()} | {
    "failing": [failing().record],
    "inconclusive": [kinked().record],
    "hostile": [named(HOSTILE)],
    "empty": [empty()],
    "long names": [many(30, Outcome.WRONG, 5000)],
    "several": [report.record for report in REPORTS.values()],
    "none": [],
}


@pytest.fixture(scope="module")
def schema():
    return xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))


@pytest.mark.parametrize("name", FILES)
def test_valid(schema, name):
    schema.validate(junit(FILES[name]))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<system-err></system-err>", ""),
        ("<system-out>", "<system-err></system-err><system-out>"),
        (' hostname="localhost"', ' hostname=""'),
        (' tests="', ' tests="-'),
        ('classname="', 'klass="'),
        ('type="wrong"', ""),
        ('time="0.000"', 'time="1e-3"'),
        ("</failure>", "</failure><skipped message=''/>"),
        ('timestamp="2', 'timestamp="+2'),
    ],
)
def test_what_breaks_the_schema_is_found(schema, old, new):
    text = junit([failing().record])
    assert old in text
    assert not schema.is_valid(text.replace(old, new))
