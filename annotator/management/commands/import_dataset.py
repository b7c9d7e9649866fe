"""``manage.py import_dataset PATH --name NAME``: take a folder or an archive in."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import CommandError, CommandParser
from django.db.models import Count

from annotator.datasets.datasets import create_dataset
from annotator.folder.trash.datasets import discard_dataset
from annotator.imports.counting import tally_of
from annotator.imports.imports import create_import, run_import
from annotator.imports.options import ON_CONFLICT, ImportOptions, parse_options, read_class_map
from annotator.imports.sources import POND, open_source, recognise
from annotator.imports.videos import drop_frames
from annotator.labels.formats import FORMATS
from annotator.labels.formats.trees import TreeError
from annotator.labels.video.frames_tree import find_videos
from annotator.labels.video.rules import DEFAULT_SCENE
from annotator.management.base import JsonCommand, find_dataset
from annotator.models import FINISHED, Dataset, Import, Instance, JobState
from sample_pond import MAX_IMAGES

TAKEN_WITH_LOSSES = 2


class Command(JsonCommand):
    help = (
        "Import images and labels from a folder or an archive. Exit status: 0 everything was "
        "taken, 2 taken with losses (each has a line in the report), 1 not taken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("path", nargs="?", help="a folder, an archive or a video")
        parser.add_argument("--name", required=True, help="the dataset; made if there is none")
        parser.add_argument(
            "--sample", type=int, metavar="N", help="draw N pictures of a pond instead of a PATH"
        )
        parser.add_argument(
            "--format", choices=list(FORMATS), default="", help="recognised if not given"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="read everything and say what would come in"
        )
        parser.add_argument(
            "--on-conflict",
            choices=ON_CONFLICT,
            default="",
            help="an image that is here already stays as it is (skip), gets the labels of the "
            "source (replace), comes in a second time (both), or gets the objects that it does not "
            "have yet (add); labels without an image replace those here if this is not given",
        )
        parser.add_argument(
            "--classes",
            metavar="MAP.yaml",
            help="{class in the source: class here, null to ignore it, or __ignore__ to make its "
            "objects ignore regions}",
        )
        parser.add_argument(
            "--crowds",
            choices=["ignore"],
            default="",
            help="take crowds (COCO's iscrowd) as ignore regions, not as objects",
        )

        frames = parser.add_argument_group(
            "frames of videos", "which become images; one a second if nothing is said"
        )
        which = frames.add_mutually_exclusive_group()
        which.add_argument("--every", type=int, metavar="N", help="every N-th frame")
        which.add_argument("--fps", type=float, help="so many frames a second")
        which.add_argument(
            "--scenes",
            type=float,
            nargs="?",
            const=DEFAULT_SCENE,
            metavar="CHANGE",
            help="a frame when the scene has changed by so much, from 0 to 1 "
            f"({DEFAULT_SCENE:g} if not given)",
        )
        frames.add_argument("--from", type=float, metavar="SECONDS", dest="from_seconds")
        frames.add_argument("--to", type=float, metavar="SECONDS", dest="to_seconds")
        frames.add_argument("--most", type=int, help="at most so many frames of each video")
        frames.add_argument(
            "--keep-duplicates",
            action="store_true",
            help="take frames too that look like one that was taken",
        )

        parser.add_argument(
            "--also",
            action="append",
            metavar="FOLDER",
            default=[],
            help="take a folder of the source too that its data.yaml does not name, with its "
            "labels; may be given several times",
        )
        parser.add_argument(
            "--simplify",
            type=float,
            metavar="PIXELS",
            help="simplify outlines: no point of an outline moves farther than so many pixels. A "
            "dry run shows what that costs. Outlines that touch may part",
        )

    def run(self, **options: Any) -> dict[str, object]:
        source, source_name = _source(options["path"], options["sample"])
        chosen = _options(options)
        owner = User.objects.filter(is_superuser=True).order_by("pk").first()
        try:
            with open_source(source) as tree:
                if not find_videos(tree):  # what lies beside videos is recognised with them
                    recognise(tree, format=chosen.format, also=chosen.also)
        except TreeError as error:
            raise CommandError(str(error)) from error
        name, is_dry_run = options["name"], options["dry_run"]
        found = find_dataset(name)
        dataset = found or create_dataset(owner=owner, name=name)
        try:
            job = _work_off(dataset, source, source_name, owner, chosen, is_dry_run=is_dry_run)
            result = _result(dataset, job)
        finally:
            if is_dry_run:
                for row in dataset.imports.filter(is_dry_run=True, source_path=source):
                    drop_frames(row)
                dataset.imports.filter(is_dry_run=True, source_path=source).delete()
                if found is None:
                    discard_dataset(dataset)
        self._tell(job, result)
        self.exit_status = TAKEN_WITH_LOSSES if job.has_losses else 0
        return result

    def _tell(self, job: Import, result: dict[str, Any]) -> None:
        images, objects = result["images"], result["objects"]
        verb = "Would import" if job.is_dry_run else "Imported"
        self.say(
            f"{verb} “{result['dataset_name']}” ({result['format']}): {images['source']} images in "
            f"the source: {_words(images)}; {objects['source']} objects: {_words(objects)}."
        )
        if job.images_updated:
            self.say(f"{job.images_updated} images that were here have other labels now.")
        if job.is_dry_run:
            self._tell_simplified((job.preview or {}).get("simplified", []))
            for problem in (job.preview or {}).get("problems", [])[:20]:
                where = problem["file"] + (f":{problem['line']}" if problem["line"] else "")
                self.say(f"  {problem['outcome']}: {where}: {problem['reason']}")
            return
        for row in job.rows.exclude(outcome="taken").order_by("-outcome", "id")[:20]:
            where = f"{row.file}:{row.line}" if row.line else row.file
            self.say(f"  {row.outcome}: {where}: {row.reason}")

    def _tell_simplified(self, costs: list[dict[str, Any]]) -> None:
        for each in costs:
            self.say(
                f"  Simplified by {each['tolerance_px']:g} px, {each['objects']} outlines have "
                f"{each['points_after']} points instead of {each['points_before']}; IoU with what "
                f"they were: lowest {each['lowest_iou']:.4f}, median {each['median_iou']:.4f}."
            )


def _words(tally: dict[str, int]) -> str:
    return f"{tally['taken']} taken, {tally['repaired']} repaired, {tally['refused']} refused"


def _source(path: str | None, sample: int | None) -> tuple[str, str]:
    if (path is None) == (sample is None):
        raise CommandError("Give a PATH to import, or --sample N.")
    if sample is not None:
        if not 1 <= sample <= MAX_IMAGES:
            raise CommandError(f"A sample pond has 1 to {MAX_IMAGES} images.")
        return f"{POND}{sample}:1", "Sample pond"
    absolute = Path(str(path)).expanduser().resolve()
    return str(absolute), absolute.name


def _options(options: dict[str, Any]) -> ImportOptions:
    raw: dict[str, object] = {"format": options["format"], "on_conflict": options["on_conflict"]}
    if options["also"]:
        raw["also"] = options["also"]
    if options["simplify"] is not None:
        raw["simplify_px"] = options["simplify"]
    raw["crowds"] = options["crowds"]
    video = {
        "every": options["every"],
        "fps": options["fps"],
        "scene": options["scenes"],
        "from_seconds": options["from_seconds"],
        "to_seconds": options["to_seconds"],
        "most": options["most"],
        "keeps_duplicates": options["keep_duplicates"],
    }
    raw["video"] = {name: value for name, value in video.items() if value is not None}
    if options["classes"]:
        raw["classes"] = read_class_map(Path(options["classes"]).read_bytes())
    return parse_options(raw)


def _work_off(
    dataset: Dataset,
    source: str,
    source_name: str,
    owner: User | None,
    options: ImportOptions,
    *,
    is_dry_run: bool,
) -> Import:
    row = create_import(
        dataset,
        source_path=source,
        source_name=source_name,
        created_by=owner,
        options=options.to_json(),
        is_dry_run=is_dry_run,
    )
    job = run_import(row.pk)
    if job is None:
        raise CommandError("Another worker has taken the import up; see its page.")
    if job.state != JobState.FINISHED:
        raise CommandError(job.error or f"The import was {job.state}.")
    return job


def _result(dataset: Dataset, job: Import) -> dict[str, object]:
    images = dataset.images
    preview = job.preview or {}
    classes = {item["name"]: item["count"] for item in preview.get("classes", [])}
    return {
        "dataset": dataset.slug,
        "dataset_name": dataset.name,
        "import": job.pk,
        "state": job.state,
        "is_dry_run": job.is_dry_run,
        "format": job.format,
        "images": tally_of(job, "images"),
        "objects": tally_of(job, "objects"),
        "classes": classes if job.is_dry_run else _count_classes(dataset, job),
        "splits": preview.get("splits", {}) if job.is_dry_run else _count_splits(job),
        "videos": _list_videos(job),
        "updated": job.images_updated,
        "dataset_images": images.count(),
        "instances": sum(images.values_list("instance_count", flat=True)),
        "done": images.filter(status__in=FINISHED).count(),
        "taken": job.taken,
        "repaired": job.repaired,
        "refused": job.refused,
    }


def _list_videos(job: Import) -> list[dict[str, object]]:
    """The videos that a dry run read, or those whose frames came in."""
    if job.is_dry_run:
        left_out = {"thumbnails", "scenes"}
        return [
            {name: value for name, value in video.items() if name not in left_out}
            for video in (job.preview or {}).get("videos", [])
        ]
    rows = job.images.filter(video_frame__isnull=False).order_by("group")
    counts = rows.values_list("group").annotate(count=Count("pk"))
    return [{"name": name, "chosen": count} for name, count in counts]


def _count_classes(dataset: Dataset, job: Import) -> dict[str, int]:
    """Objects that the import brought, by class of the dataset."""
    counts = dict.fromkeys(dataset.classes.order_by("index").values_list("name", flat=True), 0)
    rows = Instance.objects.filter(image__import_job=job).order_by()
    for name in rows.values_list("dataset_class__name", flat=True).iterator():
        counts[name] += 1
    return counts


def _count_splits(job: Import) -> dict[str, int]:
    counts: dict[str, int] = {}
    for split in job.images.values_list("split", flat=True).iterator():
        counts[split] = counts.get(split, 0) + 1
    return counts
