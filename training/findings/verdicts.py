"""Verdicts: giving them, and what becomes of them. States: training/models/verdicts.py."""

from collections.abc import Sequence
from typing import TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import Http404
from django.utils import timezone

from annotator.annotations.comments import add_comment, resolve_comment
from annotator.annotations.statements import db_uuid
from annotator.datasets.members import check_member
from annotator.kernel.errors import ConflictError, NotAllowedError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.followers import AnnotationChange, Following
from annotator.kernel.turns import write_in_turns, write_turn
from annotator.models import AnnotationRevision, Dataset, Image, Role
from training.evaluation.files import reading
from training.evaluation.files.reading import Shape
from training.evaluations.evaluated_images import evaluation_folder, read_image
from training.models import Evaluation, Side, Verdict, VerdictKind, VerdictState

from .verdict_rules import Placed, Subject, find_instance, find_subject, is_mended

CHANGED_AT_ONCE = 50
"""Verdicts that one transaction changes: each takes a few statements."""

_WAITING_SQL = (
    f"SELECT id FROM {Verdict._meta.db_table} WHERE image_id = %s AND kind <> %s "  # noqa: S608
    "AND (state = %s OR (state = %s AND fixed_by_id IS NOT NULL AND included_in_id IS NULL))"
)
_WAITING_VALUES = (VerdictKind.MODEL, VerdictState.OPEN, VerdictState.FIXED)
"""What a save may mend, or take the mending of back."""

NOBODY = 0
"""As an assignee: take it back from whoever had it."""


class VerdictRequest(TypedDict, total=False):
    """``side`` and ``index``: an object of image ``key``. ``dismissed``: looked at and found to be
    no error, so that it is not suspected again. ``assignee``: a member's id."""

    key: str
    side: Side
    index: int
    kind: VerdictKind
    comment: str
    assignee: int | None
    dismissed: bool


def give_verdict(evaluation: Evaluation, request: VerdictRequest, *, author: User) -> Verdict:
    """Give a verdict on an object; one that is there for it is changed.

    Raises ServiceError for a kind that makes no sense there, ConflictError when the image is gone
    or what is asked for is done already.
    """
    kind = request["kind"]
    found = read_image(evaluation, request["key"], confidence=0.0)
    try:
        subject = find_subject(
            labels=found["labels"],
            predictions=found["predictions"],
            side=request["side"],
            index=request["index"],
            kind=kind,
        )
    except IndexError:
        raise Http404 from None
    except ValueError as error:
        raise ServiceError(str(error), code="verdict_senseless") from error
    dataset = evaluation.run.dataset
    image = None if found["image"] is None else Image.objects.filter(pk=found["image"]).first()
    if image is None:
        raise ConflictError(
            f"“{found['file_name']}” is no longer in the dataset: there is nothing to mend.",
            code="image_gone",
        )
    image.dataset = dataset
    assignee = request.get("assignee")
    if assignee:
        check_member(dataset, assignee)
    verdict = _describe(evaluation, image, subject, kind, request["key"])
    if request.get("dismissed"):
        verdict.state = VerdictState.DISMISSED
        verdict.closed_at, verdict.closed_by = timezone.now(), author
    else:
        _refuse_done(verdict, list_placed(image))
    verdict.author = author
    verdict.assignee_id = assignee or None
    return _store(verdict, image, subject.shape, request.get("comment", "").strip(), author)


def _describe(
    evaluation: Evaluation, image: Image, subject: Subject, kind: VerdictKind, key: str
) -> Verdict:
    names = reading.read_summary(evaluation_folder(evaluation))["class_names"]
    ids = dict(evaluation.run.dataset.classes.values_list("name", "pk"))
    shape, partner = subject.shape, subject.partner
    name = names[shape["class_index"]]
    verdict = Verdict(
        dataset=evaluation.run.dataset,
        evaluation=evaluation,
        image=image,
        key=key,
        side=subject.side,
        index=subject.place,
        kind=kind,
        class_id=ids.get(name),
        class_name=name,
        polygon=shape["polygon"],
        confidence=shape["confidence"],
        partner_class_name=names[partner["class_index"]] if partner else "",
        partner_polygon=partner["polygon"] if partner else [],
    )
    if subject.side == Side.LABEL:
        instance = find_instance(shape["polygon"], list_placed(image))
        if instance is not None:
            verdict.instance_id = instance.id
            verdict.instance_polygons = instance.polygons
            verdict.class_id = instance.class_id
    return verdict


def _refuse_done(verdict: Verdict, instances: Sequence[Placed]) -> None:
    if is_mended(verdict, instances):
        raise ConflictError(
            "An object was drawn there since the evaluation."
            if verdict.kind == VerdictKind.MISSING
            else "That label is no longer there: somebody changed it since the evaluation.",
            code="verdict_done",
        )


def _store(verdict: Verdict, image: Image, shape: Shape, text: str, author: User) -> Verdict:
    with write_turn(), transaction.atomic():
        known = Verdict.objects.filter(
            evaluation=verdict.evaluation, key=verdict.key, side=verdict.side, index=verdict.index
        ).first()
        if known is not None:
            if known.included_in_id is not None:
                raise ConflictError(
                    "That was mended already, and a version was frozen with it.",
                    code="verdict_done",
                )
            verdict.pk, verdict.created_at = known.pk, known.created_at
            verdict.comment_id = known.comment_id
        if text:
            x, y = _middle(shape, image)
            verdict.comment = add_comment(
                image,
                {"text": text, "x": x, "y": y, "instance_id": verdict.instance_id},
                author=author,
            )
        verdict.save()
        _publish(verdict)
    return verdict


def _middle(shape: Shape, image: Image) -> tuple[float, float]:
    left, top, right, bottom = shape["box"]
    return (
        min(max((left + right) / 2, 0.0), float(image.width)),
        min(max((top + bottom) / 2, 0.0), float(image.height)),
    )


def list_placed(image: Image) -> list[Placed]:
    """Return the instances of an image as they are drawn now."""
    rows = image.instances.values_list("pk", "dataset_class_id", "polygons")
    return [Placed(*row) for row in rows]


# --- what becomes of them ---------------------------------------------------------------------


def change_verdict(
    verdict: Verdict, *, state: str | None, assignee: int | None, actor: User, role: Role
) -> None:
    """Close a verdict by hand, open it again, or give it to a member (NOBODY: take it back).

    An annotator may only say that what is assigned to them is fixed, or is not. Nothing happens
    where it is so already. Raises NotAllowedError, ServiceError, ConflictError.
    """
    if role == Role.ANNOTATOR and (assignee is not None or state == VerdictState.DISMISSED):
        raise NotAllowedError(
            "As an annotator you can say that it is fixed; to dismiss a verdict or to give it to "
            "somebody needs a reviewer or a team lead."
        )
    if state == VerdictState.FIXED and verdict.kind == VerdictKind.MODEL:
        raise ServiceError(
            "The label is right here: there is nothing to fix. Dismiss it when the case is no "
            "longer hard.",
            code="verdict_senseless",
        )
    if state is not None and verdict.included_in_id is not None:
        raise ConflictError(
            "A version was frozen with this fix: its history stays as it is.",
            code="verdict_included",
        )
    if assignee:
        check_member(verdict.dataset, assignee)
    with write_turn(), transaction.atomic():
        if assignee is not None:
            Verdict.objects.filter(pk=verdict.pk).update(assignee_id=assignee or None)
            _publish(verdict)
        if state is not None:
            move_verdict(verdict, state, by=actor, revision=None)


def change_verdicts(
    dataset: Dataset,
    ids: Sequence[int],
    *,
    state: str | None,
    assignee: int | None,
    actor: User,
    role: Role,
) -> int:
    """The same for many at once. Returns how many; those that cannot be changed are left out."""
    rows = Verdict.objects.filter(dataset=dataset, pk__in=list(ids)).select_related("dataset")
    if state is not None:
        rows = rows.filter(included_in__isnull=True)
    if state == VerdictState.FIXED:
        rows = rows.exclude(kind=VerdictKind.MODEL)
    found = list(rows.values_list("pk", flat=True))

    def change(batch: Sequence[int]) -> int:
        chosen = list(rows.filter(pk__in=batch))
        for verdict in chosen:
            change_verdict(verdict, state=state, assignee=assignee, actor=actor, role=role)
        return len(chosen)

    return write_in_turns(found, change, size=CHANGED_AT_ONCE)


def move_verdict(
    verdict: Verdict, state: str, *, by: User | None, revision: AnnotationRevision | None
) -> bool:
    """Move a verdict to ``state``, if it is in another; ``revision``: the save that did it."""
    is_open = state == VerdictState.OPEN
    moved = (
        Verdict.objects.filter(pk=verdict.pk)
        .exclude(state=state)
        .update(
            state=state,
            closed_at=None if is_open else timezone.now(),
            closed_by=None if is_open else by,
            fixed_by=revision if state == VerdictState.FIXED else None,
        )
    )
    if not moved:
        return False
    comment = verdict.comment
    if comment is not None and by is not None:
        resolve_comment(comment, resolved=not is_open, by=by)
    verdict.state = VerdictState(state)
    _publish(verdict)
    return True


def follow_annotation(change: AnnotationChange) -> Following | None:
    """Close what a save mends, and open again what an undone change had mended.

    Set up as one of annotator.kernel.followers: outlines are compared before the transaction.
    """
    with connection.cursor() as cursor:
        # A text of our own: asked with every save, and nearly always for nothing.
        cursor.execute(_WAITING_SQL, [db_uuid(change.image.pk), *_WAITING_VALUES])
        ids = [pk for (pk,) in cursor.fetchall()]
    if not ids:
        return None
    rows = Verdict.objects.filter(pk__in=ids)
    waiting = list(rows.select_related("dataset", "comment__image__dataset"))
    instances = [
        Placed(UUID(item["id"]), class_id, item["polygons"])
        for item in change.instances()
        if (class_id := item["class_id"]) is not None  # ignore regions are no objects
    ]
    states = {True: VerdictState.FIXED, False: VerdictState.OPEN}
    now = [(verdict, states[is_mended(verdict, instances)]) for verdict in waiting]
    moves = [(verdict, state) for verdict, state in now if state != verdict.state]

    def follow(revision: AnnotationRevision) -> None:
        for verdict, state in moves:
            move_verdict(verdict, state, by=revision.author, revision=revision)

    return follow if moves else None


def _publish(verdict: Verdict) -> None:
    publish_event("verdict.changed", dataset=verdict.dataset, id=verdict.pk)
