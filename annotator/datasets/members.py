"""Who belongs to a dataset, and what is theirs there."""

from annotator.kernel.errors import ServiceError
from annotator.kernel.turns import write_in_turns
from annotator.models import Dataset, Image


def no_member(dataset: Dataset, user_id: int) -> ServiceError:
    return ServiceError(
        f"The user with id {user_id} is no member of “{dataset.name}”. "
        "A team lead can add them first.",
        code="not_a_member",
    )


def check_member(dataset: Dataset, user_id: int) -> None:
    """Raise ServiceError for who is no member of ``dataset``."""
    if not dataset.memberships.filter(user_id=user_id).exists():
        raise no_member(dataset, user_id)


def unassign_all(dataset: Dataset, user_id: int) -> int:
    """Take back every image of ``user_id`` in ``dataset``. Returns how many there were."""
    images = Image.all_objects.filter(dataset=dataset, assignee_id=user_id)
    ids = list(images.values_list("pk", flat=True))
    return write_in_turns(ids, lambda batch: images.filter(pk__in=batch).update(assignee=None))
