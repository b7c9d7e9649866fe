"""Every format of a checkpoint beside it: size, speed, figures, grade; and which to take."""

from typing import TypedDict

from annotator.models.jobs import JobState
from training.evaluations.certificates import Certificate
from training.jobs.waiting import Waiting
from training.models import Checkpoint, Export

from .exports import (
    ExportFormatPayload,
    ExportPayload,
    export_payload,
    exports_for_payload,
    list_export_formats,
)

LEAST_GAIN = 1.05
"""An export that is faster by less is not worth a second file."""


class FormatRow(ExportFormatPayload):
    """``exports``: of the checkpoint in this format, the newest first."""

    exports: list[ExportPayload]


class Recommendation(TypedDict):
    """The fastest export with a green certificate, where it is faster than the checkpoint."""

    export: int
    reference: str
    name: str
    ratio: float
    sentence: str


class FormatTable(TypedDict):
    """``can_make``: how many formats work here that the checkpoint is not exported to yet."""

    checkpoint: int
    size_bytes: int
    image_size: int
    rows: list[FormatRow]
    can_make: int
    recommended: Recommendation | None


def read_format_table(checkpoint: Checkpoint) -> FormatTable:
    waiting, size = Waiting.for_list(), checkpoint.run.parameters["image_size"]
    exports = list(exports_for_payload().filter(checkpoint=checkpoint))
    payloads = [export_payload(item, waiting) for item in exports]
    rows: list[FormatRow] = [
        {**item, "exports": [told for told in payloads if told["format"] == item["format"]]}
        for item in list_export_formats()
    ]
    return {
        "checkpoint": checkpoint.pk,
        "size_bytes": checkpoint.size_bytes,
        "image_size": size,
        "rows": rows,
        "can_make": sum(not row["reason"] and not _is_there(row, size) for row in rows),
        "recommended": recommend(exports),
    }


def recommend(exports: list[Export]) -> Recommendation | None:
    """Return the export to predict and to serve with in place of the checkpoint, if one gains."""
    best: tuple[float, Export] | None = None
    for export in exports:
        certificate: Certificate | None = export.certificate
        if export.state != JobState.FINISHED or certificate is None:
            continue
        speed = certificate["speed"]
        if certificate["grade"] != "green" or speed is None or speed["ratio"] < LEAST_GAIN:
            continue
        if best is None or speed["ratio"] > best[0]:
            best = speed["ratio"], export
    if best is None:
        return None
    ratio, export = best
    name = export.get_format_display()
    return {
        "export": export.pk,
        "reference": f"export:{export.pk}",
        "name": name,
        "ratio": ratio,
        "sentence": f"{name} is {ratio:.1f} × as fast here, same figures.",
    }


def _is_there(row: FormatRow, image_size: int) -> bool:
    gone = (JobState.FAILED, JobState.CANCELLED)
    return any(
        item["state"] not in gone and item["image_size"] == image_size for item in row["exports"]
    )
