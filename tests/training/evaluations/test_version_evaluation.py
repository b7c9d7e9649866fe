"""The last best checkpoint is evaluated on each new version."""

from pathlib import Path

import pytest

from training import paths
from training.evaluations.progress import read_progress
from training.models import Evaluation, Run, Version
from training.versions import freezing
from training.versions.freezing import freeze_version
from training.versions.versions import request_version

from ..conftest import Trained

pytestmark = pytest.mark.django_db(transaction=True)


def freeze_next(trained: Trained, name: str) -> Version:
    """A version with one image more."""
    trained.pond.add_image(name, split="val", seed=77)
    version = request_version(trained.pond.dataset, created_by=trained.pond.lead)
    freeze_version(version.pk)
    version.refresh_from_db()
    assert version.state == "finished", version.error
    return version


def test_a_new_version_asks_for_what_tells_labels_from_model(
    trained: Trained, redis: object
) -> None:
    version = freeze_next(trained, "next")
    evaluation = Evaluation.objects.get(version=version)
    assert (evaluation.checkpoint_id, evaluation.split) == (trained.best.pk, "val")
    assert evaluation.state == "queued"
    assert evaluation.created_by_id == trained.pond.lead.pk
    later = Run.objects.create(
        dataset=trained.pond.dataset, version=version, base_model="yolov8n-seg.yaml", name="later",
        parameters=trained.run.parameters,
    )  # fmt: skip
    between = read_progress(later, against=trained.run, split="val")["between"]
    assert between is not None
    assert between["id"] == evaluation.pk


def test_not_where_the_dataset_does_not_want_it(trained: Trained, redis: object) -> None:
    trained.pond.dataset.evaluate_new_versions = False
    trained.pond.dataset.save()
    version = freeze_next(trained, "next")
    assert not Evaluation.objects.filter(version=version).exists()


@pytest.mark.parametrize("why", ["fold", "failed", "gone"])
def test_only_a_checkpoint_that_can_be_compared(
    trained: Trained, redis: object, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "fold":
        trained.run.parameters["fold"] = {"number": 1, "count": 2, "seed": 0}
        trained.run.save(update_fields=["parameters"])
    elif why == "failed":
        Run.objects.filter(pk=trained.run.pk).update(state="failed")
    else:
        monkeypatch.setattr(paths, "checkpoint_path", lambda _: Path("/nowhere/best.pt"))
    version = freeze_next(trained, "next")
    assert not Evaluation.objects.filter(version=version).exists()


def test_a_crash_while_it_is_asked_for_leaves_the_version_to_be_frozen_again(
    trained: Trained, redis: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: Version) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(freezing, "VERSION_FOLLOWERS", [*freezing.VERSION_FOLLOWERS, crash])
    trained.pond.add_image("next", split="val", seed=77)
    version = request_version(trained.pond.dataset, created_by=trained.pond.lead)
    with pytest.raises(KeyboardInterrupt):
        freeze_version(version.pk)
    version.refresh_from_db()
    assert version.state == "running"
    assert not Evaluation.objects.filter(version=version).exists()
    monkeypatch.undo()
    Version.objects.filter(pk=version.pk).update(lease_until="2020-01-01T00:00Z")
    freeze_version(version.pk)
    assert Evaluation.objects.filter(version=version).count() == 1
