"""Who may: objects are reached only through these getters.

A stranger gets 404 for everything, so that they cannot even learn that it exists; a member whose
role does not suffice gets 403 with a sentence.
"""

from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404
from rest_framework.exceptions import PermissionDenied

from annotator.annotations.statements import ImageToSave, read_image
from annotator.models import (
    BulkChange,
    Comment,
    Dataset,
    DatasetExport,
    FolderJob,
    Image,
    Import,
    IndependentAnnotation,
    Membership,
    Role,
    Upload,
)

MEMBERS = frozenset(Role)
REVIEWERS = frozenset({Role.REVIEWER, Role.LEAD})
LEADS = frozenset({Role.LEAD})

_ROLE_NAMES = {
    Role.ANNOTATOR: "an annotator",
    Role.REVIEWER: "a reviewer",
    Role.LEAD: "a team lead",
}


def datasets_of(user: User) -> QuerySet[Dataset]:
    """Return the datasets that ``user`` is a member of."""
    return Dataset.objects.filter(memberships__user_id=user.pk, deleted_at__isnull=True)


def check_role(user: User, dataset: Dataset, roles: frozenset[Role] = MEMBERS) -> Role:
    """Return the role of ``user`` in ``dataset``; Http404 for strangers, 403 for too low a role."""
    if dataset.deleted_at is not None:
        raise Http404
    return _check_membership(user, dataset, roles)


def _check_membership(user: User, dataset: Dataset, roles: frozenset[Role]) -> Role:
    role = (
        Membership.objects.filter(user_id=user.pk, dataset=dataset)
        .values_list("role", flat=True)
        .first()
    )
    if role is None:
        raise Http404
    if role not in roles:
        needed = " or ".join(_ROLE_NAMES[r] for r in Role if r in roles)
        raise PermissionDenied(
            f"You are {_ROLE_NAMES[Role(role)]} of “{dataset.name}”; this needs {needed}."
        )
    return Role(role)


def get_dataset_for(user: User, slug: str, roles: frozenset[Role] = MEMBERS) -> Dataset:
    """Return the dataset, if ``user`` has one of ``roles`` in it."""
    dataset = Dataset.objects.filter(slug=slug, deleted_at__isnull=True).first()
    if dataset is None:
        raise Http404
    check_role(user, dataset, roles)
    return dataset


def get_image_for(user: User, image_id: UUID, roles: frozenset[Role] = MEMBERS) -> Image:
    """Return the image (its dataset with it), if ``user`` has one of ``roles`` there."""
    image = Image.objects.select_related("dataset", "assignee").filter(pk=image_id).first()
    if image is None:
        raise Http404
    check_role(user, image.dataset, roles)
    return image


def get_image_to_save(user: User, image_id: UUID) -> ImageToSave:
    """Return the image with what a save of it asks, if ``user`` is a member of its dataset."""
    found = read_image(image_id, author_id=user.pk)
    if found is None or found.role is None:
        raise Http404
    return found


def get_thumbnail_image_for(user: User, image_id: UUID) -> Image:
    """Return the image for its thumbnail; one in the trash, if ``user`` is team lead."""
    image = Image.all_objects.select_related("dataset").filter(pk=image_id).first()
    if image is None:
        raise Http404
    check_role(user, image.dataset, MEMBERS if image.deleted_at is None else LEADS)
    return image


def trashed_datasets_of(user: User) -> QuerySet[Dataset]:
    """Return the datasets in the trash that ``user`` is team lead of."""
    leads = Membership.objects.filter(user_id=user.pk, role__in=LEADS)
    rows = Dataset.objects.filter(deleted_at__isnull=False, is_purging=False)
    return rows.filter(pk__in=leads.values("dataset_id"))


def get_deletable_dataset_for(user: User, dataset_id: int) -> Dataset:
    """Return the dataset, in the trash or not, if ``user`` is its team lead."""
    dataset = Dataset.objects.filter(pk=dataset_id, is_purging=False).first()
    if dataset is None:
        raise Http404
    _check_membership(user, dataset, LEADS)
    return dataset


def get_comment_for(
    user: User, comment_id: int, *, others: frozenset[Role] = frozenset()
) -> Comment:
    """Return the comment, if ``user`` wrote it or has one of ``others`` in its dataset."""
    comment = Comment.objects.select_related("author").filter(pk=comment_id).first()
    if comment is None:
        raise Http404
    comment.image = get_image_for(user, comment.image_id)
    if comment.author_id != user.pk and (
        not others or check_role(user, comment.image.dataset) not in others
    ):
        needed = " or ".join(["its author", *(_ROLE_NAMES[r] for r in Role if r in others)])
        raise PermissionDenied(f"Somebody else wrote the comment; this needs {needed}.")
    return comment


def get_independent_for(
    user: User, independent_id: int, roles: frozenset[Role] = frozenset()
) -> IndependentAnnotation:
    """Return the second annotation, if ``user`` has one of ``roles``; without any: draws it."""
    rows = IndependentAnnotation.objects.select_related("annotator", "first_annotator")
    row = rows.filter(pk=independent_id).first()
    if row is None:
        raise Http404
    row.image = get_image_for(user, row.image_id, roles or MEMBERS)
    if not roles and row.annotator_id != user.pk:
        raise PermissionDenied("Somebody else was asked to draw it; this needs them.")
    return row


def get_bulk_change_for(user: User, change_id: int) -> BulkChange:
    """Return the bulk change, if ``user`` is a member of its dataset."""
    rows = BulkChange.objects.select_related("dataset", "created_by")
    job = rows.filter(pk=change_id).first()
    if job is None:
        raise Http404
    check_role(user, job.dataset)
    return job


def get_folder_job_for(user: User, job_id: int, roles: frozenset[Role] = MEMBERS) -> FolderJob:
    """Return the look at a folder, or what is done about it, if ``user`` has one of ``roles``."""
    job = FolderJob.objects.select_related("dataset", "created_by").filter(pk=job_id).first()
    if job is None:
        raise Http404
    check_role(user, job.dataset, roles)
    return job


def get_import_for(user: User, import_id: int, roles: frozenset[Role] = MEMBERS) -> Import:
    """Return the import, if ``user`` has one of ``roles`` in its dataset."""
    job = Import.objects.select_related("dataset", "created_by").filter(pk=import_id).first()
    if job is None:
        raise Http404
    check_role(user, job.dataset, roles)
    return job


def get_upload_for(user: User, upload_id: UUID) -> Upload:
    """Return the upload, if ``user`` started it and still is team lead of its dataset, if any."""
    rows = Upload.objects.select_related("dataset", "owner", "import_job")
    upload = rows.filter(pk=upload_id, owner_id=user.pk).first()
    if upload is None:
        raise Http404
    if upload.dataset is not None:
        check_role(user, upload.dataset, LEADS)
    return upload


def get_dataset_export_for(
    user: User, export_id: int, roles: frozenset[Role] = MEMBERS
) -> DatasetExport:
    """Return the export of a dataset, if ``user`` has one of ``roles`` there."""
    rows = DatasetExport.objects.select_related("dataset", "created_by")
    job = rows.filter(pk=export_id).first()
    if job is None:
        raise Http404
    check_role(user, job.dataset, roles)
    return job
