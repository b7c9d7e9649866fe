"""The same few images of val, predicted again every so many epochs: one sees a run learn."""

import json
from pathlib import PurePosixPath
from typing import Any, TypedDict

from annotator.kernel.events import publish_event
from annotator.kernel.files import write_atomically
from training import paths
from training.models import Run, Version
from training.versions.folds import val_pictures
from training.versions.freezing import read_manifest

SAMPLE_IMAGES = 6
SAMPLES_A_RUN = 20


class SampleImage(TypedDict):
    key: str
    path: str


class SampledInstance(TypedDict):
    class_index: int
    class_name: str
    color: str
    confidence: float
    polygon: list[float]
    box: list[float]


class SampledImage(TypedDict):
    """Coordinates are pixels of the image."""

    key: str
    width: int
    height: int
    image_url: str
    thumbnail_url: str
    instances: list[SampledInstance]


class SamplePayload(TypedDict):
    epoch: int
    images: list[SampledImage]


def default_sample_every(epochs: int) -> int:
    """Return how many epochs lie between samples, for twenty samples at most."""
    return max(1, -(-epochs // SAMPLES_A_RUN))


def choose_sample_images(run: Run) -> list[SampleImage]:
    """Choose images of val, evenly spread over their names, those with instances first."""
    val = val_pictures(run)
    images = [image for image in read_manifest(run.version)["images"] if image["path"] in val]
    images = [image for image in images if image["instances"]] or images
    step = max(1, len(images) // SAMPLE_IMAGES)
    folder = paths.version_dir(run.version)
    return [
        {"key": _key_of(image["path"]), "path": str(folder / image["path"])}
        for image in sorted(images, key=lambda image: image["path"])[::step][:SAMPLE_IMAGES]
    ]


def store_sample(run: Run, event: dict[str, Any]) -> None:
    """Keep what the engine predicted after an epoch, and tell whoever looks."""
    urls = {
        _key_of(image["path"]): f"/api/versions/{run.version_id}/files/{image['sha256']}"
        for image in read_manifest(run.version)["images"]
    }
    sample: SamplePayload = {
        "epoch": event["epoch"],
        "images": [
            {
                "key": image["key"],
                "width": image["width"],
                "height": image["height"],
                "image_url": f"{urls[image['key']]}{PurePosixPath(image['key']).suffix}",
                "thumbnail_url": f"{urls[image['key']]}.thumbnail.webp",
                "instances": [_instance(item, run.version) for item in image["instances"]],
            }
            for image in event["images"]
        ],
    }
    path = paths.samples_dir(run) / f"{event['epoch']:06}.json"
    write_atomically(path, json.dumps(sample, separators=(",", ":")).encode())
    publish_event("run.sample", dataset=run.dataset, id=run.pk)


def _key_of(path: str) -> str:
    """The name of an image with its folders, unique in its version whatever its split."""
    return path.split("/", 2)[2]


def _instance(item: dict[str, Any], version: Version) -> SampledInstance:
    of_class = version.classes[item["class_index"]]
    return {
        "class_index": item["class_index"],
        "class_name": of_class["name"],
        "color": of_class["color"],
        "confidence": round(item["confidence"], 4),
        "polygon": [round(number, 1) for number in item["polygon_px"]],
        "box": [round(number, 1) for number in item["box_xyxy"]],
    }


def list_samples(run: Run) -> list[SamplePayload]:
    """Return the samples of a run, epoch by epoch."""
    return [
        json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(paths.samples_dir(run).glob("*.json"))
    ]
