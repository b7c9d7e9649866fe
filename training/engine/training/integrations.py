"""Ultralytics' own loggers, those that were asked for and no others: TensorBoard and MLflow.

A logger that fails (a full disk, a server that is gone) is switched off for the rest of the run
with a warning: a run is not lost for its log.
"""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from training.engine.emitter import Emitter
from training.engine.host.environment import allow_host
from training.engine.requests import TrainRequest

from .watch import Callback

_EXPERIMENT = "Segloop"


def logger_callbacks(request: TrainRequest, emit: Emitter) -> Iterator[tuple[str, Callback]]:
    """Names of Ultralytics' events, and what the loggers do at each.

    TensorBoard's event files lie in the run folder wherever its package is installed. The drawing
    of the model's graph is left out: it takes seconds at the start of each run.
    """
    if find_spec("tensorboard"):
        from ultralytics.utils.callbacks import tensorboard

        wanted = {
            event: callback
            for event, callback in tensorboard.callbacks.items()
            if event != "on_train_start"
        }
        yield from _Logger("TensorBoard", emit).harmless(wanted)
    uri = request.get("mlflow_uri", "")
    if uri:
        yield from _mlflow(uri, request, emit)


def _mlflow(uri: str, request: TrainRequest, emit: Emitter) -> Iterator[tuple[str, Callback]]:
    if find_spec("mlflow") is None:
        message = (
            "This run is not tracked by MLflow: the package mlflow is not installed on this worker."
        )
        emit({"type": "warning", "message": message})
        return
    os.environ["MLFLOW_TRACKING_URI"] = uri
    os.environ["MLFLOW_RUN"] = Path(request["run_dir"]).name
    os.environ.setdefault("MLFLOW_EXPERIMENT_NAME", _EXPERIMENT)
    host = urlsplit(uri).hostname
    if host:
        allow_host(host)
    from ultralytics.utils.callbacks import mlflow

    yield from _Logger("MLflow", emit).harmless(mlflow.callbacks)


class _Logger:
    """Runs a logger's callbacks until one fails."""

    def __init__(self, name: str, emit: Emitter) -> None:
        self._name = name
        self._emit = emit
        self._is_broken = False

    def harmless(self, callbacks: dict[str, Callback]) -> Iterator[tuple[str, Callback]]:
        for event, callback in callbacks.items():
            yield event, self._guard(callback)

    def _guard(self, callback: Callback) -> Callback:
        def call(trainer: Any) -> None:
            if self._is_broken:
                return
            try:
                callback(trainer)
            except Exception as error:  # whatever a logger raises, the run goes on
                self._is_broken = True
                reason = str(error).strip().partition("\n")[0] or type(error).__name__
                message = f"{self._name} is switched off for the rest of this run: {reason}"
                self._emit({"type": "warning", "message": message})

        return call
