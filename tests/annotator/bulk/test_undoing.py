"""A change of labels is taken back: exactly its own revisions, whoever did what beside it."""

from typing import Any

import pytest

from annotator.bulk.changes import cancel_change, run_change, start_change, undo_change
from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ConflictError
from annotator.models import AnnotationRevision, BulkAction, BulkChange, Image
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drawn(pond: Pond, make_instance: MakeInstance) -> list[Image]:
    """Three finished images with one duck each."""
    images = [pond.add_image(f"{n:02}") for n in range(3)]
    for image in images:
        save_annotation(
            image.pk,
            base_revision=0,
            upsert=[make_instance()],  # type: ignore[list-item]
            status="done",
            author=pond.annotator,
        )
    return images


def change_class(pond: Pond, images: list[Image]) -> BulkChange:
    duck, other = pond.dataset.classes.order_by("index")[:2]
    options = {
        **{"class_id": duck.pk, "into": other.pk},
        **{"class_name": duck.name, "into_name": other.name},
    }
    return start_change(
        pond.dataset,
        BulkAction.CHANGE_CLASS,
        options,
        selection={"ids": [str(image.pk) for image in images]},
        author=pond.lead,
    )


def run(job: BulkChange) -> BulkChange:
    run_change(job.pk)
    job.refresh_from_db()
    return job


def classes_of(images: list[Image]) -> list[str]:
    return [image.instances.get().dataset_class.name for image in images]  # type: ignore[union-attr]


def test_each_image_becomes_what_it_was_and_its_label_file_too(
    pond: Pond, drawn: list[Image]
) -> None:
    before = classes_of(drawn)
    job = run(change_class(pond, drawn))
    assert job.changed == 3
    assert classes_of(drawn) != before
    answer = client_of(pond.lead).post(f"/api/changes/{job.pk}/undo/")
    assert answer.status_code == 202, answer.content
    assert "Take back" in answer.json()["title"]
    undo = run(BulkChange.objects.get(pk=answer.json()["id"]))
    assert (undo.state, undo.changed, undo.skipped) == ("finished", 3, 0)
    assert classes_of(drawn) == before
    newest = Image.objects.get(pk=drawn[0].pk)
    assert (newest.revision, newest.status, newest.label_pending) == (3, "done", False)


def test_of_two_changes_at_once_only_the_one_is_taken_back(pond: Pond, drawn: list[Image]) -> None:
    """By one person, each begun before the other had ended."""
    before = classes_of(drawn)
    one, two = change_class(pond, drawn[:1]), change_class(pond, drawn[1:])
    run(one)
    run(two)
    both = BulkChange.objects.filter(pk__in=[one.pk, two.pk])
    both.update(started_at=one.started_at, finished_at=two.finished_at)
    undo = run(undo_change(one, author=pond.lead))
    assert undo.changed == 1
    assert classes_of(drawn[:1]) == before[:1]
    assert classes_of(drawn[1:]) != before[1:]


def test_what_somebody_edited_since_stays(pond: Pond, drawn: list[Image]) -> None:
    job = run(change_class(pond, drawn))
    image = Image.objects.get(pk=drawn[1].pk)
    only = str(image.instances.get().pk)
    save_annotation(image.pk, base_revision=2, delete=[only], author=pond.annotator)
    undo = run(undo_change(job, author=pond.lead))
    assert (undo.changed, undo.skipped) == (2, 1)
    assert "edited it since" in undo.items.get().reason
    assert not image.instances.exists()


def test_a_save_of_a_person_belongs_to_no_change(pond: Pond, drawn: list[Image]) -> None:
    run(change_class(pond, drawn[:1]))
    named = AnnotationRevision.objects.filter(bulk_change__isnull=False)
    assert [row.image_id for row in named] == [drawn[0].pk]


def test_only_changes_of_labels_that_have_ended_are_taken_back(
    pond: Pond, drawn: list[Image]
) -> None:
    job = change_class(pond, drawn)
    with pytest.raises(ConflictError, match="has not ended"):
        undo_change(job, author=pond.lead)
    cancel_change(job)
    moved = start_change(
        pond.dataset,
        BulkAction.SET_SPLIT,
        {"split": "val"},
        selection={"ids": [str(drawn[0].pk)]},
        author=pond.lead,
    )
    with pytest.raises(ConflictError, match="Only changes of labels"):
        undo_change(run(moved), author=pond.lead)
    for action, options in (
        (BulkAction.REPAIR_LABELS, {"repair": "delete_images"}),
        (BulkAction.REPAIR, {"finding": "duplicate"}),
    ):
        row = BulkChange(action=action, options=options, state="finished", changed=1)
        with pytest.raises(ConflictError, match="trash"):
            undo_change(row, author=pond.lead)


def test_the_page_is_told_whether_a_change_can_be_taken_back(
    pond: Pond, drawn: list[Image]
) -> None:
    def told(job: BulkChange) -> Any:
        return client_of(pond.lead).get(f"/api/changes/{job.pk}/").json()["is_undoable"]

    job = change_class(pond, drawn)
    assert not told(job)
    assert told(run(job))
    assert not told(run(undo_change(job, author=pond.lead)))
