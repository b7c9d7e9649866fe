"""What a model has and what an image costs it: parameters and operations."""

from copy import deepcopy
from typing import Any, NamedTuple

from torch import nn
from ultralytics.utils.torch_utils import get_flops, get_num_params


class ModelCost(NamedTuple):
    """``gflops``: a billion operations an image, an addition and a product being two. None: not
    counted."""

    parameters: int | None
    gflops: float | None


def cost_of_model(model: Any, *, imgsz: int) -> ModelCost:
    """Count a loaded model's parameters and its operations on an image of ``imgsz`` squared."""
    module = _module_in(model)
    if module is None:
        return ModelCost(None, None)
    # On a copy: counting hangs counters onto the layers.
    gflops = get_flops(deepcopy(module), imgsz)
    return ModelCost(get_num_params(module) or None, round(gflops, 2) or None)


def _module_in(model: Any) -> nn.Module | None:
    """The network itself, out of the wrapper that Ultralytics runs any format by."""
    seen: set[int] = set()
    while model is not None and id(model) not in seen:
        seen.add(id(model))
        if isinstance(model, nn.Module) and hasattr(model, "stride") and hasattr(model, "yaml"):
            return model
        model = getattr(model, "model", None) or getattr(model, "backend", None)
    return None
