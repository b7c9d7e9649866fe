"""Evaluations side by side: figures of any, images of those on the same version and split."""

from typing import TypedDict

from django.contrib.auth.models import User
from django.http import Http404

from annotator.kernel.errors import ConflictError
from annotator.models.jobs import JobState
from annotator.permissions import datasets_of
from training.evaluation.comparing.comparison import (
    Direction,
    ImageSide,
    compare_images,
    shared_confidence,
)
from training.evaluation.comparing.differences import find_differences
from training.evaluation.files.reading import read_operating
from training.evaluation.matching import Basis
from training.evaluation.objects.flips import (
    Flip,
    FlippedObject,
    Flips,
    count_flips,
    list_flips,
)
from training.evaluation.scores.operating import IOU, OperatingPoint
from training.evaluations.evaluated_images import evaluation_folder, refusals
from training.evaluations.image_places import ImagePlace, find_places
from training.evaluations.payloads import (
    OTHER_COLOR,
    EvaluationPayload,
    colors_of,
    evaluation_payload,
    evaluations_for_payload,
)
from training.evaluations.shown_figures import (
    ComparedCounts,
    MetricSetPayload,
    count_words,
    verdict_words,
)
from training.models import Evaluation

from .seed_spread import SeedSpread, spread_over_seeds


class ComparedClass(TypedDict):
    """One entry an evaluation; null where it has no label of the class."""

    name: str
    color: str
    instances: list[int]
    box: list[MetricSetPayload | None]
    mask: list[MetricSetPayload | None]


class ComparedPair(ComparedCounts):
    """What an evaluation changes against the first.

    ``better``, ``worse``, ``same``: images by panoptic quality of their masks. ``flips``: null
    where an older evaluation does not say which label is which. ``verdict`` says whether the
    difference is more than chance; ``words``: the counts and the verdict in one sentence.
    """

    evaluation: int
    flips: Flips | None
    verdict: str
    words: str


class ComparisonPayload(TypedDict):
    """``note``: why single images cannot be compared, else "".

    ``confidence`` holds for all; ``points`` are theirs at it, in the order of the evaluations, null
    for one without results. ``pairs``: each evaluation but the first, against the first; empty
    where they are not comparable. ``seeds``: in the same order, how far training anew moves the
    figures, null where no runs differ by their seed alone.
    """

    evaluations: list[EvaluationPayload]
    is_comparable: bool
    note: str
    confidence: float
    iou: float
    basis: Basis
    points: list[OperatingPoint | None]
    pairs: list[ComparedPair]
    seeds: list[SeedSpread | None]
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


class FlippedObjectPayload(ImagePlace, FlippedObject):
    """A label that one of two evaluations finds, in its image."""


class FlippedObjectPage(TypedDict):
    total: int
    results: list[FlippedObjectPayload]


def compare_evaluations(
    evaluations: list[Evaluation], *, confidence: float | None = None, basis: Basis = "mask"
) -> ComparisonPayload:
    """Compare figures of evaluations, all at one confidence; without it the best of the first."""
    payloads = [evaluation_payload(evaluation) for evaluation in evaluations]
    colors: dict[str, str] = {}
    for evaluation in reversed(evaluations):
        colors |= colors_of(evaluation)
    rows = [{row["name"]: row for row in payload["per_class"]} for payload in payloads]
    names = dict.fromkeys(name for own in rows for name in own)
    note = _refusal(evaluations)
    with refusals():
        finished = [row for row in evaluations if row.state == JobState.FINISHED]
        if finished:
            confidence = shared_confidence(evaluation_folder(finished[0]), confidence)
        shared = confidence or 0.0
        points = [_point(row, confidence=shared, basis=basis) for row in evaluations]
        pairs = [
            _pair(evaluations, place, confidence=shared, basis=basis)
            for place in range(1, 1 if note else len(evaluations))
        ]
    return {
        "evaluations": payloads,
        "is_comparable": not note,
        "note": note,
        "confidence": shared,
        "iou": IOU,
        "basis": basis,
        "points": points,
        "pairs": pairs,
        "seeds": [spread_over_seeds(row, basis=basis) for row in evaluations],
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


def _point(evaluation: Evaluation, *, confidence: float, basis: Basis) -> OperatingPoint | None:
    if evaluation.state != JobState.FINISHED:
        return None
    point = read_operating(evaluation_folder(evaluation), confidence=confidence, basis=basis)
    return {name: point[name] for name in OperatingPoint.__annotations__}  # type: ignore[return-value,literal-required]


def _pair(
    evaluations: list[Evaluation], place: int, *, confidence: float, basis: Basis
) -> ComparedPair:
    folders = [evaluation_folder(evaluations[number]) for number in (0, place)]
    images = compare_images(folders, other=1, confidence=confidence, limit=0)
    differences = find_differences(*folders, confidence=confidence, basis=basis)
    pair: ComparedPair = {
        **differences,
        "evaluation": evaluations[place].pk,
        "better": images["better"],
        "worse": images["worse"],
        "same": images["same"],
        "flips": count_flips(*folders, confidence=confidence, basis=basis),
        "verdict": "",
        "words": "",
    }
    verdict = verdict_words(pair)
    return {**pair, "verdict": verdict, "words": f"{count_words(pair)}; {verdict}."}


def list_flipped_objects(
    evaluations: list[Evaluation],
    *,
    flip: Flip,
    class_index: int | None,
    confidence: float | None,
    basis: Basis,
    offset: int,
    limit: int,
) -> FlippedObjectPage:
    """Return a page of the labels that the first of two finds and the other misses, or vice versa.

    Raises ConflictError where the two are not on the same version and split.
    """
    if note := _refusal(evaluations):
        raise ConflictError(note, code="not_comparable")
    folders = [evaluation_folder(evaluation) for evaluation in evaluations]
    with refusals():
        page = list_flips(
            *folders,
            flip=flip,
            class_index=class_index,
            confidence=shared_confidence(folders[0], confidence),
            basis=basis,
            offset=offset,
            limit=limit,
        )
    places = find_places(evaluations[0], [item["file_name"] for item in page["results"]])
    return {
        "total": page["total"],
        "results": [{**places[item["file_name"]], **item} for item in page["results"]],
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
