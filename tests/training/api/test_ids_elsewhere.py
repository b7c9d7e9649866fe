"""Ids of another dataset in a body or an address of the training room reach nothing there."""

from typing import Any

import pytest

from training.models import Evaluation, PinnedInstance, RunGroup, Verdict

from ...annotator.conftest import client_of
from ..conftest import TINY, Pond, freeze, make_pond
from ..judged import Judged, start_judged

Values = dict[str, Any]


@pytest.fixture
def theirs(pond: Pond) -> Judged:
    """What a stranger has, as much as ``mine``."""
    other = make_pond()
    other.fill(train=3, val=2, test=0)
    judged = start_judged(other)
    give(judged)
    return judged


@pytest.fixture
def mine(pond: Pond) -> Judged:
    judged = start_judged(pond)
    give(judged)
    return judged


def give(judged: Judged) -> None:
    Verdict.objects.create(
        dataset=judged.pond.dataset,
        evaluation=judged.evaluation,
        image=judged.images[0],
        key="0",
        side="label",
        index=0,
        kind="extra",
        class_name="disc",
        polygon=[],
    )
    RunGroup.objects.create(dataset=judged.pond.dataset, name="g")


RUN = {key: value for key, value in TINY.items() if key != "base_model"}

BODIES: list[tuple[str, str, Values, int]] = [
    ("post", "/api/runs/", {**TINY, "dataset": "{slug}", "version": "{version}"}, 404),
    ("post", "/api/runs/", {**RUN, "dataset": "{slug}", "checkpoint": "{checkpoint}"}, 404),
    ("post", "/api/run-groups/", {**TINY, "dataset": "{slug}", "version": "{version}",
                                  "seeds": [1, 2]}, 404),
    ("post", "/api/datasets/{slug}/runs/batches/", {**TINY, "version": "{version}"}, 404),
    ("post", "/api/datasets/{slug}/runs/check/", {**TINY, "version": "{version}"}, 404),
    ("post", "/api/runs/{my_run}/evaluations/", {"split": "val", "version": "{version}"}, 400),
    ("post", "/api/runs/{my_run}/evaluations/", {"split": "val", "checkpoint": "{checkpoint}"},
     400),
    ("post", "/api/runs/{my_run}/progress/", {"against": "{run}"}, 404),
    ("post", "/api/datasets/{slug}/pins/", {"instance": "{instance}"}, 400),
    ("post", "/api/datasets/{slug}/pins/", {"evaluation": "{evaluation}", "key": "0", "index": 0},
     404),
    ("post", "/api/datasets/{slug}/verdicts/", {"evaluation": "{evaluation}", "key": "0",
                                                "side": "label", "index": 0, "kind": "extra"}, 404),
    ("post", "/api/datasets/{slug}/verdicts/bulk/", {"ids": ["{verdict}"], "state": "dismissed"},
     200),
    ("patch", "/api/verdicts/{my_verdict}/", {"assignee": "{stranger}"}, 400),
]  # fmt: skip


def fill(value: Any, values: Values) -> Any:
    if isinstance(value, dict):
        return {key: fill(item, values) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, values) for item in value]
    if isinstance(value, str) and value.startswith("{"):
        return values[value.strip("{}")]
    return value


def values_of(mine: Judged, theirs: Judged) -> Values:
    return {
        "slug": mine.pond.dataset.slug,
        "my_run": mine.run.pk,
        "my_verdict": Verdict.objects.get(dataset=mine.pond.dataset).pk,
        "my_evaluation": mine.evaluation.pk,
        "version": theirs.version.pk,
        "checkpoint": theirs.checkpoint.pk,
        "run": theirs.run.pk,
        "evaluation": theirs.evaluation.pk,
        "instance": str(theirs.images[0].instances.first().pk),  # type: ignore[union-attr]
        "verdict": Verdict.objects.get(dataset=theirs.pond.dataset).pk,
        "stranger": theirs.pond.lead.pk,
        "group": RunGroup.objects.get(dataset=theirs.pond.dataset).pk,
        "image": str(theirs.images[0].pk),
    }


def test_ids_of_another_dataset_in_a_body(mine: Judged, theirs: Judged) -> None:
    values = values_of(mine, theirs)
    client = client_of(mine.pond.lead)
    for method, address, body, status in BODIES:
        answer = getattr(client, method)(address.format(**values), fill(body, values))
        assert answer.status_code == status, (address, body, answer.content)
        if status == 200:
            assert answer.json() == {"changed": 0}
    assert Verdict.objects.get(pk=values["verdict"]).state == "open"
    assert Evaluation.objects.count() == 2
    assert not PinnedInstance.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        "/api/runs/?group={group}",
        "/api/evaluations/?run={run}",
        "/api/evaluations/?checkpoint={checkpoint}",
        "/api/evaluations/?version={version}",
        "/api/checkpoints/?run={run}",
        "/api/datasets/{slug}/verdicts/?evaluation={evaluation}",
        "/api/datasets/{slug}/verdicts/?image={image}",
        "/api/datasets/{slug}/verdicts/?assignee={stranger}",
    ],
)
def test_ids_of_another_dataset_in_an_address_list_nothing(
    mine: Judged, theirs: Judged, address: str
) -> None:
    answer = client_of(mine.pond.lead).get(address.format(**values_of(mine, theirs)))
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    "address",
    [
        "/api/evaluations/compare/?ids={my_evaluation},{evaluation}",
        "/api/evaluations/compare/images/?ids={my_evaluation},{evaluation}",
        "/api/runs/{my_run}/progress/?against={run}",
    ],
)
def test_nothing_is_compared_with_what_is_another_datasets(
    mine: Judged, theirs: Judged, address: str
) -> None:
    answer = client_of(mine.pond.lead).get(address.format(**values_of(mine, theirs)))
    assert answer.status_code == 404


def test_a_pin_of_another_dataset_is_not_taken_over(pond: Pond, mine: Judged) -> None:
    instance = mine.images[0].instances.first()
    assert instance is not None
    other = make_pond()
    other.fill(train=2, val=1, test=0)
    freeze(other)
    pin = PinnedInstance.objects.create(
        dataset=other.dataset, image=other.dataset.images.all()[0], instance_id=instance.pk
    )
    answer = client_of(pond.lead).post(
        f"/api/datasets/{pond.dataset.slug}/pins/", {"instance": str(instance.pk)}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "instance_elsewhere")
    pin.refresh_from_db()
    assert pin.dataset == other.dataset
