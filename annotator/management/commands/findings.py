"""``manage.py findings NAME``."""

from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.images.findings.looking import look_over
from annotator.images.findings.overview import Finding, list_findings
from annotator.management.base import JsonCommand, find_dataset
from annotator.models import Dataset


class Command(JsonCommand):
    help = (
        "Print what is wrong in a dataset, with counts. Images that changed since the last time "
        "are looked at first."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")

    def run(self, **options: Any) -> dict[str, object]:
        dataset = find_dataset(options["name"])
        if dataset is None:
            raise CommandError(f"There is no dataset “{options['name']}”.")
        look_over(dataset)
        found = list_findings(dataset)
        names = dict(dataset.classes.values_list("pk", "name"))
        shown = [row for row in found["findings"] if row["images"] or row["classes"]]
        for row in shown:
            self.say(f"{row['title']}: {_count(row, names)}")
            self.say(f"  {row['why']}")
        if not shown:
            self.say("Nothing was found.")
        if waiting := max(found["unmeasured"], found["unlooked"]):
            self.say(f"{waiting:,} images are being looked at by a worker: ask again.")
        return {"dataset": dataset.slug, "address": _address(dataset), **_plain(found, names)}


def _address(dataset: Dataset) -> str:
    return f"/datasets/{dataset.slug}/insights"


def _count(row: Finding, names: dict[int, str]) -> str:
    parts = []
    if row["images"]:
        parts.append(f"{row['images']:,} image" + ("s" if row["images"] != 1 else ""))
    if row["objects"]:
        parts.append(f"{row['objects']:,} object" + ("s" if row["objects"] != 1 else ""))
    if row["classes"]:
        parts.append(", ".join(names.get(each["class_id"], "?") for each in row["classes"]))
    if row["set_aside"]:
        parts.append(f"{row['set_aside']:,} set aside")
    return "; ".join(parts)


def _plain(found: Any, names: dict[int, str]) -> dict[str, object]:
    """The list with the names of classes, and times as text."""
    moment = found["computed_at"]
    findings = [
        {
            **row,
            "classes": [
                {"name": names.get(each["class_id"]), "splits": each["splits"]}
                for each in row["classes"]
            ],
        }
        for row in found["findings"]
    ]
    return {**found, "computed_at": moment and moment.isoformat(), "findings": findings}
