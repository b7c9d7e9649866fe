"""The same few pictures, predicted as the model learns, without a trace in the training.

Predicted is a copy of the averaged weights (those that checkpoints hold); the state of every
random generator and the number of threads are put back, so a run with samples ends with the same
weights as one without.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.emitter import Emitter
from training.engine.measuring.predict import TracingPredictor, read_picture
from training.engine.protocol import SampleImage
from training.engine.requests import PredictImage

_CONFIDENCE = 0.25
_IOU = 0.7


class Samples:
    """An ``on_fit_epoch_end`` callback that emits ``sample`` after each ``every`` epochs."""

    def __init__(self, images: list[PredictImage], *, every: int, emit: Emitter) -> None:
        self._images = images
        self._every = every
        self._emit = emit
        self._last_epoch = 0

    def __call__(self, trainer: Any) -> None:
        epoch = trainer.epoch + 1
        # The callback comes once more after the last epoch, for the final validation.
        if epoch % self._every or epoch <= self._last_epoch or epoch > trainer.epochs:
            return
        self._last_epoch = epoch
        try:
            with _undisturbed():
                images = self._predict(trainer)
        except RuntimeError as error:  # no memory left beside the training, say
            self._every = trainer.epochs + 1
            reason = str(error).strip().partition("\n")[0]
            message = f"The sample images could not be predicted, so there are no more: {reason}"
            self._emit({"type": "warning", "message": message})
            return
        self._emit({"type": "sample", "epoch": epoch, "images": images})

    def _predict(self, trainer: Any) -> list[SampleImage]:
        predictor = TracingPredictor(
            overrides={
                "conf": _CONFIDENCE,
                "iou": _IOU,
                "imgsz": trainer.args.imgsz,
                "rect": True,
                "device": trainer.device,
                "save": False,
                "verbose": False,
                "mode": "predict",
                "save_dir": str(trainer.save_dir),
            },
            _callbacks=get_default_callbacks(),
        )
        predictor.setup_model(trainer.ema.ema, verbose=False)  # copies it before it fuses layers
        found: list[SampleImage] = []
        for image in self._images:
            picture = read_picture(image["path"])
            if picture is None:
                continue
            found.append(
                {
                    "key": image["key"],
                    "width": picture.shape[1],
                    "height": picture.shape[0],
                    "instances": predictor([picture])[0].instances,
                }
            )
        return found


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Puts back what a prediction changes in the process."""
    threads = torch.get_num_threads()
    python_state, numpy_state = random.getstate(), np.random.get_state()
    devices = list(range(torch.cuda.device_count()))
    try:
        with torch.random.fork_rng(devices=devices):
            yield
    finally:
        random.setstate(python_state)
        np.random.set_state(numpy_state)
        torch.set_num_threads(threads)
