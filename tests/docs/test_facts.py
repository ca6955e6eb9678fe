"""The pages that list things list all of them, and what the page on the peers says of gradproof holds."""

from __future__ import annotations

import importlib
import inspect
import re
import sys

import numpy as np
import pytest

import gradproof
from gradproof.cli import main
from gradproof.stressing.scenarios import scenarios
from tests.docs.pages import DOCS
from tests.house.sources import ROOT

STRESS = (DOCS / "stress.md").read_text(encoding="utf-8")
PEERS = (DOCS / "peers.md").read_text(encoding="utf-8")
X = np.random.default_rng(0).normal(size=(4, 3))
# Arguments of every kind that a scenario is made for.
ARGS = (X, X + 1.0, X[0], X[:1], X[:1, :2], X[:, :1], X[:, 1:2], 0.5, np.array([0, 2, 1, 2]), 2, True)


def test_the_page_on_stress_names_every_scenario():
    first_cells = {
        name
        for row in STRESS.splitlines()
        if row.startswith("| `")
        for name in re.findall(r"`([^`]+)`", row.split(" | ")[0])
    }
    generic = {_generic(name) for name in first_cells}
    made = {_generic(scenario.name) for scenario in scenarios(ARGS, 0)}
    assert made - generic == set()
    assert generic - made == {"values found by search"}


def _generic(name):
    name = re.sub(r"^args\[\w+\]: (?=\D{3}|N)", "", re.sub(r"args\[\w+\](?= and| are)", "args[i]", name))
    name = re.sub(r"^args\[\w+\]: (-?\d+|True|False)$", "option", name)
    name = re.sub(r"^args\[\w+\]: (?=\d+ for)", "", name)
    return "option" if name in ("True", "False") else re.sub(r"-?\d+", "N", name)


@pytest.fixture(scope="module")
def bench():
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        import peers
    finally:
        sys.path.pop(0)
    return peers


def test_the_page_on_peers_has_every_case_and_every_peer(bench):
    rows = [
        [cell.strip() for cell in row.strip("|").split(" | ")] for row in PEERS.splitlines() if row.startswith("| ")
    ]
    head = next(row for row in rows if row[0] == "case")
    assert head[2:] == list(bench.PEERS)
    truth = {True: "right", False: "wrong", None: "undefined"}
    told = [row[:2] for row in rows[rows.index(head) + 2 : rows.index(head) + 2 + len(bench.CASES)]]
    assert told == [[case.name, truth[case.right]] for case in bench.CASES]


@pytest.mark.filterwarnings("ignore")
def test_gradproof_is_right_in_every_case(bench):
    for case in bench.CASES:
        answer = bench.answers(case, "gradproof")
        assert answer == {True: bench.PASS, False: bench.FAIL, None: "refused"}[case.right], case.name
        assert f"| {answer} |" in next(row for row in PEERS.splitlines() if row.startswith(f"| {case.name} |"))


@pytest.mark.filterwarnings("ignore")
def test_the_number_of_the_course_is_what_the_page_says(bench):
    column = list(bench.PEERS).index("the course") + 2
    for case in bench.CASES:
        row = next(row for row in PEERS.splitlines() if row.startswith(f"| {case.name} |"))
        told = row.strip("| ").split(" | ")[column].strip()
        # On which side of the threshold the first falls is a matter of rounding.
        if case is not bench.CASES[0]:
            assert bench.cell(case, bench.answers(case, "the course")).split(" ")[0] == told.split(" ")[0]


def test_every_public_name_has_its_docstring_on_a_page():
    pages = "".join(page.read_text(encoding="utf-8") for page in (DOCS / "api").glob("*.md"))
    told = set(re.findall(r"^::: gradproof\.(\w+)$", pages, re.MULTILINE)) - {"classic"}
    assert told == set(gradproof.__all__) - {"__version__"}


def test_workflows_are_well_formed():
    yaml = pytest.importorskip("yaml")
    blocks = re.findall(r"```yaml\n(.*?)```", (DOCS / "ci.md").read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        steps = [step for job in yaml.safe_load(block)["jobs"].values() for step in job["steps"]]
        commands = [
            line for step in steps for line in step.get("run", "").splitlines() if line.startswith("gradproof ")
        ]
        assert commands
        for command in commands:
            name, options = command.split()[1], re.findall(r" (--?[a-z]+(?:-[a-z]+)*)", command)
            known = {option for parameter in main.commands[name].params for option in parameter.opts}
            assert set(options) <= known


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("torch", ("gradcheck", "gradgradcheck")),
        ("jax", ("check_grads", "check_vjp", "check_jvp")),
        ("autograd", ("check_grads", "check_vjp", "check_jvp")),
        ("scipy", ("check_grad",)),
    ],
)
def test_the_page_for_newcomers_names_every_argument_of_the_peers(module, names):
    pytest.importorskip(module)
    page = (DOCS / "coming-from.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`\*?(\w+)`", page))
    functions = importlib.import_module(f"gradproof.compat.{module}")
    for name in names:
        parameters = inspect.signature(getattr(functions, name)).parameters.values()
        # Those without a name of their own are what autograd's second call is given.
        assert {one.name for one in parameters if "nary_op" not in one.name} <= told
