"""How far a figure moves when a run is trained anew with another seed."""

import statistics
from typing import Any, TypedDict

from annotator.models.jobs import JobState
from training.evaluation.matching import Basis
from training.models import Evaluation, Run


class SeedSpread(TypedDict):
    """mAP50-95 of ``runs``, which differ by their seed alone, measured on the same images."""

    runs: list[int]
    mean: float
    deviation: float
    lowest: float
    highest: float


def spread_over_seeds(evaluation: Evaluation, *, basis: Basis) -> SeedSpread | None:
    """Return the spread over the group of the evaluation's run; None without such runs."""
    run = evaluation.run
    if run.group_id is None or evaluation.instance_count == 0:
        return None
    siblings = Evaluation.objects.select_related("run").filter(
        run__group=run.group_id,
        version=evaluation.version_id,
        split=evaluation.split,
        checkpoint__kind=evaluation.checkpoint.kind,
        export__format=None if evaluation.export is None else evaluation.export.format,
        state=JobState.FINISHED,
    )
    values = {
        row.run_id: metrics["map50_95"]
        for row in siblings.order_by("pk")
        if _without_seed(row.run) == _without_seed(run)
        and (metrics := row.mask if basis == "mask" else row.box)
    }
    if len(values) < 2:
        return None
    return {
        "runs": sorted(values),
        "mean": statistics.fmean(values.values()),
        "deviation": statistics.stdev(values.values()),
        "lowest": min(values.values()),
        "highest": max(values.values()),
    }


def _without_seed(run: Run) -> tuple[Any, ...]:
    asked = {name: value for name, value in run.parameters.items() if name != "seed"}
    return run.base_model, run.source_checkpoint_id, run.version_id, asked
