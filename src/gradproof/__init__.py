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
    from gradproof.derivatives.adjoints import check_adjoint
    from gradproof.derivatives.functions import check_function
    from gradproof.derivatives.hessians import check_hessian, check_hessp
    from gradproof.derivatives.matrices import check_jacobian
    from gradproof.derivatives.riemannian import Manifold, check_riemannian
    from gradproof.elsewhere import using
    from gradproof.executors.batches import Batches
    from gradproof.executors.cluster import Cluster
    from gradproof.executors.pools import Processes
    from gradproof.exhaustive.measured import MeasuredGradient
    from gradproof.exhaustive.run import measure_gradient
    from gradproof.group import ReportGroup
    from gradproof.mending.run import mend
    from gradproof.points import check_points
    from gradproof.stressing.run import stress
    from gradproof.subset import random_subset
    from gradproof.terms import check_terms
    from gradproof.watching import watch

__all__ = [
    "Batches",
    "Cluster",
    "Estimate",
    "Finding",
    "GradientMismatch",
    "GradproofError",
    "Manifold",
    "MeasuredGradient",
    "Outcome",
    "Problem",
    "Processes",
    "Reason",
    "Report",
    "ReportGroup",
    "Settings",
    "__version__",
    "assert_gradient",
    "check",
    "check_adjoint",
    "check_function",
    "check_hessian",
    "check_hessp",
    "check_jacobian",
    "check_points",
    "check_riemannian",
    "check_terms",
    "derivative",
    "measure_gradient",
    "mend",
    "random_subset",
    "stress",
    "using",
    "watch",
]

# Imported when asked for: everybody pays for the import of the package.
_LATE = {
    "Cluster": "gradproof.executors.cluster",
    "Manifold": "gradproof.derivatives.riemannian",
    "MeasuredGradient": "gradproof.exhaustive.measured",
    "Processes": "gradproof.executors.pools",
    "Batches": "gradproof.executors.batches",
    "ReportGroup": "gradproof.group",
    "check_adjoint": "gradproof.derivatives.adjoints",
    "check_function": "gradproof.derivatives.functions",
    "check_hessian": "gradproof.derivatives.hessians",
    "check_hessp": "gradproof.derivatives.hessians",
    "check_jacobian": "gradproof.derivatives.matrices",
    "check_points": "gradproof.points",
    "check_riemannian": "gradproof.derivatives.riemannian",
    "check_terms": "gradproof.terms",
    "measure_gradient": "gradproof.exhaustive.run",
    "mend": "gradproof.mending.run",
    "random_subset": "gradproof.subset",
    "stress": "gradproof.stressing.run",
    "using": "gradproof.elsewhere",
    "watch": "gradproof.watching",
}


def __getattr__(name: str) -> Any:
    if name in _LATE:
        import importlib

        return getattr(importlib.import_module(_LATE[name]), name)
    raise AttributeError(f"module 'gradproof' has no attribute {name!r}")
