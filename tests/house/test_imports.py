"""Frameworks stay behind their adapters, the terminal behind the shells, and the import is light."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from tests.house.sources import Source, sources

FRAMEWORKS = {"torch", "jax", "scipy", "autograd", "h5py", "safetensors", "matplotlib", "dask", "hypothesis", "libcst"}
TERMINAL = {"rich", "click"}
TEMPLATES = {"jinja2", "markupsafe"}
TERMINAL_FILES = {
    "reports/terminal",
    "cli",
    "console",
    "config",
    "commands/places",
    "commands/reading",
    "commands/completion",
    "commands/measuring",
}
SHELLS = {"cli", "console", "__main__"}
# The core works on floats: arrays are seen by the adapters, and by the file that tells NumPy's version.
ARRAY_FLOORS = {
    "adapters",
    "api",
    "classic",
    "selftest",
    "terms",
    "points",
    "subset",
    "stressing",
    "mending",
    "exhaustive",
    "derivatives",
    "torch",
    "jax",
    "scipy",
    "compat",
}
# The course's functions print, as the course has it.
SPEAKING_FLOORS = {"classic"}
# Which file keeps which library to itself, where the name does not say it.
KEEPERS = {
    "classic/examples": {"h5py"},
    "adapters/jaxarrays": {"jax"},
    "adapters/jaxbeside": {"jax"},
    "adapters/jaxtrees": {"jax"},
    "adapters/jaxsharded/claims": {"jax"},
    "adapters/jaxsharded/line": {"jax"},
    "adapters/jaxsharded/pieces": {"jax"},
    "adapters/jaxsharded/place": {"jax"},
    "adapters/modules": {"torch"},
    "adapters/tensors": {"torch"},
    "adapters/torchpoint": {"torch"},
    "adapters/undeclared": {"torch"},
    "adapters/widening": {"torch"},
    "adapters/stored": {"h5py", "safetensors"},
    "exhaustive/maps": {"matplotlib"},
    "exhaustive/measured": {"matplotlib"},
    "report": {"matplotlib"},
    "reports/plots/entries": {"matplotlib"},
    "reports/plots/figure": {"matplotlib"},
    "stressing/search": {"hypothesis"},
}

every_file = pytest.mark.parametrize("source", sources(), ids=lambda source: source.name)


def packages(source: Source) -> set[str]:
    """Return the top-level packages that a file imports."""
    return {name.partition(".")[0] for name in source.imports()}


def loaded_by(statement: str) -> set[str]:
    """Return the top-level packages in a fresh interpreter after a statement."""
    code = f"{statement}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@every_file
def test_frameworks_stay_behind_their_adapter(source: Source) -> None:
    named = {source.path.stem} if source.floor in ("adapters", "compat") else {source.floor}
    own = KEEPERS.get(source.name, named & FRAMEWORKS)
    assert not packages(source) & FRAMEWORKS - own


@every_file
def test_the_terminal_stays_in_the_shells(source: Source) -> None:
    assert source.name in TERMINAL_FILES or not packages(source) & TERMINAL


@every_file
def test_the_templates_stay_in_the_page(source: Source) -> None:
    assert source.name.startswith("reports/page/") or not packages(source) & TEMPLATES


@every_file
def test_the_core_sees_no_arrays(source: Source) -> None:
    assert source.floor in ARRAY_FLOORS or not packages(source) & {"numpy", "optree"}


@every_file
def test_files_import_from_files_and_not_from_the_package(source: Source) -> None:
    roots = [n for n in ast.walk(source.tree) if isinstance(n, ast.ImportFrom) and n.module == "gradproof"]
    assert not roots


@every_file
def test_nothing_prints_below_the_shells(source: Source) -> None:
    prints = [
        node.lineno
        for node in ast.walk(source.tree)
        if (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print")
        or (isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "__stdout__", "__stderr__"))
    ]
    assert source.name in SHELLS or source.floor in SPEAKING_FLOORS or not prints


@pytest.mark.parametrize("name", sorted(TERMINAL | TEMPLATES | (FRAMEWORKS - {"scipy"})))
def test_import_is_light(name: str, after_import: set[str]) -> None:
    assert name not in after_import


@pytest.fixture(scope="module")
def after_import() -> set[str]:
    found = loaded_by("import gradproof")
    assert {"gradproof", "numpy"} <= found
    return found
