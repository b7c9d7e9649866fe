"""The counts that the database keeps are those that counting gives, whatever happens."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.annotations.comments import add_comment, resolve_comment
from annotator.annotations.data import InstanceData
from annotator.bulk.changes import run_change, start_change
from annotator.datasets.counts.installing import install_counting, remove_counting
from annotator.datasets.counts.mending import mend_dataset
from annotator.datasets.counts.postgres import fold_counts
from annotator.datasets.counts.reading import (
    count_by_tag,
    list_groups,
    read_cells,
    read_class_cells,
)
from annotator.folder import changing
from annotator.folder.saving import save_annotation
from annotator.folder.trash.images import delete_images, restore_images
from annotator.models import (
    BulkAction,
    Comment,
    Dataset,
    DatasetClass,
    Image,
    ImageClass,
    ImageCount,
    ImageTag,
    Import,
    Instance,
    KeyCount,
    Tag,
)
from tests.annotator.conftest import Pond, square

pytestmark = pytest.mark.django_db

Kept = tuple[Counter[Any], Counter[Any], Counter[Any]]


def kept(dataset: Dataset) -> Kept:
    cells, classes, keys = Counter[Any](), Counter[Any](), Counter[Any]()
    for cell in read_cells(dataset):
        cells[cell[:5]] += cell.images
        cells[(*cell[:5], "objects")] += cell.instances
    for row in read_class_cells(dataset):
        classes[row[:3]] += row.images
        classes[(*row[:3], "objects")] += row.instances
        classes[(*row[:3], "boxes")] += row.boxes
    keys.update({f"tag {pk}": n for pk, n in count_by_tag(dataset).items()})
    keys.update({f"group {name}": n for name, n in list_groups(dataset, limit=1000)})
    return +cells, +classes, +keys


def counted(dataset: Dataset) -> Kept:
    """The same, by looking at every image."""
    flag = ImageCount.Flag
    cells, classes, keys = Counter[Any](), Counter[Any](), Counter[Any]()
    for image in Image.objects.filter(dataset=dataset):
        instances = list(image.instances.all())
        boxes = sum(item.is_box for item in instances)
        assert image.box_count == boxes
        flags = (
            flag.COMMENT * (image.open_comments > 0)
            + flag.OBJECT * (image.instance_count > 0)
            + flag.BOX * (boxes > 0)
            + flag.PINNED * image.is_split_pinned
            + flag.GROUND_TRUTH * image.is_ground_truth
        )
        place = (image.split, image.status)
        cell = (*place, image.assignee_id or 0, image.import_job_id or 0, flags)
        cells[cell] += 1
        cells[(*cell, "objects")] += image.instance_count
        by_class = Counter(item.dataset_class_id for item in instances)
        assert by_class == dict(image.class_counts.values_list("dataset_class", "objects_count"))
        for class_id, count in by_class.items():
            classes[(class_id, *place)] += 1
            classes[(class_id, *place, "objects")] += count
        for item in instances:
            classes[(item.dataset_class_id, *place, "boxes")] += item.is_box
        if image.group:
            keys[f"group {image.group}"] += 1
        for tag_id in image.image_tags.values_list("tag", flat=True):
            keys[f"tag {tag_id}"] += 1
    return +cells, +classes, +keys


class World:
    """A dataset and the things that happen to it; ``n`` chooses among what is there."""

    def __init__(self, pond: Pond) -> None:
        self.pond = pond
        self.dataset = pond.dataset
        self.tags = [Tag.objects.create(dataset=self.dataset, name=f"{n}") for n in range(2)]
        self.jobs = [Import.objects.create(dataset=self.dataset, source_name="a") for _ in range(2)]
        self.made = 0

    def image(self, n: int) -> Image | None:
        rows = list(Image.objects.filter(dataset=self.dataset).order_by("stem"))
        return rows[n % len(rows)] if rows else None

    def klass(self, n: int) -> DatasetClass:
        return (self.pond.duck, self.pond.swan)[n % 2]

    def add(self, n: int) -> None:
        """As an import does: many rows a statement, labels with them, some of them boxes."""
        images = []
        for _ in range(1 + n % 3):
            self.made += 1
            images.append(
                Image(
                    dataset=self.dataset, stem=f"{self.made:04}", extension="png",
                    split=("train", "val", "test")[n % 3], width=100, height=80, size_bytes=1,
                    sha256=f"{self.made:064}", upload_sha256=f"{self.made:064}",
                    group=("", "a", "b")[n % 3],
                    import_job=self.jobs[n % 2], instance_count=n % 4,
                )
            )  # fmt: skip
        Image.objects.bulk_create(images)
        Instance.objects.bulk_create(
            Instance(
                image=image, dataset_class=self.klass(n + place), order=place, area_px=1,
                polygons=square(), is_box=place % 2 == 1,
            )
            for image in images
            for place in range(n % 4)
        )  # fmt: skip

    def save(self, n: int) -> None:
        if image := self.image(n):
            items: list[InstanceData] = [
                {"id": str(uuid.uuid4()), "class_id": self.klass(n + each).pk, "polygons": square()}
                for each in range(n % 3)
            ]
            gone = [str(pk) for pk in image.instances.values_list("pk", flat=True)[: n % 2]]
            save_annotation(
                image.pk, base_revision=image.revision, upsert=items, delete=gone,
                author=self.pond.lead,
            )  # fmt: skip

    def outline(self, n: int) -> None:
        """Objects that are there change their class and stop being boxes, beside a new one."""
        if image := self.image(n):
            items: list[InstanceData] = [
                {"id": str(pk), "class_id": self.klass(n).pk, "polygons": square(), "is_box": False}
                for pk in image.instances.values_list("pk", flat=True)
            ]
            items.append(
                {"id": str(uuid.uuid4()), "class_id": self.klass(n).pk, "polygons": square()}
            )
            save_annotation(
                image.pk, base_revision=image.revision, upsert=items, author=self.pond.lead
            )

    def status(self, n: int) -> None:
        if image := self.image(n):
            changing.set_status(
                image, ("done", "in_progress", "unlabelled")[n % 3], author=self.pond.lead
            )

    def split(self, n: int) -> None:
        if image := self.image(n):
            changing.set_split(image, ("train", "val", "test")[n % 3])

    def splits(self, n: int) -> None:
        rows = list(Image.objects.filter(dataset=self.dataset).select_related("dataset"))
        changing.set_splits(rows[: n % 4], "val")

    def pin(self, n: int) -> None:
        if image := self.image(n):
            changing.set_split_pinned(image, n % 2 == 0)

    def assign(self, n: int) -> None:
        self.bulk(BulkAction.SET_ASSIGNEE, {"assignee": self.pond.lead.pk if n % 2 else None}, n)

    def ground_truth(self, n: int) -> None:
        self.bulk(BulkAction.SET_GROUND_TRUTH, {"is_ground_truth": n % 2 == 0}, n)

    def change_class(self, n: int) -> None:
        one, other = self.klass(n), self.klass(n + 1)
        names = {"class_name": one.name, "into_name": other.name}
        self.bulk(BulkAction.CHANGE_CLASS, {"class_id": one.pk, "into": other.pk, **names}, n)

    def split_again(self, n: int) -> None:
        ratios = {"train": 50, "val": 50, "test": 0}
        options = {"ratios": ratios, "seed": n, "keep_groups": True, "keep_near_duplicates": False}
        self.run(start_change(self.dataset, BulkAction.SPLIT_AGAIN, options, author=self.pond.lead))

    def delete_class(self, n: int) -> None:
        one = self.klass(n)
        options = {"class_id": one.pk, "class_name": one.name}
        self.run(
            start_change(self.dataset, BulkAction.DELETE_CLASS, options, author=self.pond.lead)
        )

    def bulk(self, action: BulkAction, options: dict[str, Any], n: int) -> None:
        rows = Image.objects.filter(dataset=self.dataset).order_by("stem")
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)[: 1 + n % 4]]
        job = start_change(
            self.dataset, action, options, selection={"ids": ids}, author=self.pond.lead
        )
        self.run(job)

    def run(self, job: Any) -> None:
        ended = run_change(job.pk)
        assert ended is not None
        assert ended.state == "finished", ended.error

    def comment(self, n: int) -> None:
        if image := self.image(n):
            add_comment(image, {"text": "Look."}, author=self.pond.lead)

    def resolve(self, n: int) -> None:
        if comment := Comment.objects.filter(image__dataset=self.dataset).first():
            resolve_comment(comment, resolved=n % 2 == 0, by=self.pond.lead)

    def tag(self, n: int) -> None:
        if image := self.image(n):
            ImageTag.objects.get_or_create(image=image, tag=self.tags[n % 2])

    def untag(self, n: int) -> None:
        ImageTag.objects.filter(tag=self.tags[n % 2]).delete()

    def trash(self, n: int) -> None:
        if image := self.image(n):
            changing.delete_image(image, author=self.pond.lead)

    def restore(self, n: int) -> None:
        rows = Image.trashed.filter(dataset=self.dataset)
        ids = list(rows.values_list("pk", flat=True)[: n % 3])
        restore_images(self.dataset, ids)

    def purge(self, n: int) -> None:
        rows = Image.all_objects.filter(dataset=self.dataset).order_by("stem")
        delete_images(list(rows.values_list("pk", flat=True)[: n % 3]))

    def fold(self, n: int) -> None:
        fold_counts()


OPERATIONS = sorted(name for name in vars(World) if not name.startswith("_"))
for helper in ("image", "klass", "bulk", "run"):
    OPERATIONS.remove(helper)

steps = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 11)), max_size=12)


@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(first=st.integers(1, 11), steps=steps)
def test_whatever_happens_the_kept_counts_are_those_of_a_recount(
    pond: Pond, first: int, steps: list[tuple[str, int]]
) -> None:
    with transaction.atomic():
        world = World(pond)
        for name, n in [("add", first), ("add", first + 1), *steps]:
            operation: Callable[[int], None] = getattr(world, name)
            operation(n)
            assert kept(pond.dataset) == counted(pond.dataset), name
        assert mend_dataset(pond.dataset.pk) == 0
        transaction.set_rollback(True)


def test_counts_that_are_wrong_are_mended(pond: Pond) -> None:
    world = World(pond)
    for n in range(12):
        world.add(n)
        world.tag(n)
    ImageCount.objects.filter(split="val").update(images=77)
    ImageCount.objects.filter(split="test").delete()
    KeyCount.objects.all().delete()
    gone = ImageClass.objects.order_by("pk").first()
    assert gone is not None
    gone.delete()
    ImageClass.objects.filter(boxes__gt=0).update(boxes=5)
    Image.objects.filter(box_count=0).update(box_count=3)

    assert mend_dataset(pond.dataset.pk) > 0

    assert kept(pond.dataset) == counted(pond.dataset)
    assert mend_dataset(pond.dataset.pk) == 0


def test_triggers_that_are_missing_are_made_and_all_is_counted(pond: Pond) -> None:
    remove_counting()
    world = World(pond)
    for n in range(12):
        world.add(n)
    assert not read_cells(pond.dataset)

    install_counting()

    assert read_cells(pond.dataset)
    assert kept(pond.dataset) == counted(pond.dataset)
    world.trash(3)
    assert kept(pond.dataset) == counted(pond.dataset)


def test_a_dataset_that_goes_takes_its_counts_along(pond: Pond) -> None:
    world = World(pond)
    for n in range(6):
        world.add(n)
        world.tag(n)
    pk = pond.dataset.pk
    delete_images(list(Image.all_objects.filter(dataset=pk).values_list("pk", flat=True)))
    pond.dataset.classes.all().delete()
    pond.dataset.delete()
    for model in (ImageCount, KeyCount):
        assert not model.objects.filter(dataset_id=pk).exists()
