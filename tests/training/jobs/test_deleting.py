"""Runs, evaluations, predictions and verdicts: however many rows, no turn is as long as all."""

import json

import pytest
from django.db import connection

from annotator.folder.trash.datasets import delete_dataset, purge_dataset, purge_marked_datasets
from annotator.labels.formats.trees import TreeError
from annotator.labels.safe_zip import ZipTree
from annotator.models import Dataset, Role
from tests.annotator.labels.test_safe_zip import write_zip
from tests.annotator.turns import watched_turns
from training.checkpoints.run_folders import MOST_EPOCHS, read_run_folder
from training.evaluations.evaluations import delete_evaluation
from training.findings.verdicts import change_verdicts
from training.models import (
    Epoch,
    Evaluation,
    PinnedInstance,
    PinOutcome,
    PredictedImage,
    Prediction,
    Run,
    Side,
    Verdict,
    VerdictKind,
    Version,
)
from training.predictions.predictions import delete_prediction
from training.runs.runs import delete_run
from training.versions.fixes import include_fixes, release_fixes

from ..conftest import Pond
from ..judged import Judged, start_judged

MOST = 2_001
pytestmark = pytest.mark.skipif(
    connection.vendor != "sqlite", reason="other databases have more than one writer at a time"
)


@pytest.fixture
def judged(pond: Pond) -> Judged:
    judged = start_judged(pond)
    image = judged.images[0]
    Verdict.objects.bulk_create(
        Verdict(
            dataset=pond.dataset,
            evaluation=judged.evaluation,
            image=image,
            key="0",
            side=Side.LABEL,
            index=number,
            kind=VerdictKind.EXTRA,
            state="fixed",
            class_name="disc",
            polygon=[],
        )
        for number in range(3_000)
    )
    metrics = {"precision": 0.0, "recall": 0.0, "map50": 0.0, "map50_95": 0.0}
    losses = {"box": 0.0, "seg": 0.0, "cls": 0.0, "dfl": 0.0}
    Epoch.objects.bulk_create(
        Epoch(
            run=judged.run,
            number=number,
            train_losses=losses,
            val_losses=losses,
            box=metrics,
            mask=metrics,
            learning_rate=0.1,
            seconds=1.0,
        )
        for number in range(10, 5_000)
    )
    return judged


def test_a_run_goes_in_turns_and_its_verdicts_stay(judged: Judged) -> None:
    with watched_turns() as turns:
        delete_run(judged.run)
    assert turns.longest <= MOST
    assert not Run.objects.filter(pk=judged.run.pk).exists()
    assert not Epoch.objects.filter(run_id=judged.run.pk).exists()
    assert Verdict.objects.filter(evaluation__isnull=True).count() == 3_000


def test_an_evaluation_goes_in_turns(judged: Judged) -> None:
    pin = PinnedInstance.objects.create(
        dataset=judged.pond.dataset,
        image=judged.images[0],
        instance_id="00000000-0000-4000-8000-000000000001",
    )
    PinOutcome.objects.create(pin=pin, evaluation=judged.evaluation, key="0", index=0, is_lost=True)
    with watched_turns() as turns:
        delete_evaluation(judged.evaluation)
    assert turns.longest <= MOST
    assert not Evaluation.objects.exists()
    assert not PinOutcome.objects.exists()


def add_prediction(judged: Judged) -> Prediction:
    prediction = Prediction.objects.create(
        checkpoint=judged.checkpoint, confidence=0.25, state="finished"
    )
    PredictedImage.objects.bulk_create(
        PredictedImage(
            prediction=prediction, position=n, file_name="a", extension="png", sha256="a" * 64
        )
        for n in range(3_000)
    )
    return prediction


def test_a_prediction_goes_in_turns(judged: Judged) -> None:
    prediction = add_prediction(judged)
    with watched_turns() as turns:
        delete_prediction(prediction)
    assert turns.longest <= MOST
    assert not PredictedImage.objects.exists()


def test_a_dataset_takes_all_of_it_along_in_turns(judged: Judged) -> None:
    add_prediction(judged)
    dataset = judged.pond.dataset
    delete_dataset(dataset, author=judged.pond.lead)
    purge_dataset(Dataset.objects.get(pk=dataset.pk))
    with watched_turns() as turns:
        while purge_marked_datasets():
            pass
    assert turns.longest <= MOST
    for model in (Run, Version, Verdict, Prediction, Evaluation, Epoch):
        assert not model._default_manager.exists()


def test_verdicts_are_changed_and_frozen_in_turns(judged: Judged) -> None:
    dataset, version = judged.pond.dataset, judged.version
    ids = list(Verdict.objects.values_list("pk", flat=True)[:1000])
    with watched_turns() as turns:
        changed = change_verdicts(
            dataset,
            ids,
            state="open",
            assignee=judged.pond.annotator.pk,
            actor=judged.pond.lead,
            role=Role.LEAD,
        )
    assert changed == 1000
    assert turns.longest <= 200
    revisions = {image.pk: 1_000 for image in judged.images}
    with watched_turns() as turns:
        include_fixes(version, revisions)
    assert turns.longest <= MOST
    assert version.fixes.count() == 2_000
    release_fixes(version)
    assert version.fixes.count() == 0


def test_a_run_with_far_too_many_epochs_is_not_brought_in(tmp_path: object) -> None:
    head = "epoch,time\n"
    rows = "".join(f"{number},1\n" for number in range(1, MOST_EPOCHS + 2))
    members = {
        "train/weights/best.pt": b"x",
        "train/results.csv": (head + rows).encode(),
        "train/segloop.json": json.dumps({}).encode(),
    }
    path = write_zip(tmp_path / "run.zip", members)  # type: ignore[operator]
    with ZipTree(path) as tree, pytest.raises(TreeError, match="more than 10,000 epochs"):
        read_run_folder(tree)
