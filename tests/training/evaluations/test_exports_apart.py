"""Whoever asks for the evaluation of a checkpoint does not get that of an export of it."""

import shutil

import pytest

from training import paths
from training.checkpoints.payloads import checkpoint_payload, checkpoints_for_payload
from training.comparing.comparing import compare_evaluations
from training.comparing.seed_spread import spread_over_seeds
from training.evaluations.evaluated_objects import list_suspects
from training.evaluations.evaluations import queue_evaluation
from training.evaluations.payloads import evaluation_payload, evaluations_for_payload
from training.evaluations.progress import read_progress
from training.management.commands.train import describe_run
from training.models import Evaluation, Export, RunGroup
from training.runs.payloads import run_payload, runs_for_payload
from training.runs.report.report import build_report

from ..conftest import Trained


@pytest.fixture
def measured(trained: Trained) -> Evaluation:
    """An export of best.pt that finds everything, measured where best.pt was, and later."""
    export = Export.objects.create(
        checkpoint=trained.best,
        format="onnx",
        image_size=96,
        size_bytes=1234,
        state="finished",
        file_name="best.onnx",
    )
    perfect = {"precision": 1.0, "recall": 1.0, "map50": 1.0, "map50_95": 1.0}
    row = Evaluation.objects.get(pk=trained.evaluation.pk)
    row.pk = None
    row.export, row.mask, row.box, row.instance_count = export, perfect, perfect, 99
    row.save()
    return row


def test_a_checkpoint_and_a_run_show_their_own_figures(
    trained: Trained, measured: Evaluation
) -> None:
    own = trained.evaluation
    told = checkpoint_payload(checkpoints_for_payload().get(pk=trained.best.pk))
    assert told["evaluation"] == own.pk
    run = run_payload(runs_for_payload().get(pk=trained.run.pk))
    assert run["evaluation"] == own.pk
    assert describe_run(trained.run)["evaluation"]["id"] == own.pk
    progress = read_progress(trained.run, against=None, split="val")
    assert progress["after"] is not None
    assert progress["after"]["id"] == own.pk


def test_the_report_is_of_the_checkpoint(trained: Trained, measured: Evaluation) -> None:
    """The export's evaluation has no files: a report of it could not be built."""
    assert build_report(trained.run)


def test_an_export_does_not_vote_on_label_errors(trained: Trained, measured: Evaluation) -> None:
    suspects = list_suspects(trained.evaluation, kind=None, class_index=None, offset=0, limit=1)
    assert suspects["evaluations"] == 1


def test_seeds_are_spread_over_checkpoints_alone(trained: Trained, measured: Evaluation) -> None:
    group = RunGroup.objects.create(dataset=trained.pond.dataset, name="Seeds")
    type(trained.run).objects.filter(pk=trained.run.pk).update(group=group)
    for evaluation in (trained.evaluation, measured):
        evaluation.refresh_from_db()
        # One run each: nothing is spread, unless the other kind is counted as a second.
        assert spread_over_seeds(evaluation, basis="mask") is None


def test_both_are_queued_apart(trained: Trained, measured: Evaluation) -> None:
    own = queue_evaluation(trained.best, "val", created_by_id=None)
    assert own.pk == trained.evaluation.pk
    export = measured.export
    assert queue_evaluation(trained.best, "val", created_by_id=None, export=export).pk == (
        measured.pk
    )


def test_an_export_is_named_with_its_own_size(trained: Trained, measured: Evaluation) -> None:
    rows = {row.pk: row for row in evaluations_for_payload()}
    own = evaluation_payload(rows[trained.evaluation.pk])
    told = evaluation_payload(rows[measured.pk])
    assert (own["export"], own["export_name"]) == (None, "")
    assert (told["export"], told["export_name"]) == (measured.export_id, "ONNX")
    assert (told["image_size"], told["checkpoint_size_bytes"]) == (96, 1234)
    assert own["image_size"] == 64
    shutil.copytree(
        paths.evaluation_dir(trained.evaluation),
        paths.evaluation_dir(measured),
        dirs_exist_ok=True,
    )
    compared = compare_evaluations(list(rows.values()))["evaluations"]
    assert {item["export_name"] for item in compared} == {"", "ONNX"}
