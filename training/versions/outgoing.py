"""Versions on their way out: frozen images and labels, in any format."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from annotator.exports.material import ExportCounts, Material, chosen_indices, keep_rows
from annotator.exports.selection import Selection
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.labels.formats.base import WrittenImage, WrittenObject
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Dataset, Split
from annotator.models.jobs import JobState
from training import paths
from training.models import Version

from .freezing import ManifestImage, read_manifest
from .ignoring import ignore_path, read_ignore_file


def read_version(dataset: Dataset, selection: Selection) -> Material:
    """What ``selection`` chooses of a version. Raises ServiceError."""
    number = selection.version or 0
    rows = Version.objects.filter(dataset=dataset, deleted_at__isnull=True, number=number)
    version = rows.first()
    if version is None:
        raise ServiceError(f"There is no version {number} of this dataset.", code="unknown_version")
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen yet.", code="version_busy")
    has_train = not selection.splits or Split.TRAIN in selection.splits
    synthetic = (version.synthetic or {}) if has_train else {}
    frozen = _FrozenImages(
        folder=paths.version_dir(version),
        images=_choose(version, selection),
        class_count=len(version.classes),
        indices=chosen_indices(dataset, selection),
        synthetic_images=synthetic.get("images", 0),
        synthetic_objects=synthetic.get("instances", 0),
    )
    return Material(
        classes={item["index"]: item["name"] for item in version.classes},
        images=frozen,
        count=frozen.count,
    )


def _choose(version: Version, selection: Selection) -> list[ManifestImage]:
    images = [image for image in read_manifest(version)["images"] if not image.get("synthetic")]
    if selection.splits:
        images = [image for image in images if _parts(image)[0] in selection.splits]
    return sorted(images, key=_cursor)


def _parts(image: ManifestImage) -> tuple[str, str]:
    """The split, and the name with its folder below that."""
    _, split, *name = PurePosixPath(image["path"]).parts
    return split, "/".join(name)


def _cursor(image: ManifestImage) -> str:
    return "/".join(_parts(image))


@dataclass(frozen=True, slots=True)
class _FrozenImages:
    folder: Path
    images: list[ManifestImage]
    class_count: int
    indices: frozenset[int] | None
    synthetic_images: int
    synthetic_objects: int
    """Left out: they are no images of the dataset."""

    def __iter__(self) -> Iterator[WrittenImage]:
        return map(self._written, self.images)

    def after(self, cursor: str) -> Iterator[tuple[str, WrittenImage]]:
        return (
            (_cursor(image), self._written(image))
            for image in self.images
            if _cursor(image) > cursor
        )

    def _written(self, image: ManifestImage) -> WrittenImage:
        split, name = _parts(image)
        file = self.folder / image["path"]
        label = self.folder / "labels" / split / f"{name.rpartition('.')[0]}.txt"
        content = label.read_bytes()
        if self.indices is not None:
            content = keep_rows(content, self.indices)
        size_wh = (image["width"], image["height"])
        return WrittenImage(
            folder=split,
            name=name,
            file=file if file.exists() else None,
            size_wh=size_wh,
            read_objects=lambda: self._read(content, size_wh),
            yolo=content,
            read_regions=lambda: self._read_regions(image),
        )

    def _read_regions(self, image: ManifestImage) -> list[Polygons]:
        if "painted_sha256" not in image:
            return []
        return read_ignore_file(self.folder / ignore_path(image["path"]))["regions"]

    def _read(self, label: bytes, size_wh: tuple[int, int]) -> list[WrittenObject]:
        parsed = parse_labels(label, size_wh=size_wh, class_count=self.class_count)
        return [WrittenObject(row.class_index, split_ring(row.ring)) for row in parsed.rows]

    def _size_of(self, image: ManifestImage) -> int:
        file = self.folder / image["path"]
        return file.stat().st_size if file.exists() else 0

    def count(self) -> ExportCounts:
        objects = sum(image["instances"] for image in self.images)
        kept = objects
        if self.indices is not None:
            kept = sum(len((image.yolo or b"").splitlines()) for image in self)
        return {
            "images": len(self.images),
            "objects": kept,
            "unfinished_images": 0,
            "unfinished_objects": 0,
            "left_out_images": self.synthetic_images,
            "left_out_objects": self.synthetic_objects,
            "other_class_objects": objects - kept,
            "with_attributes": 0,
            "ignore_regions": sum(len(self._read_regions(image)) for image in self.images),
            "size_bytes": sum(
                (self.folder / image["path"]).stat().st_size for image in self.images
            ),
        }
