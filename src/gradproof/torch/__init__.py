"""PyTorch: functions with several tensors in and out, in every mode of differentiation; modules; what they call."""

from gradproof.torch.functions import check_function

__all__ = ["check_function"]
