"""``manage.py predict MODEL SOURCE... --conf 0.5 --out DIR``: find objects in images."""

import json
import time
from argparse import BooleanOptionalAction
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.files import File
from django.core.management.base import CommandError, CommandParser
from rest_framework.exceptions import APIException, ValidationError

from annotator.api.web.filters import read_filter_text
from annotator.kernel.errors import ServiceError
from annotator.kernel.files import write_atomically
from annotator.kernel.plain_text import safe_file_name
from annotator.management.base import WITH_LOSSES, JsonCommand
from annotator.models import Split
from training.checkpoints.usable import UsableModel, as_usable, find_model
from training.engine.checkpoints.base_models import BASE_MODELS
from training.management.jobs import follow_job, need_dataset
from training.models import Prediction, SourceKind, Version, Weights
from training.predictions.notes import notes_of
from training.predictions.options import CONFIDENCE_FLOOR, TRACKERS, check_options
from training.predictions.predictions import start_prediction
from training.predictions.results.rows import walk_images
from training.predictions.results.tables import FreeNames, format_label_file
from training.predictions.sources import requested
from training.predictions.video.video_files import write_burnt_in
from training.versions.freezing import hash_file
from training.weights.weights import fetch_pretrained, upload_weights

_SWITCHES = ("retina_masks", "half", "tile")


class Command(JsonCommand):
    help = (
        "Predict on images, folders, archives, URLs, videos, datasets and versions; writes YOLO "
        "label files and result.json. Exit status: 0 everything was predicted on, 2 with losses "
        "(each has a line), 1 not done."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "model",
            help="a run's id, run:7, checkpoint:12, export:3, weights:4, the name of a served "
            "model, a .pt file, or pretrained weights such as yolo11n-seg.pt",
        )
        parser.add_argument(
            "sources",
            nargs="+",
            metavar="SOURCE",
            help="an image, a folder, an archive, a video, a URL, dataset:NAME, "
            "dataset:NAME?status=done (the address of its grid), version:ID/val",
        )
        parser.add_argument("--conf", type=float, default=0.25, help="lowest confidence written")
        parser.add_argument("--out", type=Path, help="default: segloop-prediction-<number>")
        parser.add_argument("--device", default="", help="cpu, or the number of a GPU")
        parser.add_argument("--classes", nargs="+", metavar="NAME", help="only these classes")
        parser.add_argument("--imgsz", type=int, help="default: the model's own")
        parser.add_argument("--iou", type=float, help="of two overlapping objects one is left out")
        parser.add_argument("--max-det", type=int, help="at most so many objects an image")
        parser.add_argument("--retina-masks", action=BooleanOptionalAction)
        parser.add_argument("--half", action=BooleanOptionalAction, help="on a GPU")
        parser.add_argument(
            "--tile", action=BooleanOptionalAction, help="tiles too, for small objects"
        )
        parser.add_argument(
            "--track",
            nargs="?",
            const=TRACKERS[0],
            choices=TRACKERS,
            help=f"follow objects through a video ({TRACKERS[0]} if not said which tracker)",
        )
        parser.add_argument("--every-nth", type=int, help="of a video only every n-th frame")
        parser.add_argument(
            "--video", action="store_true", help="write videos with the masks burnt in, too"
        )

    def run(self, **options: Any) -> dict[str, object]:
        confidence = options["conf"]
        if not CONFIDENCE_FLOOR <= confidence <= 1:
            raise CommandError(f"--conf must be from {CONFIDENCE_FLOOR} to 1.")
        began = time.monotonic()
        sources = list(_sources(options["sources"]))
        model = self._model(options["model"])
        chosen = check_options(_options(options), model)
        predictions = []
        for source in sources:
            prediction = start_prediction(
                model,
                source,
                confidence=confidence,
                device=options["device"],
                options=chosen,
                created_by=None,
            )
            follow_job(prediction, self.say)
            predictions.append(prediction)
        folder = options["out"] or Path(f"segloop-prediction-{predictions[0].pk}")
        result = self._write(predictions, model, folder, confidence)
        if options["video"]:
            self._write_videos(predictions, folder, result)
        result["seconds"] = round(time.monotonic() - began, 2)
        self.say(
            f"{result['objects']} objects in {result['images']} images and {result['frames']} "
            f"frames, written to {folder}"
        )
        return {**result, "out": str(folder)}

    def _model(self, text: str) -> UsableModel:
        """Return the model; a .pt file is taken in as weights for everybody first."""
        path = Path(text).expanduser()
        if not text.endswith(".pt"):
            return find_model(text)
        if path.is_file():
            sha256 = hash_file(path)
            known = Weights.objects.filter(sha256=sha256, state="finished").order_by("-pk").first()
            if known is None:
                with path.open("rb") as handle:
                    upload: Any = File(handle, name=path.name)
                    known = upload_weights(upload, dataset=None, created_by=None)
        elif path.name == text and text in BASE_MODELS:
            known = fetch_pretrained(text, created_by=None)
        else:
            raise CommandError(f"There is no file {path}.")
        follow_job(known, self.say)
        return as_usable(known)

    def _write(
        self, predictions: list[Prediction], model: UsableModel, folder: Path, confidence: float
    ) -> dict[str, Any]:
        """Write one label file an image and result.json into ``folder``, image by image."""
        totals = _Totals(model.class_names)
        labels = folder / "labels"
        try:
            labels.mkdir(parents=True, exist_ok=True)
            part = folder / ".result.json.part"
            with part.open("w", encoding="utf-8") as out:
                head = {
                    "model": model.reference,
                    "model_name": model.name,
                    "model_sha256": model.sha256,
                    "confidence": confidence,
                    "classes": model.class_names,
                }
                out.write(json.dumps(head, ensure_ascii=False, indent=1)[:-2] + ',\n "images": [')
                for prediction in predictions:
                    for row in walk_images(prediction):
                        item = totals.add(row, confidence)
                        out.write("\n  " if totals.rows == 1 else ",\n  ")
                        out.write(json.dumps(item, ensure_ascii=False))
                        if row.error:
                            self.say(f"  {row.file_name}: {row.error}")
                        else:
                            write_atomically(
                                labels / totals.label_name(row),
                                format_label_file(
                                    row,
                                    [i for i in row.instances if i["confidence"] >= confidence],
                                ),
                            )
                out.write("\n ]\n}\n")
            part.replace(folder / "result.json")
        except OSError as error:
            raise CommandError(f"{folder} cannot be written to: {error.strerror}.") from error
        skipped = 0
        for prediction in predictions:
            skipped += prediction.source.get("skipped", 0)
            for note in notes_of(prediction):
                self.say(f"  {prediction.source_name}: {note}")
            for each in prediction.source.get("skipped_files", [])[:20]:
                self.say(f"  {each['file']}: {each['reason']}")
        if totals.failed:
            self.exit_status = WITH_LOSSES
        return {
            "images": totals.images,
            "frames": totals.frames,
            "objects": totals.objects,
            "per_class": dict(totals.per_class),
            "failed": totals.failed,
            "skipped": skipped,
            "predictions": [prediction.pk for prediction in predictions],
            "files": [str(folder / "result.json"), str(labels)],
        }

    def _write_videos(
        self, predictions: list[Prediction], folder: Path, result: dict[str, Any]
    ) -> None:
        """Burn the masks into videos, where there are some."""
        for prediction in predictions:
            if prediction.source_kind not in (SourceKind.VIDEO, SourceKind.STREAM):
                self.say(f"  {prediction.source_name} is no video: nothing to burn masks into.")
                continue
            name = safe_file_name(Path(prediction.source_name).stem) or "video"
            path = folder / f"{name}-{prediction.pk}-masks.mp4"
            self.say(f"  Drawing masks into {path}")
            notes = write_burnt_in(
                prediction,
                path,
                confidence=prediction.confidence,
                with_boxes=bool(prediction.options.get("track")),
            )
            for note in [*(prediction.video or {}).get("problems", []), *notes]:
                self.say(f"  {prediction.source_name}: {note}")
            result["files"].append(str(path))


class _Totals:
    """What the command counts while it writes."""

    def __init__(self, class_names: list[str]) -> None:
        self.class_names = class_names
        self.rows = self.images = self.frames = self.objects = self.failed = 0
        self.per_class: Counter[str] = Counter(dict.fromkeys(class_names, 0))
        self._names = FreeNames()

    def add(self, row: Any, confidence: float) -> dict[str, object]:
        self.rows += 1
        if row.frame is None:
            self.images += 1
        else:
            self.frames += 1
        self.failed += bool(row.error)
        instances = [
            {**item, "class_name": self.class_names[item["class_index"]]}
            for item in row.instances
            if item["confidence"] >= confidence
        ]
        self.objects += len(instances)
        self.per_class.update(item["class_name"] for item in instances)
        item: dict[str, object] = {
            "file_name": row.file_name,
            "width": row.width,
            "height": row.height,
            "error": row.error,
            "instances": instances,
        }
        if row.frame is not None:
            item |= {"frame": row.frame, "time_ms": row.time_ms}
        return item

    def label_name(self, row: Any) -> str:
        stem = Path(row.file_name).stem or "image"
        if row.frame is not None:
            stem = f"{stem}_{row.frame:06d}"
        return f"{self._names.take(stem)}.txt"


def _options(options: dict[str, Any]) -> dict[str, Any]:
    names = ("iou", "classes", "imgsz", "max_det", *_SWITCHES, "track", "every_nth")
    return {name: options[name] for name in names if options[name] is not None}


def _sources(texts: list[str]) -> Iterator[requested.Source]:
    """Yield the sources; all that are single images become one."""
    images: list[Path] = []
    others: list[requested.Source] = []
    for text in texts:
        found = _source(text)
        if isinstance(found, Path):
            images.append(found)
        else:
            others.append(found)
    if images:
        name = images[0].name if len(images) == 1 else f"{len(images)} images"
        yield requested.Source(SourceKind.UPLOAD, name, uploads=_opened(images))
    yield from others


def _opened(files: list[Path]) -> Iterator[requested.Upload]:
    for path in files:
        with path.open("rb") as handle:
            yield requested.Upload(path.name, handle)


def _source(text: str) -> requested.Source | Path:
    scheme, _, rest = text.partition(":")
    if scheme in ("http", "https"):
        return requested.from_url(text)
    if scheme in ("rtsp", "rtsps"):
        return requested.from_stream(text)
    if scheme == "dataset" and rest:
        return _dataset(rest)
    if scheme == "version" and rest:
        return _version(rest)
    path = Path(text).expanduser()
    if path.is_dir():
        return requested.from_local_folder(path)
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    source = requested.from_path(path)
    return path if source.kind == SourceKind.UPLOAD else source


def _dataset(text: str) -> requested.Source:
    name, _, query = text.partition("?")
    dataset = need_dataset(name)
    try:
        filters = read_filter_text(query, dataset, None)
    except ValidationError as error:
        raise CommandError(_sentence(error)) from error
    return requested.from_dataset(dataset, filters, query=query)


def _sentence(error: APIException) -> str:
    """The first sentence of what is wrong with a filter."""
    detail: Any = error.detail
    while isinstance(detail, dict | list) and detail:
        detail = next(iter(detail.values())) if isinstance(detail, dict) else detail[0]
    return str(detail)


def _version(text: str) -> requested.Source:
    number, _, split = text.partition("/")
    rows = Version.objects.select_related("dataset").filter(
        deleted_at__isnull=True, dataset__deleted_at__isnull=True
    )
    is_id = number.isdecimal() and len(number) < 19
    version = rows.filter(pk=int(number)).first() if is_id else None
    if version is None:
        raise ServiceError(f"There is no version {number[:40]}.", code="no_version")
    split = split or Split.VAL
    if split not in Split.values:
        raise CommandError(f"A version has the splits {', '.join(Split.values)}, not {split[:40]}.")
    return requested.from_version(version, split)
