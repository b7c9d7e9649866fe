"""Labels got better, or the model did."""

import pytest

from annotator.annotations.data import InstanceData
from annotator.folder.saving import replace_annotation
from annotator.kernel.errors import ServiceError
from training.evaluations.progress import read_progress, start_progress
from training.models import Evaluation

from ..conftest import Pond, freeze, make_pond
from ..judged import Judged, square, start_judged, write_evaluation

DUCK, HIDDEN = square(5, 5), square(60, 30)


def draw(pond: Pond, *rings: list[float]) -> None:
    image = pond.dataset.images.get(stem="val-00")
    instances: list[InstanceData] = [
        {
            "id": f"00000000-0000-4000-8000-{number:012}",
            "class_id": pond.classes[0].pk,
            "polygons": [[ring]],
        }
        for number, ring in enumerate(rings)
    ]
    replace_annotation(
        image.pk, base_revision=image.revision, instances=instances, author=pond.lead
    )


@pytest.fixture
def first(pond: Pond) -> Judged:
    """Version 1 lacks a label of an object that the model found."""
    for image in pond.dataset.images.filter(split="val").exclude(stem="val-00"):
        image.delete()
    draw(pond, DUCK)
    return start_judged(pond, found={"val-00": [(0, HIDDEN, 0.9), (0, DUCK, 0.8)]}, name="run 7")


def test_the_parts_add_up(pond: Pond, first: Judged) -> None:
    draw(pond, DUCK, HIDDEN)
    version = freeze(pond)
    second = start_judged(pond, version=version, found={"val-00": [(0, DUCK, 0.9)]}, name="run 8")
    waiting = read_progress(second.run, against=None, split="val")
    assert waiting["against"] is not None
    assert waiting["against"]["name"] == "run 7"
    assert (waiting["missing"], waiting["mask"]["labels"]) == (1, None)
    assert waiting["mask"]["total"] is not None

    start_progress(second.run, against=None, split="val", created_by_id=pond.lead.pk)
    between = Evaluation.objects.get(run=first.run, version=version)
    assert between.state == "queued"
    assert read_progress(second.run, against=None, split="val")["missing"] == 0
    write_evaluation(
        pond,
        version,
        first.run,
        first.checkpoint,
        between,
        {"val-00": [(0, HIDDEN, 0.9), (0, DUCK, 0.8)]},
    )
    told = read_progress(second.run, against=first.run, split="val")["mask"]
    labels, model, total = told["labels"], told["model"], told["total"]
    assert labels is not None
    assert model is not None
    assert total is not None
    assert labels["map50"] is not None
    assert model["map50"] is not None
    assert total["map50"] is not None
    assert labels["map50"] > 0.3, "its best prediction was no error: the label was missing"
    assert model["map50"] < -0.3, "the second model does not find it"
    assert labels["map50"] + model["map50"] == pytest.approx(total["map50"])


def test_on_the_same_version_all_is_the_models_doing(pond: Pond, first: Judged) -> None:
    second = start_judged(pond, version=first.version, found={"val-00": [(0, DUCK, 0.9)]})
    told = read_progress(second.run, against=None, split="val")
    assert told["same_version"]
    assert told["missing"] == 0
    assert told["mask"]["labels"] == dict.fromkeys(told["mask"]["labels"] or {}, 0)
    assert told["mask"]["model"] == told["mask"]["total"]


def test_the_first_run_has_nothing_before_it(pond: Pond, first: Judged) -> None:
    told = read_progress(first.run, against=None, split="val")
    assert (told["against"], told["mask"]["total"]) == (None, None)
    with pytest.raises(ServiceError, match="no earlier run"):
        start_progress(first.run, against=None, split="val", created_by_id=pond.lead.pk)


def test_runs_of_other_datasets_are_refused(pond: Pond, first: Judged) -> None:
    other = make_pond()
    other.fill(train=1, val=1, test=0)
    elsewhere = start_judged(other)
    with pytest.raises(ServiceError, match="one dataset"):
        read_progress(first.run, against=elsewhere.run, split="val")
