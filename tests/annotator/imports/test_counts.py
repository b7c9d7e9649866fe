"""Images and objects of a source are each counted once, and the counts add up."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from annotator.imports.counting import Tally, tally_of
from annotator.labels.formats.base import FolderProblem, FoundImage
from annotator.models import Import
from tests.annotator.conftest import Pond
from tests.annotator.imports.fake_source import FakeSource, offer, start, thing
from tests.annotator.sources import DATA_YAML, TRIANGLE, picture_bytes, usual_files

pytestmark = pytest.mark.django_db(transaction=True)


def tally(source: int, taken: int = 0, repaired: int = 0, refused: int = 0) -> Tally:
    return {"source": source, "taken": taken, "repaired": repaired, "refused": refused}


def counts_of(job: Import) -> tuple[Tally, Tally]:
    return tally_of(job, "images"), tally_of(job, "objects")


@pytest.mark.parametrize(
    ("fields", "ending"),
    [
        ({"state": "finished"}, ""),
        ({"state": "finished", "objects_refused": 1}, "losses"),
        ({"state": "finished", "is_dry_run": True, "objects_refused": 1}, "choice"),
        ({"state": "running", "is_dry_run": True}, ""),
        ({"state": "failed", "images_refused": 1}, ""),
        ({"state": "finished", "undone_at": timezone.now()}, "taken_back"),
    ],
)
def test_finished_alone_is_whole(fields: dict[str, Any], ending: str) -> None:
    assert Import(**fields).ending == ending


def test_a_whole_source_has_no_losses(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path, usual_files(10))
    assert counts_of(job) == (tally(10, taken=10), tally(10, taken=10))
    assert (job.format, job.has_losses) == ("yolo", False)


def test_each_thing_is_counted_once(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jpeg = picture_bytes(9, kind="JPEG")
    files = {
        "whole.png": picture_bytes(1),
        "half.png": picture_bytes(2),
        "mended.jpg": jpeg[:-2],
        "broken.jpg": jpeg[:200],
        "twin.png": picture_bytes(1),
    }
    source = FakeSource(
        [
            *(FoundImage(name, f"{name}.txt", "train") for name in files),
            FolderProblem("page.svg", None, "Not an image that is read."),
            FolderProblem("stray.txt", None, "No image belongs to it.", objects=7),
            FolderProblem("list.txt", 3, "The image is not there."),
        ],
        labels={
            "whole.png.txt": [thing(), thing(1)],
            "half.png.txt": [thing()],
            "mended.jpg.txt": [thing(), thing()],
            "broken.jpg.txt": [thing(), thing(), thing()],
            "twin.png.txt": [thing()],
        },
        refusals={"half.png.txt": 2},
        repairs={"mended.jpg.txt": 1},
    )
    offer(monkeypatch, source)
    job = start(pond, tmp_path, files)
    images, objects = counts_of(job)
    assert images == tally(6, taken=2, repaired=1, refused=3)
    assert objects == tally(18, taken=4, repaired=1, refused=13)
    assert job.has_losses
    assert sum(job.images.values_list("instance_count", flat=True)) == 5
    reasons = dict(job.rows.filter(outcome="refused").values_list("file", "reason"))
    assert reasons["broken.jpg"].endswith("Its label with 3 objects was not taken either.")
    assert "its 1 label differs from the 2 here" in reasons["twin.png"]


def test_attributes_boxes_and_groups_come_in(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rectangle = thing(is_box=True, occluded=True, truncated=True, note="behind reeds")
    source = FakeSource(
        [FoundImage("a.png", "a.json", "val", name="cam1/a", group="cam1")],
        labels={"a.json": [rectangle, thing(1)]},
    )
    offer(monkeypatch, source)
    job = start(pond, tmp_path, {"a.png": picture_bytes(1)})
    image = pond.dataset.images.get()
    assert (image.stem, image.group, image.import_job) == ("cam1/a", "cam1", job)
    first, second = image.instances.all()
    assert (first.is_box, first.occluded, first.truncated, first.note) == (
        *(True, True, True),
        "behind reeds",
    )
    assert (second.is_box, second.occluded, second.note) == (False, False, "")
    assert image.revisions.get().put[0]["note"] == "behind reeds"


def test_classes_are_renamed_merged_and_ignored_as_asked(pond: Pond, tmp_path: Path) -> None:
    files = {
        "data.yaml": b"train: images\nval: images\nnames: [heron, swan, coot, goose]\n",
        "images/a.png": picture_bytes(1),
        "labels/a.txt": "".join(
            f"{index} {TRIANGLE} 0.{index}5 0.4\n" for index in range(4)
        ).encode(),
    }
    classes = {"heron": "grey heron", "coot": "duck", "goose": None}
    job = start(pond, tmp_path, files, classes=classes)
    assert list(pond.dataset.classes.values_list("name", flat=True)) == [
        *("duck", "swan", "grey heron"),
    ]
    image = pond.dataset.images.get()
    assert list(image.instances.values_list("dataset_class__name", flat=True)) == [
        *("grey heron", "swan", "duck"),
    ]
    assert image.status == "done", "what was ignored as asked leaves nothing to look at"
    assert tally_of(job, "objects") == tally(4, taken=3, refused=1)
    (row,) = job.rows.filter(outcome="refused")
    assert row.reason == "1 object of “goose”: ignored as asked."


def test_a_class_map_for_another_source_takes_nothing(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path, usual_files(5), classes={"Duck": "duck"})
    assert (job.state, pond.dataset.images.count()) == ("failed", 0)
    assert "no class “Duck”. It has: duck, swan" in job.error


def test_splits_are_put_elsewhere(pond: Pond, tmp_path: Path) -> None:
    start(pond, tmp_path, usual_files(5), splits={"train": "test"})
    assert set(pond.dataset.images.values_list("split", flat=True)) == {"test", "val"}


def test_a_source_without_a_format_is_not_taken(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path, {"data.yaml": DATA_YAML.encode(), "notes.md": b"x"})
    assert job.state == "failed"
    assert counts_of(job) == (tally(0), tally(0))
