"""Versions: what one would be, asking for one, naming one."""

import hashlib
from collections.abc import Callable, Sequence
from typing import NotRequired, TypedDict

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.db.models import Count, Max, Q, Sum

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import FINISHED, Dataset, DatasetClass, Image, ImageStatus, Instance, Split
from annotator.models.jobs import JobState
from training.jobs.announce import announce
from training.jobs.nudges import nudge_worker
from training.models import Version

from .ignoring import hash_regions, read_regions
from .payloads import SplitCounts


class ClassCounts(TypedDict):
    class_id: int
    name: str
    train: int
    val: int
    test: int


class VersionProblem(TypedDict):
    """``names``: all that it concerns, where ``detail`` names only some of them."""

    code: str
    detail: str
    blocking: bool
    names: list[str]


class VersionPreview(TypedDict):
    image_counts: SplitCounts
    instance_count: int
    background_count: int
    class_counts: list[ClassCounts]
    problems: list[VersionProblem]
    unchanged_since: int | None


class VersionClass(TypedDict):
    """``is_retired``: absent in versions frozen before it was kept."""

    class_id: int
    index: int
    name: str
    color: str
    is_retired: NotRequired[bool]


def preview_version(dataset: Dataset, *, only_accepted: bool = False) -> VersionPreview:
    """Tell what freezing ``dataset`` now would come to, and what stands in the way."""
    images = images_to_freeze(dataset, only_accepted=only_accepted)
    by_split = dict.fromkeys(Split.values, 0)
    instances = backgrounds = 0
    rows = images.order_by().values("split")
    for row in rows.annotate(
        images=Count("pk"),
        instance_total=Sum("instance_count", default=0),
        backgrounds=Count("pk", filter=Q(instance_count=0)),
    ):
        by_split[row["split"]] = row["images"]
        instances += row["instance_total"]
        backgrounds += row["backgrounds"]
    counts: SplitCounts = {
        "train": by_split["train"],
        "val": by_split["val"],
        "test": by_split["test"],
    }
    class_counts = _count_classes(dataset, images)
    return {
        "image_counts": counts,
        "instance_count": instances,
        "background_count": backgrounds,
        "class_counts": class_counts,
        "problems": _find_problems(dataset, images, counts, class_counts),
        "unchanged_since": _find_unchanged(dataset, images),
    }


def images_to_freeze(dataset: Dataset, *, only_accepted: bool) -> models.QuerySet[Image]:
    """Return the finished images of ``dataset``, or those of them that a reviewer accepted."""
    statuses = (ImageStatus.ACCEPTED,) if only_accepted else FINISHED
    return dataset.images.filter(status__in=statuses)


def _count_classes(dataset: Dataset, images: models.QuerySet[Image]) -> list[ClassCounts]:
    done = Instance.objects.filter(image__in=images)
    grouped = done.order_by().values_list("dataset_class_id", "image__split")
    counts = {
        (class_id, split): number
        for class_id, split, number in grouped.annotate(number=Count("pk"))
    }
    return [
        {
            "class_id": item.pk,
            "name": item.name,
            "train": counts.get((item.pk, Split.TRAIN), 0),
            "val": counts.get((item.pk, Split.VAL), 0),
            "test": counts.get((item.pk, Split.TEST), 0),
        }
        for item in dataset.classes.all()
    ]


def _find_problems(
    dataset: Dataset,
    images: models.QuerySet[Image],
    counts: SplitCounts,
    class_counts: list[ClassCounts],
) -> list[VersionProblem]:
    problems: list[VersionProblem] = []

    def add(code: str, detail: str, *, blocking: bool = False, names: Sequence[str] = ()) -> None:
        problems.append(
            {"code": code, "detail": detail, "blocking": blocking, "names": list(names)}
        )

    if not class_counts:
        add("no_classes", "The dataset has no class yet: add one.", blocking=True)
    if not counts["train"]:
        add("no_train", "No image of the train split is done: finish some.", blocking=True)
    elif not any(item["train"] for item in class_counts):
        add("no_instances", "The train split has no instance to learn from.", blocking=True)
    if not counts["val"]:
        add(
            "no_val",
            "No image of the val split is done: move some done images there, or finish some. "
            "Without them nobody knows how good a run is.",
            blocking=True,
        )
    retired = set(dataset.classes.filter(is_retired=True).values_list("pk", flat=True))
    for code, one, many, names in _find_class_problems(class_counts, retired):
        if len(names) == 1:
            add(code, f"“{names[0]}” {one}", names=names)
        elif names:
            add(code, f"{len(names)} classes {many}: {_name_some(names)}.", names=names)
    finished = dataset.images.filter(status__in=FINISHED).count()
    if left_out := dataset.images.count() - finished:
        images_are = "image is" if left_out == 1 else "images are"
        add("not_done", f"{left_out} {images_are} not done and would be left out.")
    boxes = Instance.objects.filter(image__in=images, is_box=True).aggregate(
        objects=Count("pk"), images=Count("image", distinct=True)
    )
    if boxes["objects"]:
        objects = (
            "1 object is a box"
            if boxes["objects"] == 1
            else f"{boxes['objects']:,} objects are boxes"
        )
        add(
            "boxes",
            f"{objects} that nobody has outlined (in {boxes['images']:,} "
            f"{'image' if boxes['images'] == 1 else 'images'}): trained on as rectangles.",
        )
    if unseen := finished - images.count():
        images_are = "done image is" if unseen == 1 else "done images are"
        add("not_accepted", f"{unseen} {images_are} not accepted yet and would be left out.")
    return problems


def _find_class_problems(
    class_counts: list[ClassCounts], retired: set[int]
) -> list[tuple[str, str, str, list[str]]]:
    """Return code, sentence for one class, for several, and the classes' names."""

    def names_of(test: Callable[[ClassCounts], object], *, are_retired: bool = False) -> list[str]:
        return [
            item["name"]
            for item in class_counts
            if (item["class_id"] in retired) == are_retired and test(item)
        ]

    return [
        (
            "class_retired",
            "is retired and still has instances.",
            "are retired and still have instances",
            names_of(lambda item: item["train"] + item["val"] + item["test"], are_retired=True),
        ),
        (
            "class_not_in_train",
            "has no instance in train to learn from.",
            "have no instance in train to learn from",
            names_of(lambda item: not item["train"]),
        ),
        (
            "class_not_in_val",
            "has no instance in val to be measured on.",
            "have no instance in val to be measured on",
            names_of(lambda item: item["train"] and not item["val"]),
        ),
    ]


def _name_some(names: list[str], most: int = 3) -> str:
    """“a”, “b”, “c” and 24 more."""
    shown = ", ".join(f"“{name}”" for name in names[:most])
    left = len(names) - most
    return f"{shown} and {left} more" if left > 0 else shown


# --- the content of a version, as a hash -----------------------------------------------------


def classes_of(dataset: Dataset) -> list[VersionClass]:
    """Return the classes as a version keeps them, retired ones too: indexes never move."""
    return [
        {
            "class_id": item.pk,
            "index": item.index,
            "name": item.name,
            "color": item.color,
            "is_retired": item.is_retired,
        }
        for item in DatasetClass.objects.filter(dataset=dataset).order_by("index")
    ]


class ContentHash:
    """SHA-256 of what a version holds: class names, then images in the order of their stems."""

    def __init__(self, classes: list[VersionClass]) -> None:
        self._hash = hashlib.sha256()
        for item in classes:
            self._hash.update(f"class {item['index']} {item['name']}\n".encode())

    def add_image(
        self,
        *,
        stem: str,
        extension: str,
        split: str,
        sha256: str,
        label_sha256: str,
        regions_sha256: str = "",
    ) -> None:
        """``regions_sha256``: of its ignore regions, "" for none."""
        line = f"{split}/{stem}.{extension} {sha256} {label_sha256} {regions_sha256}"
        self._hash.update(f"{line.rstrip()}\n".encode())

    def add_base(self, content_sha256: str) -> None:
        """All that another version holds."""
        self._hash.update(f"version {content_sha256}\n".encode())

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def _find_unchanged(dataset: Dataset, images: models.QuerySet[Image]) -> int | None:
    """Return the number of the newest version, if freezing now would give the same again."""
    newest = (
        dataset.versions.filter(
            state=JobState.FINISHED, deleted_at__isnull=True, synthetic__isnull=True
        )
        .order_by("-number")
        .first()
    )
    if newest is None or newest.train_count + newest.val_count + newest.test_count != (
        images.count()
    ):
        return None
    content = ContentHash(classes_of(dataset))
    rows = images.order_by("stem")
    names = ("stem", "extension", "split", "sha256", "label_sha256")
    for image in rows.only(*names, "revision", "ignore_region_count").iterator():
        regions = hash_regions(read_regions(image) or [])
        values = {name: getattr(image, name) for name in names}
        content.add_image(**values, regions_sha256=regions)
    return newest.number if content.hexdigest() == newest.content_sha256 else None


# --- asking for a version, naming one ---------------------------------------------------------


def request_version(
    dataset: Dataset,
    *,
    created_by: AbstractBaseUser | None,
    name: str = "",
    notes: str = "",
    only_accepted: bool = False,
) -> Version:
    """Queue the freezing of ``dataset``. Raises ServiceError when a problem stands in the way."""
    check_name(dataset, name)
    preview = preview_version(dataset, only_accepted=only_accepted)
    blocking = [problem for problem in preview["problems"] if problem["blocking"]]
    if blocking:
        raise ServiceError(
            blocking[0]["detail"], code=f"version_{blocking[0]['code']}", problems=blocking
        )
    version = create_version(
        dataset, created_by=created_by, name=name, notes=notes, only_accepted=only_accepted
    )
    nudge_worker(version)
    announce(version)
    return version


def create_version(
    dataset: Dataset,
    *,
    created_by: AbstractBaseUser | None,
    name: str,
    notes: str,
    only_accepted: bool,
    synthetic: dict[str, object] | None = None,
    classes: list[VersionClass] | None = None,
) -> Version:
    """Make the row, with the next number; it is not queued yet."""
    for attempt in range(5):
        newest = Version.objects.filter(dataset=dataset).aggregate(number=Max("number"))["number"]
        try:
            with transaction.atomic():
                return Version.objects.create(
                    dataset=dataset,
                    number=(newest or 0) + 1,
                    name=name,
                    notes=notes,
                    only_accepted=only_accepted,
                    created_by_id=None if created_by is None else created_by.pk,
                    classes=classes or classes_of(dataset),
                    synthetic=synthetic,
                )
        except IntegrityError:  # somebody else froze at the same moment
            check_name(dataset, name)
            if attempt == 4:
                raise
    raise AssertionError  # not reached


def check_name(dataset: Dataset, name: str, *, other_than: Version | None = None) -> None:
    """Raise ConflictError where another version of the dataset has this name already."""
    if not name:
        return
    named = Version.objects.filter(dataset=dataset, deleted_at__isnull=True, name__iexact=name)
    if other_than is not None:
        named = named.exclude(pk=other_than.pk)
    if (first := named.first()) is not None:
        raise _name_taken(first.number, first.name)


def _name_taken(number: int, name: str) -> ConflictError:
    return ConflictError(
        f"Version {number} of this dataset is called “{name}” already: choose another name.",
        code="version_name_taken",
    )


def describe_version(
    version: Version, *, name: str | None = None, notes: str | None = None
) -> None:
    """Change the name or the notes of a version; what it holds never changes.

    Raises ConflictError for a name that another version has.
    """
    changes = {key: text for key, text in (("name", name), ("notes", notes)) if text is not None}
    if not changes:
        return
    check_name(version.dataset, changes.get("name", ""), other_than=version)
    try:
        with transaction.atomic():
            Version.objects.filter(pk=version.pk).update(**changes)
    except IntegrityError as error:  # somebody else took it at this very moment
        raise _name_taken(version.number, changes.get("name", "")) from error
    for key, text in changes.items():
        setattr(version, key, text)
    announce(version)
