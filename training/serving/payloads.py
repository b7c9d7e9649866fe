"""What the API says of served models."""

from datetime import datetime
from typing import TypedDict

from training.checkpoints.usable import ModelKind, UsableModel, model_of
from training.jobs.payloads import UserPayload, user_payload
from training.models import Checkpoint, Export, ServedModel, ServedMove

from .served import find_former, latest_moves
from .stats import TodayStats


class ServedTarget(TypedDict):
    """A model that a name points at. ``run``: that left it, null of weights from elsewhere."""

    reference: str
    kind: ModelKind
    name: str
    run: int | None
    run_name: str
    sha256: str


class ServedModelPayload(TypedDict):
    """``url``: where it is asked. ``former``: where “move back” leads, null: nowhere."""

    id: int
    name: str
    dataset: str
    dataset_name: str
    model: ServedTarget
    former: ServedTarget | None
    class_names: list[str]
    image_size: int
    requests_per_minute: int
    url: str
    today: TodayStats
    created_by: UserPayload | None
    created_at: datetime
    moved_at: datetime
    moved_by: UserPayload | None


class ServedMovePayload(TypedDict):
    id: int
    model: ServedTarget
    moved_at: datetime
    moved_by: UserPayload | None


def target_payload(model: UsableModel) -> ServedTarget:
    row = model.row
    checkpoint = None
    if isinstance(row, Checkpoint):
        checkpoint = row
    elif isinstance(row, Export):
        checkpoint = row.checkpoint
    return {
        "reference": model.reference,
        "kind": model.kind,
        "name": model.name,
        "run": None if checkpoint is None else checkpoint.run_id,
        "run_name": "" if checkpoint is None else checkpoint.run.name,
        "sha256": model.sha256,
    }


def served_payload(served: ServedModel, today: TodayStats) -> ServedModelPayload:
    model = model_of(served)
    former = find_former(served)
    newest = next(iter(latest_moves(served)), None)
    return {
        "id": served.pk,
        "name": served.name,
        "dataset": served.dataset.slug,
        "dataset_name": served.dataset.name,
        "model": target_payload(model),
        "former": None if former is None else target_payload(former),
        "class_names": model.class_names,
        "image_size": model.image_size,
        "requests_per_minute": served.requests_per_minute,
        "url": f"/api/models/{served.name}/predict/",
        "today": today,
        "created_by": user_payload(served.created_by),
        "created_at": served.created_at,
        "moved_at": served.created_at if newest is None else newest.moved_at,
        "moved_by": None if newest is None else user_payload(newest.moved_by),
    }


def move_payload(move: ServedMove) -> ServedMovePayload:
    return {
        "id": move.pk,
        "model": target_payload(model_of(move)),
        "moved_at": move.moved_at,
        "moved_by": user_payload(move.moved_by),
    }
