"""An export against its checkpoint: figures, what each image shows, speed, size.

Both were evaluated before, on the same images at one size; here their evaluation folders are read
image by image, and both predict some images in turn to measure their speed.
"""

import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, cast

from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.checkpoints.agreement import Agreement, match_shapes
from training.engine.host.environment import use_cpu_threads
from training.engine.protocol import (
    FoundShape,
    MeasuredExport,
    MeasuredModel,
    MeasuredSpeed,
    WorstImage,
)
from training.engine.stopping import Stopping
from training.evaluation.files.store import (
    ImageRecord,
    read_line_starts,
    read_records,
    read_summary,
)

from .predict import TracingPredictor, read_picture

SHOWN_CONFIDENCE = 0.25
"""Instances from here on are compared image by image: Ultralytics' default for predictions."""

MOST_SHOWN = 100
"""Instances of each model that the worst image keeps."""

TIMED_IMAGES = 30
_WARM_UP = 3
_IOU = 0.7


def certify(
    checkpoint: Path,
    exported: Path,
    *,
    reference: Path,
    evaluated: Path,
    images: list[str],
    imgsz: int,
    device: str,
    device_name: str,
    stopping: Stopping,
) -> MeasuredExport:
    """Compare two evaluation folders (``reference``: the checkpoint's) and measure both models."""
    worst: _Place | None = None
    matched = total = 0
    for place in _places(reference, evaluated):
        found = place.agreement
        matched += 2 * len(found.pairs)
        total += 2 * len(found.pairs) + found.missing + found.extra
        if worst is None or found.iou < worst.agreement.iou:
            worst = place
    timed = images[:: max(1, -(-len(images) // TIMED_IMAGES))]
    speeds, count = _measure_speeds(
        (checkpoint, exported), timed, imgsz=imgsz, device=device, stopping=stopping
    )
    return {
        "image_count": len(images),
        "image_size": imgsz,
        "device_name": device_name,
        "timed_images": count,
        "agreement": round(matched / total, 5) if total else 1.0,
        "checkpoint": _measured(reference, speeds[0], checkpoint),
        "export": _measured(evaluated, speeds[1], exported),
        "worst_image": None if worst is None else _worst_image(worst),
    }


class _Place(NamedTuple):
    """One image of both evaluations."""

    place: int
    record: ImageRecord
    before: list[FoundShape]
    after: list[FoundShape]
    agreement: Agreement


def _places(reference: Path, evaluated: Path) -> Iterator[_Place]:
    starts = [read_line_starts(folder) for folder in (reference, evaluated)]
    for index in range(len(starts[0]) - 1):
        one, two = (
            read_records(folder, [index], line_starts=begin)[0]
            for folder, begin in zip((reference, evaluated), starts, strict=True)
        )
        before, after = _shown(one), _shown(two)
        yield _Place(index, one, before, after, match_shapes(before, after))


def _shown(record: ImageRecord) -> list[FoundShape]:
    return [
        {
            "class_index": item["class_index"],
            "confidence": item["confidence"],
            "polygon": item["polygon"],
        }
        for item in record["predictions"]
        if item["confidence"] >= SHOWN_CONFIDENCE
    ]


def _worst_image(place: _Place) -> WorstImage:
    agreement = place.agreement
    return {
        "key": str(place.place),
        "width": place.record["width"],
        "height": place.record["height"],
        "iou": round(agreement.iou, 4),
        "matched": len(agreement.pairs),
        "missing": agreement.missing,
        "extra": agreement.extra,
        "reason": _reason(agreement),
        "checkpoint": place.before[:MOST_SHOWN],
        "export": place.after[:MOST_SHOWN],
    }


def _reason(agreement: Agreement) -> str:
    told = []
    if agreement.missing:
        told.append(f"the export misses {_objects(agreement.missing)} that the checkpoint finds")
    if agreement.extra:
        told.append(f"the export finds {_objects(agreement.extra)} that the checkpoint does not")
    if agreement.pairs and not told:
        least = min(iou for iou, _, _ in agreement.pairs)
        told.append(f"the masks of one object overlap by IoU {least:.3f}, the others by more")
    if not told:
        return "Neither finds an object on any image at this confidence."
    text = " and ".join(told)
    return f"{text[0].upper()}{text[1:]}."


def _objects(count: int) -> str:
    return "one object" if count == 1 else f"{count} objects"


def _measured(folder: Path, speed: MeasuredSpeed, model: Path) -> MeasuredModel:
    summary = read_summary(folder)
    mask = summary["mask"] if summary["instance_count"] else None
    return {
        "map50_95": None if mask is None else round(mask["map50_95"], 5),
        "map50": None if mask is None else round(mask["map50"], 5),
        "instance_count": summary["instance_count"],
        "speed": speed,
        "size_bytes": size_bytes(model),
    }


def _measure_speeds(
    models: tuple[Path, Path], images: list[str], *, imgsz: int, device: str, stopping: Stopping
) -> tuple[list[MeasuredSpeed], int]:
    """Let both predict the same images in turn, so that what else the machine does meets both."""
    predictors = [_predictor(model, imgsz=imgsz, device=device) for model in models]
    taken: list[list[dict[str, float]]] = [[], []]
    for file in images:
        stopping.check()
        picture = read_picture(file)
        if picture is None:
            continue
        if not taken[0]:
            for predictor in predictors * _WARM_UP:
                predictor([picture])
        order = (0, 1) if len(taken[0]) % 2 == 0 else (1, 0)
        for number in order:
            taken[number].append(predictors[number]([picture])[0].speed)
    return [_median(speeds) for speeds in taken], len(taken[0])


def _median(speeds: list[dict[str, float]]) -> MeasuredSpeed:
    return cast(
        MeasuredSpeed,
        {
            f"{part}_ms": round(statistics.median(speed[part] for speed in speeds), 3)
            if speeds
            else 0.0
            for part in ("preprocess", "inference", "postprocess")
        },
    )


def _predictor(model: Path, *, imgsz: int, device: str) -> TracingPredictor:
    callbacks = get_default_callbacks()
    if device == "cpu":
        callbacks["on_predict_start"].append(use_cpu_threads)
    predictor = TracingPredictor(
        overrides={
            "model": str(model),
            "conf": SHOWN_CONFIDENCE,
            "iou": _IOU,
            "imgsz": imgsz,
            "device": device,
            "rect": False,
            "task": "segment",
            "save": False,
            "verbose": False,
            "mode": "predict",
        },
        _callbacks=callbacks,
    )
    predictor.setup_model(str(model), verbose=False)
    return predictor


def size_bytes(path: Path) -> int:
    """Of a file, or of all files of a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
