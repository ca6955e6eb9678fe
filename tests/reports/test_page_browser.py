"""The page in a real browser: sorting, filtering, colours, a narrow screen, paper, and no way out of the file."""

from __future__ import annotations

import itertools
import json
import shutil

import pytest

from gradproof.model import Outcome
from gradproof.reports.page.render import render_compact, render_page
from tests.reports.pages import HOSTILE, empty, failing, kinked, many, named
from tests.reports.test_record import REPORTS

webdriver = pytest.importorskip("selenium.webdriver")
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"]
PAGES = {
    "right": REPORTS["right"].record,
    "failing": failing().record,
    "kinked": kinked().record,
    "hostile": named(HOSTILE),
    "long names": many(30, Outcome.WRONG, 5000),
    "empty": empty(),
}
every_page = pytest.mark.parametrize("name", PAGES)

# The contrast of every text with what lies behind it, by the formula of WCAG 2; those below 4.5 are returned.
CONTRAST = """
const channel = (c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
const light = (c) => 0.2126 * channel(c[0] / 255) + 0.7152 * channel(c[1] / 255) + 0.0722 * channel(c[2] / 255);
const behind = (node) => {
  for (let e = node; e; e = e.parentElement) {
    const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) { return c; }
  }
  return [255, 255, 255];
};
const low = [];
let seen = 0;
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.textContent.trim() || ["SCRIPT", "STYLE", "title"].includes(e.tagName)) { continue; }
  const style = getComputedStyle(e);
  const [a, b] = [light(parse(e.namespaceURI.endsWith("svg") ? style.fill : style.color)), light(behind(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  seen += 1;
  if (ratio < 4.5) { low.push([e.tagName, e.className.toString(), walker.currentNode.textContent, ratio]); }
}
return {seen, low};
"""


def without(thing):
    """Skip for the absence of a program, in the words that make it an error where everything must be present."""
    return pytest.skip(f"could not import the page into a browser: no {thing} (Debian: chromium chromium-driver)")


@pytest.fixture(scope="module")
def browser():
    from selenium.webdriver.chrome.service import Service

    binary = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver") or shutil.which("chromium.chromedriver")
    if binary is None or driver is None:
        without("chromedriver" if binary else "chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for flag in FLAGS:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    started = webdriver.Chrome(options=options, service=Service(driver))
    yield started
    started.quit()


@pytest.fixture
def page(browser, tmp_path):
    """Return a function that shows a record on a screen of a width, in "light" or "dark" or on "print"."""

    def show(record, width=1200, media="light", made=render_page):
        path = tmp_path / "report.html"
        path.write_text(made(record), encoding="utf-8")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        emulate(browser, media)
        for kind in ("browser", "performance"):
            browser.get_log(kind)
        browser.get(path.as_uri())
        return browser

    return show


def emulate(browser, media):
    """Prefer light or dark colours, or print."""
    wanted = {"media": "print" if media == "print" else "screen"}
    feature = {"name": "prefers-color-scheme", "value": "dark" if media == "dark" else "light"}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {**wanted, "features": [feature]})


def requested(browser):
    """Return the addresses that the page asked for."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]


def names(browser):
    """Return the names in the rows that are shown."""
    return browser.execute_script(
        "return [...document.querySelectorAll('#leaves tbody tr')].filter(r => !r.hidden && r.offsetHeight)"
        ".map(r => r.cells[0].textContent)"
    )


def column(browser, number):
    """Return the texts of a column."""
    return browser.execute_script(
        f"return [...document.querySelectorAll('#leaves tbody tr')].map(r => r.cells[{number}].textContent)"
    )


def press(browser, selector, nth=0):
    """Click an element as a user does."""
    browser.find_elements("css selector", selector)[nth].click()


def paper(browser):
    """Return the colour of the page."""
    return browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")


@every_page
def test_no_request_and_no_error(page, name):
    browser = page(PAGES[name])
    assert requested(browser) == [browser.current_url]
    assert browser.get_log("browser") == []


@every_page
@pytest.mark.parametrize("width", [320, 360, 800])
def test_no_sideways_scrolling(page, name, width):
    browser = page(PAGES[name], width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.execute_script("return window.innerWidth") == width


@every_page
def test_paper_cuts_nothing_off(page, name):
    # An A4 page between margins of 1 cm.
    browser = page(PAGES[name], 718, "print")
    script = "return [...document.querySelectorAll('main *')].map((e) => e.getBoundingClientRect().right)"
    assert max(browser.execute_script(script)) <= 718


@every_page
@pytest.mark.parametrize("media", ["light", "dark", "print"])
def test_contrast(page, name, media):
    browser = page(PAGES[name], media=media)
    browser.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    found = browser.execute_script(CONTRAST)
    assert found["seen"] > 20
    assert found["low"] == []


def test_sorting(page):
    browser = page(failing().record)
    assert names(browser)[0] == "layers.66.w"
    press(browser, "#leaves th button", 0)
    head = browser.find_elements("css selector", "#leaves thead th")
    assert head[0].get_attribute("aria-sort") == "ascending"
    assert names(browser) == [f"layers.{i}.w" for i in range(100)]
    press(browser, "#leaves th button", 0)
    assert head[0].get_attribute("aria-sort") == "descending"
    assert names(browser) == [f"layers.{i}.w" for i in reversed(range(100))]
    press(browser, "#leaves th button", 3)
    assert head[0].get_attribute("aria-sort") is None
    sizes = column(browser, 3)
    # Numbers by their size; what is not known comes last.
    assert sizes[-1] == ""
    assert [int(size) for size in sizes[:-1]] == sorted(int(size) for size in sizes[:-1])
    press(browser, "#leaves th button", 5)
    seen = [float(text) for text in column(browser, 5) if text]
    assert len(seen) == 90
    assert seen == sorted(seen)
    press(browser, "#leaves th button", 1)
    assert ["wrong" in text for text in column(browser, 1)] == [True] * 10 + [False] * 90


def test_sorting_by_keyboard(page):
    from selenium.webdriver.common.keys import Keys

    browser = page(failing().record)
    browser.find_elements("css selector", "#leaves th button")[0].send_keys(Keys.ENTER)
    assert names(browser)[0] == "layers.0.w"


def test_filtering(page):
    browser = page(failing().record)
    box = browser.find_element("id", "filter")
    box.send_keys("LAYERS.1")
    assert sorted(names(browser)) == sorted(["layers.1.w", *(f"layers.{i}.w" for i in range(10, 20))])
    assert browser.find_element("id", "shown").text == "11 of 100 shown"
    press(browser, "#outcome option[value='']")
    browser.find_element("css selector", "#outcome").send_keys("wrong")
    assert names(browser) == ["layers.11.w"]
    box.clear()
    box.send_keys("nothing like this")
    assert names(browser) == []
    assert browser.find_element("id", "shown").text == "0 of 100 shown"


def test_colours_follow_the_system_and_the_switch(page):
    browser = page(failing().record)
    light = paper(browser)
    switch = browser.find_element("id", "theme")
    assert switch.text == "Dark colours"
    emulate(browser, "dark")
    dark = paper(browser)
    assert (light, dark) == ("rgb(255, 255, 255)", "rgb(20, 23, 27)")
    switch.click()
    assert (paper(browser), switch.text) == (light, "Dark colours")
    switch.click()
    assert (paper(browser), switch.text) == (dark, "Light colours")
    # Paper is white, whatever was chosen.
    emulate(browser, "print")
    assert paper(browser) == light
    assert not browser.find_element("id", "controls").is_displayed()


def test_hostile_names_do_nothing(page):
    browser = page(named(HOSTILE))
    assert browser.title.startswith("wrong: ")
    assert names(browser)[:2] == HOSTILE[:2]
    for selector in ("[onmouseover], [onerror]", "img", "main b b", "[href^=javascript]"):
        assert browser.find_elements("css selector", selector) == []
    assert len(browser.find_elements("css selector", "script")) == 1
    assert browser.find_element("id", "shown").text == "11 of 11 shown"
    browser.find_element("id", "filter").send_keys("<script>")
    assert HOSTILE[0] in names(browser)


def test_a_script_that_is_not_the_page_s_own_does_not_run(page):
    planted = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    browser = page(failing().record, made=lambda record: render_page(record).replace("<main", planted + "<main"))
    assert browser.title != "taken"
    assert any("Content Security Policy" in entry["message"] for entry in browser.get_log("browser"))
    # The page's own still does.
    press(browser, "#leaves th button", 0)
    assert names(browser)[0] == "layers.0.w"


def test_links_open_what_is_closed(page):
    browser = page(failing().record)
    closed = browser.find_elements("css selector", "details.leaf:not([open])")
    part = closed[-1]
    assert not part.find_element("css selector", "p").is_displayed()
    browser.execute_script("location.hash = arguments[0]", part.get_attribute("id"))
    assert part.find_element("css selector", "p").is_displayed()


def test_without_a_script_everything_is_there(page, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page(failing().record)
        # Selenium's own look at elements is a script: the accessibility tree is not.
        nodes = browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        roles = [node["role"]["value"] for node in nodes if "role" in node and not node.get("ignored")]
        assert roles.count("rowheader") >= 100
        assert roles.count("heading") >= 10
        assert not {"searchbox", "combobox", "button"} & set(roles)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("theme", ["light", "dark"])
@every_page
def test_the_part_of_a_notebook(page, name, theme):
    attribute, paper = {"light": ("true", "#fff"), "dark": ("false", "#111")}[theme]

    def made(record):
        body = f'<body data-jp-theme-light="{attribute}" style="background: {paper}">'
        return f"<!doctype html><meta charset=utf-8><title>x</title>{body}{render_compact(record)}</body>"

    browser = page(PAGES[name], 640, theme, made)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 640
    assert requested(browser) == [browser.current_url]
    browser.execute_script("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    assert browser.execute_script(CONTRAST)["low"] == []


def test_all_heat_map_states_differ_for_the_colour_blind(page):
    """Every two states differ in lightness by enough, or one of them is hatched or crossed and the other is not."""
    browser = page(failing().record)
    plain, signed = ["agrees", "unseen"], ["slight", "large", "gross"]
    for media in ("light", "dark"):
        emulate(browser, media)
        light = {
            state: browser.execute_script(
                """const e = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
                e.setAttribute('class', 'cell ' + arguments[0]);
                document.querySelector('svg.picture').append(e);
                const c = getComputedStyle(e).fill.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
                  .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
                e.remove();
                return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];""",
                state,
            )
            for state in (*plain, *signed)
        }
        for group in (plain, signed):
            ordered = sorted(light[state] for state in group)
            assert all((b + 0.05) / (a + 0.05) > 1.25 for a, b in itertools.pairwise(ordered)), light


def test_heads_on_paper_are_words(page):
    # A head with a button in it is not repeated on the next sheet.
    browser = page(PAGES["failing"], 718, "print")
    script = "return [...document.querySelectorAll('thead button')].map((e) => getComputedStyle(e).display)"
    assert set(browser.execute_script(script)) == {"none"}
    script = """return [...document.querySelectorAll('#leaves thead th')].map(
        (e) => getComputedStyle(e, '::before').content)"""
    assert browser.execute_script(script)[:2] == ['"Parameter"', '"Verdict"']
