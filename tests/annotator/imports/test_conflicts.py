"""Images that are here already: skipped and said, replaced, kept beside, or added to."""

from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.annotations.history import read_revision
from annotator.folder.saving import replace_annotation
from annotator.imports import updates
from annotator.imports.counting import tally_of
from annotator.kernel.errors import StaleRevisionError
from annotator.labels.formats.base import FoundImage
from annotator.models import Image, Import, RevisionSource
from tests.annotator.conftest import Pond
from tests.annotator.imports.fake_source import FakeSource, box, offer, start, thing
from tests.annotator.sources import picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)

FIRST = {"a.txt": [thing(0, box(4, 4)), thing(1, box(20, 10))]}
OTHER = {"a.txt": [thing(0, box(4, 4)), thing(0, box(22, 16, 8))]}


@pytest.fixture
def here(pond: Pond, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Image:
    """An image with a duck and a swan that was imported before."""
    offer(monkeypatch, FakeSource([FoundImage("a.png", "a.txt", "train")], FIRST))
    start(pond, tmp_path / "first", {"a.png": picture_bytes(1)})
    return pond.dataset.images.get()


def again(
    pond: Pond,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    labels: Any = OTHER,
    seed: int = 1,
    size_wh: tuple[int, int] = (40, 30),
    **options: Any,
) -> Import:
    offer(monkeypatch, FakeSource([FoundImage("a.png", "a.txt", "val")], labels))
    return start(pond, root / "again", {"a.png": picture_bytes(seed, size_wh=size_wh)}, **options)


def reasons(job: Import, outcome: str) -> list[str]:
    return list(job.rows.filter(outcome=outcome).order_by("id").values_list("reason", flat=True))


def test_a_copy_is_left_out_and_its_labels_difference_said(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = again(pond, tmp_path, monkeypatch)
    assert reasons(job, "refused") == [
        "The same image as “a.png”, which is in train already; its 2 labels differ from the 2 "
        "here and were not taken."
    ]
    assert (job.images_refused, job.objects_refused, job.has_losses) == (1, 2, True)
    job = again(pond, tmp_path, monkeypatch, labels=FIRST, on_conflict="skip")
    assert "; its 2 labels say the same." in reasons(job, "refused")[0]
    assert Image.objects.get(pk=here.pk).revision == 1


def test_other_pixels_under_a_name_that_is_here_are_said(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = again(pond, tmp_path, monkeypatch, seed=2)
    assert reasons(job, "refused")[0].startswith("There is another image named “a” already, in tr")
    assert pond.dataset.images.count() == 1


def test_the_annotation_is_replaced_as_a_revision(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = here.instances.get(dataset_class=pond.duck)
    job = again(pond, tmp_path, monkeypatch, on_conflict="replace")
    image = Image.objects.get(pk=here.pk)
    assert (image.revision, image.instance_count, image.split) == (2, 2, "train")
    revision = image.revisions.get(number=2)
    assert (revision.source, revision.author) == (RevisionSource.IMPORT, pond.lead)
    assert image.instances.filter(pk=kept.pk).exists(), "what is the same keeps its id"
    assert [row.split()[0] for row in paths.label_path(image).read_text().splitlines()] == [
        *("0", "0"),
    ]
    assert len(read_revision(image, 1)["instances"]) == 2, "as it was, in the history"
    assert tally_of(job, "images") == {"source": 1, "taken": 1, "repaired": 0, "refused": 0}
    assert tally_of(job, "objects") == {"source": 2, "taken": 2, "repaired": 0, "refused": 0}
    row = job.rows.get()
    assert (row.changed_image, row.changed_to, job.images_updated) == (image.pk, 2, 1)
    same = again(pond, tmp_path, monkeypatch, on_conflict="replace")
    assert reasons(same, "taken") == ["“a.png” has these labels already."]
    assert Image.objects.get(pk=here.pk).revision == 2


def test_what_is_not_there_yet_is_added(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = again(pond, tmp_path, monkeypatch, on_conflict="add")
    image = Image.objects.get(pk=here.pk)
    assert list(image.instances.values_list("dataset_class__name", flat=True)) == [
        "duck",
        "swan",
        "duck",
    ]
    assert reasons(job, "taken") == ["Added to “a.png”: 1 object."]
    assert reasons(job, "repaired") == ["1 object of it is here already."]
    assert tally_of(job, "objects") == {"source": 2, "taken": 1, "repaired": 1, "refused": 0}
    again(pond, tmp_path, monkeypatch, on_conflict="add")
    assert Image.objects.get(pk=here.pk).instance_count == 3


def test_both_are_kept(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = again(pond, tmp_path, monkeypatch, on_conflict="both")
    assert set(pond.dataset.images.values_list("stem", "split")) == {("a", "train"), ("a-2", "val")}
    assert reasons(job, "repaired") == [
        "The same image as “a.png”, kept beside it; it is called “a-2” here."
    ]
    again(pond, tmp_path, monkeypatch, on_conflict="both", seed=7)
    assert pond.dataset.images.count() == 3


def test_labels_of_another_size_do_not_fit(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = again(pond, tmp_path, monkeypatch, on_conflict="replace", seed=3, size_wh=(80, 60))
    assert "of 40 × 30 pixels; this one has 80 × 60" in reasons(job, "refused")[0]
    job = again(pond, tmp_path, monkeypatch, on_conflict="replace", seed=4)
    assert Image.objects.get(pk=here.pk).revision == 2
    assert "Its pixels differ from those of “a.png”, which stay." in reasons(job, "repaired")
    assert job.images_repaired == 1


@pytest.mark.parametrize(
    ("options", "revision"),
    [({}, 2), ({"on_conflict": "replace"}, 2), ({"on_conflict": "skip"}, 1)],
)
def test_labels_alone_update_the_image_of_their_name(
    pond: Pond,
    here: Image,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: dict[str, Any],
    revision: int,
) -> None:
    found = [FoundImage("", "a.txt", "train", name="a"), FoundImage("", "b.txt", "train", name="b")]
    offer(monkeypatch, FakeSource(list(found), {**OTHER, "b.txt": [thing()]}))
    job = start(pond, tmp_path, {"a.txt": b"x"}, **options)
    assert Image.objects.get(pk=here.pk).revision == revision
    assert tally_of(job, "images")["source"] == 0
    assert "There is no image “b” here" in reasons(job, "refused")[-1]
    assert job.objects_refused == (1 if revision == 2 else 3)
    if revision == 1:
        assert "its 2 labels differ from the 2 here" in reasons(job, "refused")[0]


def test_a_save_at_the_same_moment_is_not_overwritten(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = 0

    def late(image_id: Any, save: Any) -> Image:
        nonlocal calls
        calls += 1
        raise StaleRevisionError("It was changed.", current={})

    monkeypatch.setattr(updates, "carry_out", late)
    job = again(pond, tmp_path, monkeypatch, on_conflict="replace")
    assert (calls, job.images_refused, job.state) == (3, 1, "finished")


def test_an_accepted_image_whose_labels_change_is_to_be_reviewed(
    pond: Pond, here: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_annotation(
        here.pk, base_revision=1, instances=[], author=pond.lead, status="in_progress"
    )
    again(pond, tmp_path, monkeypatch, on_conflict="add")
    assert Image.objects.get(pk=here.pk).status == "in_progress", "somebody is at work on it"
    again(pond, tmp_path, monkeypatch, on_conflict="replace", labels=FIRST)
    assert Image.objects.get(pk=here.pk).status == "done"
