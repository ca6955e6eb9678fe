"""One call of a module as a problem: its outputs, weighed, as a function of its inputs and parameters."""

from __future__ import annotations

from typing import Any

import torch
from torch.func import functional_call

from gradproof.adapters.tensors import WIDE, doubled
from gradproof.adapters.tree import Tree, flatten
from gradproof.derivatives.spaces import random_like
from gradproof.errors import ObjectiveError
from gradproof.seam import Problem
from gradproof.torch.calls import Call

# The key of the random cotangents, apart from those of other checks.
COTANGENT = 2**24


class Site:
    """A call of a module as a function of its inputs and parameters.

    Parameters
    ----------
    call
        The call, as it was recorded.
    seed
        The key of the random cotangent.
    """

    def __init__(self, call: Call, seed: int) -> None:
        self.call = call
        self.tree: Tree = flatten(call.inputs)
        self.places = {name: i for i, name in enumerate(self.tree.names) if name in call.moved}
        # Parameters of inner modules too: its own forward may use them without calling these.
        named = call.module.named_parameters(remove_duplicate=False)
        trained = {name: parameter for name, parameter in named if parameter.requires_grad}
        self.trained = {(f"{name} (parameter)" if name in self.places else name): name for name in trained}
        self.params = {name: self.tree.leaves[i] for name, i in self.places.items()}
        # All alike without a mark that a gradient is required: every one of them is judged.
        self.params |= {name: trained[own].detach() for name, own in self.trained.items()}
        outputs = [call.outputs[i] for i in call.judged]
        self.finite = [torch.isfinite(out) for out in outputs]
        self.cotangent = random_like(outputs, (seed, COTANGENT)).as_tree()

    def problem(self) -> Problem:
        """Return the check of autograd's backward through the module."""
        return Problem(self._loss, None, self.params)

    def _loss(self, tensors: dict[str, torch.Tensor]) -> torch.Tensor:
        # Always the draw of the pass: that two others agree by chance would not prove that nothing is drawn.
        self.call.put_back()
        return self._weighed(flatten(self._called(tensors)).leaves)

    def _called(self, tensors: dict[str, torch.Tensor]) -> Any:
        wide = any(tensors[name].dtype is not tensor.dtype for name, tensor in self.params.items())
        leaves = [doubled(leaf) for leaf in self.tree.leaves] if wide else list(self.tree.leaves)
        for name, place in self.places.items():
            # A copy that is no leaf: the module may work in place.
            leaves[place] = tensors[name].clone(memory_format=torch.preserve_format)
        given = self.tree.rebuild(leaves)
        module, count = self.call.module, self.call.positional
        state = {own: tensors[name] for name, own in self.trained.items()}
        fixed = [*module.named_parameters(remove_duplicate=False), *module.named_buffers(remove_duplicate=False)]
        for name, tensor in fixed:
            if name not in state:
                own = tensor.detach().clone()
                state[name] = doubled(own) if wide and tensor.dtype in WIDE else own
        args = tuple(given.values())[:count]
        kwargs = {name: value for k, (name, value) in enumerate(given.items()) if k >= count}
        return functional_call(module, state, args, kwargs, tie_weights=False)

    def _weighed(self, leaves: tuple[Any, ...]) -> torch.Tensor:
        """Return the outputs weighed by the cotangent, in double precision only if all of them have it."""
        outputs = [leaves[i] for i in self.call.judged]
        total = torch.zeros((), dtype=torch.float64)
        for out, weight, finite in zip(outputs, self.cotangent, self.finite, strict=True):
            if out.shape != finite.shape:
                text = f"The output of {self.call.name} changes its shape when its input moves."
                raise ObjectiveError(text, expected=str(tuple(finite.shape)), got=str(tuple(out.shape)))
            kept = out if bool(finite.all()) else torch.where(finite, out, torch.zeros_like(out))
            product = weight.conj().to(WIDE[weight.dtype]) * kept.to(WIDE[kept.dtype])
            total = total + (product.real if product.is_complex() else product).sum().to(total.device)
        double = all(out.dtype is WIDE[out.dtype] for out in outputs)
        return total if double else total.float()
