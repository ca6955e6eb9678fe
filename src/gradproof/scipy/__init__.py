"""SciPy: all that an optimisation problem claims about derivatives, judged from the solver's own arguments."""

from gradproof.absent import required

required("scipy")

from gradproof.scipy.problem import check_problem

__all__ = ["check_problem"]
