"""The report of a run: everything in one HTML file or one PDF, for people without an account.

:func:`build_report` decides what is in it, down to the digits of each figure; the two templates
only lay it out. The HTML has no script and loads nothing from elsewhere. The PDF is set by Typst in
a process of its own (:mod:`training.typesetting`).
"""

import base64
import json
import threading
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TypedDict

from django.conf import settings
from django.template.defaultfilters import date as format_date
from django.template.loader import get_template, render_to_string
from django.utils import timezone

from annotator.labels.images import ImageError, make_thumbnail
from annotator.models import Split
from annotator.models.jobs import JobState
from annotator.services.child_process import ChildFailedError, run_module
from annotator.services.errors import ConflictError, UnavailableError
from training.evaluation import reading
from training.evaluation.operating import IOU, MATCH_RULE, ChosenPoint, Rate
from training.evaluation.reading import Confusion, Shape
from training.models import CheckpointKind, Evaluation, Run

from .evaluated_images import evaluation_folder
from .evaluation_payloads import EvaluationPayload, evaluation_payload, evaluations_for_payload
from .folds import fold_of
from .image_places import find_picture
from .report_charts import LineChart, line_chart, printable
from .shown_figures import figure_words

IMAGES_OF_A_KIND = 6
IMAGE_SIDE_PX = 560
PICTURE_WIDTH = 270
"""What an image is wide on the page, about, in the units of its outlines' width."""

LINE_WIDTH = 2
LEAST_OF_A_LINE, LINES_ACROSS = 0.35, 6
"""An object narrower than so many lines gets a finer one that does not hide it, down to a share."""

LOSS_CHART_WIDTH = 280
"""Three stand side by side, where two of the curves do."""

PDF_SECONDS = 60
_TYPESETTERS = threading.BoundedSemaphore(2)
"""Each holds a few hundred megabytes; whoever comes third waits for its turn."""


class Outline(TypedDict):
    """A polygon as SVG has it, in pixels of the image; ``line`` is the width of its outline."""

    points: str
    title: str
    is_wrong: bool
    line: float
    dashes: str


class Drawing(TypedDict):
    """``svg`` stands alone; ``keys`` are the lines of a chart: name and colour."""

    title: str
    words: str
    svg: str
    keys: list[tuple[str, str]]


class Table(TypedDict):
    head: list[str]
    rows: list[list[str]]


class Cell(TypedDict):
    count: str
    share: float


class Matrix(TypedDict):
    """``rows``: what was predicted, with a cell for each label."""

    words: str
    labels: list[str]
    rows: list[tuple[str, list[Cell]]]


class Report(TypedDict):
    title: str
    subtitle: str
    made_by: str
    figures: list[tuple[str, str]]
    basis: str
    classes: Table
    curves: list[Drawing]
    confusion: Matrix
    losses: list[Drawing]
    position: str
    worst: list[Drawing]
    best: list[Drawing]
    facts: list[tuple[str, str]]


def report_name(run: Run, extension: str) -> str:
    return f"{run.name} (run {run.pk}).{extension}"


def make_html(run: Run) -> str:
    """Return the report as HTML. Raises ConflictError while best.pt is not evaluated on val."""
    return render_to_string("training/report.html", {"report": build_report(run)})


def make_pdf(run: Run) -> bytes:
    """Return the report as PDF. Raises ConflictError, and UnavailableError if it takes too long."""
    report = build_report(run)
    try:
        with _TYPESETTERS:
            return run_module(
                "training.typesetting",
                str(get_template("training/report.typ").origin),  # type: ignore[attr-defined]
                content=json.dumps(report, ensure_ascii=False).encode(errors="replace"),
                timeout_seconds=PDF_SECONDS,
            )
    except ChildFailedError as error:
        raise UnavailableError(
            f"The report could not be set as PDF: {error}. The report as HTML has the same in it."
        ) from error


def build_report(run: Run) -> Report:
    """Return all that a report says. Raises ConflictError while best.pt is not evaluated on val."""
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
    folder = evaluation_folder(evaluation)
    # One operating point for everything, as the results page begins.
    confidence = max(told["confidence_floor"], told["best_confidence"]["mask"])
    point = reading.read_operating(folder, confidence=confidence, iou=IOU, basis="mask")
    confusion = reading.read_confusion(folder, confidence=confidence, iou=IOU, basis="mask")
    worst, best = _pictures(evaluation, told, confidence)
    made_at = timezone.now()
    return {
        "title": run.name,
        "subtitle": _subtitle(run, made_at),
        "made_by": f"Segloop {settings.VERSION}, {format_date(made_at, 'j F Y, H:i e')}",
        "figures": _figures(told, point),
        "basis": _basis(evaluation, told, point),
        "classes": _classes(told, point),
        "curves": _curves(evaluation),
        "confusion": _matrix(confusion),
        "losses": _losses(run),
        "position": f"At confidence {confidence:.3f} and mask IoU {reading.IMAGE_IOU:.3f}.",
        "worst": worst,
        "best": best,
        "facts": _facts(run, evaluation),
    }


def _subtitle(run: Run, made_at: datetime) -> str:
    fold = fold_of(run)
    data = f"{run.dataset.name}, version {run.version.number}"
    return " · ".join(
        (
            data + (f", fold {fold['number']} of {fold['count']}" if fold else ""),
            run.base_model,
            f"{run.epoch} epochs" + (f" on {run.device_name}" if run.device_name else ""),
            f"report of {format_date(made_at, 'j F Y, H:i e')}",
        )
    )


RATES: tuple[tuple[Rate, str], ...] = (
    ("precision", "Precision"),
    ("recall", "Recall"),
    ("f1", "F1"),
)


def _figures(told: EvaluationPayload, point: ChosenPoint) -> list[tuple[str, str]]:
    mask, box, reason = told["mask"], told["box"], told["reason"]
    mean = point["mean_of_classes"]
    return [
        ("Mask mAP50", figure_words(mask["map50"], reason)),
        ("Mask mAP50-95", figure_words(mask["map50_95"], reason)),
        ("Mask precision", figure_words(mean["precision"], point["reason"])),
        ("Mask recall", figure_words(mean["recall"], point["reason"])),
        ("Mask F1", figure_words(mean["f1"], point["reason"])),
        ("Box mAP50-95", figure_words(box["map50_95"], reason)),
    ]


def _basis(evaluation: Evaluation, told: EvaluationPayload, point: ChosenPoint) -> str:
    return (
        f"best.pt (epoch {evaluation.checkpoint.epoch}) on {told['image_count']} images of "
        f"{told['split']} with {told['instance_count']} objects. mAP50 counts a mask as found from "
        "IoU 0.500 on, mAP50-95 is the mean over IoU 0.500 to 0.950; both over all confidences "
        f"from 0.001. Precision, recall and F1 are counts at confidence {point['confidence']:.3f} "
        f"and IoU {point['iou']:.3f}, mean of classes; of all objects they are "
        f"{_all_objects(point)}. {MATCH_RULE}"
    )


def _all_objects(point: ChosenPoint) -> str:
    rates, reason = point["all_objects"], point["reason"]
    return ", ".join(figure_words(rates[rate], reason) for rate, _ in RATES)


def _classes(told: EvaluationPayload, point: ChosenPoint) -> Table:
    head = ["Class", "Images", "Objects", *(word for _, word in RATES)]
    rates = {row["class_index"]: row for row in point["class_rates"]}
    rows = [
        [
            item["name"],
            str(item["images"]),
            str(item["instances"]),
            *(
                figure_words(rates[item["class_index"]][rate], rates[item["class_index"]]["reason"])
                for rate, _ in RATES
            ),
            figure_words(item["mask"]["map50"], item["reason"]),
            figure_words(item["mask"]["map50_95"], item["reason"]),
        ]
        for item in told["per_class"]
    ]
    return {"head": [*head, "Mask mAP50", "Mask mAP50-95"], "rows": rows}


def _matrix(confusion: Confusion) -> Matrix:
    labels = confusion["labels"]
    return {
        "words": f"Counts at confidence {confusion['confidence']:.3f} and IoU "
        f"{confusion['iou']:.3f}; a column is what was labelled, a row what was predicted.",
        "labels": labels,
        "rows": [
            (
                name,
                [
                    {"count": str(count), "share": round(share or 0.0, 3)}
                    for count, share in zip(counts, shares, strict=True)
                ],
            )
            for name, counts, shares in zip(
                labels, confusion["counts"], confusion["normalised"], strict=True
            )
        ],
    }


def _facts(run: Run, evaluation: Evaluation) -> list[tuple[str, str]]:
    version = run.version
    fixed = {name: value for name, value in run.parameters.items() if name != "arguments"}
    arguments = run.parameters.get("arguments", {})
    return [
        *((n.replace("_", " "), str(value)) for n, value in fixed.items() if value is not None),
        *((name, str(value)) for name, value in sorted(arguments.items())),
        ("batch in the end", "not known" if run.batch is None else str(run.batch)),
        (
            f"version {version.number}",
            f"{version.train_count} train, {version.val_count} val, {version.test_count} test; "
            f"content {version.content_sha256[:16]}",
        ),
        ("best.pt", f"sha256 {evaluation.checkpoint.sha256[:16]}"),
        ("Ultralytics, PyTorch", _software(run)),
    ]


def _software(run: Run) -> str:
    """What it was trained with; several where a later attempt met newer ones."""
    attempts = run.attempt_rows.exclude(ultralytics_version="").order_by("number")
    pairs = attempts.values_list("ultralytics_version", "torch_version")
    return ", then ".join(dict.fromkeys(" and ".join(pair) for pair in pairs)) or "not recorded"


def _curves(evaluation: Evaluation) -> list[Drawing]:
    curves = reading.read_curves(evaluation_folder(evaluation))
    mask = curves["mask"]
    confidence = curves["confidence"]
    return [
        _drawing(
            line_chart(
                "Precision over recall",
                "recall",
                curves["recall"],
                [("all classes", mask["pr"]["mean"])],
                y_max=1.0,
            )
        ),
        _drawing(
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
            )
        ),
    ]


def _losses(run: Run) -> list[Drawing]:
    epochs = list(run.epoch_rows.order_by("number"))
    if not epochs:
        return []
    numbers = [float(epoch.number) for epoch in epochs]

    def losses(part: str) -> Sequence[tuple[str, list[float]]]:
        return [
            (name, [getattr(epoch, f"{part}_losses")[name] for epoch in epochs])
            for name in ("seg", "box", "cls", "dfl")
        ]

    chart = partial(line_chart, x_label="epoch", xs=numbers, width=LOSS_CHART_WIDTH, whole=True)
    masks = [
        ("mAP50", [epoch.mask["map50"] for epoch in epochs]),
        ("mAP50-95", [epoch.mask["map50_95"] for epoch in epochs]),
    ]
    return [
        _drawing(chart("Losses in training", lines=losses("train"))),
        _drawing(chart("Losses on val", lines=losses("val"))),
        _drawing(chart("Masks on val", lines=masks, y_max=1.0)),
    ]


def _drawing(chart: LineChart) -> Drawing:
    return {
        "title": chart["title"],
        "words": "",
        "svg": render_to_string("training/report_chart.svg", {"chart": chart}),
        "keys": [(line["name"], line["color"]) for line in chart["lines"]]
        if chart["lines"][1:]
        else [],
    }


def _pictures(
    evaluation: Evaluation, told: EvaluationPayload, confidence: float
) -> tuple[list[Drawing], list[Drawing]]:
    """The worst images and, where there are more than these, the best."""
    folder = evaluation_folder(evaluation)

    def page(offset: int, limit: int) -> list[Drawing]:
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
    return (
        page(0, IMAGES_OF_A_KIND),
        page(told["image_count"] - best, best)[::-1] if best else [],
    )


def _picture(
    evaluation: Evaluation, image: reading.EvaluatedImage, names: list[str]
) -> Drawing | None:
    path = find_picture(evaluation, image["file_name"])
    if path is None:
        return None
    try:
        small = make_thumbnail(path.read_bytes(), side_px=IMAGE_SIDE_PX, as_jpeg=True)
    except ImageError:
        return None
    words = [
        f"{image['true_positives']} right",
        f"{image['false_negatives']} missed",
        f"{image['false_positives']} false",
        f"{image['wrong_class']} wrong class",
    ]
    told = ", ".join(word for word in words if not word.startswith("0 ")) or "nothing in it"
    line = LINE_WIDTH * max(image["width"], image["height"]) / PICTURE_WIDTH
    drawn = {
        "name": printable(image["file_name"]),
        "width": image["width"],
        "height": image["height"],
        "data": base64.b64encode(small).decode(),
        "labels": [_outline(shape, names, line) for shape in image["labels"]],
        "predictions": [_outline(shape, names, line) for shape in image["predictions"]],
    }
    return {
        "title": image["file_name"],
        "words": told,
        "svg": render_to_string("training/report_picture.svg", {"picture": drawn}),
        "keys": [],
    }


def _outline(shape: Shape, names: list[str], line: float) -> Outline:
    points = shape["polygon"]
    left, top, right, bottom = shape["box"]
    fine = min(right - left, bottom - top) / LINES_ACROSS
    line = max(min(line, fine), line * LEAST_OF_A_LINE)
    confidence = shape["confidence"]
    told = "label" if confidence is None else f"confidence {confidence:.3f}"
    return {
        "points": " ".join(f"{x:g},{y:g}" for x, y in zip(points[::2], points[1::2], strict=True)),
        "title": printable(f"{names[shape['class_index']]}, {told}"),
        "is_wrong": shape["outcome"] != "tp",
        "line": round(line, 2),
        "dashes": f"{2.5 * line:.2f} {2 * line:.2f}",
    }
