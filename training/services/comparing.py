"""Evaluations side by side: figures of any, images of those on the same version and split."""

from typing import TypedDict

from django.contrib.auth.models import User
from django.http import Http404

from annotator.models.jobs import JobState
from annotator.permissions import datasets_of
from annotator.services.errors import ConflictError
from training.evaluation.comparison import Direction, ImageSide, compare_images
from training.models import Evaluation

from .evaluated_images import evaluation_folder, refusals
from .evaluation_payloads import (
    OTHER_COLOR,
    EvaluationPayload,
    colors_of,
    evaluation_payload,
    evaluations_for_payload,
)
from .image_places import ImagePlace, find_places
from .shown_figures import MetricSetPayload


class ComparedClass(TypedDict):
    """One entry an evaluation; null where it has no label of the class."""

    name: str
    color: str
    instances: list[int]
    box: list[MetricSetPayload | None]
    mask: list[MetricSetPayload | None]


class ComparisonPayload(TypedDict):
    """``note``: why single images cannot be compared, else ""."""

    evaluations: list[EvaluationPayload]
    is_comparable: bool
    note: str
    classes: list[ComparedClass]


class ComparedSide(ImageSide):
    evaluation: int


class ComparedImagePayload(ImagePlace):
    file_name: str
    change: float
    sides: list[ComparedSide]


class ComparedImagePage(TypedDict):
    total: int
    better: int
    worse: int
    same: int
    results: list[ComparedImagePayload]


def find_evaluations(user: User, ids: list[int]) -> list[Evaluation]:
    """Return these evaluations in their order. Raises Http404 if one is not the user's."""
    mine = evaluations_for_payload().filter(run__dataset__in=datasets_of(user))
    found = mine.in_bulk(ids)
    if len(found) < len(ids):
        raise Http404
    return [found[pk] for pk in ids]


def compare_evaluations(evaluations: list[Evaluation]) -> ComparisonPayload:
    payloads = [evaluation_payload(evaluation) for evaluation in evaluations]
    colors: dict[str, str] = {}
    for evaluation in reversed(evaluations):
        colors |= colors_of(evaluation)
    rows = [{row["name"]: row for row in payload["per_class"]} for payload in payloads]
    names = dict.fromkeys(name for own in rows for name in own)
    note = _refusal(evaluations)
    return {
        "evaluations": payloads,
        "is_comparable": not note,
        "note": note,
        "classes": [
            {
                "name": name,
                "color": colors.get(name, OTHER_COLOR),
                "instances": [own[name]["instances"] if name in own else 0 for own in rows],
                "box": [own[name]["box"] if name in own else None for own in rows],
                "mask": [own[name]["mask"] if name in own else None for own in rows],
            }
            for name in names
        ],
    }


def list_compared_images(
    evaluations: list[Evaluation],
    *,
    other: int,
    direction: Direction,
    confidence: float | None,
    offset: int,
    limit: int,
) -> ComparedImagePage:
    """Return a page of the images that changed. Raises ConflictError where they are not the same.

    ``other``: the place in ``evaluations`` of the one that the first is compared with.
    """
    if note := _refusal(evaluations):
        raise ConflictError(note, code="not_comparable")
    with refusals():
        page = compare_images(
            [evaluation_folder(evaluation) for evaluation in evaluations],
            other=other,
            direction=direction,
            confidence=confidence,
            offset=offset,
            limit=limit,
        )
    places = find_places(evaluations[0], [item["file_name"] for item in page["results"]])
    return {
        "total": page["total"],
        "better": page["better"],
        "worse": page["worse"],
        "same": page["same"],
        "results": [
            {
                **places[item["file_name"]],
                "file_name": item["file_name"],
                "change": item["change"],
                "sides": [
                    {**side, "evaluation": evaluation.pk}
                    for side, evaluation in zip(item["sides"], evaluations, strict=True)
                ],
            }
            for item in page["results"]
        ],
    }


def _refusal(evaluations: list[Evaluation]) -> str:
    measured = {(item.version_id, item.split) for item in evaluations}
    if len(measured) > 1:
        told = dict.fromkeys(
            f"{item.split} of version {item.version.number}" for item in evaluations
        )
        return (
            f"Images can be compared on the same version and split only; these are on "
            f"{' and '.join(told)}. Evaluate the other checkpoints there as well."
        )
    unfinished = [item for item in evaluations if item.state != JobState.FINISHED]
    if unfinished:
        return f"The evaluation of “{unfinished[0].run.name}” is not finished (yet)."
    return ""
