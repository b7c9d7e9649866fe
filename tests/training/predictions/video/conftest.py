"""A model in rows, and predictions on videos with it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User

from annotator.datasets.datasets import create_dataset
from annotator.models.jobs import JobState
from training import paths
from training.models import (
    Checkpoint,
    PredictedImage,
    Prediction,
    Run,
    SourceKind,
    Version,
)
from training.predictions.video.columns import ColumnsWriter, Row
from training.versions.freezing import hash_file

MakePrediction = Callable[..., Prediction]


@pytest.fixture
def checkpoint(transactional_db: None, redis: object) -> Checkpoint:
    lead = User.objects.create_user("lead")
    dataset = create_dataset(owner=lead, name="Shop", classes=[{"name": "cat"}, {"name": "dog"}])
    classes = [
        {"class_id": 1, "index": 0, "name": "cat", "color": "#dc503c"},
        {"class_id": 2, "index": 1, "name": "dog", "color": "#46c85a"},
    ]
    version = Version.objects.create(
        dataset=dataset, number=1, classes=classes, state=JobState.FINISHED
    )
    run = Run.objects.create(
        **{"dataset": dataset, "version": version, "name": "trained"},
        **{"base_model": "yolov8n-seg.yaml", "state": JobState.FINISHED},
        parameters={"image_size": 64},
    )
    path = paths.weights_path(run, "best")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("2")
    return Checkpoint.objects.create(
        run=run, kind="best", epoch=2, size_bytes=1, sha256=hash_file(path)
    )


@pytest.fixture
def make_prediction(checkpoint: Checkpoint) -> MakePrediction:
    """A queued prediction on a video, of which the scripted engine reads ``told``."""

    def make(told: dict[str, Any] | None = None, **values: Any) -> Prediction:
        prediction = Prediction.objects.create(
            **{
                **{"checkpoint": checkpoint, "dataset": checkpoint.run.dataset, "confidence": 0.25},
                **{"class_names": ["cat", "dog"], "source_kind": SourceKind.VIDEO, "device": "cpu"},
                **{"source": {"file": "video.mp4"}, "source_name": "walk.mp4"},
                **values,
            }
        )
        path = paths.prediction_source_dir(prediction) / "video.mp4"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(told or {"frames": 40}))
        return prediction

    return make


def store_frames(
    prediction: Prediction, found: list[list[tuple[int, float, int | None]]], *, step_ms: int = 100
) -> None:
    """Store frames as a worker does: for each, class, confidence and track of its objects."""
    rows = []
    for number, items in enumerate(found):
        instances = [
            {
                "class_index": index,
                "confidence": confidence,
                "polygon": [1, 1, 9, 1, 9, 9],
                "box": [1, 1, 9, 9],
                **({} if track is None else {"track": track}),
            }
            for index, confidence, track in items
        ]
        PredictedImage.objects.create(
            **{"prediction": prediction, "position": number, "frame": number, "extension": ""},
            **{"file_name": f"walk_{number:06}.jpg", "sha256": "", "width": 96, "height": 64},
            **{"time_ms": number * step_ms, "instances": instances, "is_done": True},
        )
        rows.append(Row(number, number * step_ms, number, instances))
    writer = ColumnsWriter(prediction, 0)
    writer.add(rows)
    writer.close()
    Prediction.objects.filter(pk=prediction.pk).update(image_count=len(found))
    prediction.refresh_from_db()
