"""The published schema is that of the model, and reports keep to it."""

from __future__ import annotations

import dataclasses
import importlib.resources
import json
import typing

import jsonschema
import pytest

from gradproof.model import Record
from gradproof.reports.record import dumps
from tests.reports.test_record import REPORTS

SCHEMA = json.loads(importlib.resources.files("gradproof.reports").joinpath("schema-1.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


@pytest.mark.parametrize("name", REPORTS)
def test_reports_keep_to_the_schema(name):
    assert list(VALIDATOR.iter_errors(json.loads(dumps(REPORTS[name].record)))) == []


@pytest.mark.parametrize("change", [{"version": 2}, {"report": {}}, {"format": "x"}])
def test_the_schema_refuses_other_things(change):
    document = json.loads(dumps(REPORTS["right"].record)) | change
    assert not VALIDATOR.is_valid(document)


def test_the_schema_knows_every_field():
    pending, seen = [Record], set()
    while pending:
        kind = pending.pop()
        if kind in seen:
            continue
        seen.add(kind)
        known = set(SCHEMA["$defs"][kind.__name__]["properties"])
        names = {field.name for field in dataclasses.fields(kind)}
        assert known == names - ({"run"} if kind is Record else set())
        for hint in typing.get_type_hints(kind).values():
            inner = [hint, *typing.get_args(hint)]
            pending += [found for found in inner if dataclasses.is_dataclass(found)]
    assert len(seen) >= 6
