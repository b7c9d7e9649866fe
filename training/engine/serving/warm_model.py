"""One model that stays loaded, and the time that each step of a batch takes."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics.data.loaders import SourceTypes
from ultralytics.utils.callbacks import get_default_callbacks
from ultralytics.utils.checks import check_imgsz

from training.engine.host.environment import use_cpu_threads
from training.engine.measuring.predict import Pixels, TracingPredictor

from .wire import RequestOptions

_PIXELS_IN_MEMORY = SourceTypes(stream=False, screenshot=False, from_img=True, tensor=False)


class _TimedPredictor(TracingPredictor):
    """Knows how long it has traced masks."""

    mask_seconds = 0.0

    def construct_results(self, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        results = super().construct_results(*args, **kwargs)
        self.mask_seconds += time.perf_counter() - began
        return results


class WarmModel:
    """A model on one device. Not for several threads at once."""

    def __init__(self, path: Path, *, device: str) -> None:
        self.path = path
        self.device = device
        self._predictors = {False: _load(path, device=device, half=False)}

    def is_batched(self) -> bool:
        """Whether it computes several images at once; an exported one was made for one."""
        model = self._predictors[False].model
        return bool(getattr(model, "format", "") == "pt" or getattr(model, "dynamic", False))

    def _predictor(self, *, half: bool) -> _TimedPredictor:
        if half not in self._predictors:
            self._predictors[half] = _load(self.path, device=self.device, half=half)
        return self._predictors[half]

    def predict(
        self, pictures: list[Pixels], options: RequestOptions
    ) -> tuple[list[list[Any]], float, float]:
        """Return the instances of each picture, and the seconds of the model and of the masks.

        The pictures have one shape: none is padded for the sake of another.
        """
        predictor = self._predictor(half=options["half"] and self.device != "cpu")
        _set_options(predictor, options)
        predictor.batch = ([""] * len(pictures), pictures, [""] * len(pictures))
        predictor.mask_seconds = 0.0
        began = time.perf_counter()
        with torch.inference_mode():
            inputs = predictor.preprocess(pictures)
            outputs = predictor.inference(inputs)
            results = predictor.postprocess(outputs, inputs, pictures)
        self._synchronise()
        whole = time.perf_counter() - began
        masks = predictor.mask_seconds
        return [result.instances for result in results], whole - masks, masks

    def warm_up(self, options: RequestOptions) -> None:
        """Compute once, so that the first request does not wait for kernels to be chosen."""
        side = max(32, options["imgsz"])
        self.predict([np.zeros((side, side, 3), np.uint8)], options)

    def _synchronise(self) -> None:
        if self.device.isdigit():
            torch.cuda.synchronize(int(self.device))


def _load(path: Path, *, device: str, half: bool) -> _TimedPredictor:
    predictor = _TimedPredictor(
        overrides={
            "model": str(path),
            "rect": True,  # as ``yolo predict``: no more padding than the strides need
            "device": device,
            "quantize": 16 if half else None,
            "save": False,
            "verbose": False,
            "mode": "predict",
        },
        _callbacks=get_default_callbacks(),
    )
    predictor.setup_model(str(path), verbose=False)
    predictor.source_type = _PIXELS_IN_MEMORY
    if device == "cpu":
        use_cpu_threads()
    return predictor


def _set_options(predictor: _TimedPredictor, options: RequestOptions) -> None:
    """What :meth:`BasePredictor.setup_source` does for each call, without making a loader."""
    arguments = predictor.args
    for name in ("conf", "iou", "classes", "max_det", "augment"):
        setattr(arguments, name, options[name])
    model = predictor.model
    is_fixed = hasattr(model, "imgsz") and not getattr(model, "dynamic", False)
    arguments.imgsz = model.imgsz if is_fixed else options["imgsz"]
    predictor.imgsz = check_imgsz(arguments.imgsz, stride=model.stride, min_dim=2)
