"""Verdicts on objects: given, mended by a save, opened again, frozen into a version."""

from typing import Any

import pytest

from annotator.annotations.data import InstanceData, read_annotation
from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import Comment, Image, Instance, Role
from training.findings.verdicts import VerdictRequest, change_verdict, give_verdict
from training.models import Side, Verdict, VerdictKind
from training.versions.freezing import read_manifest
from training.versions.payloads import version_payload

from ..conftest import Pond, freeze
from ..judged import Judged, square, start_judged

GHOST = square(70, 40, 18)


@pytest.fixture
def judged(pond: Pond) -> Judged:
    """The first val image: its first label found a little beside, and a duck that nobody drew."""
    Instance.objects.filter(image__dataset=pond.dataset, image__split="val").delete()
    image = pond.dataset.images.get(stem="val-00")
    draw(image, square(10, 10), pond.classes[0].pk)
    return start_judged(
        pond, found={"val-00": [(0, square(12, 10), 0.9), (1, GHOST, 0.8)]}, name="run 7"
    )


def draw(image: Image, ring: list[float], class_id: int) -> InstanceData:
    image.refresh_from_db()
    item: InstanceData = {
        "id": f"00000000-0000-4000-8000-{image.revision:012}",
        "class_id": class_id,
        "polygons": [[ring]],
    }
    save_annotation(image.pk, base_revision=image.revision, upsert=[item], author=None)
    return item


def give(judged: Judged, kind: VerdictKind, side: Side, index: int, **more: Any) -> Verdict:
    request: VerdictRequest = {"key": "0", "side": side, "index": index, "kind": kind, **more}  # type: ignore[typeddict-item]
    return give_verdict(judged.evaluation, request, author=judged.pond.reviewer)


def change(judged: Judged, **values: Any) -> None:
    """Save the one instance of the first image with ``values``."""
    image = judged.images[0]
    image.refresh_from_db()
    (item,) = read_annotation(image)["instances"]
    save_annotation(
        image.pk,
        base_revision=image.revision,
        upsert=[{**item, **values}],  # type: ignore[typeddict-item]
        author=judged.pond.annotator,
    )


def delete(judged: Judged) -> InstanceData:
    image = judged.images[0]
    image.refresh_from_db()
    (item,) = read_annotation(image)["instances"]
    save_annotation(
        image.pk,
        base_revision=image.revision,
        delete=[item["id"]],
        author=judged.pond.annotator,
    )
    return item


def test_a_missing_label_is_fixed_by_drawing_it_and_open_again_when_that_is_undone(
    judged: Judged,
) -> None:
    verdict = give(judged, VerdictKind.MISSING, Side.PREDICTION, 1, comment="a duck")
    assert verdict.class_name == "diamond"
    assert verdict.comment is not None
    assert (verdict.comment.x, verdict.comment.y) == (79, 49)
    image = judged.images[0]
    elsewhere = draw(image, square(40, 5, 10), judged.pond.classes[1].pk)
    verdict.refresh_from_db()
    assert verdict.state == "open"
    drawn = draw(image, square(71, 41, 18), judged.pond.classes[1].pk)
    verdict.refresh_from_db()
    image.refresh_from_db()
    assert (verdict.state, verdict.fixed_by.number) == ("fixed", image.revision)  # type: ignore[union-attr]
    save_annotation(
        image.pk,
        base_revision=image.revision,
        delete=[drawn["id"], elsewhere["id"]],
        author=judged.pond.annotator,
    )
    verdict.refresh_from_db()
    assert (verdict.state, verdict.fixed_by, verdict.closed_at) == ("open", None, None)


def test_each_kind_is_fixed_by_its_own_change(judged: Judged) -> None:
    other = judged.pond.classes[1].pk
    wrong_class = give(judged, VerdictKind.WRONG_CLASS, Side.LABEL, 0)
    change(judged, polygons=[[square(11, 10)]])
    wrong_class.refresh_from_db()
    assert wrong_class.state == "open"
    change(judged, class_id=other)
    wrong_class.refresh_from_db()
    assert wrong_class.state == "fixed"
    assert wrong_class.closed_by == judged.pond.annotator

    outline = give(judged, VerdictKind.OUTLINE, Side.LABEL, 0)
    assert outline.pk == wrong_class.pk  # one verdict an object: it says something else now
    change(judged, occluded=True)
    outline.refresh_from_db()
    assert outline.state == "open"
    change(judged, polygons=[[square(10.5, 10)]])
    outline.refresh_from_db()
    assert outline.state == "fixed"


def test_an_extra_label_is_fixed_by_deleting_it(judged: Judged) -> None:
    verdict = give(judged, VerdictKind.EXTRA, Side.LABEL, 0, comment="only a stone")
    change(judged, class_id=judged.pond.classes[1].pk)
    verdict.refresh_from_db()
    assert verdict.state == "open"
    gone = delete(judged)
    verdict.refresh_from_db()
    assert verdict.state == "fixed"
    assert Comment.objects.get().resolved_at is not None
    image = judged.images[0]
    image.refresh_from_db()
    save_annotation(image.pk, base_revision=image.revision, upsert=[gone], author=None)
    verdict.refresh_from_db()
    assert verdict.state == "open"


def test_a_verdict_on_a_label_may_be_given_on_its_prediction(judged: Judged) -> None:
    verdict = give(judged, VerdictKind.OUTLINE, Side.PREDICTION, 0)
    assert (verdict.side, verdict.index, verdict.class_name) == ("label", 0, "disc")
    assert verdict.partner_polygon == square(12, 10)
    assert verdict.instance_id is not None


@pytest.mark.parametrize(
    ("kind", "side", "index"),
    [
        (VerdictKind.MISSING, Side.LABEL, 0),
        (VerdictKind.EXTRA, Side.PREDICTION, 1),  # no label belongs to it
    ],
)
def test_kinds_that_make_no_sense(
    judged: Judged, kind: VerdictKind, side: Side, index: int
) -> None:
    with pytest.raises(ServiceError) as caught:
        give(judged, kind, side, index)
    assert caught.value.code == "verdict_senseless"


def test_what_is_done_already_makes_no_work(judged: Judged) -> None:
    draw(judged.images[0], GHOST, judged.pond.classes[1].pk)
    with pytest.raises(ConflictError, match="drawn there since"):
        give(judged, VerdictKind.MISSING, Side.PREDICTION, 1)
    assert not Verdict.objects.exists()


def test_a_hard_case_stays(judged: Judged) -> None:
    verdict = give(judged, VerdictKind.MODEL, Side.LABEL, 0)
    delete(judged)
    verdict.refresh_from_db()
    assert verdict.state == "open"
    with pytest.raises(ServiceError, match="nothing to fix"):
        change_verdict(
            verdict, state="fixed", assignee=None, actor=judged.pond.lead, role=Role.LEAD
        )


def test_no_error_is_remembered_and_makes_no_work(judged: Judged) -> None:
    verdict = give(judged, VerdictKind.EXTRA, Side.LABEL, 0, dismissed=True)
    assert verdict.state == "dismissed"
    delete(judged)
    verdict.refresh_from_db()
    assert verdict.state == "dismissed"


def test_a_version_tells_which_fixes_it_has(judged: Judged) -> None:
    pond = judged.pond
    missing = give(judged, VerdictKind.MISSING, Side.PREDICTION, 1)
    give(judged, VerdictKind.OUTLINE, Side.LABEL, 0)
    draw(judged.images[0], GHOST, pond.classes[1].pk)
    version = freeze(pond)
    assert version_payload(version)["fixes"] == {
        "total": 1,
        "missing": 1,
        "extra": 0,
        "wrong_class": 0,
        "outline": 0,
        "sources": [{"run": judged.run.pk, "run_name": "run 7", "count": 1}],
    }
    missing.refresh_from_db()
    assert missing.included_in == version
    # the next one has what came since, and history does not change any more
    again = freeze(pond)
    assert version_payload(again)["fixes"]["total"] == 0
    with pytest.raises(ConflictError, match="frozen with this fix"):
        change_verdict(missing, state="open", assignee=None, actor=pond.lead, role=Role.LEAD)


def test_the_manifest_names_the_instance_of_each_row(judged: Judged) -> None:
    image = judged.images[0]
    frozen = next(
        item for item in read_manifest(judged.version)["images"] if item["id"] == str(image.pk)
    )
    assert frozen["instance_ids"] == [str(row.pk) for row in image.instances.all()]
