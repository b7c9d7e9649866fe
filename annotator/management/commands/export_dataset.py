"""``manage.py export_dataset NAME --format yolo --out FILE.zip``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.exports.exports import STATUSES, write_export
from annotator.labels.formats import FORMATS
from annotator.management.base import JsonCommand, find_dataset
from annotator.models import FINISHED


class Command(JsonCommand):
    help = "Write a dataset as a .zip: images, label files as they are, data.yaml."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")
        parser.add_argument("--format", choices=sorted(FORMATS), default="yolo")
        parser.add_argument("--status", choices=STATUSES, default="done")
        parser.add_argument("--out", required=True, type=Path, help="the .zip to write")

    def run(self, **options: Any) -> dict[str, object]:
        dataset = find_dataset(options["name"])
        if dataset is None:
            raise CommandError(f"There is no dataset “{options['name']}”.")
        out = options["out"].expanduser().resolve()
        size_bytes = write_export(dataset, out, status=options["status"], format=options["format"])
        images = dataset.images.all()
        if options["status"] == "done":
            images = images.filter(status__in=FINISHED)
        count = images.count()
        self.say(f"Wrote {count} images to {out} ({size_bytes / 1024**2:.1f} MB).")
        left_out = FORMATS[options["format"]].leaves_out
        self.say(f"Not in it, as this format cannot hold it: {'; '.join(left_out)}.")
        return {
            "dataset": dataset.slug,
            "file": str(out),
            "format": options["format"],
            "images": count,
            "size_bytes": size_bytes,
        }
