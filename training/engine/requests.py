"""What the engine process can be asked: see ``protocol`` for how, and for the answers."""

from typing import Any, Literal, NotRequired, TypedDict

Split = Literal["train", "val", "test"]
ArgumentValue = int | float | bool | str | None


class EngineRequest(TypedDict):
    """Common to all requests.

    ``config_dir``: folder for Ultralytics' settings and fonts, else the variable YOLO_CONFIG_DIR,
    else a folder in the system's temporary directory.
    """

    config_dir: NotRequired[str]


class DevicesRequest(EngineRequest):
    """``arguments``: answer that command too; most of the time of either is the import of torch."""

    arguments: NotRequired[bool]


class PredictImage(TypedDict):
    key: str
    path: str


class TrainRequest(EngineRequest):
    """One run.

    ``model``: ``yolov8n-seg.yaml`` (from scratch), ``yolov8n-seg.pt`` (pretrained, looked up in
    ``weights_dir``), or the path of an earlier checkpoint. ``resume`` goes on from
    ``<run_dir>/weights/last.pt``. ``lr0``: null leaves optimizer and learning rate to Ultralytics;
    a number trains with AdamW at that rate, or with the optimizer that ``arguments`` names.

    ``arguments``: further arguments of Ultralytics' training, checked against its own configuration
    (the command ``arguments`` lists them). ``sample_images`` are predicted after each
    ``sample_every`` epochs (0: never). ``mlflow_uri``: a tracking server to log to; the only host
    that a run may reach.
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
    arguments: NotRequired[dict[str, ArgumentValue]]
    sample_every: NotRequired[int]
    sample_images: NotRequired[list[PredictImage]]
    mlflow_uri: NotRequired[str]


class CheckRequest(TrainRequest):
    """Train for ``steps`` batches without keeping anything."""

    steps: int


class EvaluateRequest(EngineRequest):
    """Evaluate a checkpoint on a split; writes in ``out_dir`` what ``training.evaluation``
    reads.

    ``exported``: an exported model of ``checkpoint``. It is evaluated in the checkpoint's place,
    and the checkpoint beside it at the same size: the answer carries ``certificate``. ``rect``
    false: pad every image to a square, as an export of fixed size needs it.
    """

    checkpoint: str
    exported: NotRequired[str]
    rect: NotRequired[bool]
    data_yaml: str
    split: Split
    imgsz: int
    batch: int
    device: str
    out_dir: str


class Tile(TypedDict):
    """``size``: side in pixels of the image, "auto" for the model's image size. ``overlap``: the
    share of a tile that its neighbour sees too."""

    size: int | Literal["auto"]
    overlap: float


class PredictOptions(EngineRequest):
    """What every prediction needs, with Ultralytics' names and meanings.

    ``checkpoint``: a .pt, or a file or folder of an exported model. ``conf``: confidence floor;
    ``iou``: IoU above which non-maximum suppression drops the weaker box. ``classes``: indices of
    those to find; null: all. ``max_det``: most objects of an image, else 300. ``retina_masks``:
    trace every pixel's edge, however large the object. ``half``: 16-bit floats, on a GPU only.
    ``augment`` is refused: Ultralytics has it for no segmentation model. ``tile``: look at large
    images tile by tile as well (tiling.py).
    """

    checkpoint: str
    conf: float
    iou: float
    imgsz: int
    device: str
    batch: NotRequired[int]
    classes: NotRequired[list[int] | None]
    max_det: NotRequired[int | None]
    retina_masks: NotRequired[bool]
    augment: NotRequired[bool]
    half: NotRequired[bool]
    tile: NotRequired[Tile | None]


class PredictRequest(PredictOptions):
    """Either ``images``, or ``images_file``: a file with one PredictImage as JSON in each line,
    read line by line as the images are predicted. ``total``: number of its lines, where known."""

    images: NotRequired[list[PredictImage]]
    images_file: NotRequired[str]
    total: NotRequired[int]


class VideoStart(TypedDict):
    """The last frame that was kept, and what the next one depends on. ``pts``: its time in the
    stream's own units; None: it is found by its number. ``damaged``: what did not decode up to it.
    ``tracker``: the state of the tracker after it."""

    frame: int
    pts: int | None
    damaged: int
    tracker: dict[str, Any] | None


class VideoRequest(PredictOptions):
    """Predict on every ``every_nth`` frame of a video, behind ``start`` where there is one.

    ``track``: "bytetrack" or "botsort"; "": none.
    """

    video: str
    every_nth: int
    track: str
    start: VideoStart | None
    max_megapixels: float


class VideoFileRequest(EngineRequest):
    """Make ``out``, an MP4, of a video. ``drawn``: a file of JSON lines that says what is drawn
    into which frame (``annotator.labels.video.burning``); null: nothing. ``total``: frames, where
    known."""

    video: str
    out: str
    drawn: str | None
    with_boxes: bool
    total: int | None
    max_megapixels: float


class LabelLossesRequest(EngineRequest):
    """Say what a training at ``imgsz`` makes of the labels in a version's ``folder``."""

    folder: str
    class_count: int
    imgsz: int
    mask_ratio: int
    overlap_mask: bool
    single_cls: bool


class SourceImage(TypedDict):
    image: str
    label: str


class SynthesiseRequest(EngineRequest):
    """Make train images by pasting objects of the classes ``class_indices``.

    ``folder``: of a version, whose train split is read; or ``sources``. ``images``: how many new
    ones, or ``instances_per_class``: until so many objects of each class were pasted; with neither
    the answer says what could be cut out. ``blends``: those of "feather", "poisson" and "none" that
    are drawn from. ``max_per_image``: most objects pasted onto one image, else 3. ``prefix``: of
    the new names, else ``syn-<seed>``. Images, labels and ``records.jsonl`` (a SyntheticRecord a
    line) are written into ``out_dir``.
    """

    folder: NotRequired[str]
    sources: NotRequired[list[SourceImage]]
    class_names: list[str]
    class_indices: list[int]
    images: NotRequired[int]
    instances_per_class: NotRequired[int]
    seed: int
    blends: NotRequired[list[Literal["feather", "poisson", "none"]]]
    max_per_image: NotRequired[int]
    prefix: NotRequired[str]
    out_dir: str


class BatchesRequest(EngineRequest):
    """Write the images of up to three train ``batches`` into ``out_dir``, as a run with these
    ``arguments`` would see them; of 16 images at most each. Nothing else is written."""

    data_yaml: str
    epochs: int
    imgsz: int
    batch: int
    seed: int
    arguments: NotRequired[dict[str, ArgumentValue]]
    batches: int
    out_dir: str


class InspectRequest(EngineRequest):
    """Open a stranger's checkpoint with the restricted unpickler and say what it is.

    ``weights_dir``: ``checkpoint`` is the name of pretrained weights, looked up there and, where
    ``allow_download`` says so, fetched.
    """

    checkpoint: str
    weights_dir: NotRequired[str]
    allow_download: NotRequired[bool]


class ExportRequest(EngineRequest):
    """``format``: one of ``export_formats.FORMATS``: torchscript, onnx, onnx_int8, openvino …

    The exported file (or folder) is written into ``out_dir`` and has to find on ``verify_images``
    what the checkpoint finds. ``data_yaml``: formats of eight bits are calibrated on images of its
    train split.
    """

    checkpoint: str
    format: str
    imgsz: int
    device: str
    out_dir: str
    verify_images: list[PredictImage]
    data_yaml: NotRequired[str]


class ServeRequest(EngineRequest):
    """Answer requests that come over Redis (``serving.wire``) until asked to stop.

    ``name``: of this engine, unlike any other's. ``data_root``: where the paths of models begin.
    ``notice``: why it works on this device, said in each answer, or "". ``idle_seconds``: a model
    that nobody asked for so long is unloaded.
    """

    redis_url: str
    name: str
    data_root: str
    device: str
    notice: str
    idle_seconds: float
