"""``manage.py import_dataset PATH --name NAME``: take a folder or a .zip in."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser

from annotator.datasets.datasets import create_dataset
from annotator.imports.imports import POND, create_import, open_source, recognise, run_import
from annotator.labels.formats.trees import TreeError
from annotator.management.base import JsonCommand, find_dataset
from annotator.models import FINISHED, Dataset, Import, JobState
from sample_pond import MAX_IMAGES


class Command(JsonCommand):
    help = "Import a YOLO dataset, or a plain folder of images, from a folder or a .zip."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("path", nargs="?", help="a folder or a .zip")
        parser.add_argument("--name", required=True, help="the dataset; made if there is none")
        parser.add_argument(
            "--sample", type=int, metavar="N", help="draw N pictures of a pond instead of a PATH"
        )

    def run(self, **options: Any) -> dict[str, object]:
        source, source_name = _source(options["path"], options["sample"])
        owner = User.objects.filter(is_superuser=True).order_by("pk").first()
        try:
            with open_source(source) as tree:
                recognise(tree)
        except TreeError as error:
            raise CommandError(str(error)) from error
        dataset = find_dataset(options["name"]) or create_dataset(owner=owner, name=options["name"])
        row = create_import(dataset, source_path=source, source_name=source_name, created_by=owner)
        job = run_import(row.pk)
        if job is None:
            raise CommandError("Another worker has taken the import up; see its page.")
        if job.state != JobState.FINISHED:
            raise CommandError(job.error or f"The import was {job.state}.")
        result = _result(dataset, job)
        self.say(
            "Imported “{dataset_name}”: {images} images, {instances} instances. "
            "Report: {taken} taken, {repaired} repaired, {refused} refused.".format(**result)
        )
        for row_ in job.rows.exclude(outcome="taken")[:20]:
            where = f"{row_.file}:{row_.line}" if row_.line else row_.file
            self.say(f"  {row_.outcome}: {where}: {row_.reason}")
        return result


def _source(path: str | None, sample: int | None) -> tuple[str, str]:
    if (path is None) == (sample is None):
        raise CommandError("Give a PATH to import, or --sample N.")
    if sample is not None:
        if not 1 <= sample <= MAX_IMAGES:
            raise CommandError(f"A sample pond has 1 to {MAX_IMAGES} images.")
        return f"{POND}{sample}:1", "Sample pond"
    absolute = Path(str(path)).expanduser().resolve()
    return str(absolute), absolute.name


def _result(dataset: Dataset, job: Import) -> dict[str, object]:
    images = dataset.images
    return {
        "dataset": dataset.slug,
        "dataset_name": dataset.name,
        "import": job.pk,
        "state": job.state,
        "images": images.count(),
        "instances": sum(images.values_list("instance_count", flat=True)),
        "done": images.filter(status__in=FINISHED).count(),
        "taken": job.taken,
        "repaired": job.repaired,
        "refused": job.refused,
    }
