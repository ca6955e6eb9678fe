"""PyTorch: functions with several tensors in and out, in every mode of differentiation; modules; what they call."""

from gradproof.absent import required

required("torch")

from gradproof.torch.functions import check_function
from gradproof.torch.location import check_modules

__all__ = ["check_function", "check_modules"]
