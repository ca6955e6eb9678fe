"""The page as text: whole, small, escaped, self-contained, and true to the record."""

from __future__ import annotations

import dataclasses
import html.parser
import re

import numpy as np
import pytest

from gradproof import Report, check
from gradproof.model import Estimate, Measurement, Outcome
from gradproof.probe import Part, Probe
from gradproof.reports.page.curve import curves
from gradproof.reports.page.leaves import FAILING, OTHERS, ROWS
from gradproof.reports.page.render import render_compact, render_page
from tests.reports.pages import HOSTILE, empty, failing, kinked, many, named
from tests.reports.test_record import REPORTS

VOID = {"meta", "input", "br", "link", "img"}
EVERY = {**{name: report.record for name, report in REPORTS.items()}, "failing": failing().record}
EVERY |= {"kinked": kinked().record, "hostile": named(HOSTILE), "empty": empty(), "many": many(3000)}


class Document(html.parser.HTMLParser):
    """The elements of a page, with their attributes; an element that is not closed is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


@pytest.mark.parametrize("name", EVERY)
def test_whole_and_linked(name):
    document = Document(render_page(EVERY[name]))
    ids = [attributes["id"] for _, attributes in document.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {attributes["href"].removeprefix("#") for attributes in document.all("a")}
    assert targets <= set(ids)
    assert next(tag for tag, _ in document.found if tag in ("h1", "h2", "h3")) == "h1"
    assert len(document.all("h1")) == 1
    assert all("scope" in attributes for attributes in document.all("th"))
    pictures = [a for a in document.all("svg") if a.get("class") == "picture"]
    assert all(a["role"] == "img" and len(a["aria-label"]) > 20 for a in pictures)
    Document(render_compact(EVERY[name]))


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_loaded(name):
    document = Document(render_page(EVERY[name]))
    assert not [a for _, a in document.found if {"src", "srcset", "data", "action"} & set(a)]
    assert not document.all("link")
    assert all(a["href"].startswith("#") for a in document.all("a"))
    assert not re.search(r"url\((?!#)|@import|https?:", render_page(EVERY[name]))


@pytest.mark.parametrize("name", EVERY)
def test_the_verdict_comes_first(name):
    text = render_page(EVERY[name])
    head, _, rest = text.partition("<h1>")
    assert EVERY[name].outcome.value.capitalize() in rest[:200]
    assert '<svg class="picture' not in head


def test_hostile_names_are_text():
    for text in (render_page(named(HOSTILE)), render_compact(named(HOSTILE))):
        document = Document(text)
        assert len(document.all("script")) == text.count("<script>") <= 1
        assert not document.all("img")
        assert not document.all("b") or all(not a.get("onmouseover") for _, a in document.found)
        assert not [key for _, a in document.found for key in a if key.startswith("on")]
        assert "49" not in re.sub(r"[\d.]{3,}", "", text.partition("<h1>")[2].partition("<h2")[0])
        assert "\u202e" not in text
        assert "\\u202e" in text
        text.encode("utf-8")


def test_small():
    assert len(failing().to_html().encode()) < 1_000_000
    assert len(render_page(many(1000)).encode()) < 3_000_000
    assert len(render_page(many(1000, Outcome.WRONG)).encode()) < 3_000_000
    assert len(render_page(many(1000, Outcome.INCONCLUSIVE, 5000)).encode()) < 3_000_000


@pytest.mark.parametrize("outcome", list(Outcome))
def test_very_many_leaves_are_counted_instead_of_listed(outcome):
    text = render_page(many(100_000, outcome))
    assert len(text.encode()) < 3_000_000
    assert f"{100_000 - ROWS:,} more parameters are in the JSON report".replace(",", " ") in text
    details = text.count('class="leaf"')
    assert details == (FAILING if outcome is Outcome.WRONG else OTHERS)


def test_long_names_are_cut():
    text = render_page(many(3, Outcome.WRONG, 5000))
    assert "x" * 5000 not in text
    assert re.search(r'title="layers\.0\.weightx{200,}\.\.\.x{200,}"', text)
    assert max(map(len, re.findall(r">([^<>]*)<", text.partition("<body>")[2].partition("<script>")[0]))) < 3000


def test_no_leaves():
    text = render_page(empty())
    assert "There are no parameters in this report." in text
    assert "Nothing was proved" in text


def test_wrong_before_the_others_and_each_once():
    text = failing().to_html()
    wrong = re.findall(r'<section class="leaf" id="(leaf-\d+)"', text)
    assert sorted(wrong) == sorted(f"leaf-{i}" for i, v in enumerate(failing().record.verdicts) if v.outcome == "wrong")
    assert len(re.findall(r'<details class="leaf" id="leaf-\d+"', text)) == OTHERS
    assert len(re.findall(r'<div id="plot-\d+"', text)) >= 9


def test_how_to_do_it_again():
    report = check(lambda p: float((p**2).sum()), 2.0 * np.ones(3), np.ones(3))
    record = report.record
    settings = record.settings.replace(seed=7, only=("a b*",), resolution=0.1, evaluations=500)
    record = dataclasses.replace(record, settings=settings, run={**record.run, "target": "my file.py"})
    text = render_page(record)
    wanted = "gradproof check 'my file.py' --seed 7 --resolution 0.1 --evaluations 500 --only 'a b*'"
    assert wanted.replace("'", "&#39;") in text
    assert "Settings(seed=7, resolution=0.1, evaluations=500, only=(" in text
    assert record.point in text


def test_pictures_survive_any_numbers():
    wild = [0.0, 5e-324, 1e-300, 1e-16, 1.0, -1.0, 1e16, 1e299, -1e308, float("inf"), float("nan")]
    drawn = 0
    for claimed in wild:
        for value in wild:
            for error in wild:
                levels = tuple((2.0**-k, value * (1 + 2.0**-k), abs(error) * 2.0**k) for k in (2, 9, 20))
                estimate = Estimate(value, error, error, 0.1, 1.0, 6, "central", None, levels=levels)
                pictures = curves(Measurement(Probe(0, (Part(0),)), claimed, estimate))
                drawn += len(pictures)
                assert not re.search(r'"[^"]*(nan|inf)[^"]*"', "".join(p.svg for p in pictures).partition('">')[2])
    assert drawn > 500


def test_steps_of_any_size_are_drawn():
    for scale in (1e-280, 1e-30, 1.0, 1e30, 1e280):
        levels = tuple((scale * 2.0**-k, 1.0 + 4.0**-k, 1e-16 / 2.0**-k) for k in (0, 5, 10))
        estimate = Estimate(1.0, 1e-9, 1e-16 * scale, levels=levels)
        assert len(curves(Measurement(Probe(0, (Part(0),)), 2.0, estimate))) == 2


def test_the_curve_shows_what_was_measured():
    record = failing().record
    number = next(i for i, v in enumerate(record.verdicts) if v.leaf == "layers.0.w")
    measurement = next(
        m for m in record.measurements if [part.leaf for part in m.probe.parts] == [number] and m.estimate.levels
    )
    slopes, errors = curves(measurement)
    levels = len(measurement.estimate.levels)
    # A dot for each quotient, and one in the legend; the claim, twice the slope, is a line apart from the measured one.
    assert slopes.svg.count('class="dot"') == levels + 1
    assert errors.svg.count('class="box"') == errors.svg.count('class="dot"') == levels + 1
    claimed = float(re.findall(r'class="claimed" x1="62" y1="([\d.]+)"', slopes.svg)[0])
    measured = float(re.findall(r'class="measured" x1="62" y1="([\d.]+)"', slopes.svg)[0])
    assert abs(claimed - measured) > 50
    assert f"{measurement.claimed:.9g}" in slopes.caption


def test_every_picture_of_errors_shows_what_one_small_step_would_give():
    text = failing().to_html()
    assert text.count('class="ring"') >= 2 * text.count("The error against the step")
    assert "step 1e-07 alone" in text


def test_the_proof_can_be_handed_on():
    text = failing().to_html()
    box = text[text.index('<div class="proof">') : text.index('<h2 id="again">')]
    assert "<b>Not covered:</b>" in box
    assert "layers.66.w" in box
    assert failing().record.point in box
    assert f"gradproof {failing().record.run['gradproof']}" in box


def test_one_sided_slopes_are_drawn_at_a_kink():
    assert kinked().outcome is Outcome.INCONCLUSIVE
    text = kinked().to_html()
    assert "The slope jumps at the point" in text
    assert text.count('class="side" x1="62"') >= 2
    assert 'class="side" x1="62"' not in failing().to_html()


def test_report_methods(tmp_path):
    report = failing()
    for name in ("report.html", "report.HTM"):
        report.save(tmp_path / name)
        assert (tmp_path / name).read_text(encoding="utf-8") == report.to_html()
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json").to_html() == report.to_html()
    compact = report._repr_html_()
    assert len(compact) < 120_000
    assert "<script" not in compact
    assert "Wrong: 10 of 100 parameters" in compact
