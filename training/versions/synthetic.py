"""Versions with synthetic examples: another version, and train images that the engine makes of it.

Every file of the base version is there as it was frozen (images by a second name of the same
bytes), so val and test are the same and both versions can be compared. The synthetic images are in
train alone, marked in the manifest, and never in the live dataset.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from uuid import NAMESPACE_URL, uuid5

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.engine_process import EngineEvent, engine_lock
from training.jobs.nudges import nudge_worker
from training.jobs.supervising import Wish, supervise_engine
from training.models import Version

from .freezing import (
    Builder,
    FreezeCancelledError,
    FreezeError,
    FreezeInterruptedError,
    ManifestFile,
    ManifestImage,
    hash_file,
    link_or_copy,
    read_manifest,
)
from .payloads import SyntheticRecipe, class_names
from .versions import check_name, create_version

MOST_IMAGES = 20_000
MOST_INSTANCES = 10_000
BLENDS: tuple[Literal["feather", "poisson", "none"], ...] = ("feather", "poisson", "none")
DEFAULT_BLENDS = ["feather", "poisson"]
DEFAULT_MAX_PER_IMAGE = 3
RECORDS = "synthetic.jsonl"
_ENGINE_FOLDER = ".synthetic"
_REPORT_EVERY = 100


# --- asking for one -------------------------------------------------------------------------------


def make_recipe(
    base: Version,
    *,
    classes: Sequence[str],
    images: int | None = None,
    instances_per_class: int | None = None,
    seed: int = 0,
    blends: Sequence[str] = (),
    max_per_image: int = DEFAULT_MAX_PER_IMAGE,
) -> SyntheticRecipe:
    """Return what is asked of the engine. Raises ServiceError for what makes no sense."""
    if base.state != JobState.FINISHED:
        raise ConflictError(f"Version {base.number} is not frozen (yet).", code="version_busy")
    if base.synthetic is not None:
        raise ServiceError(
            f"Version {base.number} has synthetic examples already: start from version "
            f"{base.synthetic['base_number']}.",
            code="already_synthetic",
        )
    known = class_names(base)
    unknown = [name for name in classes if name not in known]
    if unknown or not classes:
        reason = f"There is no class “{unknown[0]}” in it." if unknown else "Choose a class."
        raise ServiceError(f"Version {base.number}: {reason}", code="unknown_class")
    if (images is None) == (instances_per_class is None):
        raise ServiceError(
            "Give a number of images or of objects for each class, not both.", code="bad_count"
        )
    return {
        "classes": [name for name in known if name in classes],
        "images": images,
        "instances_per_class": instances_per_class,
        "seed": seed,
        "blends": [blend for blend in BLENDS if blend in (blends or DEFAULT_BLENDS)],
        "max_per_image": max_per_image,
    }


def engine_request(base: Version, recipe: SyntheticRecipe, out: Path) -> dict[str, Any]:
    """Return what the engine is asked, for a version or a preview."""
    names = class_names(base)
    request: dict[str, Any] = {
        "folder": str(paths.version_dir(base)),
        "class_names": names,
        "class_indices": [names.index(name) for name in recipe["classes"]],
        "seed": recipe["seed"],
        "blends": recipe["blends"],
        "max_per_image": recipe["max_per_image"],
        "out_dir": str(out),
        "config_dir": str(paths.engine_config_dir()),
    }
    if recipe["images"] is not None:
        return request | {"images": recipe["images"]}
    return request | {"instances_per_class": recipe["instances_per_class"]}


def request_synthetic(
    base: Version, recipe: SyntheticRecipe, *, created_by: AbstractBaseUser | None, name: str = ""
) -> Version:
    """Queue a new version: ``base`` with synthetic train images. Raises ServiceError."""
    dataset = base.dataset
    check_name(dataset, name)
    synthetic: dict[str, object] = {
        "base": base.pk,
        "base_number": base.number,
        "recipe": recipe,
        "images": 0,
        "instances": 0,
        "classes": [],
        "messages": [],
    }
    with transaction.atomic():
        version = create_version(
            dataset,
            created_by=created_by,
            name=name or _free_name(base),
            notes="",
            only_accepted=base.only_accepted,
            synthetic=synthetic,
            classes=base.classes,
        )
        nudge_worker(version)
    announce(version)
    return version


def _free_name(base: Version) -> str:
    """“Winter + synthetic”, with a number where that is taken."""
    head = (base.name or f"Version {base.number}")[:60]
    rows = Version.objects.filter(dataset=base.dataset_id, deleted_at__isnull=True)
    taken = {name.casefold() for name in rows.values_list("name", flat=True)}
    name, number = f"{head} + synthetic", 2
    while name.casefold() in taken:
        name, number = f"{head} + synthetic {number}", number + 1
    return name


def base_of(version: Version) -> Version:
    """Return the version without the synthetic examples. Raises ConflictError where it is gone."""
    rows = Version.objects.filter(dataset=version.dataset_id, deleted_at__isnull=True)
    wanted: int = (version.synthetic or {}).get("base", 0)
    base = rows.select_related("dataset").filter(pk=wanted, state=JobState.FINISHED).first()
    if base is None:
        raise ConflictError(
            "The version that this one was made of is deleted.", code="base_version_gone"
        )
    return base


# --- making it ------------------------------------------------------------------------------------


class SyntheticBuilder(Builder):
    """Builds the folder of a version with synthetic examples."""

    def build(self) -> None:
        try:
            base = base_of(self.version)
            manifest = read_manifest(base)
        except (ConflictError, FileNotFoundError) as error:
            raise FreezeError("The version that this one is made of is gone.") from error
        self.base = base
        self.classes = base.classes
        self.make_folders()
        self.content.add_base(base.content_sha256)
        self._take_over(manifest["files"], manifest["images"])
        found = self._synthesise(manifest["images"])
        self._take_in(found, {image["path"]: image["id"] for image in manifest["images"]})
        self.totals.painted, self.totals.dropped = base.painted_count, base.ignored_object_count
        self.close()

    def include_fixes(self) -> None:
        """Fixes are counted in the version that they were frozen in."""

    def _take_over(self, files: list[ManifestFile], images: list[ManifestImage]) -> None:
        source = paths.version_dir(self.base)
        for position, entry in enumerate(files):
            if position % _REPORT_EVERY == 0:
                self.report(position, len(files), f"Taking over version {self.base.number}")
            name = entry["path"]
            if name != "data.yaml":
                self._take_file(source / name, name, entry)
        for image in images:
            self.totals.splits[PurePosixPath(image["path"]).parts[1]] += 1
            self.totals.instances += image["instances"]
            self.totals.backgrounds += image["instances"] == 0
        self.images.extend(images)

    def _take_file(self, source: Path, name: str, entry: ManifestFile) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            if name.startswith("images/"):
                link_or_copy(source, target)
            else:
                shutil.copy2(source, target)
        except FileNotFoundError as error:
            raise FreezeError(f"{name} of version {self.base.number} is gone.") from error
        status = target.stat()
        is_same = (status.st_size, status.st_mtime_ns) == (entry["size"], entry["mtime_ns"])
        if not is_same and hash_file(target) != entry["sha256"]:
            raise FreezeError(f"{name} of version {self.base.number} is not what was frozen.")
        self.list(name, entry["sha256"])

    def _synthesise(self, images: list[ManifestImage]) -> EngineEvent:
        """Let the engine make the images, in a folder of their own."""
        recipe: SyntheticRecipe = (self.version.synthetic or {})["recipe"]
        out = self.folder / _ENGINE_FOLDER
        out.mkdir()
        request = engine_request(self.base, recipe, out)
        request["prefix"] = _free_prefix(recipe["seed"], images)
        with engine_lock(paths.job_lock_path("version", self.version.pk)) as lock:
            outcome = supervise_engine(
                self.version,
                "synthesise",
                request,
                log=out / paths.LOG_NAME,
                on_event=self._hear,
                lock=lock,
                look_for_wish=self._look_for_wish,
                environment={},
            )
        match outcome.state:
            case "cancelled":
                raise FreezeCancelledError
            case "interrupted":
                raise FreezeInterruptedError
            case "failed":
                raise FreezeError(f"{outcome.error} {outcome.hint}".strip())
        event = outcome.event
        if not event["images"]:
            told = " ".join(event["messages"])
            raise FreezeError(f"No synthetic image could be made. {told}".strip())
        return event

    def _hear(self, event: EngineEvent) -> None:
        if event["type"] == "progress":
            self.report(event["done"], event["total"], "Making synthetic images")

    def _look_for_wish(self) -> Wish:
        state = Version.objects.filter(pk=self.version.pk).values_list("state", flat=True).first()
        return "now" if state == JobState.CANCELLING else ""

    def _take_in(self, event: EngineEvent, ids: dict[str, str]) -> None:
        """Move what the engine made into train, and count it."""
        out = self.folder / _ENGINE_FOLDER
        instances = 0
        with (out / "records.jsonl").open(encoding="utf-8") as records:
            for line in records:
                record = json.loads(line)
                self._take_in_one(out, record, ids)
                instances += record["instances"]
        (out / "records.jsonl").rename(self.folder / RECORDS)
        self.list(RECORDS, hash_file(self.folder / RECORDS))
        shutil.rmtree(out)
        self.version.synthetic = {
            **(self.version.synthetic or {}),
            "images": event["images"],
            "instances": instances,
            "classes": event["classes"],
            "messages": event["messages"],
        }

    def _take_in_one(self, out: Path, record: dict[str, Any], ids: dict[str, str]) -> None:
        stem, _, extension = record["name"].rpartition(".")
        picture, label = f"images/{Split.TRAIN}/{record['name']}", f"labels/train/{stem}.txt"
        (out / record["name"]).rename(self.folder / picture)
        (out / f"{stem}.txt").rename(self.folder / label)
        sha256, label_sha256 = hash_file(self.folder / picture), hash_file(self.folder / label)
        self.list(picture, sha256)
        self.list(label, label_sha256)
        self.content.add_image(
            stem=stem,
            extension=extension,
            split=Split.TRAIN,
            sha256=sha256,
            label_sha256=label_sha256,
        )
        shown = [record["ground"], *(pasted["source"] for pasted in record["pasted"])]
        self.images.append(
            {
                "id": str(uuid5(NAMESPACE_URL, f"synthetic/{self.version.pk}/{stem}")),
                "path": picture,
                "width": record["width"],
                "height": record["height"],
                "sha256": sha256,
                "revision": 0,
                "instances": record["instances"],
                "instance_ids": [],
                "synthetic": True,
                "shows": sorted({ids[name] for name in shown}),
            }
        )
        self.totals.splits[Split.TRAIN] += 1
        self.totals.instances += record["instances"]
        self.totals.backgrounds += record["instances"] == 0


def _free_prefix(seed: int, images: list[ManifestImage]) -> str:
    """``syn-<seed>``, unless an image of the version has such a name."""
    names = {PurePosixPath(image["path"]).name for image in images}
    prefix = f"syn-{seed}"
    while any(name.startswith(f"{prefix}-") for name in names):
        prefix += "x"
    return prefix
