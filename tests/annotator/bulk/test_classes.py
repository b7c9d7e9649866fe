"""Classes merged into others and emptied: previewed, by revisions, undone by history."""

from typing import Any

import pytest

from annotator import paths
from annotator.annotations.data import read_annotation
from annotator.bulk.changes import run_change
from annotator.folder.changing import delete_image
from annotator.folder.saving import replace_annotation, save_annotation
from annotator.folder.trash.instances import restore_instances
from annotator.models import BulkChange, DeletedInstance, Image
from tests.annotator.conftest import MakeInstance, Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)


def post(pond: Pond, class_id: int, what: str, who: str = "lead", /, **body: Any) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/classes/{class_id}/{what}/"
    return client_of(getattr(pond, who)).post(url, body)


def work_off(answer: Any) -> BulkChange:
    assert answer.status_code == 202, answer.content
    run_change(answer.json()["id"])
    job = BulkChange.objects.get(pk=answer.json()["id"])
    assert job.state == "finished", job.error
    return job


@pytest.fixture
def birds(pond: Pond, make_instance: MakeInstance) -> list[Image]:
    """Two done images and one in progress, each with a duck and a swan; a fourth in the trash."""
    images = [pond.add_image(stem) for stem in "abcd"]
    for image in images:
        items: Any = [make_instance(), make_instance(class_id=pond.swan.pk)]
        status = "in_progress" if image.stem == "c" else "done"
        save_annotation(image.pk, base_revision=0, upsert=items, status=status, author=pond.lead)
    delete_image(images[3], author=pond.lead)
    return images


def test_the_uses_of_a_class_are_counted_before_it_changes(pond: Pond, birds: list[Image]) -> None:
    url = f"/api/datasets/{pond.dataset.slug}/classes/{pond.duck.pk}/uses/"
    assert client_of(pond.lead).get(url).json() == {
        **{"objects": 3, "images": 3, "label_files": 2},
        **{"objects_in_trash": 1, "versions": 0, "runs": 0},
    }
    assert client_of(pond.reviewer).get(url).status_code == 403


def test_a_class_is_merged_into_another(pond: Pond, birds: list[Image]) -> None:
    duck, swan = pond.duck, pond.swan
    job = work_off(post(pond, duck.pk, "merge", into=swan.pk))
    assert (job.changed, job.skipped) == (3, 0)
    for image in birds[:3]:
        image.refresh_from_db()
        assert {item["class_id"] for item in read_annotation(image)["instances"]} == {swan.pk}
        assert {drawn["class_id"] for drawn in image.outline} == {swan.pk}
        revision = image.revisions.get(number=2)
        assert (revision.author, revision.changed, revision.source) == (pond.lead, 1, "user")
    assert [image.status for image in birds[:3]] == ["done", "done", "in_progress"]
    label = paths.label_path(birds[0]).read_text()
    assert [line.split()[0] for line in label.splitlines()] == ["1", "1"]
    duck.refresh_from_db()
    assert (duck.is_retired, duck.index) == (True, 0)
    # the one in the trash keeps its object, and its class is still there for it
    assert duck.instances.get().image_id == birds[3].pk


def test_history_undoes_a_merge(pond: Pond, birds: list[Image]) -> None:
    work_off(post(pond, pond.duck.pk, "merge", into=pond.swan.pk))
    client = client_of(pond.annotator)
    before = client.get(f"/api/images/{birds[0].pk}/revisions/1/").json()["instances"]
    replace_annotation(birds[0].pk, base_revision=2, instances=before, author=pond.annotator)
    classes = set(birds[0].instances.values_list("dataset_class_id", flat=True))
    assert classes == {pond.duck.pk, pond.swan.pk}


def test_a_class_is_emptied_and_its_objects_come_back(pond: Pond, birds: list[Image]) -> None:
    duck = pond.duck
    job = work_off(post(pond, duck.pk, "empty"))
    assert job.changed == 3
    gone = list(DeletedInstance.objects.filter(class_id=duck.pk))
    assert len(gone) == 3
    assert paths.label_path(birds[0]).read_text().startswith("1 ")
    duck.refresh_from_db()
    assert duck.is_retired
    changed, skipped = restore_instances(
        pond.dataset, [row.instance_id for row in gone], author=pond.lead
    )
    assert (changed, skipped) == (3, [])


@pytest.mark.parametrize("what", ["merge", "empty"])
def test_only_leads_change_all_objects_of_a_class(
    pond: Pond, birds: list[Image], what: str
) -> None:
    body = {"into": pond.swan.pk} if what == "merge" else {}
    assert post(pond, pond.duck.pk, what, "stranger", **body).status_code == 404
    assert post(pond, pond.duck.pk, what, "annotator", **body).status_code == 403
    assert post(pond, pond.duck.pk, what, "reviewer", **body).status_code == 403
    assert post(pond, 987654, what, **body).status_code == 404
    assert not BulkChange.objects.exists()


def test_what_cannot_be_merged_is_refused(pond: Pond, birds: list[Image]) -> None:
    duck, swan = pond.duck, pond.swan
    assert post(pond, duck.pk, "merge", into=duck.pk).json()["code"] == "same_class"
    assert post(pond, duck.pk, "merge", into=987654).json()["code"] == "unknown_class"
    assert post(pond, duck.pk, "merge", into=swan.pk).status_code == 202
    # while that waits: not back again, and not away from under it
    assert post(pond, swan.pk, "merge", into=duck.pk).json()["code"] == "class_busy"
    assert post(pond, swan.pk, "empty").json()["code"] == "class_busy"
    BulkChange.objects.update(state="cancelled")
    swan.is_retired = True
    swan.save()
    assert post(pond, duck.pk, "merge", into=swan.pk).json()["code"] == "class_retired"


def test_a_class_that_got_objects_meanwhile_is_not_retired(
    pond: Pond, birds: list[Image], make_instance: MakeInstance
) -> None:
    """Somebody draws a duck in an image that had none when the job chose its images."""
    answer = post(pond, pond.duck.pk, "merge", into=pond.swan.pk)
    job = BulkChange.objects.get(pk=answer.json()["id"])
    late = pond.add_image("late")
    job.items.create(image_id=birds[0].pk)
    BulkChange.objects.filter(pk=job.pk).update(is_planned=True, progress_total=1)
    item: Any = make_instance()
    save_annotation(late.pk, base_revision=0, upsert=[item], author=pond.annotator)
    run_change(job.pk)
    assert not pond.duck.is_retired
