"""All edits of a set of functions, the likeliest first."""

from __future__ import annotations

from collections.abc import Iterable

from gradproof.mending.edits.calls import calls
from gradproof.mending.edits.edit import Edit
from gradproof.mending.edits.factors import factors
from gradproof.mending.edits.forgotten import forgotten
from gradproof.mending.edits.operators import operators
from gradproof.mending.edits.parallel import parallel
from gradproof.mending.edits.paths import paths
from gradproof.mending.edits.scope import Scope
from gradproof.mending.edits.sizes import sizes
from gradproof.mending.edits.slices import slices
from gradproof.mending.edits.statements import statements
from gradproof.mending.edits.subscripts import subscripts
from gradproof.mending.edits.terms import terms
from gradproof.mending.edits.values import constants, names
from gradproof.mending.unit import Unit

KINDS = (
    operators, constants, names, sizes, calls, subscripts, slices, statements,
    parallel, forgotten, factors, terms, paths,
)  # fmt: skip


def all_edits(units: Iterable[Unit]) -> list[Edit]:
    """Return the edits of functions, each once, ordered by cost and size."""
    found: dict[tuple[int, tuple[tuple[int, int, str], ...]], Edit] = {}
    for number, unit in enumerate(units):
        scope = Scope(number, unit)
        for kind in KINDS:
            for edit in kind(scope):
                key = (number, edit.changes)
                if key not in found or edit.cost < found[key].cost:
                    found[key] = edit
    return sorted(found.values(), key=lambda edit: (edit.cost, edit.size, edit.unit, edit.changes))
