"""Into the dataset: images of a prediction become images of a dataset, without labels.

It is an import like any other (annotator.imports), whose source is the prediction: with progress, a
report, the way on after a kill, and the way back. What was predicted is offered as ghosts in the
editor (:mod:`.ghosts`). An image that the dataset has already is not doubled, and gets the ghosts.
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict
from uuid import UUID, uuid4

import numpy as np
from django.conf import settings
from django.contrib.auth.models import User
from django.db import connections
from django.db.models import Q
from django.http import Http404

from annotator.imports.imports import start_import
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.files import write_atomically
from annotator.kernel.turns import job_turn
from annotator.labels.formats.base import FolderProblem, FoundImage, ReadLabels
from annotator.labels.formats.trees import FileReadError, FolderTree, TreeError
from annotator.labels.stems import clean_stem
from annotator.models import Dataset, Image, Import, Split
from training import paths
from training.models import PredictedImage, Prediction
from training.predictions.video.frames import frame_jpeg

from .columns import Columns
from .cut import Cut
from .rows import file_of, walk_images

PREFIX = "prediction:"
"""``source_path`` of such an import: ``prediction:<id>:<token>``."""

Show = Literal["all", "found", "nothing", "errors"]

_BATCH_IMAGES = 200
_FRAME = "frame-"


class _Choice(TypedDict):
    """Which images, as it is kept. ``chosen_at``: seconds; images that the dataset had then are not
    doubled. ``split``: "" for one in five in val."""

    dataset: int
    positions: list[int]
    split: str
    chosen_at: float


class Filter(NamedTuple):
    """What the gallery shows. ``class_index``: only images with an object of this class."""

    show: Show = "all"
    class_index: int | None = None


def matching_positions(
    columns: Columns, cut: Cut, wanted: Filter, *, class_count: int
) -> list[int]:
    """The positions of the images that a filter of the gallery matches, errors aside."""
    has_error = columns.has_error.astype(bool)
    if wanted.show == "errors":
        return []
    kept = ~has_error
    if wanted.show != "all":
        found = columns.counts(cut, class_count) > 0
        kept &= found if wanted.show == "found" else ~found
    if wanted.class_index is not None:
        chosen = columns.shown(cut, class_count) & (columns.class_index == wanted.class_index)
        sums = np.concatenate(([0], np.cumsum(chosen)))
        kept &= sums[columns.start[1:]] > sums[columns.start[:-1]]
    positions: list[int] = columns.position[kept].tolist()
    return positions


def take_into_dataset(
    prediction: Prediction,
    dataset: Dataset,
    positions: Iterable[int],
    *,
    split: str,
    created_by: User,
) -> Import:
    """Queue an import of these images. Raises ServiceError where there is none of them."""
    chosen = sorted(set(positions))
    if not chosen:
        raise ServiceError("No image is chosen: there is nothing to take in.", code="none_chosen")
    known = _count_known(prediction, chosen)
    if known < len(chosen):
        raise ServiceError(
            f"{len(chosen) - known:,} of the chosen images are not in this prediction, or could "
            "not be read.",
            code="unknown_position",
        )
    token = uuid4().hex
    choice: _Choice = {
        "dataset": dataset.pk,
        "positions": chosen,
        "split": split,
        "chosen_at": time.time(),
    }
    path = paths.prediction_choice_path(prediction.pk, token)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(choice).encode())
    name = f"Prediction {prediction.pk}"
    if prediction.source_name:
        name = f"{name}: {prediction.source_name}"
    return start_import(
        dataset,
        source_path=f"{PREFIX}{prediction.pk}:{token}",
        source_name=name,
        created_by=created_by,
        options={"on_conflict": "both"},
    )


def _count_known(prediction: Prediction, positions: Sequence[int]) -> int:
    rows = PredictedImage.objects.filter(prediction=prediction, is_done=True, error="")
    return sum(
        rows.filter(position__in=positions[begin : begin + 5000]).count()
        for begin in range(0, len(positions), 5000)
    )


# --- the source of the import -----------------------------------------------------------------


def _parse(source_path: str) -> tuple[int, Path]:
    prediction_id, _, token = source_path.removeprefix(PREFIX).partition(":")
    return int(prediction_id), paths.prediction_choice_path(int(prediction_id), token)


def is_there(source_path: str) -> bool:
    return _parse(source_path)[1].is_file()


def open_prediction(source_path: str) -> "PredictionTree":
    """Raises TreeError where the prediction was deleted."""
    prediction_id, path = _parse(source_path)
    prediction = Prediction.objects.filter(pk=prediction_id).first()
    try:
        choice: _Choice = json.loads(path.read_bytes())
    except FileNotFoundError:
        prediction = None
    if prediction is None:
        raise TreeError("The prediction was deleted meanwhile.")
    listed = path.with_suffix(".entries")
    if not listed.exists():
        lines = (json.dumps(entry) + "\n" for entry in _list_entries(prediction, choice))
        _write_lines(listed, lines)
    return PredictionTree(prediction, listed)


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("w") as file:
        file.writelines(lines)
    temporary.replace(path)


def _list_entries(prediction: Prediction, choice: _Choice) -> Iterator[FoundImage]:
    """The images that the dataset does not have yet, each once."""
    seen: set[str] = set()
    batch: list[PredictedImage] = []
    for image in walk_images(prediction, only=choice["positions"]):
        batch.append(image)
        if len(batch) == _BATCH_IMAGES:
            yield from _new_entries(batch, choice, seen)
            batch = []
    yield from _new_entries(batch, choice, seen)


def _new_entries(
    batch: Sequence[PredictedImage], choice: _Choice, seen: set[str]
) -> Iterator[FoundImage]:
    before = datetime.fromtimestamp(choice["chosen_at"], tz=UTC)
    present = find_images(choice["dataset"], [image.sha256 for image in batch], before=before)
    for image in batch:
        if image.frame is not None:
            if not _is_taken(image, choice["dataset"], before):
                yield _frame_entry(image, choice["split"])
            continue
        file = file_of(image)
        if file is None or image.sha256 in present or image.sha256 in seen:
            continue
        seen.add(image.sha256)
        path = file.name
        if file.parent != paths.predicted_image_path(image).parent:
            path = file.relative_to(settings.DATA_ROOT).as_posix()
        yield FoundImage(
            path,
            None,
            _split_of(choice["split"], image.sha256),
            name=clean_stem(image.file_name),
        )


def _is_taken(image: PredictedImage, dataset_id: int, before: datetime) -> bool:
    """Whether a frame is in the dataset, where it came from this prediction: it has no hash."""
    taken = image.taken_as
    is_there = taken is not None and taken.deleted_at is None and taken.dataset_id == dataset_id
    return is_there and taken is not None and taken.created_at < before


def _frame_entry(image: PredictedImage, split: str) -> FoundImage:
    """Frames of a video stay together: in one group, and without another choice in train."""
    return FoundImage(
        f"{_FRAME}{image.position}.jpg",
        None,
        _split_of(split, ""),
        name=clean_stem(image.file_name),
        group=clean_stem(image.prediction.source_name or "video"),
        frame_number=image.frame,
        time_ms=image.time_ms,
    )


def _split_of(chosen: str, sha256: str) -> Literal["train", "val", "test"]:
    """One in five goes to val, by the hash, as with an upload."""
    if chosen:
        return Split(chosen).value  # type: ignore[return-value]
    return "val" if int(sha256[:8] or "1", 16) % 5 == 0 else "train"


def find_images(
    dataset_id: int, hashes: Sequence[str], *, before: datetime | None = None
) -> dict[str, UUID]:
    """Images of a dataset by the hash of their file, or of the file as it came."""
    known = [each for each in hashes if each]
    rows = Image.objects.filter(dataset_id=dataset_id).filter(
        Q(sha256__in=known) | Q(upload_sha256__in=known)
    )
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    found: dict[str, UUID] = {}
    for pk, *both in rows.values_list("pk", "sha256", "upload_sha256"):
        for sha256 in both:
            found.setdefault(sha256, pk)
    return found


class PredictionTree(FolderTree):
    """The files of chosen images; others by their path below the data root."""

    format = "prediction"

    def __init__(self, prediction: Prediction, listed: Path) -> None:
        self._prediction = prediction
        root = paths.prediction_dir(prediction) / "images"
        root.mkdir(parents=True, exist_ok=True)
        super().__init__(root)
        self.source = _PredictionSource(listed)

    def folders(self) -> Iterator[str]:
        return iter(())

    def names(self, folder: str) -> list[str]:
        return []

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        if not path.startswith(_FRAME):
            return super().read(path, limit_bytes=limit_bytes)
        position = int(path.removeprefix(_FRAME).removesuffix(".jpg"))
        try:
            return frame_jpeg(self._prediction, position)
        except (ConflictError, Http404) as error:
            raise FileReadError(str(error) or "There is no such frame.") from error
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections.close_all()  # an import reads ahead in a thread of its own

    def _absolute(self, path: str) -> str:
        if "/" in path:
            return str(Path(settings.DATA_ROOT) / path)
        return super()._absolute(path)


class _PredictionSource:
    """Images without labels."""

    names_are_known = True

    def __init__(self, listed: Path) -> None:
        self._listed = listed
        self.class_names: list[str] = []
        self.notes: list[str] = []

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        with self._listed.open() as lines:
            for line in lines:
                yield FoundImage(*json.loads(line))

    def files(self) -> Iterator[str]:
        return iter(())

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return ReadLabels()

    def count_classes_used(self) -> int:
        return 0


# --- what follows -----------------------------------------------------------------------------


def note_taken(job: Import) -> None:
    """Note which image of the dataset each chosen one became, or was: its ghosts are found so."""
    prediction_id, path = _parse(job.source_path)
    with suppress(FileNotFoundError):
        choice: _Choice = json.loads(path.read_bytes())
        positions = choice["positions"]
        for begin in range(0, len(positions), _BATCH_IMAGES):
            _note(job, prediction_id, choice, positions[begin : begin + _BATCH_IMAGES])


def _note(job: Import, prediction_id: int, choice: _Choice, positions: list[int]) -> None:
    rows = list(
        PredictedImage.objects.filter(
            prediction_id=prediction_id, position__in=positions, error=""
        ).only("pk", "sha256", "frame", "taken_as_id", "prediction_id")
    )
    present = find_images(choice["dataset"], [row.sha256 for row in rows])
    numbers = [row.frame for row in rows if row.frame is not None]
    frames = dict(
        Image.objects.filter(import_job=job, video_frame__in=numbers).values_list(
            "video_frame", "pk"
        )
    )
    changed = []
    for row in rows:
        image_id = present.get(row.sha256) if row.frame is None else frames.get(row.frame)
        if image_id is not None and image_id != row.taken_as_id:
            row.taken_as_id = image_id
            changed.append(row)
    if changed:
        with job_turn():
            PredictedImage.objects.bulk_update(changed, ["taken_as"])
