"""Weights from elsewhere: uploading, fetching and deleting them. ``looking_into`` opens them."""

import shutil
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q, QuerySet

from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError, TooLargeError
from annotator.kernel.events import publish_event
from annotator.kernel.files import keep_upload
from annotator.kernel.jobs import cancel_job
from annotator.kernel.plain_text import one_line
from annotator.models import Dataset
from annotator.models.jobs import ACTIVE_STATES, ENDED_STATES, JobState
from training import paths
from training.checkpoints.usable import weights_file
from training.engine.checkpoints.base_models import BASE_MODELS, weights_path
from training.jobs.announce import announce
from training.jobs.nudges import nudge_worker
from training.jobs.served_use import forget_moves, refuse_served
from training.jobs.weights import check_weights
from training.models import Prediction, ServedModel, Weights, WeightsOrigin

UPLOADABLE = "Bring a segmentation model as Ultralytics saves it: a .pt file."


def upload_weights(
    upload: "UploadedFile[Any]",
    *,
    dataset: Dataset | None,
    name: str = "",
    created_by: AbstractBaseUser | None,
) -> Weights:
    """Keep an uploaded .pt and queue it to be looked into; ``dataset``: whose members may use it,
    None: everybody. Raises ServiceError for a file of another kind.

    What everybody may use and is named like pretrained weights (``yolov8n-seg.pt``) goes into the
    folder of weights once it was looked into, where runs start from it too.
    """
    file_name = one_line(PurePath((upload.name or "").replace("\\", "/")).name)[-255:]
    size_bytes = upload.size or 0
    if PurePath(file_name).suffix.lower() != ".pt":
        raise ServiceError(f"{file_name}: {UPLOADABLE}", code="bad_weights_file")
    if size_bytes == 0:
        raise ServiceError(f"{file_name} is empty.", code="bad_weights_file")
    if size_bytes > settings.MAX_UPLOAD_GIGABYTES * 1024**3:
        raise TooLargeError(f"An upload may have {settings.MAX_UPLOAD_GIGABYTES:g} GB at most.")
    check_disk_space(size_bytes)
    weights = Weights.objects.create(
        dataset=dataset,
        name=(one_line(name) or PurePath(file_name).stem)[:120],
        file_name=file_name,
        origin=WeightsOrigin.UPLOADED,
        size_bytes=size_bytes,
        created_by_id=None if created_by is None else created_by.pk,
        state=JobState.CANCELLED,  # until the file is there, no worker may take it
    )
    try:
        keep_upload(upload, paths.uploaded_weights_path(weights))
        with transaction.atomic():
            Weights.objects.filter(pk=weights.pk).update(state=JobState.QUEUED)
            weights.refresh_from_db()
            nudge_worker(weights)
            announce(weights)
    except BaseException:
        drop_upload(weights)
        weights.delete()
        raise
    return weights


def fetch_pretrained(name: str, *, created_by: AbstractBaseUser | None) -> Weights:
    """Queue pretrained weights that are not here to be fetched by a worker; where they are here, or
    on their way, that row is returned. Raises ServiceError, which says what to put where."""
    model = BASE_MODELS.get(name)
    if model is None or not model.is_pretrained:
        raise ServiceError(
            f"There are no pretrained weights “{name[:60]}”; there is for example "
            f"{next(iter(BASE_MODELS))}.",
            code="weights_missing",
        )
    known = newest_pretrained(name)
    if known is not None and (known.state in ACTIVE_STATES or is_usable(known)):
        return known
    check_weights(name)
    with transaction.atomic():
        if known is None or users_of(known):
            known = Weights(origin=WeightsOrigin.PRETRAINED, file_name=name)
        known.name = name
        known.size_bytes, known.sha256 = 0, ""
        known.created_by_id = None if created_by is None else created_by.pk
        queue_again(known)
    return known


def queue_again(weights: Weights) -> None:
    """Have the file of ``weights`` looked into, as if it had just come."""
    weights.state = JobState.QUEUED
    weights.attempts = 0
    weights.error = weights.error_hint = weights.lease_owner = ""
    weights.lease_until = weights.started_at = weights.finished_at = None
    weights.save()
    nudge_worker(weights)
    announce(weights)


def newest_pretrained(name: str) -> Weights | None:
    rows = Weights.objects.filter(origin=WeightsOrigin.PRETRAINED, file_name=name)
    return rows.order_by("-pk").first()


def is_usable(weights: Weights) -> bool:
    return weights.state == JobState.FINISHED and weights_file(weights).is_file()


def is_fetchable(name: str) -> bool:
    path = weights_path(BASE_MODELS[name], paths.weights_dir())
    return path is not None and not path.is_file()


def weights_seen_by(datasets: QuerySet[Dataset]) -> QuerySet[Weights]:
    """Return everybody's weights and those of ``datasets``; of a file of the folder that was
    replaced only the newest."""
    rows = Weights.objects.filter(Q(dataset__isnull=True) | Q(dataset__in=datasets))
    later = Weights.objects.filter(origin=WeightsOrigin.PRETRAINED)
    newest: dict[str, int] = {}
    for name, pk in later.values_list("file_name", "pk"):
        newest[name] = max(pk, newest.get(name, 0))
    return rows.filter(Q(origin=WeightsOrigin.UPLOADED) | Q(pk__in=newest.values()))


def users_of(weights: Weights) -> str:
    """Return what uses the weights, in words; "" where nothing does."""
    counts = {
        "prediction": Prediction.all_objects.filter(weights=weights).count(),
        "served model": ServedModel.objects.filter(weights=weights).count(),
    }
    used = [f"{count} {noun}{'' if count == 1 else 's'}" for noun, count in counts.items() if count]
    return " and ".join(used)


def delete_weights(weights: Weights) -> None:
    """Delete weights with their file. Raises ConflictError while something uses them."""
    if weights.state == JobState.QUEUED:
        cancel_job(weights)
    if weights.state not in ENDED_STATES:
        raise ConflictError("A worker is looking into it: try again in a moment.", code="busy")
    refuse_served(weights)
    if used := users_of(weights):
        raise ConflictError(
            f"{weights.name} is used by {used}: delete these first.", code="weights_in_use"
        )
    dataset, weights_id = weights.dataset, weights.pk
    if weights.origin == WeightsOrigin.PRETRAINED:
        weights_file(weights).unlink(missing_ok=True)
    else:
        drop_upload(weights)
    forget_moves(weights)
    weights.delete()
    publish_event("weights.changed", dataset=dataset, id=weights_id)


def drop_upload(weights: Weights) -> None:
    shutil.rmtree(paths.uploaded_weights_path(weights).parent, ignore_errors=True)
