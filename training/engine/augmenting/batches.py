"""A few train batches as a run would see them, to look at before it starts.

Dataset, transforms and loader are Ultralytics' own, with the run's arguments and seed. Objects are
traced from the masks that the loss compares with. Ultralytics reads the images through links in a
folder of their own, where it writes its label cache and what it repairs, and nowhere else.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from ultralytics.cfg import get_cfg
from ultralytics.data.build import build_dataloader, build_yolo_dataset
from ultralytics.data.utils import img2label_paths
from ultralytics.models.yolo.detect.train import DetectionTrainer
from ultralytics.utils.checks import check_imgsz
from ultralytics.utils.torch_utils import init_seeds

from training.engine.emitter import Emitter
from training.engine.measuring.label_cache import list_images
from training.engine.measuring.polygons import trace_pixels
from training.engine.protocol import BatchImage, BatchObject, ClassWeight, EngineError, ShownBatch
from training.engine.requests import BatchesRequest
from training.engine.stopping import Stopping
from training.engine.training.arguments import check_arguments
from training.engine.training.data_checks import read_data
from training.engine.training.watch import started_event

MOST_BATCHES = 3
MOST_IMAGES = 16
"""Of one batch."""
MOST_SOURCES = 400
"""Images that mosaic, mixup, cutmix and copy-paste draw from."""
_STRIDE = 32
_USUAL_BATCH = 16
_JPEG_QUALITY = 85


class _Sources(NamedTuple):
    """``folder``: of images as Ultralytics takes it; ``names``: of the images behind its links."""

    folder: Path
    names: dict[str, str]
    total: int


class _Drawn(NamedTuple):
    """``is_closing``: of the last epochs, in which mosaic is off."""

    tensors: dict[str, Any]
    first_epoch: int
    last_epoch: int
    is_closing: bool


def show_batches(request: BatchesRequest, emit: Emitter, stopping: Stopping) -> None:
    """Write the images of a few batches; answer what is in them, and the weights of classes."""
    emit(started_event("cpu", "processor"))
    stopping.enter_batches()
    data = read_data(request["data_yaml"])
    args = _train_args(request)
    files = list_images(data["train"])
    files = files[: max(1, round(len(files) * args.fraction))]
    out = Path(request["out_dir"])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sources-", dir=out) as folder:
        sources = _link_sources(files, Path(folder), data=data, seed=args.seed)
        batches: list[ShownBatch] = []
        for batch in _draw_batches(args, data, sources, request):
            stopping.check(None)
            batches.append(_write_batch(batch, out, len(batches) + 1, args, sources.names))
            emit({"type": "progress", "done": len(batches), "total": request["batches"]})
    weights = _class_weights(args, files, class_count=len(data["names"]))
    emit(
        {
            "type": "finished",
            "batches": batches,
            "class_weights": weights,
            "messages": list(_messages(batches, sources, args)),
        }
    )


def _train_args(request: BatchesRequest) -> Any:
    """Ultralytics' arguments of the run. Raises ``bad_argument``."""
    own = {"task": "segment", "mode": "train", "data": request["data_yaml"], "workers": 0}
    own |= {"epochs": request["epochs"], "seed": request["seed"], "device": "cpu"}
    # Images are read once here, so a cache in memory would only cost time.
    args = get_cfg(overrides=own | check_arguments(request.get("arguments", {})) | {"cache": False})
    args.imgsz = check_imgsz(request["imgsz"], stride=_STRIDE, floor=_STRIDE, max_dim=1)
    args.batch = request["batch"] if request["batch"] >= 1 else _USUAL_BATCH
    return args


def _link_sources(files: list[str], folder: Path, *, data: dict[str, Any], seed: int) -> _Sources:
    """Links to some of the train images and their labels, in the order that a run has them in."""
    if not files:
        raise EngineError(
            "data_unreadable", "The train split has no images.", "Put images into train."
        )
    chosen = files
    if len(files) > MOST_SOURCES:
        chosen = _sample(files, seed)
    images, labels = folder / "images" / "train", folder / "labels" / "train"
    images.mkdir(parents=True)
    labels.mkdir(parents=True)
    names: dict[str, str] = {}
    for place, (file, label) in enumerate(zip(chosen, img2label_paths(chosen), strict=True)):
        link = images / f"{place:06}{Path(file).suffix}"
        link.symlink_to(Path(file).absolute())
        if Path(label).is_file():
            (labels / f"{place:06}.txt").symlink_to(Path(label).absolute())
        names[str(link)] = _name_of(Path(file), Path(str(data["path"])))
    return _Sources(images, names, len(files))


def _sample(files: list[str], seed: int) -> list[str]:
    places = np.random.default_rng(seed).choice(len(files), MOST_SOURCES, replace=False)
    return [files[place] for place in sorted(places)]


def _name_of(file: Path, root: Path) -> str:
    """Name of an image with its folders, below images/<split>/ where it lies there."""
    if file.is_relative_to(root):
        parts = file.relative_to(root).parts
        return "/".join(parts[2:] if len(parts) > 2 else parts)
    return file.name


def _draw_batches(
    args: Any, data: dict[str, Any], sources: _Sources, request: BatchesRequest
) -> Iterator[_Drawn]:
    """The first batches of a run, and one of the epochs in which mosaic is off, if it has some."""
    wanted = max(1, min(request["batches"], MOST_BATCHES))
    with_mosaic = max(0, args.epochs - args.close_mosaic)
    has_closing = with_mosaic < args.epochs
    init_seeds(args.seed, deterministic=args.deterministic)
    try:
        dataset: Any = build_yolo_dataset(
            args, str(sources.folder), args.batch, data, mode="train", stride=_STRIDE, fraction=1.0
        )
    except Exception as error:
        reason = str(error).strip().partition("\n")[0].replace(str(sources.folder), "train")
        raise EngineError(
            "data_unreadable",
            f"The train split cannot be read: {reason}",
            "Correct it in the dataset and freeze a new version.",
        ) from error
    shown = min(args.batch, MOST_IMAGES)
    loader = build_dataloader(dataset, shown, workers=0, shuffle=not dataset.rect, device="cpu")
    before = wanted - (has_closing and wanted > 1) if with_mosaic else 0
    batches = _endless(loader)
    for _ in range(before):
        yield _Drawn(_as_trained(args, next(batches)), 1, with_mosaic, is_closing=False)
    if before == wanted:
        return
    dataset.close_mosaic(hyp=copy(args))
    loader.reset()
    batches = _endless(loader)
    for _ in range(wanted - before):
        yield _Drawn(
            _as_trained(args, next(batches)), with_mosaic + 1, args.epochs, is_closing=True
        )


def _endless(loader: Any) -> Iterator[dict[str, Any]]:
    """Batches of one epoch after the other: a small split has fewer than are shown."""
    while True:
        yield from loader


def _as_trained(args: Any, batch: dict[str, Any]) -> dict[str, Any]:
    """The batch after what the trainer itself does with it: ``multi_scale`` resizes all of it."""
    trainer = SimpleNamespace(args=args, stride=_STRIDE, device=torch.device("cpu"))
    prepared: dict[str, Any] = DetectionTrainer.preprocess_batch(trainer, batch)
    return prepared


def _write_batch(
    batch: _Drawn, out: Path, number: int, args: Any, names: dict[str, str]
) -> ShownBatch:
    tensors = batch.tensors
    images: list[BatchImage] = []
    for index, tensor in enumerate(tensors["img"]):
        rgb = (tensor.numpy() * 255).round().astype(np.uint8).transpose(1, 2, 0)
        name = f"batch-{number}-{index + 1:02}.jpg"
        bgr = np.ascontiguousarray(rgb[..., ::-1])
        encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
        (out / name).write_bytes(encoded.tobytes())
        height, width = rgb.shape[:2]
        classes, masks = _masks_of(tensors, index, is_map=args.overlap_mask)
        objects = list(_trace_objects(classes, masks, size_wh=(width, height)))
        images.append(
            {
                "name": name,
                "source": names.get(str(tensors["im_file"][index]), ""),
                "width": width,
                "height": height,
                "labels": len(classes),
                "objects": objects,
            }
        )
    return {
        "first_epoch": batch.first_epoch,
        "last_epoch": batch.last_epoch,
        "is_closing": batch.is_closing,
        "images": images,
    }


def _masks_of(
    tensors: dict[str, Any], index: int, *, is_map: bool
) -> tuple[list[int], list[NDArray[np.uint8]]]:
    """Class and mask of each label of an image of the batch.

    ``is_map`` (``overlap_mask``): a batch holds one map an image, whose pixels number the labels
    from 1; else one mask a label.
    """
    mine = tensors["batch_idx"] == index
    classes = [int(value) for value in tensors["cls"][mine].flatten()]
    if is_map:
        numbered = tensors["masks"][index].numpy()
        masks = [numbered == number for number in range(1, len(classes) + 1)]
    else:
        masks = list(tensors["masks"][mine].numpy() > 0)
    return classes, [mask.astype(np.uint8) for mask in masks]


def _trace_objects(
    classes: list[int], masks: list[NDArray[np.uint8]], *, size_wh: tuple[int, int]
) -> Iterator[BatchObject]:
    for class_index, mask in zip(classes, masks, strict=True):
        ring = trace_pixels(np.pad(mask, 1), offset=np.array([-1, -1]), step=1)
        if not ring:
            continue
        height, width = mask.shape
        scale = np.array([size_wh[0] / width, size_wh[1] / height])
        points = (np.array(ring).reshape(-1, 2) * scale).round(1)
        yield {"class_index": class_index, "polygon_px": points.reshape(-1).tolist()}


def _class_weights(args: Any, files: list[str], *, class_count: int) -> list[ClassWeight]:
    """What ``cls_pw`` makes of the objects of each class in train; [] where it is off."""
    if args.cls_pw == 0.0:
        return []
    counted: Counter[int] = Counter()
    for label in img2label_paths(files):
        path = Path(label)
        if path.is_file():
            rows = (line.split(maxsplit=1) for line in path.read_text().splitlines())
            counted.update(int(float(row[0])) for row in rows if row)
    counts = np.array([counted[index] for index in range(class_count)], dtype=np.float32)
    if not counts.any():
        return []
    weights = DetectionTrainer.compute_class_weights(SimpleNamespace(args=args), counts)
    weights = weights / weights.mean()
    return [
        {"class_index": index, "objects": int(count), "weight": round(float(weight), 4)}
        for index, (count, weight) in enumerate(zip(counts, weights, strict=True))
    ]


def _messages(batches: list[ShownBatch], sources: _Sources, args: Any) -> Iterator[str]:
    if sources.total > MOST_SOURCES:
        yield (
            f"Shown is drawn from {MOST_SOURCES} of the {sources.total} train images; a run draws "
            "from all."
        )
    images = [image for batch in batches for image in batch["images"]]
    labels = sum(image["labels"] for image in images)
    lost = labels - sum(len(image["objects"]) for image in images)
    if lost:
        yield (
            f"{lost} of {labels} objects have no outline here: too small for the mask, whose cells "
            f"are {args.mask_ratio} pixels wide (mask_ratio), or covered by others."
        )
