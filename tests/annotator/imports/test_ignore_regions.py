"""Ignore regions that come with an import, and those that are here already."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.exports.losses import tell_left_out
from annotator.exports.material import gather_material
from annotator.exports.selection import Selection
from annotator.folder.saving import save_annotation
from annotator.labels.formats import FORMATS
from annotator.models import Image, Import, Instance
from tests.annotator.conftest import Pond, square
from tests.annotator.sources import picture_bytes

from .fake_source import start

pytestmark = pytest.mark.django_db(transaction=True)


def coco(*annotations: dict[str, Any]) -> bytes:
    made = [
        {"id": number, "image_id": 1, "category_id": 1, "segmentation": [ring], **each}
        for number, each in enumerate(annotations, 1)
        for ring in [[float(number), 2, 12, 2, 12, 12]]
    ]
    value = {
        "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30}],
        "annotations": made,
        "categories": [{"id": 1, "name": "duck"}, {"id": 2, "name": "blur"}],
    }
    return json.dumps(value).encode()


def bring(pond: Pond, root: Path, content: bytes, **options: Any) -> Import:
    files = {"a.png": picture_bytes(1, size_wh=(40, 30)), "labels.json": content}
    return start(pond, root, files, **options)


def counts(pond: Pond) -> tuple[int, int]:
    image = Image.objects.get(dataset=pond.dataset)
    return image.instance_count, image.ignore_region_count


def adds_up(job: Import, objects: int) -> bool:
    return job.objects_taken + job.objects_repaired + job.objects_refused == objects


def test_a_region_of_the_source_counts_as_taken_and_is_no_object(
    pond: Pond, tmp_path: Path
) -> None:
    job = bring(pond, tmp_path, coco({}, {"ignore": 1}))
    assert (job.objects_taken, adds_up(job, 2)) == (2, True)
    assert counts(pond) == (1, 1)
    image = Image.objects.get(dataset=pond.dataset)
    assert paths.label_path(image).read_bytes().count(b"\n") == 1
    assert [each["class_id"] for each in image.outline] == [pond.duck.pk]
    revision = image.revisions.get()
    assert (revision.added, revision.ignore_regions) == (1, 1)


@pytest.mark.parametrize(("crowds", "expected"), [("", (2, 0)), ("ignore", (1, 1))])
def test_crowds_are_objects_or_regions_as_asked(
    crowds: str, expected: tuple[int, int], pond: Pond, tmp_path: Path
) -> None:
    job = bring(pond, tmp_path, coco({}, {"iscrowd": 1}), crowds=crowds)
    assert adds_up(job, 2)
    assert counts(pond) == expected


def test_a_dry_run_counts_crowds_so_that_a_person_may_choose(pond: Pond, tmp_path: Path) -> None:
    content = coco({}, {"iscrowd": 1}, {"iscrowd": 1})
    files = {"a.png": picture_bytes(1, size_wh=(40, 30)), "labels.json": content}
    preview = start(pond, tmp_path, files, is_dry_run=True).preview
    assert preview is not None
    assert preview["crowds"] == 2


def test_a_class_may_become_ignore_regions(pond: Pond, tmp_path: Path) -> None:
    job = bring(pond, tmp_path, coco({}, {"category_id": 2}), classes={"blur": "__ignore__"})
    assert (job.objects_taken, adds_up(job, 2)) == (2, True)
    assert counts(pond) == (1, 1)
    assert not pond.dataset.classes.filter(name__in=["blur", "__ignore__"]).exists()


@pytest.mark.parametrize(
    ("annotations", "expected"), [([{}], (1, 1)), ([{}, {"ignore": 1}, {"ignore": 1}], (1, 2))]
)
def test_labels_that_replace_others_leave_regions_unless_they_bring_some(
    annotations: list[dict[str, Any]], expected: tuple[int, int], pond: Pond, tmp_path: Path
) -> None:
    bring(pond, tmp_path / "first", coco({}, {}))
    image = Image.objects.get(dataset=pond.dataset)
    save_annotation(
        image.pk,
        base_revision=1,
        upsert=[{"id": str(uuid.uuid4()), "class_id": None, "polygons": square(1, 1, 5)}],
        author=pond.lead,
    )
    job = bring(pond, tmp_path / "again", coco(*annotations), on_conflict="replace")
    assert job.objects_refused == 0
    assert counts(pond) == expected


def test_exports_say_what_becomes_of_regions(pond: Pond, tmp_path: Path) -> None:
    bring(pond, tmp_path, coco({}, {"ignore": 1}))
    assert Instance.ignore_regions.count() == 1
    told = gather_material(pond.dataset, Selection()).count()
    assert (told["objects"], told["ignore_regions"]) == (1, 1)
    sentence = "1 ignored region is not written: the format cannot hold them"
    for name, kind in FORMATS.items():
        is_said = sentence in tell_left_out(kind, told)
        assert is_said == (name not in ("coco", "labelme", "x_anylabeling")), name
