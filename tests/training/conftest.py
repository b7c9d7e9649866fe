"""A drawn dataset that trains in seconds, and one run on it that all API tests share."""

import io
import json
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.db import models
from PIL import Image as PillowImage
from PIL import ImageDraw
from pytest_django import DjangoDbBlocker, Settings

from annotator import paths as annotator_paths
from annotator.annotations.data import InstanceData
from annotator.datasets.datasets import create_dataset
from annotator.folder.saving import replace_annotation
from annotator.kernel.files import sha256_of
from annotator.models import Dataset, DatasetClass, Image, ImageStatus, Instance, Membership, Role
from training.jobs.engine_job import work_off
from training.models import Checkpoint, Epoch, Evaluation, Run, RunAttempt, Version
from training.runs.payloads import runs_for_payload
from training.runs.runs import RunRequest, start_run
from training.runs.training import train_next_run
from training.versions.freezing import freeze_version
from training.versions.versions import request_version

from . import scripted_engine

SIZE_WH = (96, 64)
COLORS = ("#dc503c", "#46c85a")
TINY: RunRequest = {
    "base_model": "yolov8n-seg.yaml",
    "epochs": 2,
    "image_size": 64,
    "batch": 4,
    "device": "cpu",
    "arguments": {"plots": False},  # drawing them takes longer than all the rest
}
_numbers = count()


def draw_picture(rng: np.random.Generator) -> tuple[bytes, list[tuple[int, list[float]]]]:
    """A PNG with one to three discs (class 0) and diamonds (class 1), and their rings in pixels."""
    noise = rng.integers(90, 150, (SIZE_WH[1], SIZE_WH[0], 3), dtype=np.uint8)
    picture = PillowImage.fromarray(noise)
    draw = ImageDraw.Draw(picture)
    shapes = []
    for _ in range(int(rng.integers(1, 4))):
        kind = int(rng.integers(2))
        radius = rng.uniform(8, 14)
        center = rng.uniform(radius, np.array(SIZE_WH) - radius)
        angles = np.linspace(0, 2 * np.pi, 4 if kind else 20, endpoint=False)
        ring = (center + radius * np.stack([np.cos(angles), np.sin(angles)], 1)).round(2)
        draw.polygon([tuple(point) for point in ring], fill=COLORS[kind])
        shapes.append((kind, ring.reshape(-1).tolist()))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue(), shapes


@dataclass
class Pond:
    """A dataset of done images with a person in each role, and a stranger."""

    dataset: Dataset
    lead: User
    reviewer: User
    annotator: User
    stranger: User

    @property
    def classes(self) -> list[DatasetClass]:
        return list(self.dataset.classes.order_by("index"))

    @property
    def members(self) -> list[User]:
        return [self.lead, self.reviewer, self.annotator]

    def add_image(
        self,
        stem: str,
        *,
        split: str,
        status: str = ImageStatus.DONE,
        seed: int | None = None,
        empty: bool = False,
    ) -> Image:
        """Put a drawn picture in place with its annotation, as an import does."""
        content, shapes = draw_picture(np.random.default_rng(seed))
        image = Image.objects.create(
            dataset=self.dataset,
            stem=stem,
            extension="png",
            split=split,
            width=SIZE_WH[0],
            height=SIZE_WH[1],
            size_bytes=len(content),
            sha256=sha256_of(content),
            upload_sha256=sha256_of(content),
        )
        annotator_paths.image_path(image).write_bytes(content)
        instances: list[InstanceData] = [
            {
                "id": str(uuid.uuid4()),
                "class_id": self.classes[kind].pk,
                "polygons": [[ring]],
            }
            for kind, ring in shapes
        ]
        return replace_annotation(
            image.pk,
            base_revision=0,
            instances=[] if empty else instances,
            author=self.lead,
            status=status,
        )

    def fill(self, *, train: int = 8, val: int = 4, test: int = 2) -> None:
        for split, number in (("train", train), ("val", val), ("test", test)):
            for index in range(number):
                self.add_image(f"{split}-{index:02}", split=split, seed=1000 * len(split) + index)


def make_pond() -> Pond:
    number = f"{next(_numbers)}-{uuid.uuid4().hex[:6]}"
    lead, reviewer, annotator, stranger = (
        User.objects.create_user(f"{name}-{number}", password="a-pass-word")
        for name in ("lead", "reviewer", "annotator", "stranger")
    )
    dataset = create_dataset(
        owner=lead, name=f"Pond {number}", classes=[{"name": "disc"}, {"name": "diamond"}]
    )
    Membership.objects.create(dataset=dataset, user=reviewer, role=Role.REVIEWER)
    Membership.objects.create(dataset=dataset, user=annotator, role=Role.ANNOTATOR)
    return Pond(dataset, lead, reviewer, annotator, stranger)


@pytest.fixture
def pond(transactional_db: None, redis: object) -> Pond:
    """A filled dataset in a database whose transactions really commit, as workers need it."""
    pond = make_pond()
    pond.fill()
    return pond


def freeze(pond: Pond) -> Version:
    """Freeze in this process."""
    version = request_version(pond.dataset, created_by=pond.lead)
    freeze_version(version.pk)
    version.refresh_from_db()
    return version


def start(pond: Pond, **changes: object) -> Run:
    request: RunRequest = {**TINY, **changes}  # type: ignore[typeddict-item]
    return start_run(pond.dataset, request, created_by=pond.lead)


# --- one trained run for all tests that only read ---------------------------------------------


@dataclass
class Trained:
    """A run that was trained for two epochs, with its evaluation on val."""

    pond: Pond
    run: Run
    version: Version
    best: Checkpoint
    evaluation: Evaluation


@dataclass
class _Snapshot:
    rows: str
    pond: tuple[int, int, int, int, int]
    run: int
    files: dict[Path, bytes]
    """Of the dataset folder."""

    def put_files_back(self) -> None:
        """A test may have moved some, into the trash or to another split."""
        for path, content in self.files.items():
            if not path.is_file() or path.read_bytes() != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.unlink(missing_ok=True)  # a version links to what it froze
                path.write_bytes(content)


@pytest.fixture(scope="session")
def _trained_snapshot(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> _Snapshot:
    """Train once a session; keep the rows as JSON, and the files of the dataset."""
    with django_db_blocker.unblock():
        pond = make_pond()
        pond.fill()
        run = start(pond, version=freeze(pond))
        train_next_run()
        run.refresh_from_db()
        assert run.state == "finished", f"{run.error} {run.error_hint}"
        for evaluation in run.evaluations.all():
            work_off(evaluation)
        people = (pond.lead, pond.reviewer, pond.annotator, pond.stranger)
        querysets: list[models.QuerySet[models.Model]] = [
            User.objects.filter(pk__in=[user.pk for user in people]),
            Dataset.objects.filter(pk=pond.dataset.pk),
            DatasetClass.objects.filter(dataset=pond.dataset),
            Membership.objects.filter(dataset=pond.dataset),
            Image.objects.filter(dataset=pond.dataset),
            Instance.objects.filter(image__dataset=pond.dataset),
            Version.objects.filter(dataset=pond.dataset),
            Run.objects.filter(pk=run.pk),
            RunAttempt.objects.filter(run=run),
            Epoch.objects.filter(run=run),
            Checkpoint.objects.filter(run=run),
            Evaluation.objects.filter(run=run),
        ]
        rows = serializers.serialize("json", [row for rows in querysets for row in rows])
        ids = (pond.dataset.pk, *(user.pk for user in people))
        folder = annotator_paths.dataset_dir(pond.dataset)
        files = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        snapshot = _Snapshot(rows, ids, run.pk, files)  # type: ignore[arg-type]
        Evaluation.objects.filter(run=run).delete()
        run.delete()
        Version.objects.filter(dataset=pond.dataset).delete()
        Image.objects.filter(dataset=pond.dataset).delete()
        pond.dataset.delete()
        for user in people:
            user.delete()
        return snapshot


@pytest.fixture
def trained(_trained_snapshot: _Snapshot, db: None) -> Trained:
    """The session's run, its rows and files put back for this test."""
    _trained_snapshot.put_files_back()
    for row in serializers.deserialize("json", _trained_snapshot.rows):
        row.save()
    dataset_id, *people = _trained_snapshot.pond
    users = [User.objects.get(pk=pk) for pk in people]
    pond = Pond(Dataset.objects.get(pk=dataset_id), *users)
    run = runs_for_payload().get(pk=_trained_snapshot.run)
    return Trained(
        pond=pond,
        run=run,
        version=run.version,
        best=run.checkpoints.get(kind="best"),
        evaluation=run.evaluations.get(),
    )


QueryCounter = Callable[[Callable[[], object]], int]


@pytest.fixture
def count_queries(db: None) -> QueryCounter:
    """Count the queries that a call makes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def counted(action: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as captured:
            action()
        return len(captured)

    return counted


# --- an engine that does as it is told ----------------------------------------------------------

Step = dict[str, object]


class Engine:
    """The scripted engine, in the place of the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "training" / "engine"
        package.mkdir(parents=True)
        for init in (folder / "training" / "__init__.py", package / "__init__.py"):
            init.touch()
        shutil.copy(scripted_engine.__file__, package / "__main__.py")

    def follow(self, *script: Step) -> None:
        """One step an attempt; ``{}`` trains to the end."""
        (self.folder / "script.json").write_text(json.dumps(script))

    @property
    def requests(self) -> list[dict[str, Any]]:
        lines = (self.folder / "requests.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    @property
    def predict_requests(self) -> list[dict[str, Any]]:
        lines = (self.folder / "predict-requests.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def engine(tmp_path: Path, settings: Settings) -> Engine:
    settings.REPOSITORY = tmp_path  # where the engine's module is looked for
    return Engine(tmp_path)
