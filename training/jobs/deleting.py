"""Deleting rows of the training room in turns, so that nobody waits for what hangs on them."""

from django.db.models import Q, QuerySet

from annotator.kernel.turns import delete_in_turns, write_in_turns
from annotator.models import Dataset
from training.models import (
    Epoch,
    Evaluation,
    PinnedInstance,
    PinOutcome,
    PredictedImage,
    Prediction,
    Run,
    ServedModel,
    ServedMove,
    Verdict,
    Version,
    Weights,
)


def delete_evaluations(evaluations: QuerySet[Evaluation]) -> None:
    """Delete the rows of evaluations; verdicts that were given on them stay."""
    ids = list(evaluations.values_list("pk", flat=True))
    delete_in_turns(PinOutcome.objects.filter(evaluation_id__in=ids))
    verdicts = Verdict.objects.filter(evaluation_id__in=ids)
    kept = list(verdicts.values_list("pk", flat=True))
    write_in_turns(kept, lambda batch: Verdict.objects.filter(pk__in=batch).update(evaluation=None))
    delete_in_turns(Evaluation.objects.filter(pk__in=ids))


def delete_predictions(predictions: QuerySet[Prediction]) -> None:
    """Delete the rows of predictions with what was found on each image."""
    ids = list(predictions.values_list("pk", flat=True))
    for prediction_id in ids:
        delete_predicted_images(prediction_id)
    delete_in_turns(Prediction.all_objects.filter(pk__in=ids))


def delete_predicted_images(prediction_id: int, *, budget_seconds: float = float("inf")) -> None:
    rows = PredictedImage.objects.filter(prediction_id=prediction_id)
    delete_in_turns(rows, budget_seconds=budget_seconds, order_by="position")


def delete_runs(runs: QuerySet[Run]) -> None:
    """Delete the rows of runs with their epochs, evaluations and checkpoints, the newest first:
    a run may have begun with a checkpoint of an older one."""
    ids = list(runs.order_by("-pk").values_list("pk", flat=True))
    delete_evaluations(Evaluation.objects.filter(run_id__in=ids))
    delete_in_turns(Epoch.objects.filter(run_id__in=ids))
    for run_id in ids:
        delete_in_turns(Run.objects.filter(pk=run_id))


def predictions_of(dataset: Dataset) -> QuerySet[Prediction]:
    """Return the predictions that end with a dataset: on its images, or with one of its models."""
    return Prediction.all_objects.filter(
        Q(dataset=dataset)
        | Q(checkpoint__run__dataset=dataset)
        | Q(export__checkpoint__run__dataset=dataset)
        | Q(weights__dataset=dataset)
    )


def delete_all_of(dataset: Dataset) -> None:
    """Delete the rows of everything that the training room keeps of a dataset."""
    delete_predictions(predictions_of(dataset))
    ServedModel.objects.filter(dataset=dataset).delete()
    ServedMove.objects.filter(
        Q(checkpoint__run__dataset=dataset)
        | Q(export__checkpoint__run__dataset=dataset)
        | Q(weights__dataset=dataset)
    ).delete()
    Weights.objects.filter(dataset=dataset).delete()
    delete_runs(Run.objects.filter(dataset=dataset))
    delete_in_turns(PinOutcome.objects.filter(pin__dataset=dataset))
    delete_in_turns(PinnedInstance.objects.filter(dataset=dataset))
    delete_in_turns(Verdict.objects.filter(dataset=dataset))
    delete_in_turns(Version.objects.filter(dataset=dataset))
