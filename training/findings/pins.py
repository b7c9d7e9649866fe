"""Must-find objects: instances that every model has to find, and what each evaluation says.

An evaluation knows label rows of its version; which instance a row was, the version's manifest
tells (versions frozen before it did: the history of the annotation). Rows are recognised by their
outline, since the trainer may read them in another order.
"""

import logging
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from annotator.annotations.history import read_revision
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.turns import delete_in_turns, write_in_turns, write_turn
from annotator.labels.formats.yolo import rows as yolo
from annotator.labels.polygons.bridges import flatten_polygons
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Dataset, Image, Instance
from annotator.models.jobs import JobState
from training import paths
from training.evaluation.files import reading
from training.evaluation.files.reading import EvaluatedImage
from training.evaluations.evaluated_images import evaluation_folder, read_image
from training.evaluations.image_places import find_file_names
from training.models import Evaluation, PinnedInstance, PinOutcome, Version
from training.versions.freezing import ManifestImage, read_manifest

from .verdict_payloads import (
    PinOutcomePayload,
    PinPayload,
    pin_outcome_payload,
    pin_payload,
    pins_for_payload,
)
from .verdict_rules import Placed, find_instance
from .verdicts import list_placed

logger = logging.getLogger(__name__)

JUDGED_AT_ONCE = 20
"""So many of the newest evaluations are looked at when an object is pinned; older ones when they
are opened."""


# --- pinning --------------------------------------------------------------------------------


def pin_instance(
    dataset: Dataset, instance_id: UUID, *, note: str = "", author: User
) -> PinnedInstance:
    """Pin an instance; one that is pinned already gets the note. Raises ServiceError for none."""
    row = Instance.objects.filter(
        pk=instance_id, image__dataset=dataset, image__deleted_at__isnull=True
    ).first()
    if row is None:
        raise ServiceError(
            "That object is not in the dataset (any more): nothing was pinned.",
            code="instance_gone",
        )
    if PinnedInstance.objects.filter(instance_id=instance_id).exclude(dataset=dataset).exists():
        raise ConflictError(
            "An object of another dataset has the same id. Draw it anew, then pin that.",
            code="instance_elsewhere",
        )
    with write_turn(), transaction.atomic():
        pin, _ = PinnedInstance.objects.update_or_create(
            instance_id=instance_id,
            defaults={"dataset": dataset, "image_id": row.image_id, "note": note},
            create_defaults={
                "dataset": dataset, "image_id": row.image_id, "note": note, "author": author,
            },
        )  # fmt: skip
        publish_event("pin.changed", dataset=pin.dataset, id=pin.pk)
    newest = Evaluation.objects.filter(run__dataset=dataset, state=JobState.FINISHED)
    for evaluation in newest.select_related("run__dataset", "version__dataset")[:JUDGED_AT_ONCE]:
        judge_quietly(evaluation)
    return pin


def pin_label(
    evaluation: Evaluation, *, key: str, index: int, note: str = "", author: User
) -> PinnedInstance:
    """Pin the instance behind a label of an evaluation. Raises ConflictError when it is gone."""
    found = read_image(evaluation, key, confidence=0.0)
    if index >= len(found["labels"]):
        raise Http404
    image = Image.objects.filter(pk=found["image"]).first() if found["image"] else None
    ring = found["labels"][index]["polygon"]
    instance = find_instance(ring, list_placed(image)) if image else None
    if instance is None:
        raise ConflictError(
            "That label is no longer in the dataset as it was: there is nothing to pin.",
            code="instance_gone",
        )
    return pin_instance(evaluation.run.dataset, instance.id, note=note, author=author)


def unpin(pin: PinnedInstance) -> None:
    with write_turn(), transaction.atomic():
        publish_event("pin.changed", dataset=pin.dataset, id=pin.pk)
        pin.delete()


def pin_payloads(rows: Sequence[PinnedInstance]) -> list[PinPayload]:
    names = _class_names(rows)
    return [pin_payload(pin, names.get(pin.instance_id, "")) for pin in rows]


def _class_names(pins: Sequence[PinnedInstance]) -> dict[UUID, str]:
    rows = Instance.objects.filter(pk__in=[pin.instance_id for pin in pins])
    return dict(rows.values_list("pk", "dataset_class__name"))


# --- what an evaluation made of them ------------------------------------------------------------


class PinReport(NamedTuple):
    confidence: float
    outcomes: list[PinOutcomePayload]


def report_pins(evaluation: Evaluation, *, confidence: float | None) -> PinReport:
    """Return found and lost at ``confidence`` (without one: the best of masks), lost ones first.

    Raises ConflictError while the evaluation has no results.
    """
    evaluation_folder(evaluation)
    judge_pins(evaluation)
    chosen = _best_confidence(evaluation) if confidence is None else confidence
    rows = list(
        PinOutcome.objects.filter(
            evaluation=evaluation, pin__image__deleted_at__isnull=True
        ).select_related("pin__dataset", "pin__image", "pin__author")
    )
    names = _class_names([row.pin for row in rows])
    outcomes = [
        pin_outcome_payload(row, class_name=names.get(row.pin.instance_id, ""), confidence=chosen)
        for row in rows
    ]
    return PinReport(chosen, sorted(outcomes, key=lambda item: not item["is_lost"]))


def judge_anew(evaluation: Evaluation) -> None:
    """Judge an evaluation that has just ended; what an earlier one of its row said is gone."""
    delete_in_turns(PinOutcome.objects.filter(evaluation=evaluation))
    rows = Evaluation.objects.select_related("run__dataset", "version__dataset")
    judge_quietly(rows.get(pk=evaluation.pk))


def judge_quietly(evaluation: Evaluation) -> None:
    """The same as judge_pins; what cannot be read is logged, and nothing else fails for it."""
    try:
        judge_pins(evaluation)
    except Exception:
        logger.exception("the must-find objects of %s could not be judged", evaluation)


def judge_pins(evaluation: Evaluation) -> None:
    """Store what the evaluation made of pinned instances that it was not asked about yet."""
    known = PinOutcome.objects.filter(evaluation=evaluation).values("pin_id")
    pins = _pins_of(evaluation.run.dataset).exclude(pk__in=known)
    by_image: dict[str, list[PinnedInstance]] = {}
    for pin in pins:
        by_image.setdefault(str(pin.image_id), []).append(pin)
    if not by_image:
        return
    version = evaluation.version
    names = find_file_names(evaluation, by_image)
    keys = {name: key for key, name in reading.list_keys(evaluation_folder(evaluation)).items()}
    outcomes: list[PinOutcome] = []
    for frozen in read_manifest(version)["images"]:
        pinned = by_image.get(frozen["id"])
        key = keys.get(names.get(frozen["id"], ""))
        if pinned is None or key is None:
            continue
        found = reading.read_image(evaluation_folder(evaluation), key, confidence=0.0)
        for pin in pinned:
            outcome = _judge(evaluation, version, frozen, found, pin)
            if outcome is not None:
                outcomes.append(outcome)

    def store(batch: Sequence[PinOutcome]) -> int:
        return len(PinOutcome.objects.bulk_create(batch, ignore_conflicts=True))

    write_in_turns(outcomes, store)


def _pins_of(dataset: Dataset) -> QuerySet[PinnedInstance]:
    return pins_for_payload().filter(dataset=dataset)


def _judge(
    evaluation: Evaluation,
    version: Version,
    frozen: ManifestImage,
    found: EvaluatedImage,
    pin: PinnedInstance,
) -> PinOutcome | None:
    """None where the version does not hold the instance."""
    outline = _frozen_outline(version, frozen, pin)
    if outline is None:
        return None
    # labels take the place of instances here: their number is their id
    labels = [
        Placed(UUID(int=index), shape["class_index"], [[shape["polygon"]]])
        for index, shape in enumerate(found["labels"])
    ]
    match = _closest(outline, labels)
    if match is None:
        return None
    index = match.id.int
    label = found["labels"][index]
    is_found = label["outcome"] == "tp" and label["match"] is not None
    confidence = found["predictions"][label["match"]]["confidence"] if is_found else None  # type: ignore[index]
    return PinOutcome(
        pin=pin,
        evaluation=evaluation,
        key=found["key"],
        index=index,
        confidence=confidence,
        is_lost=confidence is None or confidence < _best_confidence(evaluation),
    )


def _closest(outline: Polygons, labels: Sequence[Placed]) -> Placed | None:
    return find_instance(flatten_polygons(outline), labels)


def _frozen_outline(
    version: Version, frozen: ManifestImage, pin: PinnedInstance
) -> Polygons | None:
    """Return how the instance was drawn in the version; None where it was not."""
    ids = frozen.get("instance_ids", [])
    if not ids:
        image = pin.image
        for item in read_revision(image, min(frozen["revision"], image.revision))["instances"]:
            if item["id"] == str(pin.instance_id):
                return item["polygons"]
        return None
    if str(pin.instance_id) not in ids:
        return None
    name = frozen["path"].replace("images/", "labels/", 1).rpartition(".")[0] + ".txt"
    parsed = yolo.parse_labels(
        (paths.version_dir(version) / name).read_bytes(),
        size_wh=(frozen["width"], frozen["height"]),
        class_count=len(version.classes),
    )
    return [[parsed.rows[ids.index(str(pin.instance_id))].ring]]


def _best_confidence(evaluation: Evaluation) -> float:
    best: float = (evaluation.best_confidence or {}).get("mask", 0.0)
    return best
