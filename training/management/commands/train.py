"""``manage.py train NAME --model yolov8n-seg.yaml --epochs 10 --wait``: train on a dataset."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.management.base import JsonCommand
from annotator.models import Dataset
from training import paths
from training.api.runs import RunCreateSerializer
from training.evaluation.scores.operating import Reason
from training.evaluations.payloads import evaluation_payload
from training.evaluations.shown_figures import REASON_WORDS, figure_words, operating_words
from training.management.jobs import follow_job, need_dataset
from training.models import Evaluation, Run
from training.runs.runs import RunRequest, start_run
from training.versions.freezing import freeze_version


def describe_run(run: Run) -> dict[str, Any]:
    """Everything a script may want to know of a run, in one JSON object."""
    evaluation = run.evaluations.filter(
        checkpoint__kind="best", export=None, version=run.version, split="val"
    ).first()
    weights = {item.kind: str(paths.checkpoint_path(item)) for item in run.checkpoints.all()}
    return {
        "run": run.pk,
        "name": run.name,
        "dataset": run.dataset.slug,
        "version": run.version.number,
        "base_model": run.base_model,
        "parameters": run.parameters,
        "state": run.state,
        "epochs": run.epoch,
        "best_epoch": run.best_epoch,
        "best_pt": weights.get("best"),
        "last_pt": weights.get("last"),
        "folder": str(paths.run_dir(run)),
        "evaluation": evaluation and describe_evaluation(evaluation),
    }


def describe_evaluation(evaluation: Evaluation) -> dict[str, Any]:
    """Null figures with ``reason`` as in the API; ``operating`` at the best confidence."""
    told = evaluation_payload(evaluation)
    return {
        "id": evaluation.pk,
        "split": evaluation.split,
        "images": evaluation.image_count,
        "instances": evaluation.instance_count,
        "box": told["box"],
        "mask": told["mask"],
        "reason": told["reason"],
        "operating": told["operating"],
    }


def follow_run(run: Run, say: Callable[[str], None]) -> Run:
    """Return the run when it has ended and its best.pt is evaluated. Raises CommandError."""
    follow_job(run.version, say, work_here=freeze_version)
    follow_job(run, say)
    for evaluation in run.evaluations.filter(export=None):
        follow_job(evaluation, say)
    return Run.objects.select_related("dataset", "version").get(pk=run.pk)


class Command(JsonCommand):
    help = "Train a model on a dataset; freezes a version first, unless nothing changed."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")
        parser.add_argument("--model", default="yolov8n-seg.pt", help="such as yolo11s-seg.pt")
        parser.add_argument("--epochs", type=int, default=100)
        parser.add_argument("--imgsz", type=int, default=640)
        parser.add_argument("--batch", type=int, default=16)
        parser.add_argument("--device", default="", help="cpu, or the number of a GPU")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--patience", type=int, default=100)
        parser.add_argument("--lr", type=float, default=None, help="learning rate")
        parser.add_argument("--version-number", type=int, help="default: freeze the dataset now")
        parser.add_argument("--run-name", default="")
        parser.add_argument("--wait", action="store_true", help="until trained and evaluated")

    def run(self, **options: Any) -> dict[str, object]:
        dataset = need_dataset(options["name"])
        run = start_run(dataset, _request(dataset, options), created_by=None)
        self.say(f"Run {run.pk} on version {run.version.number} of {dataset.name} is queued.")
        if not options["wait"]:
            return describe_run(run)
        result = describe_run(follow_run(run, self.say))
        self.say(
            f"Run {run.pk} finished: {_figures(result['evaluation'])}; best.pt: {result['best_pt']}"
        )
        return result


def _figures(evaluation: dict[str, Any] | None) -> str:
    """The figures that the results page begins with, with the same digits."""
    if evaluation is None or evaluation["reason"]:
        reason: Reason = "not_evaluated" if evaluation is None else evaluation["reason"]
        return REASON_WORDS[reason]
    mask, point = evaluation["mask"], (evaluation["operating"] or {}).get("mask")
    figures = [("mask mAP50", mask["map50"]), ("mAP50-95", mask["map50_95"])]
    words = ", ".join(f"{name} {figure_words(value)}" for name, value in figures)
    return f"{words}, {operating_words(point)}" if point else words


def _request(dataset: Dataset, options: dict[str, Any]) -> RunRequest:
    """Check the options by the same rules as the API."""
    checked = RunCreateSerializer(
        data={
            "dataset": dataset.slug,
            "base_model": options["model"],
            "epochs": options["epochs"],
            "image_size": options["imgsz"],
            "batch": options["batch"],
            "device": options["device"],
            "seed": options["seed"],
            "patience": options["patience"],
            "learning_rate": options["lr"],
            "name": options["run_name"],
        }
    )
    if not checked.is_valid():
        field, messages = next(iter(checked.errors.items()))
        raise CommandError(f"{field}: {messages[0]}")
    request: RunRequest = {
        key: value for key, value in checked.validated_data.items() if key != "dataset"
    }  # type: ignore[assignment]
    if (number := options["version_number"]) is not None:
        version = dataset.versions.filter(number=number, deleted_at__isnull=True).first()
        if version is None:
            raise CommandError(f"{dataset.name} has no version {number}.")
        request["version"] = version
    return request
