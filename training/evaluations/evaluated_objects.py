"""Objects of an evaluation whose labels are likely wrong."""

from itertools import islice
from typing import TypedDict

from django.db.models import Q

from annotator.models.jobs import JobState
from training import paths
from training.evaluation.files import reading
from training.evaluation.files.judged import SuspectKind
from training.evaluation.objects import label_errors
from training.evaluation.objects.label_errors import SuspectCounts
from training.models import Evaluation

from .evaluated_images import evaluation_folder
from .image_places import ImagePlace, find_places
from .judged_suspects import list_judged

MOST_ASKED = 12
"""Evaluations that are asked whether they find a label, the newest first."""


class SuspectPayload(ImagePlace, label_errors.Suspect):
    """An object whose label is likely wrong, in its image."""


class SuspectRule(TypedDict):
    kind: SuspectKind
    rule: str


class Suspects(TypedDict):
    total: int
    judged: int
    counts: SuspectCounts
    rules: list[SuspectRule]
    evaluations: int
    results: list[SuspectPayload]


def _is_same_model(evaluation: Evaluation) -> Q:
    """The evaluation itself, and that of the checkpoint where it is an export's."""
    itself = Q(pk=evaluation.pk)
    return itself if evaluation.export_id is None else itself | Q(checkpoint=evaluation.checkpoint)


def list_suspects(
    evaluation: Evaluation,
    *,
    kind: SuspectKind | None,
    class_index: int | None,
    offset: int,
    limit: int,
) -> Suspects:
    """Return a page of likely label errors that nobody has looked at yet.

    The finished evaluations of other checkpoints on the same version and split are asked too, the
    newest first; those of format 1 cannot be, and do not take a place. Those of exported models are
    not: an export is the same model once more.
    """
    folder = evaluation_folder(evaluation)
    others = Evaluation.objects.select_related("run").filter(
        version=evaluation.version,
        split=evaluation.split,
        state=JobState.FINISHED,
        format__gt=1,
        export=None,
    )
    folders = (paths.evaluation_dir(other) for other in others.exclude(_is_same_model(evaluation)))
    page = label_errors.list_suspects(
        folder,
        list(islice(filter(reading.is_complete, folders), MOST_ASKED - 1)),
        kind=kind,
        class_index=class_index,
        judged=list_judged(evaluation),
        offset=offset,
        limit=limit,
    )
    places = find_places(evaluation, [item["file_name"] for item in page["results"]])
    return {
        "total": page["total"],
        "judged": page["judged"],
        "counts": page["counts"],
        "rules": [{"kind": told, "rule": label_errors.RULES[told]} for told in label_errors.KINDS],
        "evaluations": page["evaluations"],
        "results": [{**places[item["file_name"]], **item} for item in page["results"]],
    }
