"""A few synthetic images to look at before they are frozen into a version, and what can be cut out.

The engine makes them on a worker; they lie in the cache and may be deleted at any time.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any, TypedDict, TypeVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404

from annotator.kernel.jobs import Progress, progress_of
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons
from annotator.models.jobs import ENDED_STATES, JobState
from training import paths
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_worker
from training.jobs.supervising import Outcome
from training.models import Preview, SyntheticPreview, Version
from training.versions.payloads import SyntheticClassCounts, SyntheticRecipe, class_names
from training.versions.synthetic import engine_request
from training.versions.version_index import cache_dir

PREVIEW_IMAGES = 8
MOST_PREVIEWS = 30
"""So many are kept, with their images."""
P = TypeVar("P", bound=Preview)
_NAME = re.compile(r"syn-\d{1,12}-\d{1,6}\.(jpg|png)")


class PreviewObject(TypedDict):
    """``is_new``: it was pasted."""

    class_index: int
    polygons: Polygons
    is_new: bool


class PreviewImage(TypedDict):
    name: str
    url: str
    width: int
    height: int
    objects: list[PreviewObject]


class SyntheticPreviewPayload(TypedDict):
    """``images`` and ``classes`` are [] until it has finished. ``is_gone``: its images are not kept
    any more."""

    id: int
    version: int
    state: JobState
    progress: Progress
    error: str
    recipe: SyntheticRecipe
    class_names: list[str]
    classes: list[SyntheticClassCounts]
    messages: list[str]
    images: list[PreviewImage]
    is_gone: bool


def request_preview(
    version: Version, recipe: SyntheticRecipe, *, created_by: AbstractBaseUser
) -> SyntheticPreview:
    """Queue a preview of a recipe; with 0 images it says what can be cut out."""
    with transaction.atomic():
        preview = SyntheticPreview.objects.create(
            version=version, recipe=recipe, created_by_id=created_by.pk
        )
        nudge_worker(preview)
    return preview


def preview_dir(preview: Preview) -> Path:
    return cache_dir(preview.folder) / str(preview.pk)


class Previewing(EngineJob[P], is_main=False):
    """What all kinds of previews have in common: work on the processor, files in the cache."""

    def in_place(self, work: Any) -> Outcome:
        outcome: Outcome = work("cpu")
        return outcome

    def empty_folder(self) -> Path:
        """Return the folder for the images, empty. Raises RefusedError without the version's."""
        version = self.job.version
        if not paths.version_dir(version).is_dir():
            raise RefusedError(f"The files of version {version.number} are not on the disk.")
        folder = preview_dir(self.job)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def log(self) -> Path:
        return preview_dir(self.job) / paths.LOG_NAME

    def follow(self) -> None:
        """Forget the oldest previews, and the images of those that are gone with their dataset."""
        rows: QuerySet[Any] = self.model._default_manager.all()
        ended = rows.filter(state__in=ENDED_STATES).order_by("-id")
        rows.filter(pk__in=list(ended.values_list("pk", flat=True)[MOST_PREVIEWS:])).delete()
        known = {str(pk) for pk in rows.values_list("pk", flat=True)}
        for folder in preview_dir(self.job).parent.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)


class PreviewingSynthetic(Previewing[SyntheticPreview]):
    model = SyntheticPreview
    command = "synthesise"

    def request(self, device: str) -> dict[str, object]:
        return engine_request(self.job.version, self.job.recipe, self.empty_folder())

    def handle(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            self.report("Making a preview", done=event["done"], total=event["total"])

    def finish(self, event: EngineEvent) -> dict[str, object]:
        result = {name: event[name] for name in ("classes", "messages")}
        return {"result": result | {"images": _read_records(preview_dir(self.job))}}


def _read_records(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "records.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines[:PREVIEW_IMAGES]]


def preview_payload(preview: SyntheticPreview) -> SyntheticPreviewPayload:
    result: dict[str, Any] = preview.result
    records = result.get("images", [])
    is_gone = bool(records) and not preview_dir(preview).is_dir()
    return {
        "id": preview.pk,
        "version": preview.version_id,
        "state": JobState(preview.state),
        "progress": progress_of(preview),
        "error": preview.error,
        "recipe": preview.recipe,
        "class_names": class_names(preview.version),
        "classes": result.get("classes", []),
        "messages": result.get("messages", []),
        "images": [] if is_gone else [_image(preview, record) for record in records],
        "is_gone": is_gone,
    }


def _image(preview: SyntheticPreview, record: dict[str, Any]) -> PreviewImage:
    stem = record["name"].rpartition(".")[0]
    try:
        label = (preview_dir(preview) / f"{stem}.txt").read_bytes()
    except FileNotFoundError:
        label = b""
    size_wh = (record["width"], record["height"])
    parsed = parse_labels(label, size_wh=size_wh, class_count=len(preview.version.classes))
    new = set(record["pasted_rows"])
    return {
        "name": record["name"],
        "url": f"/api/synthetic-previews/{preview.pk}/files/{record['name']}",
        "width": record["width"],
        "height": record["height"],
        "objects": [
            {
                "class_index": row.class_index,
                "polygons": split_ring(row.ring),
                "is_new": number in new,
            }
            for number, row in enumerate(parsed.rows)
        ],
    }


def preview_file(preview: SyntheticPreview, name: str) -> Path:
    """Return the path of an image of a preview. Raises Http404."""
    path = preview_dir(preview) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        raise Http404
    return path
