"""What a page of the documentation shows is what its code and its commands print, and its links lead somewhere."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from tests.docs.pages import DOCS, blocks, needed, outputs, pages, words
from tests.house.sources import ROOT

PAGES = pages()
NAMES = [page.relative_to(DOCS).as_posix() for page in PAGES]
RUN = [page for page in PAGES if any(not b.why and b.language in ("python", "console") for b in blocks(page))]


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.relative_to(DOCS).as_posix())
def test_the_page_shows_real_output(page, tmp_path):
    for name in sorted(needed(page)):
        pytest.importorskip(name)
    for ran, printed, shown in outputs(page, tmp_path):
        assert words(printed) == words(shown), f"{ran}\nprints\n{printed}"


def test_the_readme_shows_real_output():
    pytest.importorskip("sklearn")
    shown = list(outputs(ROOT / "README.md", ROOT))
    assert shown
    for ran, printed, expected in shown:
        assert words(printed) == words(expected), f"{ran}\nprints\n{printed}"


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_what_is_not_run_says_why(page):
    """A fence that the tests do not understand would be one that nobody runs."""
    text = page.read_text(encoding="utf-8")
    fences = re.findall(r"^```.*$", text, re.MULTILINE)
    understood = sum(2 + 2 * (block.shown is not None) for block in blocks(page))
    assert len(fences) == understood
    assert all(len(block.why) > 10 for block in blocks(page) if block.why)


@pytest.mark.parametrize("page", PAGES, ids=NAMES)
def test_external_links_are_well_formed(page):
    for address in re.findall(r"\]\((\w+:[^)]*)\)|<(https?:[^>]*)>", page.read_text(encoding="utf-8")):
        parts = urlsplit(address[0] or address[1])
        assert parts.scheme == "https"
        assert re.fullmatch(r"[\w-]+(\.[\w-]+)+", parts.netloc)
        assert " " not in parts.path


def test_every_page_is_in_the_navigation():
    menu = (DOCS.parent / "mkdocs.yml").read_text(encoding="utf-8")
    assert [name for name in NAMES if f": {name}\n" not in menu] == []


def test_an_output_that_is_not_real_is_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text('```python\nprint("three words here")\n```\n\n```text\nthree other words\n```\n')
    ((_, printed, shown),) = outputs(page, tmp_path)
    assert words(printed) != words(shown)


def test_files_and_commands_belong_together(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        '```python title="three.py"\nprint(3 * "tick ")\n```\n\n```console\n$ python three.py\ntick tick tick\n'
        "$ python \\\n  -c 'print(\"tock tock\")'\ntock tock\n```\n"
    )
    found = list(outputs(page, tmp_path))
    assert [words(printed) == words(shown) for _, printed, shown in found] == [True, True]
