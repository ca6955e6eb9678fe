"""A file imports only from lower floors, and nothing imports in a circle."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

from tests.house.sources import Source, module_of, sources

# From each floor, the floors it may import from. Equals never import one another.
MODEL = frozenset({"errors", "guess", "settings", "probe", "beside", "desk", "seam", "model"})
BELOW = {"absent", "notebook", "version", "numerics", "adapters", "reports", "executors", "probing"}
API = MODEL | BELOW | {"report", "api"}
BUILT = {
    "assertion",
    "group",
    "derivatives",
    "terms",
    "points",
    "subset",
    "elsewhere",
    "watching",
    "stressing",
    "mending",
    "exhaustive",
}
FLOORS: dict[str, frozenset[str]] = {
    "errors": frozenset(),
    "version": frozenset(),
    "settings": frozenset({"errors"}),
    "probe": frozenset({"errors"}),
    "absent": frozenset(),
    "notebook": frozenset(),
    "desk": frozenset({"probe"}),
    "beside": frozenset(),
    "guess": frozenset(),
    "seam": frozenset({"errors", "settings", "probe", "beside", "desk", "guess"}),
    "model": frozenset({"errors", "settings", "probe", "seam"}),
    "numerics": MODEL | {"numerics"},
    "adapters": MODEL | {"adapters"},
    "reports": MODEL | {"reports"},
    "executors": MODEL | {"executors", "version"},
    "probing": MODEL | {"numerics", "probing"},
    "again": API - {"api", "report"},
    "curves": (API - {"api", "report"}) | {"again"},
    "report": (API - {"api", "report"}) | {"again", "curves", "selftest"},
    "api": (API - {"api"}) | {"again", "report"},
    "classic": MODEL | {"classic"},
    "selftest": (API - {"api", "report"}) | {"again"},
    "subset": frozenset({"errors"}),
    "together": MODEL | {"reports", "report"},
    "group": MODEL | {"report", "together"},
    "terms": API | {"group"},
    "points": API | {"together"},
    "elsewhere": API,
    "watching": API,
    "stressing": API | {"stressing"},
    "mending": API | {"group", "mending"},
    "exhaustive": API | {"exhaustive"},
    "derivatives": API | {"group", "derivatives"},
    "torch": API | {"group", "derivatives", "torch"},
    "jax": API | {"group", "derivatives", "jax"},
    "scipy": API | {"group", "derivatives", "scipy"},
    "compat": API | {"group", "derivatives", "assertion", "torch", "jax", "scipy", "compat"},
    "demo": API | {"classic", "mending"},
    "assertion": API,
    "collected": MODEL | {"reports"},
    "config": MODEL,
    "console": API,
    "commands": API | {"config", "console", "commands", "elsewhere", "exhaustive", "points", "terms"},
    "cli": API | {"assertion", "commands", "config", "console", "demo", "mending", "stressing"},
    "__main__": frozenset({"cli"}),
    "__init__": API | BUILT,
}

# What an import that breaks the rule is needed for: (file, floor) -> reason. One that is not needed any more fails too.
EXCEPTIONS: dict[tuple[str, str], str] = {}


def floor_of(module: str) -> str:
    """Return the floor of a dotted name inside the package: ``gradproof.numerics.noise`` stands on ``numerics``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def neighbours(source: Source) -> set[str]:
    """Return the files of the package that a file imports."""
    modules = {one.module for one in sources()}
    return {name for name in source.imports() if name in modules and name != source.module}


def upward(source: Source) -> set[tuple[str, str]]:
    """Return the imports of a file that the floors forbid."""
    reached = {floor_of(name) for name in neighbours(source)}
    return {(source.name, floor) for floor in reached - FLOORS[source.floor]}


@pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)
def test_every_file_stands_on_a_known_floor(source: Source) -> None:
    assert source.floor in FLOORS, "give the new file or folder a floor in this test"


def test_imports_point_downwards_but_for_the_exceptions() -> None:
    assert set().union(*(upward(source) for source in sources())) == set(EXCEPTIONS)


def test_no_cycles() -> None:
    graph = {source.module: neighbours(source) - {"gradproof"} for source in sources()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")
    assert order.index("gradproof.errors") < order.index("gradproof.api") < order.index("gradproof.cli")


def test_only_the_command_executes_targets() -> None:
    users = {source.name for source in sources() if module_of("adapters/target") in neighbours(source)}
    assert users == {"cli", "commands/judging", "commands/measuring"}
    importers = {source.name for source in sources() if module_of("adapters/imported") in neighbours(source)}
    assert importers == {"adapters/target", "commands/judging"}


def test_the_rule_is_not_empty() -> None:
    assert sum(len(neighbours(source)) for source in sources()) > 50
