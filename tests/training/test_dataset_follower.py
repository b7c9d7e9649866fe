"""Versions, runs and predictions go into the trash with their dataset, and come back."""

import pytest

from annotator import housekeeping
from annotator.datasets.datasets import create_dataset
from annotator.folder.changing import delete_image
from annotator.folder.trash.datasets import delete_dataset, purge_dataset, restore_dataset
from annotator.kernel.errors import ConflictError
from annotator.models import Dataset, Image
from tests.training.conftest import Pond, freeze, make_pond, start
from training import paths
from training.models import Checkpoint, Prediction, Run, Version
from training.versions.versions import preview_version


def make_checkpoint(run: Run) -> Checkpoint:
    paths.run_dir(run).mkdir(parents=True, exist_ok=True)  # ids are given again in tests
    return Checkpoint.objects.create(run=run, kind="best", epoch=1, size_bytes=1, sha256="0" * 64)


def ended_run(pond: Pond) -> Run:
    run = start(pond, version=freeze(pond))
    Run.objects.filter(pk=run.pk).update(state="finished")
    return Run.objects.get(pk=run.pk)


def test_versions_come_back_with_their_dataset(pond: Pond) -> None:
    version = freeze(pond)
    slug = pond.dataset.slug
    delete_dataset(pond.dataset, author=pond.lead)
    other = create_dataset(owner=pond.lead, name=pond.dataset.name)
    assert other.slug == slug
    assert not paths.versions_dir(slug).exists()
    restored = restore_dataset(Dataset.objects.get(pk=pond.dataset.pk))
    version = Version.objects.select_related("dataset").get(pk=version.pk)
    assert paths.version_dir(version) == paths.versions_dir(restored.slug) / "1"
    assert paths.manifest_path(version).exists()


def test_a_dataset_at_work_is_not_deleted(pond: Pond) -> None:
    run = start(pond, version=freeze(pond))
    Run.objects.filter(pk=run.pk).update(state="running")
    with pytest.raises(ConflictError, match=f"run {run.pk} of this dataset is running"):
        delete_dataset(pond.dataset, author=pond.lead)
    assert Dataset.objects.get(pk=pond.dataset.pk).deleted_at is None


def test_purging_takes_runs_and_predictions_with_it(pond: Pond) -> None:
    run = ended_run(pond)
    checkpoint = make_checkpoint(run)
    derived = ended_run(pond)
    Run.objects.filter(pk=derived.pk).update(source_checkpoint=checkpoint)
    prediction = Prediction.objects.create(
        checkpoint=checkpoint,
        dataset=pond.dataset,
        confidence=0.5,
        device="cpu",
        state="finished",
    )
    paths.prediction_dir(prediction).mkdir(parents=True, exist_ok=True)
    delete_dataset(pond.dataset, author=pond.lead)
    deleted = Dataset.objects.get(pk=pond.dataset.pk)
    purge_dataset(deleted)
    housekeeping.purge_trash(budget_seconds=10)
    assert not Dataset.objects.filter(pk=deleted.pk).exists()
    assert not Run.objects.filter(pk__in=[run.pk, derived.pk]).exists()
    assert not Prediction.objects.filter(pk=prediction.pk).exists()
    for folder in (
        paths.run_dir(run),
        paths.prediction_dir(prediction),
        paths.versions_dir(deleted.slug),
    ):
        assert not folder.exists()


def test_a_checkpoint_that_another_dataset_began_with_holds_it_back(pond: Pond) -> None:
    checkpoint = make_checkpoint(ended_run(pond))
    other = make_pond()
    other.fill(train=2, val=1, test=0)
    derived = ended_run(other)
    Run.objects.filter(pk=derived.pk).update(source_checkpoint=checkpoint)
    delete_dataset(pond.dataset, author=pond.lead)
    deleted = Dataset.objects.get(pk=pond.dataset.pk)
    with pytest.raises(ConflictError, match="delete that run first"):
        purge_dataset(deleted)
    assert Run.objects.filter(pk=checkpoint.run_id).exists()


def test_trashed_images_are_not_frozen(pond: Pond) -> None:
    image = Image.objects.get(dataset=pond.dataset, stem="train-00")
    before = preview_version(pond.dataset)
    delete_image(image, author=pond.lead)
    after = preview_version(pond.dataset)
    assert after["image_counts"]["train"] == before["image_counts"]["train"] - 1
    for key in ("train", "val"):
        total = sum(item[key] for item in before["class_counts"])
        less = image.instance_count if key == "train" else 0
        assert sum(item[key] for item in after["class_counts"]) == total - less
    assert freeze(pond).train_count == after["image_counts"]["train"]
