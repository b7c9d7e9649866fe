"""What the engine process is asked and what it answers. Imports neither torch nor Ultralytics.

The caller starts ``python -m training.engine <train|evaluate|predict|devices>``, writes one JSON
object to its standard input, closes it, and reads JSON lines from its standard output. Each line is
an event with a ``type``. Whatever libraries print goes to standard error, which the caller keeps as
the log.

SIGTERM asks the engine to stop at the next batch: it answers ``cancelled`` and exits with 0; what
was saved stays. After ``failed`` it exits with 1. A non-zero exit without ``failed`` is a crash:
show the log's end.

Units: coordinates are pixels of the stored image (origin: the top-left corner of the top-left
pixel), times are seconds, memory is MB (2**20 bytes), epochs count from 1.
"""

import json
import os
import sys
import threading
from typing import Any, Literal, NotRequired, TextIO, TypedDict

from training.evaluation.figures import BestConfidence, ClassMetrics, MetricSet

Split = Literal["train", "val", "test"]
FailureCode = Literal[
    "bad_request",
    "bad_device",
    "weights_missing",
    "checkpoint_unreadable",
    "data_unreadable",
    "out_of_memory",
    "loss_not_finite",
    "disk_full",
    "unexpected",
]


class Losses(TypedDict):
    """Ultralytics' loss terms; 0 where a model has no such term."""

    box: float
    seg: float
    cls: float
    dfl: float


class EngineRequest(TypedDict):
    """Common to all requests.

    ``config_dir``: folder for Ultralytics' settings and fonts, else the variable YOLO_CONFIG_DIR,
    else a folder in the system's temporary directory.
    """

    config_dir: NotRequired[str]


class TrainRequest(EngineRequest):
    """One run.

    ``model``: ``yolov8n-seg.yaml`` (from scratch), ``yolov8n-seg.pt`` (pretrained, looked up in
    ``weights_dir``), or the path of an earlier checkpoint. ``resume`` goes on from
    ``<run_dir>/weights/last.pt``. ``lr0``: null leaves optimizer and learning rate to Ultralytics;
    a number trains with AdamW at that rate.
    """

    data_yaml: str
    model: str
    resume: bool
    epochs: int
    imgsz: int
    batch: int
    device: str
    seed: int
    patience: int
    lr0: float | None
    workers: int
    run_dir: str
    weights_dir: str
    allow_download: bool


class EvaluateRequest(EngineRequest):
    """Evaluate a checkpoint on a split; writes in ``out_dir`` what ``training.evaluation``
    reads."""

    checkpoint: str
    data_yaml: str
    split: Split
    imgsz: int
    batch: int
    device: str
    out_dir: str


class PredictImage(TypedDict):
    key: str
    path: str


class PredictRequest(EngineRequest):
    """``conf``: confidence floor; ``iou``: IoU above which non-maximum suppression drops the weaker
    box."""

    checkpoint: str
    images: list[PredictImage]
    conf: float
    iou: float
    imgsz: int
    device: str
    batch: NotRequired[int]


class StartedEvent(TypedDict):
    type: Literal["started"]
    device: str
    device_name: str
    torch: str
    ultralytics: str


class BatchEvent(TypedDict):
    """At most two a second. ``batch`` counts from 1 to ``batches`` within the epoch."""

    type: Literal["batch"]
    epoch: int
    batch: int
    batches: int
    losses: Losses
    eta_seconds: float
    gpu_memory_mb: float | None


class EpochEvent(TypedDict):
    type: Literal["epoch"]
    epoch: int
    epochs: int
    train: Losses
    val: Losses
    box: MetricSet
    mask: MetricSet
    learning_rate: float
    seconds: float


class CheckpointEvent(TypedDict):
    """A checkpoint file was written whole (it is renamed into place)."""

    type: Literal["checkpoint"]
    kind: Literal["best", "last"]
    path: str
    epoch: int


class WarningEvent(TypedDict):
    type: Literal["warning"]
    message: str


class TrainFinishedEvent(TypedDict):
    """``box`` and ``mask`` are those of best.pt, validated once more at the end of the run."""

    type: Literal["finished"]
    best: str
    last: str
    best_epoch: int
    epochs_done: int
    box: MetricSet
    mask: MetricSet


class ProgressEvent(TypedDict):
    type: Literal["progress"]
    done: int
    total: int


class EvaluateFinishedEvent(TypedDict):
    type: Literal["finished"]
    image_count: int
    instance_count: int
    box: MetricSet
    mask: MetricSet
    per_class: list[ClassMetrics]
    confidence_floor: float
    best_confidence: BestConfidence


class PredictedInstance(TypedDict):
    """``polygon_px``: one flat ring x1, y1, x2, y2, …; several parts are joined by zero-width
    bridges."""

    class_index: int
    confidence: float
    polygon_px: list[float]
    box_xyxy: list[float]


class ImageEvent(TypedDict):
    """One per requested image. ``error`` is "" or a sentence; then there are no instances and no
    size."""

    type: Literal["image"]
    key: str
    width: int
    height: int
    instances: list[PredictedInstance]
    error: str


class PredictFinishedEvent(TypedDict):
    type: Literal["finished"]
    image_count: int
    instance_count: int
    failed_count: int
    class_names: list[str]


class DeviceInfo(TypedDict):
    """``id`` is what a request's ``device`` takes: "cpu", "mps", "0", "1" …"""

    id: str
    kind: Literal["cpu", "gpu"]
    name: str
    memory_total_mb: int | None
    memory_free_mb: int | None


class DevicesEvent(TypedDict):
    type: Literal["devices"]
    devices: list[DeviceInfo]
    torch: str
    ultralytics: str
    python: str


class CancelledEvent(TypedDict):
    type: Literal["cancelled"]


class FailedEvent(TypedDict):
    """``message`` says what happened, ``hint`` what a person can do about it."""

    type: Literal["failed"]
    code: FailureCode
    message: str
    hint: str


Event = (
    StartedEvent
    | BatchEvent
    | EpochEvent
    | CheckpointEvent
    | WarningEvent
    | TrainFinishedEvent
    | ProgressEvent
    | EvaluateFinishedEvent
    | ImageEvent
    | PredictFinishedEvent
    | DevicesEvent
    | CancelledEvent
    | FailedEvent
)


class EngineError(Exception):
    """A failure with a sentence for a person; becomes a ``failed`` event."""

    def __init__(self, code: FailureCode, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code: FailureCode = code
        self.message = message
        self.hint = hint

    def as_event(self) -> FailedEvent:
        return {
            "type": "failed",
            "code": self.code,
            "message": self.message,
            "hint": self.hint,
        }


class Emitter:
    """Writes events as JSON lines; safe to call from several threads.

    ``parent_gone`` turns true when nobody reads any more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self.parent_gone = False

    def __call__(self, event: Event) -> None:
        # NaN and Infinity are not JSON: a loss may be either, and a browser would choke on it.
        line = json.dumps(_finite(event), ensure_ascii=False, allow_nan=False)
        with self._lock:
            if self.parent_gone:
                return
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (BrokenPipeError, ValueError):
                self.parent_gone = True


def take_over_stdout() -> Emitter:
    """Keep the original standard output for events and send file descriptor 1 to standard error.

    Done on the descriptor, not on ``sys.stdout``, so C libraries' prints cannot break it either.
    """
    sys.stdout.flush()
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return Emitter(events)


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0.0 else 0.0
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
