"""“Does it help?”: two runs that differ by the synthetic examples alone, compared class by class.

Both start from the same model with the same settings and the same seed, and are evaluated on the
same val images. A difference that drawing other val images could have made is called unclear.
"""

from datetime import datetime
from typing import Literal, TypedDict, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Q

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import Split
from annotator.models.jobs import ACTIVE_STATES, ENDED_STATES, JobState
from training.evaluation.comparing.class_differences import (
    LEAST_CLASS_IMAGES,
    ClassChanges,
    find_class_changes,
)
from training.evaluation.comparing.differences import LEAST_IMAGES
from training.evaluations.evaluated_images import evaluation_folder
from training.models import CheckpointKind, Evaluation, Run, RunGroup, SyntheticVerdict, Version
from training.runs.runs import RunRequest, start_run
from training.versions.payloads import class_names
from training.versions.synthetic import base_of

VerdictStage = Literal["training", "evaluating", "failed", "ready"]


class VerdictRun(TypedDict):
    id: int
    name: str
    state: JobState
    version: int
    evaluation: int | None


class SyntheticVerdictPayload(TypedDict):
    """``stage``: "ready" with ``changes``, "failed" with ``error``. ``words``: the verdict, and
    what these val images could have shown, in sentences. ``group``: of both runs."""

    id: int
    version: int
    base_number: int
    group: int | None
    stage: VerdictStage
    error: str
    plain_run: VerdictRun
    synthetic_run: VerdictRun
    class_names: list[str]
    changes: ClassChanges | None
    words: list[str]
    created_at: datetime


class PairVerdictPayload(TypedDict):
    """``verdict``: null where the two runs do not differ by synthetic examples alone."""

    verdict: SyntheticVerdictPayload | None


def start_verdict(
    version: Version, request: RunRequest, *, created_by: AbstractBaseUser
) -> SyntheticVerdict:
    """Queue two runs: on the version without the synthetic examples, and on ``version``.

    Raises ServiceError, ConflictError; then none is started.
    """
    if version.synthetic is None:
        raise ServiceError(
            f"Version {version.number} has no synthetic examples to judge.", code="not_synthetic"
        )
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen (yet).", code="version_busy")
    base = base_of(version)
    under_way = SyntheticVerdict.objects.filter(version=version)
    for active in ("plain_run", "synthetic_run"):
        if under_way.filter(**{f"{active}__state__in": ACTIVE_STATES}).exists():
            raise ConflictError("Two runs for this verdict are under way.", code="verdict_busy")
    name = request.get("name") or f"Synthetic examples of version {version.number}"
    with transaction.atomic():
        group = RunGroup.objects.create(dataset=version.dataset, name=name[:120])
        runs = []
        for chosen, words in ((base, "without"), (version, "with")):
            one = cast(RunRequest, {**request, "version": chosen, "name": f"{name[:100]}: {words}"})
            run = start_run(version.dataset, one, created_by=created_by)
            Run.objects.filter(pk=run.pk).update(group=group)
            runs.append(run)
        return SyntheticVerdict.objects.create(
            version=version, group=group, plain_run=runs[0], synthetic_run=runs[1]
        )


def newest_verdict(version: Version) -> SyntheticVerdict:
    """Return the last verdict on a version. Raises ConflictError where nobody has asked."""
    rows = SyntheticVerdict.objects.select_related(
        "version__dataset", "plain_run__version", "synthetic_run__version"
    )
    verdict = rows.filter(version=version).order_by("-id").first()
    if verdict is None:
        raise ConflictError(
            "Nobody has asked yet whether these synthetic examples help.", code="no_verdict"
        )
    return verdict


def verdict_between(one: Run, other: Run) -> SyntheticVerdict | None:
    """Return the last verdict whose two runs these are, whichever comes first."""
    rows = SyntheticVerdict.objects.select_related(
        "version__dataset", "plain_run__version", "synthetic_run__version"
    )
    pair = Q(plain_run=one, synthetic_run=other) | Q(plain_run=other, synthetic_run=one)
    return rows.filter(pair, version__deleted_at__isnull=True).order_by("-id").first()


def verdict_payload(verdict: SyntheticVerdict) -> SyntheticVerdictPayload:
    runs = (verdict.plain_run, verdict.synthetic_run)
    evaluations = [_evaluation_of(run) for run in runs]
    stage, error = _stage(runs, evaluations)
    names = class_names(verdict.version)
    changes: ClassChanges | None = None
    if stage == "ready":
        plain, other = (evaluation_folder(each) for each in evaluations if each is not None)
        changes = find_class_changes(plain, other)
    return {
        "id": verdict.pk,
        "version": verdict.version_id,
        "base_number": (verdict.version.synthetic or {}).get("base_number", 0),
        "group": verdict.group_id,
        "stage": stage,
        "error": error,
        "plain_run": _run(verdict.plain_run, evaluations[0]),
        "synthetic_run": _run(verdict.synthetic_run, evaluations[1]),
        "class_names": names,
        "changes": changes,
        "words": [] if changes is None else say_changes(changes, names),
        "created_at": verdict.created_at,
    }


def _evaluation_of(run: Run) -> Evaluation | None:
    """The one of best.pt on val of the run's own version."""
    rows = Evaluation.objects.select_related("run__dataset").filter(
        run=run,
        version=run.version_id,
        split=Split.VAL,
        checkpoint__kind=CheckpointKind.BEST,
        export__isnull=True,
    )
    return rows.order_by("-id").first()


def _run(run: Run, evaluation: Evaluation | None) -> VerdictRun:
    return {
        "id": run.pk,
        "name": run.name,
        "state": JobState(run.state),
        "version": run.version.number,
        "evaluation": None if evaluation is None else evaluation.pk,
    }


def _stage(runs: tuple[Run, Run], evaluations: list[Evaluation | None]) -> tuple[VerdictStage, str]:
    for run in runs:
        if run.state in ENDED_STATES and run.state != JobState.FINISHED:
            return "failed", f"The run “{run.name}” {run.state}: {run.error or 'it was stopped.'}"
    if any(run.state not in ENDED_STATES for run in runs):
        return "training", ""
    for evaluation in evaluations:
        if evaluation is not None and evaluation.state in (JobState.FAILED, JobState.CANCELLED):
            return "failed", f"An evaluation {evaluation.state}: {evaluation.error}".strip(": ")
    if any(each is None or each.state != JobState.FINISHED for each in evaluations):
        return "evaluating", ""
    return "ready", ""


def say_changes(changes: ClassChanges, names: list[str]) -> list[str]:
    """The verdict in sentences."""
    count = changes["image_count"]
    images = f"{count:,} image{'' if count == 1 else 's'} in val"
    if changes["visible"] is None:
        return [f"{images}: too few for a verdict, which needs {LEAST_IMAGES} at least."]
    told = []
    for change, verb in (("gained", "gained"), ("lost", "lost")):
        found = [
            f"{names[item['class_index']]} ({item['map50_95']['difference']:+.3f})"
            for item in changes["classes"]
            if item["map50_95"]["change"] == change and item["class_index"] is not None
        ]
        if found:
            told.append(f"In mask mAP50-95 {', '.join(found)} {verb}.")
    unclear = [item for item in changes["classes"] if item["map50_95"]["change"] == "unclear"]
    if unclear:
        classes = "1 class is" if len(unclear) == 1 else f"{len(unclear)} classes are"
        told.append(f"{classes} not distinguishable from before.")
    told.append(f"{images}: only differences above about {changes['visible']:.2f} could be seen.")
    if few := [item for item in changes["classes"] if item["image_count"] < LEAST_CLASS_IMAGES]:
        classes = "1 class is" if len(few) == 1 else f"{len(few)} classes are"
        told.append(f"{classes} in fewer than {LEAST_CLASS_IMAGES} of them: not judged.")
    return told
