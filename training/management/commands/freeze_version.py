"""``manage.py freeze_version NAME``: freeze the finished images of a dataset."""

from typing import Any

from django.core.management.base import CommandParser

from annotator.management.base import JsonCommand
from training import paths
from training.management.jobs import follow_job, need_dataset
from training.models import Version
from training.versions.freezing import freeze_version
from training.versions.versions import request_version


def describe_version(version: Version) -> dict[str, object]:
    return {
        "version": version.number,
        "id": version.pk,
        "dataset": version.dataset.slug,
        "images": {
            "train": version.train_count,
            "val": version.val_count,
            "test": version.test_count,
        },
        "instances": version.instance_count,
        "backgrounds": version.background_count,
        "classes": [item["name"] for item in version.classes],
        "data_yaml": str(paths.data_yaml_path(version)),
    }


class Command(JsonCommand):
    help = "Freeze the finished images of a dataset into a new version."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")
        parser.add_argument("--notes", default="")
        parser.add_argument(
            "--only-accepted", action="store_true", help="leave out what no reviewer has accepted"
        )

    def run(self, **options: Any) -> dict[str, object]:
        dataset = need_dataset(options["name"])
        version = request_version(
            dataset,
            created_by=None,
            notes=options["notes"],
            only_accepted=options["only_accepted"],
        )
        follow_job(version, self.say, work_here=freeze_version)
        images = version.train_count + version.val_count + version.test_count
        self.say(
            f"Version {version.number} of {dataset.name}: {images} images, "
            f"{version.instance_count} instances, in {paths.version_dir(version)}"
        )
        return describe_version(version)
