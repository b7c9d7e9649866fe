"""``manage.py add_synthetic NAME``: a new version with synthetic train images."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.kernel.errors import ServiceError
from annotator.management.base import JsonCommand
from annotator.models.jobs import JobState
from training.management.jobs import follow_job, need_dataset
from training.models import Version
from training.versions.freezing import freeze_version
from training.versions.synthetic import BLENDS, MOST_IMAGES, make_recipe, request_synthetic

from .freeze_version import describe_version


class Command(JsonCommand):
    help = "Add synthetic train images to a frozen version, as a new version."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """``--version`` names a version here, not that of Django."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")
        parser.add_argument(
            "--version",
            "--version-number",
            dest="version_number",
            type=int,
            metavar="N",
            help="else the newest one that has no synthetic images",
        )
        parser.add_argument("--classes", required=True, help="names, with commas between them")
        parser.add_argument("--images", type=int, help="how many new images")
        parser.add_argument("--instances-per-class", type=int, help="instead of --images")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--blends", nargs="+", choices=BLENDS, default=[])
        parser.add_argument("--max-per-image", type=int, default=3)

    def run(self, **options: Any) -> dict[str, object]:
        dataset = need_dataset(options["name"])
        rows = Version.objects.select_related("dataset").filter(
            dataset=dataset, deleted_at__isnull=True, state=JobState.FINISHED
        )
        number = options["version_number"]
        rows = rows.filter(synthetic__isnull=True) if number is None else rows.filter(number=number)
        base = rows.order_by("-number").first()
        if base is None:
            raise CommandError(f"{dataset.name} has no such frozen version.")
        images, instances = options["images"], options["instances_per_class"]
        if not 1 <= (images or instances or 0) <= MOST_IMAGES or options["seed"] < 0:
            raise CommandError(f"Give --images or --instances-per-class, 1 to {MOST_IMAGES:,}.")
        try:
            recipe = make_recipe(
                base,
                classes=[name.strip() for name in options["classes"].split(",") if name.strip()],
                images=images,
                instances_per_class=instances,
                seed=options["seed"],
                blends=options["blends"],
                max_per_image=options["max_per_image"],
            )
        except ServiceError as error:
            raise CommandError(str(error)) from error
        version = request_synthetic(base, recipe, created_by=None)
        follow_job(version, self.say, work_here=freeze_version)
        synthetic = version.synthetic or {}
        self.say(
            f"Version {version.number} of {dataset.name}: version {base.number} and "
            f"{synthetic['images']} synthetic images."
        )
        for message in synthetic["messages"]:
            self.say(f"  {message}")
        return describe_version(version) | {"synthetic": synthetic}
