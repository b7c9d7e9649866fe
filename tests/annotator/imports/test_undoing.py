"""A whole import is taken back while nobody has edited its images; a stopped one goes on."""

from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.annotations.comments import add_comment
from annotator.folder.saving import replace_annotation
from annotator.folder.trash.images import restore_images
from annotator.imports import imports, taking
from annotator.imports.undoing import find_unfinished, undo_import, work_off_undo
from annotator.kernel import jobs
from annotator.kernel.errors import ConflictError
from annotator.labels.formats.base import FoundImage
from annotator.models import Image, Import
from tests.annotator.conftest import Pond, client_of
from tests.annotator.imports.fake_source import FakeSource, box, offer, start, thing
from tests.annotator.sources import lay_out, picture_bytes, usual_files

pytestmark = pytest.mark.django_db(transaction=True)


def files_of(pond: Pond) -> list[Path]:
    return [path for path in paths.dataset_dir(pond.dataset).glob("*/*/**/*.*") if path.is_file()]


def test_everything_goes_to_the_trash_and_can_come_back(pond: Pond, tmp_path: Path) -> None:
    kept = pond.add_image("kept")
    job = start(pond, tmp_path, usual_files(6))
    undone = undo_import(job)
    assert undone.undone_at is not None
    assert find_unfinished() == [job.pk], "a worker that dies here is made up for"
    assert work_off_undo(job.pk) == 6
    assert [image.pk for image in pond.dataset.images.all()] == [kept.pk]
    assert [path.name for path in files_of(pond)] == ["kept.png"]
    assert find_unfinished() == []
    with pytest.raises(ConflictError):
        undo_import(job)
    trashed = list(Image.trashed.values_list("pk", flat=True))
    assert restore_images(pond.dataset, trashed) == (6, [])


def edit(image: Image, pond: Pond) -> None:
    replace_annotation(image.pk, base_revision=1, instances=[], author=pond.lead)


def comment(image: Image, pond: Pond) -> None:
    add_comment(image, {"text": "Look here."}, author=pond.lead)


@pytest.mark.parametrize("touch", [edit, comment])
def test_of_what_somebody_edited_nothing_is_taken_back(
    pond: Pond, tmp_path: Path, touch: Any
) -> None:
    job = start(pond, tmp_path, usual_files(5))
    touch(pond.dataset.images.get(stem="p0003"), pond)
    answer = client_of(pond.lead).post(f"/api/imports/{job.pk}/undo/")
    assert (answer.status_code, answer.json()["code"]) == (409, "edited")
    assert "“p0003.png”" in answer.json()["detail"]
    assert (work_off_undo(job.pk), pond.dataset.images.count()) == (0, 5)
    assert Import.objects.get(pk=job.pk).undone_at is None


def test_changed_labels_become_what_they_were(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [FoundImage("a.png", "a.txt", "train")]
    offer(monkeypatch, FakeSource(list(found), {"a.txt": [thing(0), thing(1, box(20, 10))]}))
    start(pond, tmp_path, {"a.png": picture_bytes(1)})
    image = pond.dataset.images.get()
    before = paths.label_path(image).read_bytes()
    ids = set(image.instances.values_list("pk", flat=True))
    offer(monkeypatch, FakeSource(list(found), {"a.txt": [thing(1, box(2, 2))]}))
    job = start(pond, tmp_path, {}, on_conflict="replace")
    assert paths.label_path(image).read_bytes() != before
    undo_import(job)
    assert find_unfinished() == [job.pk]
    assert work_off_undo(job.pk) == 1
    assert paths.label_path(image).read_bytes() == before
    assert set(image.instances.values_list("pk", flat=True)) == ids
    assert pond.dataset.images.count() == 1
    assert find_unfinished() == []


def test_labels_that_somebody_changed_since_stay(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [FoundImage("a.png", "a.txt", "train")]
    offer(monkeypatch, FakeSource(list(found), {"a.txt": [thing()]}))
    start(pond, tmp_path, {"a.png": picture_bytes(1)})
    offer(monkeypatch, FakeSource(list(found), {"a.txt": [thing(1, box(2, 2))]}))
    job = start(pond, tmp_path, {}, on_conflict="replace")
    image = pond.dataset.images.get()
    replace_annotation(image.pk, base_revision=image.revision, instances=[], author=pond.lead)
    with pytest.raises(ConflictError, match=r"a\.png"):
        undo_import(job)


def test_a_stopped_import_goes_on_where_it_stopped(
    pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "BATCH_ENTRIES", 4)
    lay_out(tmp_path, usual_files(10))
    row = imports.create_import(
        pond.dataset, source_path=str(tmp_path), source_name="x", created_by=None
    )
    announce = taking.announce

    def stop_after_first(job: Import) -> None:
        announce(job)
        if job.progress_done >= 4:
            jobs.cancel_job(Import.objects.get(pk=job.pk))

    monkeypatch.setattr(taking, "announce", stop_after_first)
    job = imports.run_import(row.pk)
    assert job is not None
    assert (job.state, job.images_taken, imports.is_resumable(job)) == ("cancelled", 4, True)
    monkeypatch.setattr(taking, "announce", announce)
    imports.resume_import(job)
    whole = imports.run_import(job.pk)
    assert whole is not None
    assert (whole.state, whole.images_source, whole.images_taken) == ("finished", 10, 10)
    assert whole.rows.count() == 10
    with pytest.raises(ConflictError):
        imports.resume_import(whole)


def test_what_is_gone_cannot_go_on(pond: Pond, tmp_path: Path) -> None:
    job = Import.objects.create(
        dataset=pond.dataset, source_name="x", source_path=str(tmp_path / "x"), state="failed"
    )
    answer = client_of(pond.lead).post(f"/api/imports/{job.pk}/resume/")
    assert (answer.status_code, answer.json()["code"]) == (409, "source_gone")
