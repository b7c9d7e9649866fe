"""What came since an earlier run, told apart: better labels, or a better model.

Run A was trained on version 1 and run B on version 2, so their figures differ twice over. The
checkpoint of A evaluated on version 2 stands between them: from A on 1 to A on 2 only the labels
changed, from A on 2 to B on 2 only the model.
"""

from typing import TypedDict

from annotator.kernel.errors import ServiceError
from annotator.models.jobs import ENDED_STATES, JobState
from training.models import CheckpointKind, Evaluation, Run, Version
from training.versions.payloads import RunVersion

from .evaluations import choose_checkpoint, start_evaluation
from .payloads import EvaluationPayload, evaluation_payload, evaluations_for_payload
from .shown_figures import NO_METRICS, FigureName, MetricSetPayload, shown_metrics


class ProgressRun(TypedDict):
    id: int
    name: str
    version: RunVersion


class Change(TypedDict):
    """Differences of each figure; they add up: ``labels`` + ``model`` = ``total``.

    Null where one of the two evaluations is missing, found nothing or had nothing to measure.
    """

    labels: MetricSetPayload | None
    model: MetricSetPayload | None
    total: MetricSetPayload | None


class RunProgress(TypedDict):
    """``before``: the earlier run on its own version; ``between``: its checkpoint on the version
    of this run; ``after``: this run. Null where such an evaluation was not asked for yet.

    ``missing``: evaluations that ``start`` asks for. ``same_version``: the labels are the same.
    """

    run: ProgressRun
    against: ProgressRun | None
    split: str
    same_version: bool
    before: EvaluationPayload | None
    between: EvaluationPayload | None
    after: EvaluationPayload | None
    missing: int
    box: Change
    mask: Change


def read_progress(run: Run, *, against: Run | None, split: str) -> RunProgress:
    """Compare best.pt of ``run`` with that of ``against`` (without one: the run before it).

    Raises ServiceError for a run of another dataset.
    """
    earlier = against or find_run_before(run)
    if earlier is not None and earlier.dataset_id != run.dataset_id:
        raise ServiceError(
            "Only runs of one dataset can be compared like this.", code="other_dataset"
        )
    after = _find(run, run.version, split)
    before = between = None
    if earlier is not None:
        before = _find(earlier, earlier.version, split)
        between = _find(earlier, run.version, split)
    steps = [after] if earlier is None else [before, between, after]
    return {
        "run": _named(run),
        "against": None if earlier is None else _named(earlier),
        "split": split,
        "same_version": earlier is not None and earlier.version_id == run.version_id,
        "before": None if before is None else evaluation_payload(before),
        "between": None if between is None else evaluation_payload(between),
        "after": None if after is None else evaluation_payload(after),
        "missing": sum(_is_wanting(step) for step in steps),
        "box": _tell_apart("box", before, between, after),
        "mask": _tell_apart("mask", before, between, after),
    }


def start_progress(run: Run, *, against: Run | None, split: str, created_by_id: int) -> None:
    """Ask for the evaluations that are missing. Raises ServiceError where there is no run before,
    and like start_evaluation."""
    earlier = against or find_run_before(run)
    if earlier is None:
        raise ServiceError("There is no earlier run to compare with.", code="no_earlier_run")
    for of, version in ((earlier, earlier.version), (earlier, run.version), (run, run.version)):
        if _is_wanting(_find(of, version, split)):
            start_evaluation(
                choose_checkpoint(of, None), split, created_by_id=created_by_id, version=version
            )


def find_run_before(run: Run) -> Run | None:
    """Return the run of the dataset before ``run`` that left a checkpoint, rather one that was
    trained on an earlier version than on the same."""
    rows = Run.objects.filter(
        dataset=run.dataset_id,
        pk__lt=run.pk,
        state__in=ENDED_STATES,
        checkpoints__kind=CheckpointKind.BEST,
    ).select_related("dataset", "version")
    earlier = rows.filter(version__number__lt=run.version.number)
    return earlier.order_by("-pk").first() or rows.order_by("-pk").first()


def _find(run: Run, version: Version, split: str) -> Evaluation | None:
    rows = evaluations_for_payload().filter(run=run, export=None, version=version, split=split)
    return rows.filter(checkpoint__kind=CheckpointKind.BEST).first()


def _is_wanting(step: Evaluation | None) -> bool:
    return step is None or step.state in (JobState.FAILED, JobState.CANCELLED)


def _named(run: Run) -> ProgressRun:
    return {
        "id": run.pk,
        "name": run.name,
        "version": {"id": run.version_id, "number": run.version.number},
    }


def _tell_apart(
    basis: str, before: Evaluation | None, between: Evaluation | None, after: Evaluation | None
) -> Change:
    return {
        "labels": _difference(basis, before, between),
        "model": _difference(basis, between, after),
        "total": _difference(basis, before, after),
    }


def _difference(
    basis: str, first: Evaluation | None, second: Evaluation | None
) -> MetricSetPayload | None:
    a, b = _shown(basis, first), _shown(basis, second)

    def less(name: FigureName) -> float | None:
        before, after = a[name], b[name]
        return None if before is None or after is None else after - before

    if a["map50"] is None or b["map50"] is None:
        return None
    return {
        "precision": less("precision"),
        "recall": less("recall"),
        "map50": less("map50"),
        "map50_95": less("map50_95"),
    }


def _shown(basis: str, step: Evaluation | None) -> MetricSetPayload:
    if step is None:
        return NO_METRICS
    return shown_metrics(getattr(step, basis), has_labels=step.instance_count > 0)
