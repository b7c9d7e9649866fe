"""A version as the API answers it."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Prefetch, QuerySet

from annotator.kernel.jobs import Progress, progress_of
from annotator.models.jobs import JobState
from training.jobs.payloads import UserPayload, user_payload
from training.models import (
    Version,
)

from .fixes import VersionFixes, count_fixes, fixes_for_payload


class SplitCounts(TypedDict):
    train: int
    val: int
    test: int


class VersionPayload(TypedDict):
    id: int
    dataset: str
    dataset_name: str
    number: int
    name: str
    state: JobState
    progress: Progress
    notes: str
    only_accepted: bool
    image_counts: SplitCounts
    instance_count: int
    background_count: int
    painted_count: int
    ignored_object_count: int
    class_names: list[str]
    fixes: VersionFixes
    size_bytes: int
    error: str
    created_by: UserPayload | None
    created_at: datetime


class RunVersion(TypedDict):
    id: int
    number: int


class Fold(TypedDict):
    """Fold ``number`` (from 1) of ``count``; ``seed`` decides how the images are divided."""

    number: int
    count: int
    seed: int


def versions_for_payload() -> QuerySet[Version]:
    rows = Version.objects.filter(deleted_at__isnull=True)
    return rows.select_related("dataset", "created_by").prefetch_related(
        Prefetch("fixes", fixes_for_payload())
    )


def version_payload(version: Version) -> VersionPayload:
    return {
        "id": version.pk,
        "dataset": version.dataset.slug,
        "dataset_name": version.dataset.name,
        "number": version.number,
        "name": version.name,
        "state": JobState(version.state),
        "progress": progress_of(version),
        "notes": version.notes,
        "only_accepted": version.only_accepted,
        "image_counts": {
            "train": version.train_count,
            "val": version.val_count,
            "test": version.test_count,
        },
        "instance_count": version.instance_count,
        "background_count": version.background_count,
        "painted_count": version.painted_count,
        "ignored_object_count": version.ignored_object_count,
        "class_names": class_names(version),
        "fixes": count_fixes(version),
        "size_bytes": version.size_bytes,
        "error": version.error,
        "created_by": user_payload(version.created_by),
        "created_at": version.created_at,
    }


def class_names(version: Version) -> list[str]:
    return [item["name"] for item in version.classes]
