"""What the driver says of the GPUs, without torch (which would take memory on each of them)."""

import os
from typing import TypedDict

import pynvml

_MB = 1 << 20


class GpuLoad(TypedDict):
    utilisation_percent: float
    memory_free_mb: int


def measure_gpus() -> dict[str, GpuLoad]:
    """Return the load of each GPU by its id as torch counts it; {} where there is no driver."""
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:
        return {}
    try:
        return {str(i): _measure(handle) for i, handle in enumerate(_visible_gpus())}
    except pynvml.NVMLError:
        return {}
    finally:
        pynvml.nvmlShutdown()


def _visible_gpus() -> list[object]:
    """Return the driver's handles in torch's order: CUDA_VISIBLE_DEVICES, else all."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        names = [str(index) for index in range(pynvml.nvmlDeviceGetCount())]
    else:
        names = [name.strip() for name in visible.split(",") if name.strip()]
    return [
        pynvml.nvmlDeviceGetHandleByIndex(int(name))
        if name.isdigit()
        else pynvml.nvmlDeviceGetHandleByUUID(name)
        for name in names
    ]


def _measure(handle: object) -> GpuLoad:
    return {
        "utilisation_percent": float(pynvml.nvmlDeviceGetUtilizationRates(handle).gpu),
        "memory_free_mb": int(pynvml.nvmlDeviceGetMemoryInfo(handle).free) // _MB,
    }
