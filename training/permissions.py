"""Who may: the objects of the training room are reached only through these getters.

Who may do what follows from the role in the dataset that the thing belongs to: a stranger gets
404, a member whose role does not suffice 403 with a sentence (annotator/permissions.py).
"""

from typing import TypeVar

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied

from annotator.kernel.errors import ServiceError
from annotator.models import Dataset, Membership, Role
from annotator.permissions import LEADS, MEMBERS, REVIEWERS, check_role, datasets_of
from training.checkpoints.exports import exports_for_payload
from training.checkpoints.payloads import checkpoints_for_payload
from training.checkpoints.run_import_payloads import run_imports_for_payload
from training.checkpoints.usable import UsableModel, find_model
from training.evaluations.payloads import evaluations_for_payload
from training.findings.verdict_payloads import pins_for_payload, verdicts_for_payload
from training.models import (
    BatchPreview,
    Checkpoint,
    Evaluation,
    Export,
    PinnedInstance,
    Prediction,
    Preview,
    Run,
    RunCheck,
    RunGroup,
    RunImport,
    Search,
    ServedModel,
    SourceKind,
    SyntheticPreview,
    Verdict,
    Version,
    VersionCheck,
    VideoFile,
    VideoFileKind,
    Weights,
    Worker,
)
from training.predictions.payloads import predictions_for_payload
from training.runs.payloads import runs_for_payload
from training.searches import searches
from training.serving.served import served_rows
from training.versions.payloads import versions_for_payload
from training.weights.payloads import weights_for_payload

Roles = frozenset[Role]
P = TypeVar("P", bound=Preview)


def get_version_for(user: User, version_id: int, roles: Roles = MEMBERS) -> Version:
    version = versions_for_payload().filter(pk=version_id).first()
    if version is None:
        raise Http404
    check_role(user, version.dataset, roles)
    return version


def get_version_check_for(user: User, check_id: int, roles: Roles = MEMBERS) -> VersionCheck:
    check = VersionCheck.objects.select_related("version__dataset").filter(
        pk=check_id, version__deleted_at__isnull=True
    )
    found = check.first()
    if found is None:
        raise Http404
    check_role(user, found.version.dataset, roles)
    return found


def get_synthetic_preview_for(
    user: User, preview_id: int, roles: Roles = MEMBERS
) -> SyntheticPreview:
    return _preview_for(user, SyntheticPreview.objects.all(), preview_id, roles)


def get_batch_preview_for(user: User, preview_id: int, roles: Roles = LEADS) -> BatchPreview:
    return _preview_for(user, BatchPreview.objects.all(), preview_id, roles)


def _preview_for(user: User, previews: QuerySet[P], preview_id: int, roles: Roles) -> P:
    rows = previews.select_related("version__dataset")
    found = rows.filter(pk=preview_id, version__deleted_at__isnull=True).first()
    if found is None:
        raise Http404
    check_role(user, found.version.dataset, roles)
    return found


def get_run_for(user: User, run_id: int, roles: Roles = MEMBERS) -> Run:
    run = runs_for_payload().filter(pk=run_id).first()
    if run is None:
        raise Http404
    check_role(user, run.dataset, roles)
    return run


def get_group_for(user: User, group_id: int, roles: Roles = MEMBERS) -> RunGroup:
    group = RunGroup.objects.select_related("dataset").filter(pk=group_id).first()
    if group is None:
        raise Http404
    check_role(user, group.dataset, roles)
    return group


def get_search_for(user: User, search_id: int, roles: Roles = MEMBERS) -> Search:
    search = searches.searches_for_payload().filter(pk=search_id).first()
    if search is None:
        raise Http404
    check_role(user, search.group.dataset, roles)
    return search


def get_checkpoint_for(user: User, checkpoint_id: int, roles: Roles = MEMBERS) -> Checkpoint:
    checkpoint = checkpoints_for_payload().filter(pk=checkpoint_id).first()
    if checkpoint is None:
        raise Http404
    check_role(user, checkpoint.run.dataset, roles)
    return checkpoint


def get_export_for(user: User, export_id: int, roles: Roles = MEMBERS) -> Export:
    export = exports_for_payload().filter(pk=export_id).first()
    if export is None:
        raise Http404
    check_role(user, export.checkpoint.run.dataset, roles)
    return export


def get_run_check_for(user: User, check_id: int, roles: Roles = LEADS) -> RunCheck:
    check = RunCheck.objects.select_related("dataset").filter(pk=check_id).first()
    if check is None:
        raise Http404
    check_role(user, check.dataset, roles)
    return check


def get_run_import_for(user: User, import_id: int, roles: Roles = MEMBERS) -> RunImport:
    job = run_imports_for_payload().filter(pk=import_id).first()
    if job is None:
        raise Http404
    check_role(user, job.dataset, roles)
    return job


def get_evaluation_for(user: User, evaluation_id: int, roles: Roles = MEMBERS) -> Evaluation:
    evaluation = evaluations_for_payload().filter(pk=evaluation_id).first()
    if evaluation is None:
        raise Http404
    check_role(user, evaluation.run.dataset, roles)
    return evaluation


def get_evaluation_in(dataset: Dataset, evaluation_id: int) -> Evaluation:
    """Return an evaluation of a dataset that the caller has shown to be allowed."""
    rows = evaluations_for_payload().filter(run__dataset=dataset)
    evaluation = rows.filter(pk=evaluation_id).first()
    if evaluation is None:
        raise Http404
    return evaluation


def verdicts_seen_by(user: User, dataset: Dataset) -> QuerySet[Verdict]:
    """Return the verdicts of ``dataset`` that ``user`` may see: annotators only their own."""
    rows = verdicts_for_payload().filter(dataset=dataset)
    if check_role(user, dataset) == Role.ANNOTATOR:
        return rows.filter(assignee_id=user.pk)
    return rows


def verdicts_assigned_to(user: User) -> QuerySet[Verdict]:
    """Return the verdicts that ``user`` is to work on, in the datasets of which they are member."""
    rows = verdicts_for_payload()
    return rows.filter(assignee_id=user.pk, dataset__in=datasets_of(user))


def get_verdict_for(user: User, verdict_id: int) -> Verdict:
    """Return a verdict; to an annotator only one that is assigned to them."""
    rows = verdicts_for_payload()
    verdict = rows.filter(pk=verdict_id).first()
    if verdict is None:
        raise Http404
    role = check_role(user, verdict.dataset)
    if role == Role.ANNOTATOR and verdict.assignee_id != user.pk:
        raise PermissionDenied(
            "Annotators see the verdicts that are assigned to them; this one is not."
        )
    return verdict


def get_pin_for(user: User, pin_id: int, roles: Roles = MEMBERS) -> PinnedInstance:
    pin = pins_for_payload().filter(pk=pin_id).first()
    if pin is None:
        raise Http404
    check_role(user, pin.dataset, roles)
    return pin


def get_prediction_for(user: User, prediction_id: int) -> Prediction:
    """Return a prediction that ``user`` may see: of a dataset of theirs, or asked for by them."""
    prediction = predictions_for_payload().filter(pk=prediction_id).first()
    if prediction is None:
        raise Http404
    if prediction.dataset is None:
        if prediction.created_by_id != user.pk:
            raise Http404
    else:
        check_role(user, prediction.dataset)
    return prediction


def get_prediction_to_carry_for(user: User, prediction_id: int) -> Prediction:
    """Return a prediction whose images ``user`` may carry away or into another dataset: what they
    uploaded themselves, else as reviewers and leads of its dataset."""
    prediction = get_prediction_for(user, prediction_id)
    if prediction.source_kind in (SourceKind.DATASET, SourceKind.VERSION):
        check_role(user, _source_of(prediction), REVIEWERS)
    elif prediction.dataset is not None and prediction.created_by_id != user.pk:
        check_role(user, prediction.dataset, REVIEWERS)
    return prediction


def _source_of(prediction: Prediction) -> Dataset:
    """The dataset whose images were predicted on. Raises Http404 where it is gone."""
    source = prediction.source
    rows = Dataset.objects.filter(deleted_at__isnull=True)
    if "version" in source:
        found = rows.filter(versions__pk=source["version"]).first()
    else:
        found = rows.filter(pk=source.get("dataset")).first()
    if found is None:
        raise Http404
    return found


def get_own_prediction_for(user: User, prediction_id: int) -> Prediction:
    """Return a prediction that ``user`` asked for, or leads the dataset of."""
    prediction = get_prediction_for(user, prediction_id)
    if prediction.created_by_id != user.pk and prediction.dataset is not None:
        check_role(user, prediction.dataset, LEADS)
    return prediction


def get_served_for(user: User, name: str, roles: Roles = MEMBERS) -> ServedModel:
    served = served_rows().filter(name=name).first()
    if served is None:
        raise Http404
    check_role(user, served.dataset, roles)
    return served


def get_usable_for(user: User, reference: str) -> UsableModel:
    """Return the model that a reference names, if ``user`` may predict with it."""
    try:
        return find_model(reference, user)
    except ServiceError as error:
        if error.code == "model_missing":
            raise Http404 from None
        raise


def get_weights_for(user: User, weights_id: int, *, to_change: bool = False) -> Weights:
    """Return weights that ``user`` may use. ``to_change``: everybody's are for administrators,
    those of a dataset for its leads."""
    weights = weights_for_payload().filter(pk=weights_id).first()
    if weights is None:
        raise Http404
    if weights.dataset is not None:
        check_role(user, weights.dataset, LEADS if to_change else MEMBERS)
    elif to_change:
        check_administrator_of_weights(user)
    return weights


def check_administrator_of_weights(user: User) -> None:
    if not user.is_superuser:
        raise PermissionDenied(
            "Weights for everybody are an administrator's: name a dataset that you lead."
        )


def check_leads_any(
    user: User, refusal: str = "Team leads and administrators have pretrained weights fetched."
) -> None:
    """Let team leads of some dataset pass, and administrators."""
    if not (
        user.is_superuser
        or Membership.objects.filter(
            user=user, role=Role.LEAD, dataset__deleted_at__isnull=True
        ).exists()
    ):
        raise PermissionDenied(refusal)


def get_video_file_for(user: User, prediction_id: int, file_id: int) -> VideoFile:
    """Return a file with masks burnt in, of a prediction that ``user`` may see."""
    prediction = get_prediction_for(user, prediction_id)
    files = prediction.video_files.filter(kind=VideoFileKind.BURNT_IN).select_related("prediction")
    file = files.filter(pk=file_id).first()
    if file is None:
        raise Http404
    return file


def get_own_video_file_for(user: User, prediction_id: int, file_id: int) -> VideoFile:
    """Return such a file that ``user`` asked for, or whose prediction is theirs to delete."""
    file = get_video_file_for(user, prediction_id, file_id)
    if file.created_by_id != user.pk:
        get_own_prediction_for(user, prediction_id)
    return file


def get_worker_for(user: User, worker_id: int) -> Worker:
    """Return a worker, if ``user`` is an administrator; workers themselves are no secret."""
    worker = Worker.objects.filter(pk=worker_id).first()
    if worker is None:
        raise Http404
    check_administrator(user)
    return worker


def check_administrator(user: User) -> None:
    if not user.is_superuser:
        raise PermissionDenied(
            "Only an administrator pauses, drains or removes workers, or resumes the queue."
        )
