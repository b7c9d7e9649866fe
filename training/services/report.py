"""The report of a run: one HTML file with everything in it, for people without an account.

No script, nothing loaded from elsewhere; it prints well, so a browser makes a PDF of it.
"""

import base64
from collections.abc import Sequence
from importlib.metadata import version as version_of
from typing import TypedDict

from django.template.loader import render_to_string
from django.utils import timezone

from annotator.labels.images import ImageError, make_thumbnail
from annotator.models import Split
from annotator.models.jobs import JobState
from annotator.services.errors import ConflictError
from training.evaluation import reading
from training.evaluation.reading import Shape
from training.models import CheckpointKind, Evaluation, Run

from .evaluated_images import evaluation_folder
from .evaluation_payloads import EvaluationPayload, evaluation_payload, evaluations_for_payload
from .folds import fold_of
from .image_places import find_picture
from .payloads import run_payload
from .report_charts import HEIGHT, WIDTH, LineChart, line_chart

IMAGES_OF_A_KIND = 6
IMAGE_SIDE_PX = 560
CONFUSION_CONFIDENCE, CONFUSION_IOU = 0.25, 0.45
"""As Ultralytics draws its matrix, and as the page of results begins."""


class Outline(TypedDict):
    """``points`` are those of an SVG polygon, in pixels of the image."""

    points: str
    title: str
    is_wrong: bool


class Picture(TypedDict):
    file_name: str
    width: int
    height: int
    data: str
    words: str
    labels: list[Outline]
    predictions: list[Outline]


def report_name(run: Run) -> str:
    return f"{run.name} (run {run.pk}).html"


def make_report(run: Run) -> str:
    """Return the report as HTML. Raises ConflictError while best.pt is not evaluated on val."""
    found = evaluations_for_payload().filter(
        run=run, version=run.version, split=Split.VAL, state=JobState.FINISHED
    )
    evaluation = found.filter(checkpoint__kind=CheckpointKind.BEST).first()
    if evaluation is None:
        raise ConflictError(
            "The run has no evaluation of its best checkpoint on val (yet).",
            code="evaluation_not_finished",
        )
    told = evaluation_payload(evaluation)
    payload = run_payload(run)
    folder = evaluation_folder(evaluation)
    confidence = max(told["confidence_floor"], CONFUSION_CONFIDENCE)
    confusion = reading.read_confusion(
        folder, confidence=confidence, iou=CONFUSION_IOU, basis="mask"
    )
    context = {
        "run": payload,
        "fold": fold_of(run),
        "version": run.version,
        "evaluation": told,
        "parameters": _parameters(run),
        "software": {name: version_of(name) for name in ("ultralytics", "torch")},
        "made_at": timezone.now(),
        "checkpoint": evaluation.checkpoint,
        "confusion": confusion,
        "matrix": [
            (name, list(zip(counts, shares, strict=True)))
            for name, counts, shares in zip(
                confusion["labels"], confusion["counts"], confusion["normalised"], strict=True
            )
        ],
        "image_iou": reading.IMAGE_IOU,
        "confidence": confidence,
        "charts": _curves(evaluation),
        "losses": _losses(run),
        "width": WIDTH,
        "height": HEIGHT,
        **_pictures(evaluation, told, confidence),
    }
    return render_to_string("training/report.html", context)


def _parameters(run: Run) -> list[tuple[str, object]]:
    fixed = {name: value for name, value in run.parameters.items() if name != "arguments"}
    arguments = run.parameters.get("arguments", {})
    return [
        *((name.replace("_", " "), value) for name, value in fixed.items() if value is not None),
        *sorted(arguments.items()),
    ]


def _curves(evaluation: Evaluation) -> list[LineChart]:
    curves = reading.read_curves(evaluation_folder(evaluation))
    mask = curves["mask"]
    confidence = curves["confidence"]
    return [
        line_chart(
            "Precision over recall",
            "recall",
            curves["recall"],
            [("all classes", mask["pr"]["mean"])],
            y_max=1.0,
        ),
        line_chart(
            "Over confidence",
            "confidence",
            confidence,
            [
                ("F1", mask["f1"]["mean"]),
                ("precision", mask["precision"]["mean"]),
                ("recall", mask["recall"]["mean"]),
            ],
            y_max=1.0,
        ),
    ]


def _losses(run: Run) -> list[LineChart]:
    epochs = list(run.epoch_rows.order_by("number"))
    if not epochs:
        return []
    numbers = [float(epoch.number) for epoch in epochs]

    def losses(part: str) -> Sequence[tuple[str, list[float]]]:
        return [
            (name, [getattr(epoch, f"{part}_losses")[name] for epoch in epochs])
            for name in ("seg", "box", "cls", "dfl")
        ]

    return [
        line_chart("Losses in training", "epoch", numbers, losses("train")),
        line_chart("Losses on val", "epoch", numbers, losses("val")),
        line_chart(
            "Masks on val",
            "epoch",
            numbers,
            [
                ("mAP50", [epoch.mask["map50"] for epoch in epochs]),
                ("mAP50-95", [epoch.mask["map50_95"] for epoch in epochs]),
            ],
            y_max=1.0,
        ),
    ]


def _pictures(
    evaluation: Evaluation, told: EvaluationPayload, confidence: float
) -> dict[str, list[Picture]]:
    """The worst images and, where there are more than these, the best."""
    folder = evaluation_folder(evaluation)

    def page(offset: int, limit: int) -> list[Picture]:
        found = reading.list_images(
            folder,
            confidence=confidence,
            only="all",
            class_index=None,
            ordering="worst",
            offset=offset,
            limit=limit,
        )
        pictures = (_picture(evaluation, image, told["class_names"]) for image in found["results"])
        return [picture for picture in pictures if picture is not None]

    rest = max(0, told["image_count"] - IMAGES_OF_A_KIND)
    best = min(IMAGES_OF_A_KIND, rest)
    return {
        "worst": page(0, IMAGES_OF_A_KIND),
        "best": page(told["image_count"] - best, best)[::-1] if best else [],
    }


def _picture(
    evaluation: Evaluation, image: reading.EvaluatedImage, names: list[str]
) -> Picture | None:
    path = find_picture(evaluation, image["file_name"])
    if path is None:
        return None
    try:
        small = make_thumbnail(path.read_bytes(), side_px=IMAGE_SIDE_PX)
    except ImageError:
        return None
    words = [
        f"{image['true_positives']} right",
        f"{image['false_negatives']} missed",
        f"{image['false_positives']} false",
        f"{image['wrong_class']} wrong class",
    ]
    return {
        "file_name": image["file_name"],
        "width": image["width"],
        "height": image["height"],
        "data": base64.b64encode(small).decode(),
        "words": ", ".join(word for word in words if not word.startswith("0 ")) or "nothing in it",
        "labels": [_outline(shape, names) for shape in image["labels"]],
        "predictions": [_outline(shape, names) for shape in image["predictions"]],
    }


def _outline(shape: Shape, names: list[str]) -> Outline:
    points = shape["polygon"]
    confidence = shape["confidence"]
    told = "label" if confidence is None else f"confidence {confidence:.2f}"
    return {
        "points": " ".join(f"{x:g},{y:g}" for x, y in zip(points[::2], points[1::2], strict=True)),
        "title": f"{names[shape['class_index']]}, {told}",
        "is_wrong": shape["outcome"] != "tp",
    }
