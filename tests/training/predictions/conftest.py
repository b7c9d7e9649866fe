"""A dataset of drawn images and a checkpoint that the scripted engine takes for a model."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.models.jobs import JobState
from training import paths
from training.checkpoints.usable import UsableModel, as_usable
from training.jobs import engine_process, supervising
from training.jobs.engine_job import work_off
from training.models import Checkpoint, Prediction, Run, Version
from training.predictions.predictions import start_prediction
from training.predictions.sources.requested import Source
from training.versions.freezing import hash_file

from ..conftest import Engine, Pond, freeze, make_pond

PARAMETERS = {
    **{"epochs": 2, "image_size": 64, "batch": 4, "device": "cpu", "seed": 0, "patience": 9},
    **{"learning_rate": None, "arguments": {}, "fold": None},
}


@dataclass
class Room:
    pond: Pond
    version: Version
    best: Checkpoint
    engine: Engine

    @property
    def model(self) -> UsableModel:
        return as_usable(Checkpoint.objects.select_related("run__version").get(pk=self.best.pk))

    def start(self, source: Source, user: User | None = None, **options: Any) -> Prediction:
        return start_prediction(
            self.model,
            source,
            confidence=0.5,
            device="cpu",
            options=options,
            created_by=user or self.pond.lead,
        )

    def predict(self, source: Source, **options: Any) -> Prediction:
        """Start a prediction and work it off."""
        job = self.start(source, **options)
        work_off(job)
        job.refresh_from_db()
        return job

    @property
    def asked(self) -> list[dict[str, Any]]:
        """What engines were asked to predict on, all attempts together."""
        import json

        path = self.engine.folder / "predicted.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]


@pytest.fixture
def room(
    transactional_db: None, redis: object, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    monkeypatch.setattr(engine_process, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(supervising, "LOOK_EVERY_SECONDS", 0.05)
    pond = make_pond()
    pond.fill(train=3, val=2, test=1)
    version = freeze(pond)
    run = Run.objects.create(
        **{"dataset": pond.dataset, "version": version, "name": "trained"},
        **{"base_model": "yolov8n-seg.yaml", "state": JobState.FINISHED, "parameters": PARAMETERS},
    )
    path = paths.weights_path(run, "best")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("2")
    best = Checkpoint.objects.create(
        **{"run": run, "kind": "best", "epoch": 2, "size_bytes": 1, "sha256": hash_file(path)}
    )
    yield Room(pond, version, best, engine)
    supervising.shutting_down.clear()
