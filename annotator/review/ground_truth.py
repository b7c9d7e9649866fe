"""Ground truth: finished images that people draw once more unknowingly, to score their work.

A team lead marks images as ground truth and sets which share of each person's work they are. When
a person asks for the next image and is due one, a ground-truth image that they never drew in is
given out to them as a second annotation, which looks like any other. Its score is 1 less the
disagreement with the image's annotation: the mean IoU over all objects of both, 0 for one that
only one of them has.
"""

from typing import TypedDict

from django.contrib.auth.models import User
from django.db.models import Avg, Count, Exists, OuterRef, Q

from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.models import (
    FINISHED,
    AnnotationRevision,
    Dataset,
    Image,
    IndependentAnnotation,
)

from .independent import give_out_image

State = IndependentAnnotation.State


class Score(TypedDict):
    """``score``: 0 to 1, None while nothing is compared. ``images``: how many were compared."""

    images: int
    score: float | None


def set_ground_truth(image: Image, is_ground_truth: bool) -> None:
    """Score second annotations of this image from now on, or no longer.

    Raises ConflictError for an image that is not finished.
    """
    if is_ground_truth and not image.is_finished:
        raise ConflictError(
            f"“{image.file_name}” is not done yet: ground truth is done or accepted.",
            code="not_finished",
        )
    Image.objects.filter(pk=image.pk).update(is_ground_truth=is_ground_truth)


def mix_in(dataset: Dataset, user: User) -> IndependentAnnotation | None:
    """Give a ground-truth image out to a person who is due one; None where none is due or left."""
    share = dataset.ground_truth_percent
    if share == 0:
        return None
    finished = dataset.images.filter(finished_by=user).count()
    given = IndependentAnnotation.objects.filter(
        annotator=user, image__dataset=dataset, image__is_ground_truth=True
    )
    if given.count() >= finished * share // 100:
        return None
    image = _next_for(dataset, user)
    if image is None:
        return None
    row = give_out_image(image, annotator_id=user.pk, asked_by=None)
    publish_event("independent.changed", dataset=dataset, id=row.pk)
    return row


def _next_for(dataset: Dataset, user: User) -> Image | None:
    """A ground-truth image that the person neither drew in nor was given, another for each."""
    drawn = AnnotationRevision.objects.filter(image=OuterRef("pk"), author=user)
    given = IndependentAnnotation.objects.filter(image=OuterRef("pk"), annotator=user)
    rows = dataset.images.filter(is_ground_truth=True, status__in=FINISHED)
    free = rows.exclude(Exists(drawn.filter(Q(added__gt=0) | Q(changed__gt=0))))
    return free.exclude(Exists(given)).order_by("?").first()


def score_people(dataset: Dataset) -> dict[int, Score]:
    """Return ``{user id: score}`` of everybody who drew a ground-truth image."""
    rows = (
        IndependentAnnotation.objects.filter(
            image__dataset=dataset, image__is_ground_truth=True, image__deleted_at__isnull=True
        )
        .exclude(state=State.IN_PROGRESS)
        .order_by()
        .values_list("annotator_id")
        .annotate(n=Count("pk"), mean=Avg("disagreement"))
    )
    return {
        user_id: {"images": n, "score": None if mean is None else 1 - mean}
        for user_id, n, mean in rows
    }
