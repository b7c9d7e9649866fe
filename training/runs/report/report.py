"""The report of a run: everything in one HTML file or one PDF, for people without an account.

:func:`build_report` decides what is in it, down to the digits of each figure; the two templates
only lay it out. The HTML has no script and loads nothing from elsewhere. The PDF is set by Typst in
a process of its own (:mod:`training.typesetting`).
"""

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

from annotator.kernel.child_process import ChildFailedError, run_module
from annotator.kernel.errors import ConflictError, UnavailableError
from annotator.kernel.plain_text import one_line
from annotator.models import Split
from annotator.models.jobs import JobState
from training.evaluation.files import reading
from training.evaluation.files.loading import open_folder
from training.evaluation.files.reading import Confusion
from training.evaluation.scores.breakdown import SizeCounts, count_sizes
from training.evaluation.scores.error_types import find_errors
from training.evaluation.scores.operating import IOU, MATCH_RULE, ChosenPoint, Rate, reason_of
from training.evaluation.sizes import Size
from training.evaluations.evaluated_images import evaluation_folder
from training.evaluations.payloads import (
    EvaluationPayload,
    evaluation_payload,
    evaluations_for_payload,
)
from training.evaluations.shown_figures import (
    FigureName,
    figure_words,
    has_val_labels,
    shown_metrics,
)
from training.models import CheckpointKind, Evaluation, Run
from training.models.runs import RunOrigin
from training.versions.folds import fold_of

from .charts import Drawing, LineChart, line_chart
from .options import ReportOptions
from .pictures import draw_images
from .words import ERROR_WORDS, SIZE_WORDS, conclude, parameter_rows, speed_rows, training_words

LOSS_WORDS = (
    ("seg", "masks"),
    ("box", "boxes"),
    ("cls", "classes"),
    ("dfl", "edges of boxes"),
)
LOSS_CHART_WIDTH = 280
"""Three stand side by side, where two of the curves do."""

DEFAULT_OPTIONS = ReportOptions()
PDF_SECONDS = 60
_TYPESETTERS = threading.BoundedSemaphore(2)
"""Each holds a few hundred megabytes; whoever comes third waits for its turn."""


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
    """``logo``: an SVG, or "". ``rows`` of every table are words already."""

    title: str
    subtitle: str
    author: str
    logo: str
    made_by: str
    conclusion: list[str]
    figures: list[tuple[str, str]]
    basis: str
    classes: Table
    sizes: Table
    errors: Table
    errors_words: str
    speed: list[tuple[str, str]]
    data: Table
    curves: list[Drawing]
    confusion: Matrix
    losses: list[Drawing]
    position: str
    worst: list[Drawing]
    best: list[Drawing]
    facts: list[tuple[str, str]]


DEFAULT_PURPOSE = "evaluation of a segmentation model"


def report_name(run: Run, extension: str) -> str:
    return f"{run.dataset.name}, {run.name} (run {run.pk}).{extension}"


def make_html(run: Run, options: ReportOptions = DEFAULT_OPTIONS) -> str:
    """Return the report as HTML. Raises ConflictError while best.pt is not evaluated on val."""
    return render_to_string("training/report.html", {"report": build_report(run, options)})


def make_pdf(run: Run, options: ReportOptions = DEFAULT_OPTIONS) -> bytes:
    """Return the report as PDF. Raises ConflictError, and UnavailableError if it takes too long."""
    report = build_report(run, options)
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


def build_report(run: Run, options: ReportOptions = DEFAULT_OPTIONS) -> Report:
    """Return all that a report says. Raises ConflictError while best.pt is not evaluated on val."""
    found = evaluations_for_payload().filter(
        export=None, run=run, version=run.version, split=Split.VAL, state=JobState.FINISHED
    )
    evaluation = found.filter(checkpoint__kind=CheckpointKind.BEST).first()
    if evaluation is None:
        raise ConflictError(
            "The run has no evaluation of its best checkpoint on val (yet).",
            code="evaluation_not_finished",
        )
    told = evaluation_payload(evaluation)
    folder = evaluation_folder(evaluation)
    # One operating point for everything: the page's slider, or where the page begins.
    chosen = told["best_confidence"]["mask"] if options.confidence is None else options.confidence
    confidence = max(told["confidence_floor"], chosen)
    point = reading.read_operating(folder, confidence=confidence, iou=IOU, basis="mask")
    confusion = reading.read_confusion(folder, confidence=confidence, iou=IOU, basis="mask")
    statistics = open_folder(folder).statistics
    sizes = count_sizes(statistics, confidence=confidence)
    errors = find_errors(statistics, confidence=confidence)["types"]
    worst, best = draw_images(evaluation, told, confidence)
    made_at = timezone.now()
    return {
        "title": f"{run.dataset.name}: {one_line(options.purpose) or DEFAULT_PURPOSE}",
        "subtitle": _subtitle(run, made_at),
        "author": one_line(options.author),
        "logo": options.logo,
        "made_by": f"Segloop {settings.VERSION}, {format_date(made_at, 'j F Y, H:i e')}",
        "conclusion": conclude(
            evaluation, point, sizes, {error["type"]: error["count"] for error in errors}
        ),
        "figures": _figures(told, point),
        "basis": _basis(evaluation, told, point),
        "classes": _classes(told, point),
        "sizes": _sizes(sizes),
        "errors": {
            "head": ["Kind of error", "Count", "What it is"],
            "rows": [
                [ERROR_WORDS[error["type"]][0], str(error["count"]), ERROR_WORDS[error["type"]][1]]
                for error in errors
            ],
        },
        "errors_words": f"Masks at confidence {confidence:.3f}; an object counts as met from IoU "
        "0.500 on, and within its class first.",
        "speed": speed_rows(told["speed"]),
        "data": _data(run),
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
            f"Model “{run.name}”",
            data + (f", fold {fold['number']} of {fold['count']}" if fold else ""),
            run.base_model or "architecture not known",
            training_words(run),
            f"report of {format_date(made_at, 'j F Y, H:i e')}",
        )
    )


def _sizes(sizes: dict[Size, SizeCounts] | None) -> Table:
    head = ["Size of the object", "Objects", "Predictions", "Right", *RATE_WORDS[:2]]
    if sizes is None:
        return {"head": head, "rows": []}
    rows = []
    for size, counts in sizes.items():
        reason = reason_of(labels=counts.labels, predictions=counts.predictions)
        known = not reason
        rows.append(
            [
                SIZE_WORDS[size],
                str(counts.labels),
                str(counts.predictions),
                str(counts.right),
                figure_words(counts.right / counts.predictions if known else None, reason),
                figure_words(counts.right / counts.labels if known else None, reason),
            ]
        )
    return {"head": head, "rows": rows}


def _data(run: Run) -> Table:
    """The images and objects that the version froze."""
    version = run.version
    objects = version.instance_count
    return {
        "head": ["Dataset", "Images"],
        "rows": [
            ["To train on (train)", str(version.train_count)],
            ["To choose the best epoch by (val)", str(version.val_count)],
            ["Kept for testing (test)", str(version.test_count)],
            ["Without an object (background)", str(version.background_count)],
            ["Labelled objects in all", str(objects)],
            ["Classes", ", ".join(item["name"] for item in version.classes)],
        ],
    }


RATES: tuple[tuple[Rate, str], ...] = (
    ("precision", "Precision"),
    ("recall", "Recall"),
    ("f1", "F1"),
)
RATE_WORDS = [word for _, word in RATES]


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
        f"{_checkpoint_words(evaluation)} on {told['image_count']} images of "
        f"{told['split']} with {told['instance_count']} objects. mAP50 counts a mask as found from "
        "IoU 0.500 on, mAP50-95 is the mean over IoU 0.500 to 0.950; both over all confidences "
        f"from 0.001. Precision, recall and F1 are counts at confidence {point['confidence']:.3f} "
        f"and IoU {point['iou']:.3f}, mean of classes; of all objects they are "
        f"{_all_objects(point)}. {MATCH_RULE}"
    )


def _checkpoint_words(evaluation: Evaluation) -> str:
    """Of a checkpoint that was uploaded alone, the epoch is not known."""
    if evaluation.run.origin == RunOrigin.UPLOADED:
        return "The checkpoint that was brought in,"
    return f"best.pt (epoch {evaluation.checkpoint.epoch})"


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
    return [
        ("Trained", training_words(run)),
        ("Started from", run.base_model or "not known"),
        *parameter_rows(run),
        *([("Batch size in the end", str(run.batch))] if run.batch is not None else []),
        (
            f"Version {version.number}",
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

    has_labels = [has_val_labels(epoch.val_losses) for epoch in epochs]

    def losses(part: str) -> Sequence[tuple[str, list[float | None]]]:
        return [
            (word, [getattr(epoch, f"{part}_losses")[name] for epoch in epochs])
            for name, word in LOSS_WORDS
        ]

    def figures(name: FigureName) -> list[float | None]:
        """A figure that measured nothing has no point: 0 would say that it was measured."""
        return [
            shown_metrics(epoch.mask, has_labels=known)[name]
            for epoch, known in zip(epochs, has_labels, strict=True)
        ]

    chart = partial(line_chart, x_label="epoch", xs=numbers, width=LOSS_CHART_WIDTH, whole=True)
    masks = [
        ("mAP50", figures("map50")),
        ("mAP50-95", figures("map50_95")),
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
