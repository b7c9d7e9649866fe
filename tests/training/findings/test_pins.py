"""Must-find objects: found or lost in every evaluation of a split that holds them."""

import json

import pytest

from annotator.annotations.data import InstanceData
from annotator.folder.saving import replace_annotation
from annotator.kernel.errors import ServiceError
from annotator.models import Image, Instance
from training import paths
from training.evaluations.image_places import find_places
from training.evaluations.payloads import evaluation_payload, evaluations_for_payload
from training.findings.pins import judge_anew, pin_instance, pin_label, report_pins, unpin
from training.models import PinnedInstance, PinOutcome
from training.runs.payloads import run_payload, runs_for_payload
from training.versions.payloads import Fold

from ..conftest import Pond
from ..judged import Judged, square, start_judged

FOUND, LOST, CONFUSED = square(5, 5), square(40, 5), square(70, 40)
IDS = [f"00000000-0000-4000-8000-{number:012}" for number in range(3)]


@pytest.fixture
def image(pond: Pond) -> Image:
    """The first val image with three discs."""
    image = pond.dataset.images.get(stem="val-00")
    instances: list[InstanceData] = [
        {"id": IDS[number], "class_id": pond.classes[0].pk, "polygons": [[ring]]}
        for number, ring in enumerate((FOUND, LOST, CONFUSED))
    ]
    return replace_annotation(
        image.pk, base_revision=image.revision, instances=instances, author=pond.lead
    )


@pytest.fixture
def judged(pond: Pond, image: Image) -> Judged:
    return start_judged(pond, found={"val-00": [(0, FOUND, 0.6), (1, CONFUSED, 0.9)]})


def pin_all(judged: Judged) -> list[PinnedInstance]:
    rows = Instance.objects.filter(pk__in=IDS).order_by("pk")
    return [pin_instance(judged.pond.dataset, row.pk, author=judged.pond.lead) for row in rows]


def test_found_and_lost(judged: Judged) -> None:
    found, lost, confused = pin_all(judged)
    outcomes = {row.pin_id: row for row in PinOutcome.objects.all()}
    assert outcomes[found.pk].confidence == pytest.approx(0.6)
    assert not outcomes[found.pk].is_lost
    assert outcomes[lost.pk].confidence is None
    assert outcomes[lost.pk].is_lost
    assert outcomes[confused.pk].is_lost, "the wrong class does not count"
    assert [outcomes[pin.pk].index for pin in (found, lost, confused)] == [0, 1, 2]
    run = runs_for_payload().get(pk=judged.run.pk)
    assert run_payload(run)["lost_pins"] == 2
    evaluation = evaluations_for_payload().get()
    assert evaluation_payload(evaluation)["lost_pins"] == 2


def test_at_a_higher_confidence_more_is_lost(judged: Judged) -> None:
    pin_all(judged)
    assert sum(item["is_lost"] for item in report_pins(judged.evaluation, confidence=0.5)[1]) == 2
    report = report_pins(judged.evaluation, confidence=0.7)
    assert [item["is_lost"] for item in report.outcomes] == [True, True, True]
    assert {item["pin"]["class_name"] for item in report.outcomes} == {"disc"}


def test_an_evaluation_that_ends_later_is_judged_too(judged: Judged) -> None:
    pin_all(judged)
    second = start_judged(judged.pond, version=judged.version, found={"val-00": [(0, LOST, 0.6)]})
    judge_anew(second.evaluation)
    rows = PinOutcome.objects.filter(evaluation=second.evaluation).order_by("pin")
    assert [row.is_lost for row in rows] == [True, False, True]


def test_versions_frozen_before_instances_were_listed(judged: Judged, pond: Pond) -> None:
    manifest = json.loads(paths.manifest_path(judged.version).read_text())
    for item in manifest["images"]:
        del item["instance_ids"]
    paths.manifest_path(judged.version).write_text(json.dumps(manifest))
    # drawn anew since: the history knows where it was in the version
    image = judged.images[0]
    image.refresh_from_db()
    moved: list[InstanceData] = [
        {"id": IDS[0], "class_id": pond.classes[0].pk, "polygons": [[LOST]]},
        {"id": IDS[1], "class_id": pond.classes[0].pk, "polygons": [[FOUND]]},
    ]
    replace_annotation(image.pk, base_revision=image.revision, instances=moved, author=pond.lead)
    pins = [
        pin_instance(pond.dataset, row.pk, author=pond.lead)
        for row in Instance.objects.filter(pk__in=IDS[:2]).order_by("pk")
    ]
    rows = {row.pin_id: row for row in PinOutcome.objects.all()}
    assert [rows[pin.pk].is_lost for pin in pins] == [False, True]


def test_an_instance_that_the_version_does_not_hold_is_neither(judged: Judged, pond: Pond) -> None:
    train = pond.dataset.images.get(stem="train-00").instances.first()
    assert train is not None
    pin_instance(pond.dataset, train.pk, author=pond.lead)
    assert report_pins(judged.evaluation, confidence=0.5).outcomes == []


def test_a_fold_is_validated_on_images_of_train_too(pond: Pond) -> None:
    """They are known by their names, wherever the version has them."""
    fold: Fold = {"number": 1, "count": 3, "seed": 0}
    judged = start_judged(pond, fold=fold)
    splits = {image.stem: image.split for image in judged.images}
    assert set(splits.values()) == {"train", "val"}
    pinned = [image.instances.all()[0] for image in judged.images if image.instances.exists()]
    assert {splits[row.image.stem] for row in pinned} == {"train", "val"}
    for row in pinned:
        pin_instance(pond.dataset, row.pk, author=pond.lead)
    report = report_pins(judged.evaluation, confidence=0.5)
    assert len(report.outcomes) == len(pinned)
    assert all(item["is_lost"] for item in report.outcomes), "this run found nothing"

    places = find_places(judged.evaluation, [image.file_name for image in judged.images])
    assert all(place["image"] for place in places.values())
    judged.evaluation.split = "train"  # its train images come from both, too
    assert find_places(judged.evaluation, list(places)) == places


def test_pin_a_label_of_an_evaluation(judged: Judged, pond: Pond) -> None:
    pin = pin_label(judged.evaluation, key="0", index=1, note="the small one", author=pond.lead)
    assert str(pin.instance_id) == IDS[1]
    again = pin_label(judged.evaluation, key="0", index=1, note="another", author=pond.reviewer)
    assert (again.pk, again.note, again.author) == (pin.pk, "another", pond.lead)
    unpin(again)
    assert not PinOutcome.objects.exists()


def test_what_is_gone_cannot_be_pinned(judged: Judged, pond: Pond) -> None:
    Instance.objects.filter(pk=IDS[0]).delete()
    with pytest.raises(ServiceError, match="nothing was pinned"):
        pin_instance(pond.dataset, PinnedInstance(instance_id=IDS[0]).instance_id, author=pond.lead)
