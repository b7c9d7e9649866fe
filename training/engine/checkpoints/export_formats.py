"""The formats that a checkpoint can be exported to, and which of them this machine can make."""

import platform
from importlib.util import find_spec

from training.engine.protocol import EngineError, ExportFormatInfo

# Importable names of what a format needs to be written and to be run, and the packages they are in.
_PACKAGES: dict[str, dict[str, str]] = {
    "torchscript": {},
    "onnx": {"onnx": "onnx", "onnxslim": "onnxslim", "onnxruntime": "onnxruntime"},
    "openvino": {"openvino": "openvino"},
    "engine": {"tensorrt": "tensorrt", "onnx": "onnx", "onnxslim": "onnxslim"},
    "coreml": {"coremltools": "coremltools"},
    "litert": {"litert_torch": "litert-torch", "ai_edge_litert": "ai-edge-litert"},
}
_OTHER_NAMES = {"tflite": "litert", "tensorrt": "engine"}


def list_formats(gpus: list[str]) -> list[ExportFormatInfo]:
    """All formats, each with the reason why it cannot be made here, or ""."""
    formats: list[ExportFormatInfo] = []
    for wanted in _PACKAGES:
        # TensorRT alone needs a GPU; everything else is made on the processor.
        device = gpus[0] if wanted == "engine" and gpus else "cpu"
        try:
            check_format(wanted, device)
            reason = ""
        except EngineError as error:
            reason = error.message
        formats.append({"format": wanted, "reason": reason})
    return formats


def check_format(wanted: str, device: str) -> str:
    """Ultralytics' name of a format; ``bad_request`` where this machine cannot write and run it."""
    wanted = _OTHER_NAMES.get(wanted.lower(), wanted.lower())
    if wanted not in _PACKAGES:
        raise EngineError(
            "bad_request",
            f"There is no export to {wanted!r}.",
            f"Choose one of {', '.join(_PACKAGES)}.",
        )
    if wanted == "engine" and not device.isdigit():
        raise EngineError(
            "bad_request",
            "TensorRT engines are built for one GPU, on that GPU.",
            "Export on a worker with a GPU, or choose another format.",
        )
    missing = [
        package for module, package in _PACKAGES[wanted].items() if find_spec(module) is None
    ]
    if missing:
        raise EngineError(
            "bad_request",
            f"The export to {wanted} needs {' and '.join(missing)}, not installed on this worker.",
            f"Install it there (pip install {' '.join(missing)}), or choose another format.",
        )
    if wanted == "coreml" and platform.system() != "Darwin":
        raise EngineError(
            "bad_request",
            "Core ML models run on macOS only, so this worker could not verify one.",
            "Export on a worker on macOS, or choose another format.",
        )
    return wanted
