"""YOLO segmentation datasets as a format: a folder of images, label files and data.yaml."""

import io
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from itertools import islice

import yaml

from annotator.labels.pixels.images import ImageError, take_image
from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons, encloses_nothing
from annotator.labels.polygons.oriented_boxes import rows_are_oriented_boxes

from .base import (
    Content,
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadLimits,
    ReadObject,
    WrittenImage,
)
from .row_kinds import has_label_rows
from .trees import FileReadError, Tree, TreeError
from .yolo import MAX_LABEL_BYTES, format_labels, parse_labels
from .yolo_folder import SPLIT_NAMES, DatasetScan, scan_dataset

_OBB_SAMPLE_IMAGES = 50
_DECIMALS = 4  # of a pixel, as every save is stored
_MAX_UNNAMED_CLASSES = 1000


class Yolo:
    name = "yolo"
    title = "YOLO segmentation"
    leaves_out: tuple[str, ...] = (
        "attributes, locks and notes of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        """By label rows: what has only a data.yaml, or empty labels, no other format claims."""
        return has_label_rows(tree)

    def read(self, tree: Tree, *, limits: ReadLimits) -> "YoloSource":
        source = YoloSource(scan_dataset(tree))
        if rows_are_oriented_boxes(source.first_labels(limits)):
            raise TreeError(
                "Every label row is a turned rectangle: this is a set of oriented boxes, not of "
                "polygons."
            )
        return source

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """Each image, and its label file byte for byte as it lies here. Where train or val has
        no image, its folder is there, empty: Ultralytics looks for it."""
        yield "data.yaml", _data_yaml(classes)
        empty: dict[str, None] = dict.fromkeys(("train", "val"))
        for image in images:
            empty.pop(image.folder, None)
            stem = image.name.rpartition(".")[0]
            if image.read_objects is not None:
                content = image.yolo
                if content is None:
                    rows = [(each.class_index, each.polygons) for each in image.read_objects()]
                    content = format_labels(rows, size_wh=image.size_wh)
                yield f"labels/{image.folder}/{stem}.txt", content
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file
        for split in empty:
            yield f"images/{split}/", b""

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """Parts and holes joined by bridges, as they lie in the live folder."""
        return split_ring(flatten_polygons(polygons))


class YoloSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    def __init__(self, scan: DatasetScan) -> None:
        self._scan = scan
        self.class_names = scan.class_names
        self.names_are_known = scan.names_are_known
        self.notes = scan.notes

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        return self._scan.entries()

    def files(self) -> Iterator[str]:
        return iter(())

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        data = self._scan.tree.read(image.label or "", limit_bytes=MAX_LABEL_BYTES)
        parsed = parse_labels(data, size_wh=size_wh, class_count=class_count)
        read = ReadLabels(problems=parsed.problems, counts=parsed.counts, yolo=data)
        for row in parsed.rows:
            polygons = [
                [[round(number, _DECIMALS) for number in ring] for ring in polygon]
                for polygon in split_ring(row.ring)
            ]
            if any(encloses_nothing(ring) for polygon in polygons for ring in polygon):
                reason = "The polygon is too small to be kept (below 0.0001 px)."
                read.add_problem("refused", row.line, reason)
            else:
                read.objects.append(ReadObject(row.line, row.class_index, polygons))
        return read

    def count_classes_used(self) -> int:
        """Of up to 1,000 classes."""
        count = 0
        for entry in self._labelled():
            try:
                data = self._scan.tree.read(entry.label or "", limit_bytes=MAX_LABEL_BYTES)
            except FileReadError:
                continue
            for row in io.BytesIO(data):
                token = row.split(None, 1)[:1]
                if token and token[0].isdigit() and len(token[0]) <= 6:
                    index = int(token[0])
                    if count <= index < _MAX_UNNAMED_CLASSES:
                        count = index + 1
        return count

    def first_labels(self, limits: ReadLimits) -> Iterator[tuple[bytes, tuple[int, int]]]:
        """Label files of the first images with the sizes of these."""
        tree = self._scan.tree
        for entry in islice(self._labelled(), _OBB_SAMPLE_IMAGES):
            with suppress(FileReadError, ImageError):
                label = tree.read(entry.label or "", limit_bytes=MAX_LABEL_BYTES)
                taken = take_image(
                    tree.read(entry.path, limit_bytes=limits.image_bytes),
                    max_megapixels=limits.image_megapixels,
                )
                yield label, (taken.width, taken.height)

    def _labelled(self) -> Iterator[FoundImage]:
        for entry in self._scan.entries():
            if isinstance(entry, FoundImage) and entry.label is not None:
                yield entry


def _data_yaml(classes: Mapping[int, str]) -> bytes:
    """Without ``path``: Ultralytics then takes the folder of the file, wherever it is unpacked and
    from whichever folder `yolo` is started; ``path: .`` would be the latter."""
    content: dict[str, object] = {
        **{split: f"images/{split}" for split in SPLIT_NAMES},
        "nc": len(classes),
        "names": dict(classes),
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()
