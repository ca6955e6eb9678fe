"""gradproof: is this gradient right, and if it is not, where and why?"""

from typing import TYPE_CHECKING, Any

from gradproof.api import check
from gradproof.assertion import assert_gradient
from gradproof.errors import GradientMismatch, GradproofError
from gradproof.model import Estimate, Finding, Outcome, Reason
from gradproof.numerics.derivative import derivative
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.version import __version__

if TYPE_CHECKING:
    from gradproof.points import check_points
    from gradproof.stressing.run import stress
    from gradproof.subset import random_subset
    from gradproof.terms import check_terms
    from gradproof.watching import watch

__all__ = [
    "Estimate",
    "Finding",
    "GradientMismatch",
    "GradproofError",
    "Outcome",
    "Problem",
    "Reason",
    "Report",
    "Settings",
    "__version__",
    "assert_gradient",
    "check",
    "check_points",
    "check_terms",
    "derivative",
    "random_subset",
    "stress",
    "watch",
]

# Imported when asked for: everybody pays for the import of the package.
_LATE = {
    "check_points": "gradproof.points",
    "check_terms": "gradproof.terms",
    "random_subset": "gradproof.subset",
    "stress": "gradproof.stressing.run",
    "watch": "gradproof.watching",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module 'gradproof' has no attribute {name!r}")
