"""Deleting a version: what depends on it, what is lost with it, and its files.

The row is marked first, by one compare-and-set that fails where something needs the version; then
its folder takes a hidden name and goes. What a crash leaves of that is removed by
:func:`remove_leftovers`.
"""

import contextlib
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.kernel.jobs import cancel_job
from annotator.kernel.plain_text import list_names
from annotator.models import BulkAction, BulkChange, DatasetExport
from annotator.models.jobs import ACTIVE_STATES, ENDED_STATES
from training import paths
from training.jobs.deleting import delete_evaluations
from training.models import Checkpoint, Evaluation, Export, Prediction, Version

MOST_NAMED = 20
_PRODUCTION = "production"


class Dependent(TypedDict):
    """One thing that was made of a version, with the page that shows it."""

    name: str
    url: str


class Dependents(TypedDict):
    """What depends on a version. ``is_allowed``: nothing needs it; ``reason`` says what does.

    The first lists name twenty things at most; the counts are whole. ``checkpoints``,
    ``predictions`` and ``model_exports`` are those of ``runs``; ``evaluations`` are those of
    checkpoints that were trained on other versions, and are deleted with it. ``lost`` says in
    sentences what is gone afterwards, ``kept`` what stays though it came from the version.
    """

    is_allowed: bool
    reason: str
    runs: list[Dependent]
    run_count: int
    checkpoint_count: int
    production: list[str]
    prediction_count: int
    model_export_count: int
    evaluations: list[Dependent]
    evaluation_count: int
    fix_count: int
    dataset_export_count: int
    restore_count: int
    lost: list[str]
    kept: list[str]


def _evaluations_of_others(version: Version) -> QuerySet[Evaluation]:
    return version.evaluations.exclude(run__version=version)


def find_dependents(version: Version) -> Dependents:
    """Say what was made of a version and what deleting it would cost."""
    runs = version.runs.order_by("-id")
    checkpoints = Checkpoint.objects.filter(run__version=version)
    evaluations = _evaluations_of_others(version).select_related("run").order_by("-id")
    exports = DatasetExport.objects.filter(dataset=version.dataset_id)
    production = [
        f"{kind}.pt of {name}"
        for kind, name, tags in checkpoints.values_list("kind", "run__name", "tags")
        if _PRODUCTION in tags
    ]
    found: Dependents = {
        "is_allowed": True,
        "reason": "",
        "runs": [{"name": run.name, "url": f"/runs/{run.pk}"} for run in runs[:MOST_NAMED]],
        "run_count": runs.count(),
        "checkpoint_count": checkpoints.count(),
        "production": production[:MOST_NAMED],
        "prediction_count": Prediction.objects.filter(checkpoint__run__version=version).count(),
        "model_export_count": Export.objects.filter(checkpoint__run__version=version).count(),
        "evaluations": [
            {"name": f"{item.run.name} on {item.split}", "url": f"/runs/{item.run_id}/results"}
            for item in evaluations[:MOST_NAMED]
        ],
        "evaluation_count": evaluations.count(),
        "fix_count": version.fixes.count(),
        "dataset_export_count": exports.filter(selection__version=version.number).count(),
        "restore_count": _restores(version).count(),
        "lost": [],
        "kept": [],
    }
    found["reason"] = _reason(version, found)
    found["is_allowed"] = not found["reason"]
    found["lost"], found["kept"] = _lost(version, found), _kept(found)
    return found


def _restores(version: Version) -> QuerySet[BulkChange]:
    """Restores of this version that are under way."""
    rows = BulkChange.objects.filter(
        dataset=version.dataset_id, action=BulkAction.RESTORE_VERSION, state__in=ACTIVE_STATES
    )
    return rows.filter(options__version=version.pk)


def _reason(version: Version, found: Dependents) -> str:
    if found["run_count"]:
        names = [f"“{run['name']}”" for run in found["runs"][:3]]
        more = " …" if found["run_count"] > len(names) else ""
        return (
            f"Version {version.number} is used by {', '.join(names)}{more}: delete these runs "
            "first. Their checkpoints can be downloaded before."
        )
    if found["restore_count"]:
        return (
            f"Version {version.number} is just being restored: wait until that is done, or cancel "
            "it."
        )
    if _evaluations_of_others(version).filter(state__in=ACTIVE_STATES).exists():
        return (
            f"A checkpoint is just being evaluated on version {version.number}: wait until that is "
            "done, or cancel it."
        )
    return ""


def _lost(version: Version, found: Dependents) -> list[str]:
    images = version.train_count + version.val_count + version.test_count
    lost = [
        f"The frozen copy of {_count(images, 'image')} and "
        f"{_count(version.instance_count, 'object')}."
    ]
    if found["evaluation_count"]:
        lost.append(
            f"{_count(found['evaluation_count'], 'evaluation')} of checkpoints from other versions "
            "on it, with their curves and predictions."
        )
    return lost


def _kept(found: Dependents) -> list[str]:
    kept = ["The live dataset is not touched."]
    if found["fix_count"]:
        kept.append(f"{_count(found['fix_count'], 'fix', 'fixes')} of labels that went into it.")
    if found["dataset_export_count"]:
        kept.append(
            f"{_count(found['dataset_export_count'], 'prepared export')} made of it can be "
            "downloaded until it expires."
        )
    return kept


def _count(number: int, one: str, many: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {many or one + 's'}"


def delete_version(version: Version, *, with_evaluations: bool = False) -> None:
    """Delete a version with its files; evaluations of other runs' checkpoints only when asked.

    Raises ConflictError while something needs it.
    """
    found = find_dependents(version)
    if not found["is_allowed"]:
        raise ConflictError(found["reason"], code="version_in_use", dependents=found)
    if found["evaluation_count"] and not with_evaluations:
        rows = (
            _evaluations_of_others(version)
            .order_by("run__name")
            .values_list("run__name", flat=True)
        )
        raise ConflictError(
            f"Checkpoints of {list_names(list(rows.distinct()[:3]))} were evaluated on version "
            f"{version.number}: delete these evaluations first, or together with it.",
            code="version_in_use",
            dependents=found,
        )
    if version.state not in ENDED_STATES:
        cancel_job(version)
        if version.state not in ENDED_STATES:
            raise ConflictError(
                f"Version {version.number} is just being frozen and will stop in a moment: "
                "try again then.",
                code="version_busy",
            )
    if with_evaluations:
        _delete_evaluations(version)
    # A run or an evaluation that began in between keeps it.
    needed = Q(runs__isnull=False) | Q(evaluations__isnull=False)
    free = Version.objects.filter(pk=version.pk).exclude(needed).values("pk")
    if not Version.objects.filter(pk__in=free).update(deleted_at=timezone.now()):
        raise ConflictError(
            f"Somebody has just begun to use version {version.number}: it stays.",
            code="version_in_use",
        )
    _remove_folder(paths.version_dir(version))
    publish_event("version.changed", dataset=version.dataset, id=version.pk)


def _delete_evaluations(version: Version) -> None:
    rows = list(_evaluations_of_others(version).select_related("run"))
    folders = [path for row in rows for path in paths.evaluation_dirs(row)]
    delete_evaluations(Evaluation.objects.filter(pk__in=[row.pk for row in rows]))
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


# --- files -------------------------------------------------------------------------------------

_REMOVED = re.compile(r"\.deleted-\d+-[0-9a-f]+")


def _remove_folder(folder: Path) -> None:
    """Take the folder out of the way at once, then remove it."""
    going = folder.with_name(f".deleted-{folder.name}-{secrets.token_hex(4)}")
    with contextlib.suppress(FileNotFoundError):
        folder.rename(going)
        shutil.rmtree(going)


def remove_leftovers() -> int:
    """Remove what a crash left of deleted versions; how many folders that was."""
    root = Path(settings.DATA_ROOT) / "versions"
    removed = 0
    for leftover in root.glob("*/.deleted-*"):
        if _REMOVED.fullmatch(leftover.name):
            shutil.rmtree(leftover, ignore_errors=True)
            removed += 1
    gone = Version.objects.filter(deleted_at__isnull=False, dataset__deleted_at__isnull=True)
    for version in gone.select_related("dataset").order_by("-deleted_at")[:200]:
        folder = paths.version_dir(version)
        if folder.is_dir():
            _remove_folder(folder)
            removed += 1
    return removed


_LEFTOVER_SECONDS = 3600.0
_last_look = 0.0


def keep_versions(queues: frozenset[str]) -> None:
    """A housekeeper (config/worker.py): finish deleting what a crash left."""
    global _last_look  # noqa: PLW0603 - one thread a process calls
    now = time.monotonic()
    if "cpu" in queues and (not _last_look or now - _last_look > _LEFTOVER_SECONDS):
        remove_leftovers()
        _last_look = now
