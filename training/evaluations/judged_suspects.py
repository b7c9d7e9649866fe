"""Where likely label errors were looked at already, in whatever evaluation."""

from collections import defaultdict
from collections.abc import Sequence

from training.evaluation.files.judged import Box, Judged, SuspectKind
from training.models import Evaluation, Verdict, VerdictKind, VerdictState

from .image_places import find_file_names

KINDS: dict[str, SuspectKind] = {
    VerdictKind.MISSING: "missing",
    VerdictKind.EXTRA: "extra",
    VerdictKind.WRONG_CLASS: "wrong_class",
    VerdictKind.OUTLINE: "sloppy_outline",
}


def list_judged(evaluation: Evaluation) -> Judged:
    """Return the places in its images that have a verdict, open or dismissed."""
    rows = Verdict.objects.filter(
        dataset=evaluation.run.dataset, kind__in=KINDS, image__isnull=False
    ).exclude(state=VerdictState.FIXED)
    verdicts = [*rows.values_list("image_id", "kind", "polygon")]
    names = find_file_names(evaluation, {str(image_id) for image_id, _, _ in verdicts})
    judged: defaultdict[str, defaultdict[SuspectKind, list[Box]]]
    judged = defaultdict(lambda: defaultdict(list))
    for image_id, kind, polygon in verdicts:
        if name := names.get(str(image_id)):
            judged[name][KINDS[kind]].append(_box_of(polygon))
    return judged


def _box_of(ring: Sequence[float]) -> Box:
    return min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2])
