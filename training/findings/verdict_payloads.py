"""Verdicts and pinned instances as they go over the wire."""

from datetime import datetime
from typing import TypedDict

from django.db.models import QuerySet

from training.jobs.payloads import UserPayload, user_payload
from training.models import PinnedInstance, PinOutcome, Side, Verdict, VerdictKind, VerdictState


class VerdictPayload(TypedDict):
    id: int
    dataset: str
    evaluation: int | None
    run: int | None
    run_name: str
    image: str | None
    file_name: str
    width: int
    height: int
    image_url: str
    thumbnail_url: str
    key: str
    side: Side
    index: int
    kind: VerdictKind
    class_name: str
    polygon: list[float]
    confidence: float | None
    partner_class_name: str
    partner_polygon: list[float]
    instance: str | None
    comment: str
    comment_id: int | None
    author: UserPayload | None
    assignee: UserPayload | None
    state: VerdictState
    created_at: datetime
    closed_at: datetime | None
    closed_by: UserPayload | None
    fixed_by_revision: int | None
    included_in_version: int | None


class PinPayload(TypedDict):
    """``class_name`` is the instance's own now; "" when it was deleted."""

    id: int
    dataset: str
    image: str
    file_name: str
    instance: str
    class_name: str
    note: str
    author: UserPayload | None
    created_at: datetime


class PinOutcomePayload(TypedDict):
    pin: PinPayload
    key: str
    index: int
    confidence: float | None
    is_lost: bool


def verdicts_for_payload() -> QuerySet[Verdict]:
    """Verdicts whose image is there: in the trash, or gone, there is nothing to mend."""
    rows = Verdict.objects.filter(image__isnull=False, image__deleted_at__isnull=True)
    return rows.select_related(
        "dataset", "evaluation__run", "image", "comment", "author", "assignee", "closed_by",
        "fixed_by", "included_in",
    )  # fmt: skip


def verdict_payload(verdict: Verdict) -> VerdictPayload:
    image, evaluation = verdict.image, verdict.evaluation
    return {
        "id": verdict.pk,
        "dataset": verdict.dataset.slug,
        "evaluation": verdict.evaluation_id,
        "run": evaluation.run_id if evaluation else None,
        "run_name": evaluation.run.name if evaluation else "",
        "image": str(image.pk) if image else None,
        "file_name": image.file_name if image else "",
        "width": image.width if image else 0,
        "height": image.height if image else 0,
        "image_url": f"/api/files/images/{image.pk}/{image.sha256}.{image.extension}"
        if image
        else "",
        "thumbnail_url": f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp" if image else "",
        "key": verdict.key,
        "side": Side(verdict.side),
        "index": verdict.index,
        "kind": VerdictKind(verdict.kind),
        "class_name": verdict.class_name,
        "polygon": verdict.polygon,
        "confidence": verdict.confidence,
        "partner_class_name": verdict.partner_class_name,
        "partner_polygon": verdict.partner_polygon,
        "instance": str(verdict.instance_id) if verdict.instance_id else None,
        "comment": verdict.comment.text if verdict.comment else "",
        "comment_id": verdict.comment_id,
        "author": user_payload(verdict.author),
        "assignee": user_payload(verdict.assignee),
        "state": VerdictState(verdict.state),
        "created_at": verdict.created_at,
        "closed_at": verdict.closed_at,
        "closed_by": user_payload(verdict.closed_by),
        "fixed_by_revision": verdict.fixed_by.number if verdict.fixed_by else None,
        "included_in_version": verdict.included_in.number if verdict.included_in else None,
    }


def pins_for_payload() -> QuerySet[PinnedInstance]:
    rows = PinnedInstance.objects.filter(image__deleted_at__isnull=True)
    return rows.select_related("dataset", "image", "author")


def pin_payload(pin: PinnedInstance, class_name: str) -> PinPayload:
    return {
        "id": pin.pk,
        "dataset": pin.dataset.slug,
        "image": str(pin.image_id),
        "file_name": pin.image.file_name,
        "instance": str(pin.instance_id),
        "class_name": class_name,
        "note": pin.note,
        "author": user_payload(pin.author),
        "created_at": pin.created_at,
    }


def pin_outcome_payload(
    outcome: PinOutcome, *, class_name: str, confidence: float
) -> PinOutcomePayload:
    """``is_lost`` at ``confidence``."""
    return {
        "pin": pin_payload(outcome.pin, class_name),
        "key": outcome.key,
        "index": outcome.index,
        "confidence": outcome.confidence,
        "is_lost": outcome.confidence is None or outcome.confidence < confidence,
    }
