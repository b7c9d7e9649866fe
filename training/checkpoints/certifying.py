"""Asking for the certificate of an export, and whether it may leave."""

from typing import cast

from django.db import transaction

from annotator.kernel.errors import ConflictError
from annotator.models import Split
from annotator.models.jobs import ENDED_STATES, JobState
from training.evaluations.certificates import Certificate, unmeasured_certificate
from training.evaluations.evaluations import count_images, queue_evaluation
from training.models import Evaluation, Export, Version


def start_certificate(
    export: Export, *, split: str, version: Version | None, created_by_id: int | None
) -> None:
    """Measure an export anew; its certificate is gone until then.

    Raises ConflictError while the export is being made or measured.
    """
    if export.state != JobState.FINISHED:
        raise ConflictError(f"The export is not ready (it is {export.state}).", code="export_busy")
    with transaction.atomic():
        Export.objects.select_for_update(no_key=True).get(pk=export.pk)
        if find_measuring(export) is not None:
            raise ConflictError(
                "The export is just being measured: wait for its certificate.",
                code="certificate_busy",
            )
        certificate = ask_for_certificate(
            export, created_by_id=created_by_id, split=split, version=version
        )
        Export.objects.filter(pk=export.pk).update(certificate=certificate)


def ask_for_certificate(
    export: Export,
    *,
    created_by_id: int | None,
    split: str = Split.VAL,
    version: Version | None = None,
) -> Certificate | None:
    """Queue the evaluation that writes the certificate; return it where there is nothing to
    measure. In the caller's transaction."""
    version = version or export.checkpoint.run.version
    if not count_images(version, split):
        return unmeasured_certificate(
            export,
            version,
            split,
            reason=f"version {version.number} has no image in its {split} split",
            is_failure=False,
        )
    queue_evaluation(
        export.checkpoint,
        split,
        created_by_id=created_by_id,
        version=version,
        export=export,
        again=True,
    )
    return None


def find_measuring(export: Export) -> Evaluation | None:
    """Return the evaluation of the export that waits or is at work."""
    rows = export.evaluations.exclude(state__in=ENDED_STATES)
    return rows.order_by("-pk").first()


def check_may_leave(export: Export, *, anyway: bool) -> None:
    """Raises ConflictError for an export without a certificate, and unless ``anyway`` for one whose
    certificate is red or whose evaluation failed."""
    certificate = cast(Certificate | None, export.certificate)
    if certificate is None:
        raise ConflictError(_why_none(export), code="certificate_missing")
    if certificate["needs_consent"] and not anyway:
        raise ConflictError(
            f"{certificate['sentence']} Download it with ?anyway=1 if that is what you want.",
            code="certificate_red",
        )


def _why_none(export: Export) -> str:
    if find_measuring(export) is not None:
        return "The export is just being measured: it leaves with its certificate, in a moment."
    return "The export has no certificate yet. Measure it first, then download it."
