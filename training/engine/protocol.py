"""What the engine process is asked and what it answers. Imports neither torch nor Ultralytics.

The caller starts ``python -m training.engine <command>``, writes one JSON object to its standard
input, closes it, and reads JSON lines from its standard output. Each line is an event with a
``type``. Whatever libraries print goes to standard error, which the caller keeps as the log.

Signals, from the ``started`` event on:

- SIGTERM: stop at this batch. The engine answers ``cancelled`` and exits with 0; what was saved
  stays.
- SIGUSR2, in a training: stop at this batch and keep. The epoch is closed with the batches that it
  had (validated, one row in results.csv, last.pt and best.pt as usual), the final validation runs,
  and ``finished`` comes with ``stopped_early``.
- SIGUSR1: write the stacks of all threads to standard error and go on.

After ``failed`` it exits with 1. A non-zero exit without ``failed`` is a crash: show the log's end.

Units: coordinates are pixels of the stored image (origin: the top-left corner of the top-left
pixel), times are seconds, memory is MB (2**20 bytes), epochs count from 1.
"""

from typing import Any, Literal, NotRequired, TypedDict

from training.evaluation.scores.figures import BestConfidence, ClassMetrics, MetricSet, Speed
from training.evaluation.scores.operating import BestPoints

from .requests import ArgumentValue, VideoStart

FailureCode = Literal[
    "bad_request",
    "bad_device",
    "weights_missing",
    "checkpoint_unreadable",
    "data_unreadable",
    "out_of_memory",
    "loss_not_finite",
    "disk_full",
    "bad_argument",
    "checkpoint_refused",
    "not_runnable",
    "unexpected",
]


class Losses(TypedDict):
    """Ultralytics' loss terms; 0 where a model has no such term."""

    box: float
    seg: float
    cls: float
    dfl: float


class StartedEvent(TypedDict):
    type: Literal["started"]
    device: str
    device_name: str
    torch: str
    ultralytics: str


class SplitData(TypedDict):
    """What the trainer reads of one split. ``listed``: files it found; ``images``: those it uses;
    ``corrupt``: those it refused; ``backgrounds``: those of ``images`` without an instance.

    ``class_instances`` counts by class index. ``duplicates``: repeated rows that it removed;
    ``restored``: damaged JPEGs that it repaired. ``messages``: what it said of files, some.
    """

    split: Literal["train", "val"]
    listed: int
    images: int
    backgrounds: int
    corrupt: int
    instances: int
    class_instances: dict[str, int]
    duplicates: int
    restored: int
    messages: list[str]


class DataEvent(TypedDict):
    """Once, before the first batch."""

    type: Literal["data"]
    splits: list[SplitData]


class BatchEvent(TypedDict):
    """At most five a second. ``batch`` counts from 1 to ``batches`` within the epoch.

    ``learning_rate`` is that of the first parameter group; ``images_per_second`` and
    ``gpu_utilisation_percent`` are those since the event before.
    """

    type: Literal["batch"]
    epoch: int
    batch: int
    batches: int
    losses: Losses
    eta_seconds: float
    learning_rate: float
    images_per_second: float
    gpu_memory_mb: float | None
    gpu_utilisation_percent: float | None


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


class PausedEvent(TypedDict):
    """The run waits for room on the disk, and goes on by itself; it can be cancelled meanwhile."""

    type: Literal["paused"]
    code: Literal["disk_full"]
    message: str


class ResumedEvent(TypedDict):
    type: Literal["resumed"]


class SampleImage(TypedDict):
    key: str
    width: int
    height: int
    instances: list["PredictedInstance"]


class SampleEvent(TypedDict):
    """What the model of this epoch finds on the sample images that could be read."""

    type: Literal["sample"]
    epoch: int
    images: list[SampleImage]


class TrainFinishedEvent(TypedDict):
    """``box`` and ``mask`` are those of best.pt, validated once more at the end of the run.

    ``epochs_done`` counts the rows of results.csv; where ``stopped_early``, the last of them may be
    an epoch that was cut short.
    """

    type: Literal["finished"]
    best: str
    last: str
    best_epoch: int
    epochs_done: int
    stopped_early: bool
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
    ultralytics_confidence: BestConfidence
    operating: BestPoints | None
    unknown_classes: list[str]
    extra_classes: list[str]
    speed: Speed | None
    format: int
    certificate: NotRequired["MeasuredExport"]


class FoundShape(TypedDict):
    """An instance as a model found it; ``polygon`` flat, in pixels of the stored image."""

    class_index: int
    confidence: float
    polygon: list[float]


class WorstImage(TypedDict):
    """The image on which checkpoint and export agree least. ``iou``: mean mask IoU over all
    instances of either, 0 for one that only one of them found. ``reason``: a sentence.
    """

    key: str
    width: int
    height: int
    iou: float
    matched: int
    missing: int
    extra: int
    reason: str
    checkpoint: list[FoundShape]
    export: list[FoundShape]


class MeasuredSpeed(TypedDict):
    """Milliseconds an image: medians."""

    preprocess_ms: float
    inference_ms: float
    postprocess_ms: float


class MeasuredModel(TypedDict):
    """``map50_95`` of masks; null where the split has no label."""

    map50_95: float | None
    map50: float | None
    instance_count: int
    speed: MeasuredSpeed
    size_bytes: int


class MeasuredExport(TypedDict):
    """A checkpoint and its export on the same images, at one size and padded to a square both.

    ``speed`` of both is measured in one process, alternately, on ``timed_images`` images.
    ``agreement``: share of the instances of either that both found (1 where there was none).
    """

    image_count: int
    image_size: int
    device_name: str
    timed_images: int
    agreement: float
    checkpoint: MeasuredModel
    export: MeasuredModel
    worst_image: WorstImage | None


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


class VideoEvent(TypedDict):
    """Once, before the first frame. ``facts``: of ``annotator.labels.video.reading.VideoFacts``.
    ``expected``: how many frames the file promises. ``start_ms``: where its images begin on the
    file's own clock, which players show; times of frames are counted from there."""

    type: Literal["video"]
    facts: dict[str, Any]
    expected: int | None
    start_ms: int


class TrackedInstance(PredictedInstance):
    """``track``: by which the object is known in other frames; None: not followed."""

    track: int | None


class PredictedFrame(TypedDict):
    """``frame``: its number among the frames that decode, from 0. ``pts``: in the stream's own
    units."""

    frame: int
    time_ms: int
    pts: int
    width: int
    height: int
    instances: list[TrackedInstance]


class FramesEvent(TypedDict):
    """The next frames, in their order. ``start``: with what a request goes on behind them."""

    type: Literal["frames"]
    frames: list[PredictedFrame]
    start: VideoStart


class VideoFinishedEvent(TypedDict):
    """``frame_count``: frames that decode; ``end_ms``: the time of the last one. ``problems``: what
    was lost or is not as the header says, ``notes``: what a person should know; sentences."""

    type: Literal["finished"]
    frame_count: int
    predicted_count: int
    instance_count: int
    end_ms: int
    problems: list[str]
    notes: list[str]
    class_names: list[str]


class VideoFileFinishedEvent(TypedDict):
    """``notes``: what of the video could not be kept, sentences."""

    type: Literal["finished"]
    size_bytes: int
    notes: list[str]


class DeviceInfo(TypedDict):
    """``id`` is what a request's ``device`` takes: "cpu", "mps", "0", "1" …"""

    id: str
    kind: Literal["cpu", "gpu"]
    name: str
    memory_total_mb: int | None
    memory_free_mb: int | None


class ExportFormatInfo(TypedDict):
    """``format``: Ultralytics' name. ``reason``: why it cannot be made on this machine, or ""."""

    format: str
    reason: str


class DevicesEvent(TypedDict):
    type: Literal["devices"]
    devices: list[DeviceInfo]
    export_formats: list[ExportFormatInfo]
    torch: str
    ultralytics: str
    python: str


class TrainArgument(TypedDict):
    """One argument of Ultralytics' training, as its own configuration describes it.

    ``minimum``, ``maximum`` and ``choices`` are null where there is no limit (argument_rules.py);
    null is a valid value where ``default`` is null.
    """

    name: str
    default: ArgumentValue
    kind: Literal["int", "float", "bool", "str", "choice"]
    minimum: float | None
    maximum: float | None
    choices: list[bool | str] | None
    help: str
    group: str


class ArgumentsEvent(TypedDict):
    type: Literal["arguments"]
    ultralytics: str
    arguments: list[TrainArgument]


class CheckEvent(TypedDict):
    """One thing that was looked at before a run. ``detail`` is a sentence."""

    type: Literal["check"]
    name: Literal["device", "arguments", "data", "classes", "train", "val", "test", "disk", "steps"]
    ok: bool
    detail: str


class CheckFinishedEvent(TypedDict):
    """Measured on a few real batches.

    ``fits``: the requested batch fitted into memory; where not, ``batch`` is a power of two that
    did. ``seconds_per_epoch`` includes validation.
    """

    type: Literal["finished"]
    seconds_per_epoch: float
    startup_seconds: float
    peak_memory_mb: float
    memory_total_mb: int | None
    images_per_second: float
    batch: int
    fits: bool


class InspectFinishedEvent(TypedDict):
    """``base_model`` is one of ``base_models``' ids, null for a layout that Segloop does not offer;
    ``arguments`` are those that the checkpoint was trained with, where it says so."""

    type: Literal["finished"]
    task: Literal["segment"]
    base_model: str | None
    class_names: list[str]
    parameters: int
    imgsz: int
    ultralytics: str
    arguments: dict[str, ArgumentValue]


class Verified(TypedDict):
    """The exported model against the checkpoint, on the same images.

    Instances are matched by class and mask IoU (at least 0.5): ``matched`` are found by both,
    ``missing`` by the checkpoint alone, ``extra`` by the export alone. The IoUs are 1 where nothing
    was to be matched.
    """

    image_count: int
    matched: int
    mean_mask_iou: float
    worst_mask_iou: float
    max_confidence_difference: float
    missing: int
    extra: int


class ExportFinishedEvent(TypedDict):
    """``verified`` null: this machine can write the format, but not run it."""

    type: Literal["finished"]
    path: str
    format: str
    size_bytes: int
    seconds: float
    verified: Verified | None


LossKind = Literal[
    "refused",
    "restored",
    "duplicate",
    "clipped",
    "tiny_box",
    "vanishes",
    "coarse",
    "hidden",
    "covered",
    "joined_parts",
    "hole_lost",
    "resampled",
]
"""What Ultralytics does to labels: refuses an image, repairs its file, removes a repeated row,
clips an outline; a box below 2 px; a mask without a cell, one that is mostly not the object; an
object beneath smaller ones, wholly or by more than half; parts joined by a line; a hole that no
cell holds; an outline of more than 1,000 points, which is resampled."""


class Loss(TypedDict):
    """``row``: place of the label row from 0, -1 for the image itself. ``value``: pixels of
    ``tiny_box``, IoU of ``coarse``, what is seen of ``covered``, the image size that ``vanishes``
    needs, how many parts or points."""

    kind: LossKind
    row: int
    value: float
    detail: str


class LossesEvent(TypedDict):
    """What is lost of one image; ``path`` in the version's folder."""

    type: Literal["losses"]
    path: str
    losses: list[Loss]


class LossesFinishedEvent(TypedDict):
    type: Literal["finished"]
    images: int
    instances: int


class SyntheticPaste(TypedDict):
    """One pasted object: ``row`` of the label of ``source`` (from 0), where its centre went (px),
    and how it was changed."""

    class_index: int
    source: str
    row: int
    center_xy: list[float]
    scale: float
    mirrored: bool
    blend: Literal["feather", "poisson", "none"]


class SyntheticRecord(TypedDict):
    """One synthetic image, a line of ``records.jsonl``. ``ground``: the image pasted onto;
    ``pasted_rows``: which rows of its label (from 0) are pasted objects, in the order of
    ``pasted``."""

    name: str
    ground: str
    width: int
    height: int
    instances: int
    pasted_rows: list[int]
    pasted: list[SyntheticPaste]


class SyntheticClass(TypedDict):
    """``usable``: how many of the ``objects`` in train can be cut out; ``reasons``: how many of the
    others are "small", at the "border", "covered", a "box", or in too "large" an image."""

    class_index: int
    objects: int
    usable: int
    reasons: dict[str, int]
    pasted: int


class SynthesiseFinishedEvent(TypedDict):
    """``messages``: sentences about what could not be done."""

    type: Literal["finished"]
    images: int
    classes: list[SyntheticClass]
    messages: list[str]


class BatchObject(TypedDict):
    """``polygon_px``: a flat ring with bridges, in pixels of the image, traced from the mask that
    the loss compares with."""

    class_index: int
    polygon_px: list[float]


class BatchImage(TypedDict):
    """``name``: of the file. ``source``: the image that it began with; mosaic and mixup add others.
    ``labels``: objects, also those without an outline."""

    name: str
    source: str
    width: int
    height: int
    labels: int
    objects: list[BatchObject]


class ShownBatch(TypedDict):
    """As in the epochs ``first_epoch`` to ``last_epoch``. ``is_closing``: mosaic, mixup, cutmix and
    copy-paste are off by then (``close_mosaic``)."""

    first_epoch: int
    last_epoch: int
    is_closing: bool
    images: list[BatchImage]


class ClassWeight(TypedDict):
    """How much the classification loss of a class counts (``cls_pw``); 1 is the mean."""

    class_index: int
    objects: int
    weight: float


class BatchesFinishedEvent(TypedDict):
    """``class_weights``: [] where ``cls_pw`` is 0. ``messages``: sentences about what differs."""

    type: Literal["finished"]
    batches: list[ShownBatch]
    class_weights: list[ClassWeight]
    messages: list[str]


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
    | DataEvent
    | BatchEvent
    | EpochEvent
    | CheckpointEvent
    | WarningEvent
    | TrainFinishedEvent
    | ProgressEvent
    | EvaluateFinishedEvent
    | ImageEvent
    | PredictFinishedEvent
    | VideoEvent
    | FramesEvent
    | VideoFinishedEvent
    | VideoFileFinishedEvent
    | DevicesEvent
    | PausedEvent
    | ResumedEvent
    | SampleEvent
    | ArgumentsEvent
    | CheckEvent
    | LossesEvent
    | LossesFinishedEvent
    | SynthesiseFinishedEvent
    | BatchesFinishedEvent
    | CheckFinishedEvent
    | InspectFinishedEvent
    | ExportFinishedEvent
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
