"""The peers' own calls: change the import, and keep the test suite.

``gradproof.compat.torch`` has ``gradcheck`` and ``gradgradcheck``, ``gradproof.compat.jax`` and ``.autograd`` have
``check_grads``, ``check_vjp`` and ``check_jvp``, ``gradproof.compat.scipy`` has ``check_grad``; with the signatures
that PyTorch, JAX, HIPS autograd and SciPy give them, and with their way to answer.
"""

from gradproof.compat.demands import NeedlessArgument, Undecided

__all__ = ["NeedlessArgument", "Undecided"]
