"""The formats that a checkpoint can be exported to: which this machine can write, and which run.

Imports neither torch nor Ultralytics.
"""

import platform
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from training.engine.protocol import EngineError, ExportFormatInfo

_ONNX = {"onnx": "onnx", "onnxslim": "onnxslim", "onnxruntime": "onnxruntime"}
_OPENVINO = {"openvino": "openvino"}


class ModelFormat(NamedTuple):
    """``argument`` and ``quantize`` as Ultralytics' exporter takes them. ``packages``: importable
    name → package, of what writes the format and verifies it here."""

    argument: str
    packages: dict[str, str]
    quantize: int | None = None


FORMATS: dict[str, ModelFormat] = {
    "torchscript": ModelFormat("torchscript", {}),
    "onnx": ModelFormat("onnx", _ONNX),
    "onnx_fp16": ModelFormat("onnx", _ONNX, 16),
    "onnx_int8": ModelFormat("onnx", _ONNX, 8),
    "openvino": ModelFormat("openvino", _OPENVINO),
    "openvino_int8": ModelFormat("openvino", {**_OPENVINO, "nncf": "nncf"}, 8),
    "engine": ModelFormat(
        "engine", {"tensorrt": "tensorrt", "onnx": "onnx", "onnxslim": "onnxslim"}
    ),
    "coreml": ModelFormat("coreml", {"coremltools": "coremltools"}),
    "tflite": ModelFormat(
        "litert", {"litert_torch": "litert-torch", "ai_edge_litert": "ai-edge-litert"}
    ),
    "ncnn": ModelFormat("ncnn", {"ncnn": "ncnn", "pnnx": "pnnx"}),
}
_OTHER_NAMES = {"litert": "tflite", "tensorrt": "engine"}

# The end of a file's or folder's name → the packages that run it.
_RUNTIMES: dict[str, dict[str, str]] = {
    ".torchscript": {},
    ".onnx": {"onnx": "onnx", "onnxruntime": "onnxruntime"},
    "_openvino_model": _OPENVINO,
    ".engine": {"tensorrt": "tensorrt"},
    ".mlpackage": {"coremltools": "coremltools"},
    ".tflite": {"ai_edge_litert": "ai-edge-litert"},
    "_ncnn_model": {"ncnn": "ncnn"},
}


def list_formats(gpus: list[str]) -> list[ExportFormatInfo]:
    """All formats, each with the reason why it cannot be made here, or ""."""
    formats: list[ExportFormatInfo] = []
    for wanted in FORMATS:
        # TensorRT alone needs a GPU; everything else is made on the processor.
        device = gpus[0] if wanted == "engine" and gpus else "cpu"
        try:
            check_format(wanted, device)
            reason = ""
        except EngineError as error:
            reason = f"{error.message} {error.hint}"
        formats.append({"format": wanted, "reason": reason})
    return formats


def check_format(wanted: str, device: str) -> str:
    """Segloop's name of a format; ``bad_request`` where this machine cannot write it."""
    wanted = _OTHER_NAMES.get(wanted.lower(), wanted.lower())
    if wanted not in FORMATS:
        raise EngineError(
            "bad_request",
            f"There is no export to {wanted!r}.",
            f"Choose one of {', '.join(FORMATS)}.",
        )
    if wanted == "engine" and not device.isdigit():
        raise EngineError(
            "bad_request",
            "TensorRT engines are built for one GPU, on that GPU.",
            "Export on a worker with a GPU, or choose another format.",
        )
    if missing := _missing(FORMATS[wanted].packages):
        raise EngineError(
            "bad_request",
            f"The export to {wanted} needs {' and '.join(missing)}, not installed on this worker.",
            f"Install it there (pip install {' '.join(missing)}), or choose another format.",
        )
    return wanted


def check_runnable(path: Path, device: str) -> None:
    """``not_runnable`` where this machine cannot load and run an exported model."""
    end = next((end for end in _RUNTIMES if path.name.endswith(end)), None)
    if end is None:
        raise not_runnable(f"{path.name} is of no format that is known here")
    if end == ".engine" and not device.isdigit():
        raise not_runnable("TensorRT engines run on the GPU that they were built for")
    if end == ".mlpackage" and platform.system() != "Darwin":
        raise not_runnable("Core ML models run on macOS only")
    if missing := _missing(_RUNTIMES[end]):
        raise not_runnable(f"{' and '.join(missing)} is not installed on this worker")


def not_runnable(reason: str) -> EngineError:
    return EngineError(
        "not_runnable",
        f"{reason}.",
        "Use it on a machine that can run it, or choose another format.",
    )


def _missing(packages: dict[str, str]) -> list[str]:
    return [package for module, package in packages.items() if find_spec(module) is None]
