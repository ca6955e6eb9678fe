"""Real mistakes, from public threads: each must be caught, the covered ones named, and what is right left alone."""

from __future__ import annotations

import pytest

from gradproof import Outcome, Problem, check
from tests.gallery.catalogue import contributions, factors, orders, places, shapes  # noqa: F401 - they fill the catalogue
from tests.gallery.catalogue.entry import CATALOGUE
from tests.gallery.catalogue.right import RIGHT

# The steps of sign may be a smooth function rounded to whole numbers, or jumps of a constant one: nobody can tell.
UNDECIDABLE = {"B155": Outcome.INCONCLUSIVE}

by_id = pytest.mark.parametrize("entry", CATALOGUE, ids=lambda entry: f"{entry.id} {entry.group}")


def judged(case, claim):
    return check(Problem(case.loss, claim, case.params, case.args, convention=case.convention))


@by_id
def test_the_wrong_gradient_is_caught(entry):
    report = judged(entry.make(), entry.make().wrong)
    expected = UNDECIDABLE.get(entry.id, Outcome.WRONG)
    assert report.outcome is expected, f"{entry.source}\n{report}"


@by_id
def test_the_right_gradient_is_not_accused(entry):
    report = judged(entry.make(), entry.make().right)
    assert report.outcome is not Outcome.WRONG, f"{entry.source}\n{report}"
    if entry.id not in UNDECIDABLE:
        assert report.outcome is Outcome.CONSISTENT, f"{entry.source}\n{report}"


@pytest.mark.parametrize("entry", [e for e in CATALOGUE if e.named], ids=lambda entry: f"{entry.id} {entry.group}")
def test_the_mistake_is_named(entry):
    report = judged(entry.make(), entry.make().wrong)
    said = " ".join(f"{finding.text} {finding.guess}" for finding in report.findings)
    assert entry.named in said, f"{entry.source}\n{report}"


@pytest.mark.parametrize("entry", [e for e in CATALOGUE if not e.named], ids=lambda entry: f"{entry.id} {entry.group}")
def test_no_wrong_name_is_given(entry):
    report = judged(entry.make(), entry.make().wrong)
    kinds = {finding.kind for finding in report.findings}
    assert kinds <= {"entry", "slice", "dense", "pattern"}, f"{entry.source}\n{report}"


@pytest.mark.parametrize("source", RIGHT)
def test_what_was_reported_though_right_passes(source):
    case = RIGHT[source]()
    assert judged(case, case.right).outcome is Outcome.CONSISTENT


def test_every_group_of_the_taxonomy_is_there():
    groups = {entry.group for entry in CATALOGUE}
    wanted = """ACCUM TERM DROPPED SHAPE UPSTREAM SCALE REDUCE POINT SAVED MUTATE STRIDE KINK SYM REGION CHAIN SWAP SIGN
        DIAG AXIS ALIAS MISMATCH FORMULA NANMASK INDEX COMPLEX HIGHER"""
    assert groups >= set(wanted.split())
    assert len({entry.id for entry in CATALOGUE}) == len(CATALOGUE)
