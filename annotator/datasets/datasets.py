"""Datasets, classes and members: their rules."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.models import Dataset, DatasetClass, Membership, Role

from .colors import color_of_index
from .data_yaml import make_dataset_folder, write_data_yaml
from .members import unassign_all


class ClassData(TypedDict):
    name: str
    color: NotRequired[str]


@transaction.atomic
def create_dataset(
    *,
    owner: User | None,
    name: str,
    description: str = "",
    classes: Sequence[ClassData] = (),
) -> Dataset:
    """Make a dataset with its folder; ``owner`` becomes its team lead."""
    dataset = Dataset.objects.create(
        slug=free_slug(name), name=name, description=description, created_by_id=_pk(owner)
    )
    if owner is not None:
        Membership.objects.create(dataset=dataset, user_id=owner.pk, role=Role.LEAD)
    for item in classes:
        _create_class(dataset, item)
    make_dataset_folder(dataset)
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    return dataset


def update_dataset(dataset: Dataset, **values: str | bool | int) -> Dataset:
    """Change name, description or a setting; the slug, and so the folder, stays."""
    for key, value in values.items():
        setattr(dataset, key, value)
    dataset.save(update_fields=[*values, "updated_at"])
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    return dataset


@transaction.atomic
def add_class(dataset: Dataset, *, name: str, color: str = "") -> DatasetClass:
    """Append a class: it gets the next index."""
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    made = _create_class(dataset, {"name": name, "color": color})
    _classes_changed(dataset)
    return made


@transaction.atomic
def append_classes(dataset: Dataset, names: Sequence[str]) -> dict[str, DatasetClass]:
    """Append classes of names that are new; they get the next indexes. Returns them by name."""
    Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
    last = dataset.classes.order_by("-index").values_list("index", flat=True).first()
    first = 0 if last is None else last + 1
    made = DatasetClass.objects.bulk_create(
        DatasetClass(dataset=dataset, index=index, name=name, color=color_of_index(index))
        for index, name in enumerate(names, first)
    )
    _classes_changed(dataset)
    return {item.name: item for item in made}


@transaction.atomic
def update_class(item: DatasetClass, **values: str | bool) -> DatasetClass:
    """Rename, recolour, retire or bring back. The index never moves."""
    for key, value in values.items():
        setattr(item, key, value)
    try:
        with transaction.atomic():
            item.save(update_fields=list(values))
    except IntegrityError as error:
        raise ConflictError(f"There is a class “{values.get('name')}” already.") from error
    _classes_changed(item.dataset)
    return item


@transaction.atomic
def delete_class(item: DatasetClass) -> None:
    """Delete the last class if nothing uses it, images in the trash neither.

    Others can only be retired: indexes never move.
    """
    if count := item.instances.count():
        trashed = item.instances.filter(image__deleted_at__isnull=False).count()
        place = f" ({trashed} of them in images in the trash)" if trashed else ""
        raise ConflictError(
            f"{count} instances are of class “{item.name}”{place}. Retire it instead: it is kept "
            "for them and no longer offered.",
            code="class_in_use",
        )
    if item.dataset.classes.filter(index__gt=item.index).exists():
        raise ConflictError(
            f"Only the last class can be deleted, as the indexes of the others would move. "
            f"Retire “{item.name}” instead.",
            code="class_not_last",
        )
    dataset = item.dataset
    item.delete()
    _classes_changed(dataset)


@transaction.atomic
def add_member(dataset: Dataset, *, username: str, role: str) -> Membership:
    user = User.objects.filter(username__iexact=username, is_active=True).first()
    if user is None:
        raise ServiceError(
            f"There is no user “{username}”. An administrator makes accounts under /admin/.",
            code="unknown_user",
        )
    if dataset.memberships.filter(user=user).exists():
        raise ConflictError(f"“{user.get_username()}” is a member already.")
    member = Membership.objects.create(dataset=dataset, user=user, role=role)
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    return member


@transaction.atomic
def change_role(member: Membership, role: str) -> Membership:
    if role != Role.LEAD:
        _keep_a_lead(member)
    member.role = role
    member.save(update_fields=["role"])
    publish_event("dataset.changed", dataset=member.dataset, id=member.dataset_id)
    return member


def remove_member(member: Membership) -> None:
    """Take the images back that were assigned to them, then the membership."""
    with transaction.atomic():
        _keep_a_lead(member)
    dataset = member.dataset
    count = unassign_all(dataset, member.user_id)
    with transaction.atomic():
        _keep_a_lead(member)
        count += unassign_all(dataset, member.user_id)  # what came in between
        member.delete()
        publish_event("dataset.changed", dataset=dataset, id=dataset.pk)
    if count:
        publish_event("images.changed", dataset=dataset)


def _keep_a_lead(member: Membership) -> None:
    Dataset.objects.select_for_update(no_key=True).get(pk=member.dataset_id)
    leads = Membership.objects.filter(dataset=member.dataset_id, role=Role.LEAD)
    if member.role == Role.LEAD and not leads.exclude(pk=member.pk).exists():
        raise ConflictError(
            "A dataset keeps at least one team lead. Make somebody else team lead first.",
            code="last_lead",
        )


def _create_class(dataset: Dataset, item: ClassData) -> DatasetClass:
    name = item["name"].strip()
    last = dataset.classes.order_by("-index").values_list("index", flat=True).first()
    index = 0 if last is None else last + 1
    if dataset.classes.filter(name=name).exists():
        raise ConflictError(f"There is a class “{name}” already.", code="class_exists")
    return DatasetClass.objects.create(
        dataset=dataset, index=index, name=name, color=item.get("color") or color_of_index(index)
    )


def _classes_changed(dataset: Dataset) -> None:
    transaction.on_commit(lambda: write_data_yaml(dataset))
    publish_event("dataset.changed", dataset=dataset, id=dataset.pk)


def free_slug(name: str) -> str:
    """Return a slug for ``name`` under which no dataset stands and no files lie."""
    base = slugify(name)[:60].strip("-") or "dataset"
    slug, number = base, 2
    while Dataset.objects.filter(Q(slug=slug) | Q(files_slug=slug)).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


def _pk(user: User | None) -> int | None:
    return user.pk if user else None
