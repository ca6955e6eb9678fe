"""JAX: functions in reverse and forward mode, and each custom rule that they call, on its actual inputs."""

from gradproof.absent import required

required("jax")

from gradproof.jax.functions import check_function
from gradproof.jax.rules import check_custom_rules

__all__ = ["check_custom_rules", "check_function"]
