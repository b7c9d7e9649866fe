"""``manage.py export_dataset NAME --format yolo --out FILE.zip``."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser

from annotator.exports.exports import write_export
from annotator.exports.losses import Losses, find_losses, tell_left_out
from annotator.exports.material import ExportCounts, gather_material
from annotator.exports.selection import STATUSES, Selection
from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import HOLD_REGIONS
from annotator.management.base import WITH_LOSSES, JsonCommand, find_dataset
from annotator.models import Dataset, Split


class Command(JsonCommand):
    help = (
        "Write a dataset, or a version of it, as a .zip in a format. Exit status: 0 whole, 2 the "
        "format could not hold everything, 1 not made."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way to ours.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", help="name or slug of the dataset")
        parser.add_argument("--format", choices=sorted(FORMATS), default="yolo")
        parser.add_argument("--out", required=True, type=Path, help="the .zip to write")
        parser.add_argument(
            "--version",
            type=int,
            dest="number",
            metavar="N",
            help="a version's number",
        )
        parser.add_argument(
            "--status",
            choices=STATUSES,
            default="done",
            help="done: finished images (the default); all: every image with all its objects",
        )
        parser.add_argument(
            "--split", nargs="+", action="extend", choices=Split.values, help="only these splits"
        )
        parser.add_argument(
            "--classes", nargs="+", action="extend", metavar="NAME", help="only these classes"
        )

    def run(self, **options: Any) -> dict[str, object]:
        dataset = find_dataset(options["name"])
        if dataset is None:
            raise CommandError(f"There is no dataset “{options['name']}”.")
        out = options["out"].expanduser().resolve()
        kind = FORMATS[options["format"]]
        selection = Selection(
            status=options["status"],
            splits=tuple(options["split"] or ()),
            class_ids=_find_classes(dataset, options["classes"] or []),
            version=options["number"],
        )
        material = gather_material(dataset, selection)
        counts = material.count()
        size_bytes = write_export(dataset, out, selection, format=kind.name)
        losses = find_losses(kind, material)
        leaves_out = tell_left_out(kind, counts)
        self._tell(out, size_bytes, counts, losses)
        self.say(f"Not in it, as this format cannot hold it: {'; '.join(leaves_out)}.")
        regions = counts["ignore_regions"]
        lost_regions = 0 if kind.name in HOLD_REGIONS else regions
        self.exit_status = WITH_LOSSES if losses.count or lost_regions else 0
        return {
            "dataset": dataset.slug,
            "version": selection.version,
            "file": str(out),
            "format": kind.name,
            "size_bytes": size_bytes,
            "images": losses.images - losses.images_without_file,
            "objects": losses.objects - losses.left_out,
            "ignore_regions": regions - lost_regions,
            "changed": losses.changed,
            "left_out": {
                "objects": losses.left_out,
                "ignore_regions": lost_regions,
                "images_without_file": losses.images_without_file,
                "by_status": {
                    "images": counts["left_out_images"],
                    "objects": counts["left_out_objects"],
                },
                "by_class": {"objects": counts["other_class_objects"]},
            },
            "losses": losses.listed,
            "leaves_out": leaves_out,
        }

    def _tell(self, out: Path, size_bytes: int, counts: ExportCounts, losses: Losses) -> None:
        self.say(
            f"Wrote {losses.images:,} images with {losses.objects - losses.left_out:,} objects to "
            f"{out} ({size_bytes / 1024**2:.1f} MB)."
        )
        if counts["left_out_images"]:
            self.say(
                f"Left out by the status: {counts['left_out_images']:,} images with "
                f"{counts['left_out_objects']:,} objects. With --status all they go out, too."
            )
        if losses.count:
            self.say(
                f"Lost: {losses.left_out:,} objects left out, {losses.changed:,} changed, "
                f"{losses.images_without_file:,} images without a file. The worst:"
            )
        for loss in losses.listed[:10]:
            self.say(
                f"  {loss['image']}, object {loss['position']} ({loss['class_name']}): "
                f"IoU {loss['iou']:.3f}"
            )


def _find_classes(dataset: Dataset, names: list[str]) -> tuple[int, ...]:
    known = dict(dataset.classes.values_list("name", "pk"))
    if odd := [name for name in names if name not in known]:
        raise CommandError(f"This dataset has no class “{odd[0]}”; it has {', '.join(known)}.")
    return tuple(known[name] for name in names)
