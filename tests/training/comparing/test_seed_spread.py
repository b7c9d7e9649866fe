"""How far training anew with another seed moves the figures: only runs that differ by it count."""

import statistics
from typing import Any

import pytest

from training.comparing.seed_spread import spread_over_seeds
from training.models import Evaluation, Run, RunGroup

from ..conftest import Pond
from ..judged import Judged, start_judged

SCORES = (0.5, 0.75, 0.25)


def measure(judged: Judged, score: float, **parameters: Any) -> Judged:
    figures = dict.fromkeys(("precision", "recall", "map50", "map50_95"), score)
    Evaluation.objects.filter(pk=judged.evaluation.pk).update(mask=figures, box=figures)
    Run.objects.filter(pk=judged.run.pk).update(parameters={**judged.run.parameters, **parameters})
    return judged


@pytest.fixture
def seeds(pond: Pond) -> list[Judged]:
    group = RunGroup.objects.create(dataset=pond.dataset, name="seeds")
    first = start_judged(pond)
    others = [start_judged(pond, version=first.version, name=f"run {n}") for n in (1, 2)]
    judged = [first, *others]
    for number, (row, score) in enumerate(zip(judged, SCORES, strict=True)):
        measure(row, score, seed=number)
    Run.objects.update(group=group)
    return judged


def spread(judged: Judged) -> Any:
    row = Evaluation.objects.select_related("run", "checkpoint").get(pk=judged.evaluation.pk)
    return spread_over_seeds(row, basis="mask")


def test_runs_that_differ_by_their_seed(seeds: list[Judged]) -> None:
    told = spread(seeds[0])
    assert told == spread(seeds[2])
    assert told["runs"] == [judged.run.pk for judged in seeds]
    assert (told["mean"], told["lowest"], told["highest"]) == (0.5, 0.25, 0.75)
    assert told["deviation"] == pytest.approx(statistics.stdev(SCORES))


@pytest.mark.parametrize("other", [{"epochs": 99}, {"image_size": 32}])
def test_runs_that_differ_by_more_are_left_out(seeds: list[Judged], other: dict[str, Any]) -> None:
    measure(seeds[2], SCORES[2], seed=2, **other)
    assert spread(seeds[0])["runs"] == [seeds[0].run.pk, seeds[1].run.pk]
    assert spread(seeds[2]) is None  # alone with its arguments


def test_another_model_or_group_or_an_open_evaluation_is_left_out(seeds: list[Judged]) -> None:
    Run.objects.filter(pk=seeds[1].run.pk).update(base_model="yolo11n-seg.yaml")
    Evaluation.objects.filter(pk=seeds[2].evaluation.pk).update(state="queued")
    assert spread(seeds[0]) is None
    Run.objects.filter(pk=seeds[0].run.pk).update(group=None)
    assert spread(seeds[0]) is None


def test_without_a_label_nothing_is_spread(seeds: list[Judged]) -> None:
    Evaluation.objects.update(instance_count=0)
    assert spread(seeds[0]) is None
