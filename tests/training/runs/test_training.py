"""Training, evaluating and predicting in this process: real engine, tiny runs."""

import pytest

from annotator.folder.trash.datasets import delete_dataset
from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import claim_job, make_owner
from training import paths
from training.evaluations.evaluated_images import evaluation_folder
from training.evaluations.evaluations import (
    delete_evaluation,
    start_evaluation,
)
from training.jobs.engine_job import work_off
from training.jobs.engine_process import read_tail
from training.models import Checkpoint, Run
from training.runs.runs import cancel_run
from training.runs.training import train_next_run
from training.versions.deleting import delete_version

from ..conftest import Pond, Trained, freeze, start


def test_a_run_leaves_epochs_checkpoints_and_a_queued_evaluation(trained: Trained) -> None:
    run = trained.run
    assert run.state == "finished"
    assert run.epoch == 2
    assert [epoch.number for epoch in run.epoch_rows.all()] == [1, 2]
    assert len(run.sparkline) == 2
    assert run.device_name
    assert {item.kind for item in run.checkpoints.all()} == {"best", "last"}
    for checkpoint in run.checkpoints.all():
        path = paths.checkpoint_path(checkpoint)
        assert path.stat().st_size == checkpoint.size_bytes
    assert run.best_epoch in (1, 2)
    assert run.best_mask == trained.best.mask
    assert (paths.run_dir(run) / "results.csv").is_file()
    assert (paths.run_dir(run) / "args.yaml").is_file()


def test_the_evaluation_of_best_agrees_with_the_run(trained: Trained) -> None:
    evaluation = trained.evaluation
    assert evaluation.state == "finished", evaluation.error
    assert (evaluation.image_count, evaluation.split) == (4, "val")
    assert trained.run.best_mask is not None
    assert evaluation.mask is not None
    for name, value in trained.run.best_mask.items():
        assert evaluation.mask[name] == pytest.approx(value, abs=1e-3)


def test_a_checkpoint_that_came_alone_has_the_figures_of_its_evaluation(trained: Trained) -> None:
    best = trained.best
    Checkpoint.objects.filter(pk=best.pk).update(box=None, mask=None)
    evaluation = start_evaluation(best, "val", created_by_id=None, again=True)
    work_off(evaluation)
    evaluation.refresh_from_db()
    best.refresh_from_db()
    assert (best.box, best.mask) == (evaluation.box, evaluation.mask)
    assert best.mask is not None


@pytest.mark.slow
def test_the_test_split_is_evaluated_on_request(pond: Pond) -> None:
    pond.dataset.evaluate_new_versions = False  # else the newer version has one on val, too
    pond.dataset.save()
    run = start(pond, version=freeze(pond), epochs=1)
    train_next_run()
    best = Checkpoint.objects.get(run=run, kind="best")
    evaluation = start_evaluation(best, "test", created_by_id=None)
    work_off(evaluation)
    evaluation.refresh_from_db()
    assert evaluation.state == "finished", evaluation.error
    assert evaluation.image_count == 2
    assert start_evaluation(best, "test", created_by_id=None).pk == evaluation.pk

    pond.add_image("test-99", split="test", seed=99)
    newer = freeze(pond)
    other = start_evaluation(best, "test", created_by_id=None, version=newer)
    work_off(other)
    other.refresh_from_db()
    assert (other.state, other.image_count) == ("finished", 3), other.error
    assert (other.unknown_classes, other.extra_classes) == ([], [])
    with pytest.raises(ConflictError, match="delete these evaluations first"):
        delete_version(newer)
    folder = paths.evaluation_dir(other)
    delete_evaluation(other)
    assert not folder.exists()
    delete_version(newer)

    with paths.checkpoint_path(best).open("ab") as handle:  # not the file that the run wrote
        handle.write(b"x")
    assert start_evaluation(best, "test", created_by_id=None, again=True).state == "queued"
    work_off(evaluation)
    evaluation.refresh_from_db()
    assert evaluation.state == "failed"
    assert "not the one that the run wrote" in evaluation.error
    assert evaluation_folder(evaluation).is_dir(), "what was there before stays readable"


def test_missing_weights_fail_at_once_and_say_where_to_put_them(
    pond: Pond, settings: object
) -> None:
    paths.weights_reachable_path().unlink(missing_ok=True)
    run = start(pond, version=freeze(pond), base_model="yolo11m-seg.pt")
    settings.ALLOW_WEIGHTS_DOWNLOAD = False  # type: ignore[attr-defined]
    train_next_run()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "yolo11m-seg.pt" in run.error
    assert str(paths.weights_dir() / "yolo11m-seg.pt") in run.error_hint
    assert "yolo11m-seg.pt" in read_tail(paths.run_log_path(run), lines=5)[0]
    assert not run.checkpoints.exists()


def test_a_run_that_somebody_holds_is_left_alone(pond: Pond) -> None:
    run = start(pond, version=freeze(pond))
    held = claim_job(Run, run.pk, make_owner())
    assert held is not None
    train_next_run()
    run.refresh_from_db()
    assert (run.state, run.attempts, run.lease_owner) == ("running", 1, held.lease_owner)
    assert not paths.run_dir(run).exists()


def test_a_cancelled_run_is_not_begun(pond: Pond) -> None:
    run = start(pond, version=freeze(pond))
    cancel_run(run)
    train_next_run()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not paths.run_dir(run).exists()


def test_a_run_of_a_deleted_dataset_is_cancelled(pond: Pond) -> None:
    run = start(pond, version=freeze(pond))
    delete_dataset(pond.dataset, author=pond.lead)
    train_next_run()
    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not paths.run_dir(run).exists()


def test_a_run_waits_for_its_version(pond: Pond) -> None:
    run = start(pond)
    train_next_run()
    run.refresh_from_db()
    assert run.state == "queued"
    assert run.version.state == "queued"


def test_a_version_that_fails_takes_its_runs_with_it(pond: Pond) -> None:
    run = start(pond)
    from annotator import paths as annotator_paths
    from training.versions.freezing import freeze_version

    image = pond.dataset.images.get(stem="val-01")
    annotator_paths.image_path(image).unlink()
    freeze_version(run.version_id)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "val-01.png" in run.error


def test_nothing_changed_no_new_version(pond: Pond) -> None:
    version = freeze(pond)
    assert start(pond).version_id == version.pk
    pond.add_image("one-more", split="train")
    assert start(pond).version.number == version.number + 1


@pytest.mark.slow
def test_a_version_changed_under_the_run_fails_it(pond: Pond) -> None:
    version = freeze(pond)
    run = start(pond, version=version, epochs=1)
    label = paths.version_dir(version) / "labels/val/val-00.txt"
    label.write_text("0 0.1 0.1 0.9 0.1 0.9 0.9\n")
    train_next_run()
    run.refresh_from_db()
    assert run.state == "failed"
    assert "labels/val/val-00.txt" in run.error
