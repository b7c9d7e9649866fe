"""A dry run reads everything and writes nothing but its preview; then it becomes the import."""

import math
from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.imports import dry_run, imports, sources
from annotator.imports.leftovers import remove_archives
from annotator.kernel.errors import ServiceError
from annotator.labels.formats.base import AmbiguousFormatError, FoundImage
from annotator.models import Import, ImportRow
from tests.annotator.conftest import Pond, client_of
from tests.annotator.imports.fake_source import FakeSource, offer, start, thing
from tests.annotator.sources import lay_out, picture_bytes, usual_files, zipped
from tests.probe import probed_models

pytestmark = pytest.mark.django_db(transaction=True)


def preview_of(job: Import) -> Any:
    assert job.preview is not None
    return job.preview


def rows_besides_imports() -> dict[str, int]:
    models = [model for model in probed_models() if model is not Import]
    return {model.__name__: model._base_manager.count() for model in models}


def files_below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_written_but_the_preview(pond: Pond, tmp_path: Path) -> None:
    start(pond, tmp_path / "here", {"images/p0000.png": picture_bytes(0)})
    rows, files = rows_besides_imports(), files_below(paths.dataset_dir(pond.dataset))
    source = usual_files(10) | {
        "images/train/broken.png": b"no image",
        "images/train/twin.png": picture_bytes(1),
        "data.yaml": b"train: images/train\nval: images/val\nnames: [duck, heron]\n",
    }
    job = start(pond, tmp_path / "new", source, is_dry_run=True)
    assert (job.state, job.format, job.progress_done) == ("finished", "yolo", 12)
    assert rows_besides_imports() == rows
    assert files_below(paths.dataset_dir(pond.dataset)) == files
    preview = preview_of(job)
    assert preview["format_title"] == "YOLO segmentation"
    assert preview["images"] == {"source": 12, "taken": 9, "repaired": 0, "refused": 3}
    assert preview["objects"] == {"source": 10, "taken": 9, "repaired": 0, "refused": 1}
    assert preview["classes"] == [
        {"name": "duck", "count": 5, "is_new": False},
        {"name": "heron", "count": 5, "is_new": True},
    ]
    assert preview["splits"] == {"train": 8, "val": 1}
    conflicts = preview["conflicts"]
    assert (conflicts["same_image"], conflicts["same_name"]) == (1, 0)
    (example,) = conflicts["examples"]
    assert example["image"] == str(pond.dataset.images.get().pk)
    assert {problem["file"] for problem in preview["problems"]} == {
        *("images/val/p0000.png", "images/train/broken.png", "images/train/twin.png"),
    }
    assert len(preview["thumbnails"]) == 3
    thumbnail = preview["thumbnails"][0]
    assert thumbnail["image"].startswith("data:image/jpeg;base64,")
    assert thumbnail["outlines"][0]["class_name"] == "heron"


def test_the_import_does_what_the_dry_run_said(pond: Pond, tmp_path: Path) -> None:
    source = usual_files(10) | {"images/train/broken.png": b"no image"}
    job = start(pond, tmp_path, source, is_dry_run=True)
    said = {kind: dict(preview_of(job)[kind]) for kind in ("images", "objects")}
    imports.begin_import(job, {"classes": {"swan": "goose"}, "splits": {"train": "test"}})
    done = imports.run_import(job.pk)
    assert done is not None
    assert (done.pk, done.is_dry_run, done.state) == (job.pk, False, "finished")
    from annotator.imports.counting import tally_of

    assert {kind: tally_of(done, kind) for kind in ("images", "objects")} == said
    assert set(pond.dataset.classes.values_list("name", flat=True)) == {"duck", "swan", "goose"}
    assert set(pond.dataset.images.values_list("split", flat=True)) == {"test", "val"}


def test_it_is_begun_once_and_only_with_what_is_known(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path, usual_files(5), is_dry_run=True)
    for options in (
        {"on_conflict": "overwrite"},
        {"format": "excel"},
        {"classes": {"goose": "duck"}},
        {"classes": {"duck": ""}},
        {"classes": {"duck": "x" * 81}},
        {"splits": {"train": "holdout"}},
        {"colour": "red"},
    ):
        with pytest.raises(ServiceError):
            imports.begin_import(job, options)
    imports.begin_import(job, {})
    with pytest.raises(ServiceError):
        imports.begin_import(Import.objects.get(pk=job.pk), {})
    whole = imports.run_import(job.pk)
    assert whole is not None
    with pytest.raises(ServiceError):
        imports.look_again(whole, {})


def test_where_two_formats_fit_a_person_chooses(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = sources.recognise

    def unsure(tree: Any, *, format: str = "", also: Any = ()) -> Any:
        if not format:
            raise AmbiguousFormatError(["coco", "yolo"])
        return real(tree, format=format)

    monkeypatch.setattr(dry_run, "recognise", unsure)
    job = start(pond, tmp_path, usual_files(5), is_dry_run=True)
    assert job.state == "finished"
    assert [each["name"] for each in preview_of(job)["candidates"]] == ["coco", "yolo"]
    imports.look_again(job, {"format": "yolo"})
    again = imports.run_import(job.pk)
    assert again is not None
    assert (preview_of(again)["candidates"], preview_of(again)["images"]["taken"]) == ([], 5)


def test_labels_alone_are_foreseen(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(pond, tmp_path / "here", {"a.png": picture_bytes(1)})
    found = [FoundImage("", "a.txt", "train", name="a"), FoundImage("", "b.txt", "train", name="b")]
    offer(monkeypatch, FakeSource(list(found), {"a.txt": [thing()], "b.txt": [thing(), thing()]}))
    job = start(pond, tmp_path / "labels", {}, is_dry_run=True)
    assert preview_of(job)["objects"] == {"source": 3, "taken": 1, "repaired": 0, "refused": 2}
    assert preview_of(job)["conflicts"]["labels_only"] == 1


def test_its_archive_waits_for_the_choice_and_then_goes(pond: Pond) -> None:
    archive = paths.uploads_dir() / f"{'ab' * 16}.zip"
    archive.parent.mkdir(parents=True, exist_ok=True)
    archive.write_bytes(zipped(usual_files(5)))
    job = imports.start_dry_run(
        pond.dataset,
        source_path=str(archive),
        source_name="pond.zip",
        owns_source=True,
        created_by=pond.lead,
    )
    imports.run_import(job.pk)
    assert remove_archives() == 0
    assert archive.exists()
    imports.begin_import(Import.objects.get(pk=job.pk), {})
    imports.run_import(job.pk)
    assert not archive.exists()
    archive.write_bytes(b"left by a kill between the end and the removal")
    assert remove_archives() == 1
    assert not archive.exists()


def test_over_the_api(pond: Pond, tmp_path: Path) -> None:
    lay_out(tmp_path, usual_files(5))
    job = start(pond, tmp_path, {}, is_dry_run=True)
    lead, annotator = client_of(pond.lead), client_of(pond.annotator)
    url = f"/api/imports/{job.pk}/"
    told = annotator.get(url).json()
    assert (told["is_dry_run"], told["images"]["taken"], told["ending"]) == (True, 5, "choice")
    assert annotator.get(f"{url}preview/").json()["images"]["source"] == 5
    assert annotator.post(f"{url}begin/", {}).status_code == 403
    assert lead.post(f"{url}begin/", {"on_conflicts": "skip"}).status_code == 400
    assert lead.post(f"{url}begin/", {"classes": {"goose": None}}).json()["code"] == "bad_classes"
    answer = lead.post(f"{url}begin/", {"on_conflict": "skip", "classes": {"swan": None}})
    assert (answer.status_code, answer.json()["state"]) == (202, "queued")
    imports.run_import(job.pk)
    listed = lead.get(f"/api/datasets/{pond.dataset.slug}/images/?import={job.pk}").json()
    assert len(listed["results"]) == 5
    assert lead.get(f"/api/datasets/{pond.dataset.slug}/images/?import=0").json()["results"] == []


def test_a_dry_run_that_is_put_aside_is_not_listed(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path, usual_files(3), is_dry_run=True)
    lead = client_of(pond.lead)
    assert lead.post(f"/api/imports/{job.pk}/cancel/").json()["state"] == "cancelled"
    assert lead.get(f"/api/datasets/{pond.dataset.slug}/imports/").json()["results"] == []
    assert not ImportRow.objects.exists()


def folders_beside() -> dict[str, bytes]:
    """A set whose data.yaml names one of two folders of images."""
    yaml = b"train: images\nval: val/images\nnames: [duck, boat]\n"
    files = {"data.yaml": yaml, "val/images/z.png": picture_bytes(99)}
    for number, folder in enumerate(("images", "images_1st_500")):
        for place in range(3):
            seed = number * 10 + place
            label = f"{folder.replace('images', 'labels')}/{seed}.txt"
            files[f"{folder}/{seed}.png"] = picture_bytes(seed)
            files[label] = b"0 0.1 0.1 0.4 0.15 0.25 0.6\n1 0.5 0.5 0.8 0.5 0.8 0.9\n"
    return files


def test_a_folder_beside_is_offered_and_can_be_taken(pond: Pond, tmp_path: Path) -> None:
    job = start(pond, tmp_path / "new", folders_beside(), is_dry_run=True)
    preview = preview_of(job)
    assert preview["offers"] == [{"folder": "images_1st_500", "images": 3, "objects": 6}]
    assert preview["images"] == {"source": 7, "taken": 4, "repaired": 0, "refused": 3}
    assert preview["objects"] == {"source": 12, "taken": 6, "repaired": 0, "refused": 6}

    imports.look_again(job, {"also": ["images_1st_500"]})
    again = imports.run_import(job.pk)
    assert again is not None
    preview = preview_of(again)
    assert (preview["offers"], preview["also"]) == ([], ["images_1st_500"])
    assert preview["images"] == {"source": 7, "taken": 7, "repaired": 0, "refused": 0}
    assert preview["objects"] == {"source": 12, "taken": 12, "repaired": 0, "refused": 0}

    imports.begin_import(again, {"also": ["images_1st_500"]})
    done = imports.run_import(again.pk)
    assert done is not None
    assert (done.images_taken, done.objects_taken, done.has_losses) == (7, 12, False)
    assert pond.dataset.images.filter(split="train").count() == 6


@pytest.mark.parametrize(
    ("also", "reason"),
    [(["nowhere"], "no folder “nowhere”"), (["labels"], "no folder “labels”")],
)
def test_a_folder_that_holds_no_images_cannot_be_taken(
    pond: Pond, tmp_path: Path, also: list[str], reason: str
) -> None:
    job = start(pond, tmp_path / "new", folders_beside(), is_dry_run=True)
    imports.look_again(job, {"also": also})
    failed = imports.run_import(job.pk)
    assert failed is not None
    assert (failed.state, reason in failed.error) == ("failed", True)


def test_outlines_are_simplified_only_when_asked_and_their_cost_is_shown(
    pond: Pond, tmp_path: Path
) -> None:
    ring = " ".join(
        f"{0.5 + 0.4 * math.cos(step / 20):.5f} {0.5 + 0.4 * math.sin(step / 20):.5f}"
        for step in range(126)
    )
    files = {
        "images/a.png": picture_bytes(1, size_wh=(200, 150)),
        "labels/a.txt": f"0 {ring}\n0 0.5 0.5 0.2 0.2\n".encode(),
        "data.yaml": b"names: [duck]\n",
    }
    job = start(pond, tmp_path / "new", files, is_dry_run=True)
    costs = preview_of(job)["simplified"]
    assert [each["tolerance_px"] for each in costs] == [0.5, 1.0, 2.0]
    assert [each["objects"] for each in costs] == [1, 1, 1], "a box has no outline to simplify"
    assert costs[0]["points_after"] < costs[0]["points_before"] == 126
    assert 0.9 < costs[2]["lowest_iou"] < costs[0]["lowest_iou"] < 1
    assert job.objects_repaired == 0

    imports.begin_import(job, {"simplify_px": 1.0})
    done = imports.run_import(job.pk)
    assert done is not None
    assert (done.objects_taken, done.objects_repaired, done.has_losses) == (1, 1, False)
    reasons = done.rows.filter(outcome="repaired").values_list("reason", flat=True)
    assert "1 object simplified by 1 px, as asked." in reasons
    image = pond.dataset.images.get()
    points = [len(each.polygons[0][0]) // 2 for each in image.instances.order_by("order")]
    assert points == [costs[1]["points_after"], 4]


@pytest.mark.parametrize(
    "options",
    [
        *({"simplify_px": value} for value in (-1, 51, True, "1")),
        *({"also": value} for value in ("images", [""], [1])),
    ],
)
def test_options_that_make_no_sense_are_refused(
    pond: Pond, tmp_path: Path, options: dict[str, Any]
) -> None:
    job = start(pond, tmp_path / "new", usual_files(2), is_dry_run=True)
    with pytest.raises(ServiceError):
        imports.begin_import(job, options)
