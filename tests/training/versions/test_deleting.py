"""Deleting a version: what depends on it is shown first, and its files are really gone."""

import shutil
from typing import Any

import pytest

from annotator import paths as annotator_paths
from annotator.kernel.errors import ConflictError
from annotator.models import BulkAction, BulkChange, DatasetExport, Image
from training import paths
from training.models import Evaluation, Verdict, Version
from training.versions import deleting
from training.versions.deleting import delete_version, find_dependents, remove_leftovers

from ...annotator.conftest import client_of
from ..conftest import Pond, Trained, freeze

pytestmark = pytest.mark.django_db(transaction=True)


def test_pictures_take_no_disk_twice_and_survive_the_version(pond: Pond) -> None:
    picture = annotator_paths.image_path(Image.objects.get(dataset=pond.dataset, stem="val-00"))
    first, second = freeze(pond), freeze(pond)
    assert picture.stat().st_nlink == 3
    delete_version(first)
    assert picture.stat().st_nlink == 2
    delete_version(second)
    assert picture.stat().st_nlink == 1
    assert picture.is_file()
    folder = paths.versions_dir(pond.dataset.slug)
    assert list(folder.iterdir()) == []
    assert find_dependents(first)["lost"][0].startswith("The frozen copy of 14 images")


def test_a_run_keeps_its_version_and_is_named(trained: Trained) -> None:
    Verdict.objects.all().delete()
    trained.best.tags = ["production"]
    trained.best.save()
    found = find_dependents(trained.version)
    assert not found["is_allowed"]
    assert trained.run.name in found["reason"]
    assert found["runs"] == [{"name": trained.run.name, "url": f"/runs/{trained.run.pk}"}]
    assert (found["run_count"], found["checkpoint_count"]) == (1, 2)
    assert found["production"] == [f"best.pt of {trained.run.name}"]
    answer = client_of(trained.pond.lead).delete(f"/api/versions/{trained.version.pk}/")
    assert answer.status_code == 409
    assert answer.json()["dependents"]["run_count"] == 1
    trained.version.refresh_from_db()
    assert trained.version.deleted_at is None


def test_evaluations_of_others_go_only_when_asked(trained: Trained) -> None:
    newer = freeze(trained.pond)
    other = Evaluation.objects.exclude(pk=trained.evaluation.pk).filter(version=newer)
    if not other.exists():
        Evaluation.objects.create(
            run=trained.run, checkpoint=trained.best, version=newer, split="val"
        )
    other.update(state="finished")
    evaluation = other.get()
    folder = paths.evaluation_dir(evaluation)
    folder.mkdir(parents=True)
    found = find_dependents(newer)
    assert (found["is_allowed"], found["evaluation_count"]) == (True, 1)
    assert "1 evaluation of checkpoints from other versions" in found["lost"][1]
    address = f"/api/versions/{newer.pk}/"
    client = client_of(trained.pond.lead)
    assert client.delete(address).status_code == 409
    assert client.delete(f"{address}?with_evaluations=true").status_code == 204
    assert not Evaluation.objects.filter(pk=evaluation.pk).exists()
    assert not folder.exists()
    assert not paths.version_dir(newer).exists()


def test_what_is_kept_is_said(pond: Pond) -> None:
    version = freeze(pond)
    DatasetExport.objects.create(
        dataset=pond.dataset, format="coco", selection={"version": version.number}
    )
    found = find_dependents(version)
    assert found["dataset_export_count"] == 1
    assert any("1 prepared export" in line for line in found["kept"])
    restore = BulkChange.objects.create(
        dataset=pond.dataset,
        action=BulkAction.RESTORE_VERSION,
        options={"version": version.pk},
        created_by=pond.lead,
    )
    with pytest.raises(ConflictError, match="being restored"):
        delete_version(version)
    restore.delete()
    delete_version(version)


def test_a_crash_between_the_mark_and_the_files_leaves_nothing_for_long(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped before the folder is renamed, and between renaming and removing."""

    def die(*_: Any, **__: Any) -> None:
        raise SystemExit

    first, second = freeze(pond), freeze(pond)
    with monkeypatch.context() as patch:
        patch.setattr(deleting, "_remove_folder", die)
        with pytest.raises(SystemExit):
            delete_version(first)
    assert paths.version_dir(first).is_dir()
    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", die)
        with pytest.raises(SystemExit):
            delete_version(second)
    folder = paths.versions_dir(pond.dataset.slug)
    assert not paths.version_dir(second).exists()
    assert remove_leftovers() == 2
    assert list(folder.iterdir()) == []
    assert remove_leftovers() == 0
    kept = freeze(pond)
    assert remove_leftovers() == 0
    assert paths.version_dir(kept).is_dir()


def test_a_run_that_begins_in_between_keeps_the_version(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the mark."""
    newer = freeze(trained.pond)
    Evaluation.objects.filter(version=newer).delete()
    found = find_dependents(newer)
    trained.run.version = newer
    trained.run.save(update_fields=["version"])
    monkeypatch.setattr(deleting, "find_dependents", lambda _: found)
    with pytest.raises(ConflictError, match="just begun to use"):
        delete_version(newer)
    assert Version.objects.filter(pk=newer.pk, deleted_at__isnull=True).exists()
    assert (paths.version_dir(newer) / "data.yaml").is_file()
