"""One model that stays loaded, and the time that each step of a batch takes."""

import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics.data.loaders import SourceTypes
from ultralytics.utils.checks import check_imgsz

from training.engine.host.environment import use_cpu_threads
from training.engine.measuring.image_stream import Pixels
from training.engine.measuring.predict import TracingPredictor, load_predictor

from .wire import RequestOptions

_PIXELS_IN_MEMORY = SourceTypes(stream=False, screenshot=False, from_img=True, tensor=False)


class _MaskClock:
    """How long a predictor has traced masks: its ``construct_results``, timed."""

    def __init__(self, predictor: TracingPredictor) -> None:
        self.seconds = 0.0
        self._construct = predictor.construct_results
        predictor.construct_results = self.construct

    def construct(self, *args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        results = self._construct(*args, **kwargs)
        self.seconds += time.perf_counter() - began
        return results


class WarmModel:
    """A model on one device. Not for several threads at once."""

    def __init__(self, path: Path, *, device: str) -> None:
        self.path = path
        self.device = device
        self._loaded: dict[bool, tuple[TracingPredictor, _MaskClock]] = {}
        self._get(half=False)

    def is_batched(self) -> bool:
        """Whether it computes several images at once; an exported one was made for one."""
        predictor, _ = self._get(half=False)
        return bool(predictor.batch_size(2) > 1)

    def _get(self, *, half: bool) -> tuple[TracingPredictor, _MaskClock]:
        if half not in self._loaded:
            predictor = _load(self.path, device=self.device, half=half)
            self._loaded[half] = (predictor, _MaskClock(predictor))
        return self._loaded[half]

    def predict(
        self, pictures: list[Pixels], options: RequestOptions
    ) -> tuple[list[list[Any]], float, float]:
        """Return the instances of each picture, and the seconds of the model and of the masks.

        The pictures have one shape: none is padded for the sake of another.
        """
        predictor, masks = self._get(half=options["half"] and self.device != "cpu")
        _set_options(predictor, options)
        predictor.batch = ([""] * len(pictures), pictures, [""] * len(pictures))
        masks.seconds = 0.0
        began = time.perf_counter()
        with torch.inference_mode():
            inputs = predictor.preprocess(pictures)
            outputs = predictor.inference(inputs)
            results = predictor.postprocess(outputs, inputs, pictures)
        self._synchronise()
        whole = time.perf_counter() - began
        return [result.instances for result in results], whole - masks.seconds, masks.seconds

    def warm_up(self, options: RequestOptions) -> None:
        """Compute once, so that the first request does not wait for kernels to be chosen."""
        side = max(32, options["imgsz"])
        self.predict([np.zeros((side, side, 3), np.uint8)], options)

    def _synchronise(self) -> None:
        if self.device.isdigit():
            torch.cuda.synchronize(int(self.device))


def _load(path: Path, *, device: str, half: bool) -> TracingPredictor:
    predictor = load_predictor(
        {
            "checkpoint": str(path),
            "conf": 0.25,
            "iou": 0.7,
            "imgsz": 640,
            "half": half,
            "device": device,
        },
        lambda event: None,  # type: ignore[arg-type]
    )
    predictor.source_type = _PIXELS_IN_MEMORY
    if device == "cpu":
        use_cpu_threads()
    return predictor


def _set_options(predictor: TracingPredictor, options: RequestOptions) -> None:
    """What ``BasePredictor.setup_source`` does for each call, without making a loader."""
    arguments = predictor.args
    for name in ("conf", "iou", "classes", "max_det", "retina_masks"):
        setattr(arguments, name, options[name])
    model = predictor.model
    is_fixed = hasattr(model, "imgsz") and not getattr(model, "dynamic", False)
    arguments.imgsz = model.imgsz if is_fixed else options["imgsz"]
    predictor.imgsz = check_imgsz(arguments.imgsz, stride=model.stride, min_dim=2)
