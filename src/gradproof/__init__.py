"""gradproof: is this gradient right, and if it is not, where and why?"""

from gradproof.api import check
from gradproof.assertion import assert_gradient
from gradproof.errors import GradientMismatch, GradproofError
from gradproof.model import Estimate, Finding, Outcome, Reason
from gradproof.numerics.derivative import derivative
from gradproof.report import Report
from gradproof.seam import Problem
from gradproof.settings import Settings
from gradproof.version import __version__

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
