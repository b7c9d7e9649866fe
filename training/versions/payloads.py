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


class SyntheticRecipe(TypedDict):
    """What was asked for: ``images`` new ones, or ``instances_per_class`` objects of each class;
    the other is null."""

    classes: list[str]
    images: int | None
    instances_per_class: int | None
    seed: int
    blends: list[str]
    max_per_image: int


class SyntheticClassCounts(TypedDict):
    """``usable``: of the ``objects`` in train, how many can be cut out; ``reasons``: why the others
    cannot, counted."""

    class_index: int
    objects: int
    usable: int
    reasons: dict[str, int]
    pasted: int


class VersionSynthetic(TypedDict):
    """The synthetic train images of a version. ``base``: the version whose images it has besides;
    ``images`` and ``instances`` are 0 until it is frozen."""

    base: int
    base_number: int
    recipe: SyntheticRecipe
    images: int
    instances: int
    classes: list[SyntheticClassCounts]
    messages: list[str]


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
    synthetic: VersionSynthetic | None
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
        "synthetic": version.synthetic,
        "fixes": count_fixes(version),
        "size_bytes": version.size_bytes,
        "error": version.error,
        "created_by": user_payload(version.created_by),
        "created_at": version.created_at,
    }


def count_synthetic(version: Version) -> int:
    """How many of the train images are synthetic."""
    return version.synthetic["images"] if version.synthetic else 0


def class_names(version: Version) -> list[str]:
    return [item["name"] for item in version.classes]
