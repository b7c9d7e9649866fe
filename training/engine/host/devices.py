"""The devices this machine can compute on."""

import platform
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from training.engine.checkpoints.export_formats import list_formats
from training.engine.emitter import Emitter
from training.engine.protocol import DeviceInfo, DevicesEvent, EngineError
from training.engine.requests import DevicesRequest
from training.engine.stopping import Stopping

_MB = 1 << 20


def list_devices() -> list[DeviceInfo]:
    """The processor first, then the GPUs that torch can use."""
    import psutil
    import torch

    memory = psutil.virtual_memory()
    devices: list[DeviceInfo] = [
        {
            "id": "cpu",
            "kind": "cpu",
            "name": cpu_name(),
            "memory_total_mb": memory.total // _MB,
            "memory_free_mb": memory.available // _MB,
        }
    ]
    for index in range(torch.cuda.device_count()):
        properties = torch.cuda.get_device_properties(index)
        devices.append(
            {
                "id": str(index),
                "kind": "gpu",
                "name": properties.name,
                "memory_total_mb": properties.total_memory // _MB,
                "memory_free_mb": _free_gpu_memory_mb(str(properties.uuid)),
            }
        )
    if torch.backends.mps.is_available():
        devices.append(
            {
                "id": "mps",
                "kind": "gpu",
                "name": "Apple GPU (Metal)",
                "memory_total_mb": None,
                "memory_free_mb": None,
            }
        )
    return devices


def report_devices(request: DevicesRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer the ``devices`` command, and on request the ``arguments`` command after it."""
    import torch
    import ultralytics

    devices = list_devices()
    event: DevicesEvent = {
        "type": "devices",
        "devices": devices,
        "export_formats": list_formats([item["id"] for item in devices if item["id"].isdigit()]),
        "torch": str(torch.__version__),
        "ultralytics": ultralytics.__version__,
        "python": platform.python_version(),
    }
    emit(event)
    if request.get("arguments"):
        from training.engine.training.arguments import report_arguments

        report_arguments(request, emit, stopping)


def check_device(device: str) -> str:
    """The name of a device, or ``bad_device`` with what there is instead."""
    devices = {entry["id"]: entry["name"] for entry in list_devices()}
    if device in devices:
        return devices[device]
    gpus = [name for name in devices if name != "cpu"]
    there_is = f"Choose the processor or GPU {', '.join(gpus)}." if gpus else "There is no GPU."
    raise EngineError(
        "bad_device",
        f"This machine has no device {device!r}.",
        f"{there_is} Runs can train on the processor (device cpu).",
    )


def check_devices(devices: str) -> str:
    """The names of the devices of a training, "0,1" say, or ``bad_device``."""
    return ", ".join(check_device(device) for device in devices.split(","))


def gpu_memory_mb(device: str) -> float | None:
    """Memory that this process holds on its (first) GPU; none on the processor."""
    import torch

    device = device.partition(",")[0]
    return torch.cuda.memory_reserved(int(device)) / _MB if device.isdigit() else None


def gpu_utilisation_percent(device: str) -> float | None:
    """Share of the last moment in which the (first) GPU computed; none where nobody knows."""
    import torch

    device = device.partition(",")[0]
    if not device.isdigit():
        return None
    uuid = str(torch.cuda.get_device_properties(int(device)).uuid)
    return _ask_driver(lambda nvml, gpu: float(nvml.nvmlDeviceGetUtilizationRates(gpu).gpu), uuid)


def cpu_name() -> str:
    """The processor's name as its maker writes it, else its architecture."""
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _free_gpu_memory_mb(uuid: str) -> int | None:
    """Asked of the driver: torch would have to create a context on the GPU, which costs memory."""
    free = _ask_driver(lambda nvml, gpu: float(nvml.nvmlDeviceGetMemoryInfo(gpu).free), uuid)
    return None if free is None else int(free) // _MB


def _ask_driver(question: Callable[[Any, Any], float], uuid: str) -> float | None:
    """The driver's answer about a GPU; none where it or its library is missing."""
    try:
        import pynvml
    except ImportError:
        return None
    try:
        return question(pynvml, _gpu_handle(uuid))
    except pynvml.NVMLError:
        return None


@cache
def _gpu_handle(uuid: str) -> Any:
    import pynvml

    pynvml.nvmlInit()
    return pynvml.nvmlDeviceGetHandleByUUID(
        uuid if uuid.startswith(("GPU-", "MIG-")) else f"GPU-{uuid}"
    )
