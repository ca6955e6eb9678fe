"""gradproof: is this gradient right, and if it is not, where and why?"""

from typing import TYPE_CHECKING, Any

from gradproof.api import Report, check
from gradproof.assertion import assert_gradient
from gradproof.errors import GradientMismatch, GradproofError
from gradproof.model import Estimate, Finding, Outcome, Reason
from gradproof.numerics.derivative import derivative
from gradproof.seam import Problem
from gradproof.settings import Settings

if TYPE_CHECKING:
    __version__: str

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
    "derivative",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        # Looked up when asked for: reading the metadata of installed packages is slow.
        import importlib.metadata

        return importlib.metadata.version("gradproof")
    raise AttributeError(f"module 'gradproof' has no attribute {name!r}")
