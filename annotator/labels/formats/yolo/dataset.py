"""YOLO segmentation datasets as a format: a folder of images, label files and data.yaml."""

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice

import yaml

from annotator.labels.pixels.images import ImageError, take_image
from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons, encloses_nothing
from annotator.labels.polygons.oriented_boxes import rows_are_oriented_boxes

from ..base import (
    Content,
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadLimits,
    ReadObject,
    WrittenImage,
)
from ..row_kinds import RowKinds, has_label_rows, look_at_rows
from ..trees import FileReadError, Tree, TreeError
from .darknet import is_darknet
from .folder import SPLIT_NAMES, DatasetScan, NoImagesError, scan_dataset
from .labels_alone import LabelsAlone
from .plain_rows import PlainRow, read_plain_rows
from .row_style import PLAIN, RowStyle
from .rows import MAX_LABEL_BYTES, format_labels, parse_labels, why_nothing

_SAMPLE_IMAGES = 50
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
        """By label rows: what has only a data.yaml, or empty labels, no other format claims.
        What has an obj.data is Darknet's."""
        return has_label_rows(tree) and not is_darknet(tree)

    def read(self, tree: Tree, *, limits: ReadLimits) -> "YoloSource":
        try:
            source = YoloSource(scan_dataset(tree, also=limits.also))
        except NoImagesError:
            source = YoloSource(LabelsAlone(tree))
        kinds = look_at_rows(source.first_labels())
        kinds.refuse_others()
        kinds.judge(source.first_sizes(limits) if kinds.reaches_far else ())
        if kinds.are_all_corners and rows_are_oriented_boxes(source.first_sized_labels(limits)):
            raise TreeError(
                "Every label row is a turned rectangle: this is a set of oriented boxes, not of "
                "polygons."
            )
        source.use(kinds)
        return source

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """Each image, and its label file byte for byte as it lies here. Where train or val has
        no image, its folder is there, empty: Ultralytics looks for it."""
        yield "data.yaml", data_yaml(classes)
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

    def __init__(self, scan: DatasetScan | LabelsAlone) -> None:
        self._scan = scan
        self.class_names = scan.class_names
        self.names_are_known = scan.names_are_known
        self.notes = scan.notes
        self._style = PLAIN

    def use(self, kinds: RowKinds) -> None:
        """Read rows as what the first of the set are, and say what that means."""
        self._style = kinds.style
        if kinds.style.has_confidence:
            verb = "begin with" if kinds.style.is_first else "end in"
            self.notes.append(f"Rows {verb} a confidence; they were taken without it.")
        if kinds.style.tail:
            self.notes.append("Rows end in the number of a track; they were taken without it.")
        if kinds.style.unit in {"pixels", "percent"}:
            self.notes.append(
                f"Coordinates are in {kinds.style.unit}, not from 0 to 1; they were converted."
            )
        if kinds.style.has_corners:
            self.notes.append("Boxes are two corners, not a middle and a size; so they were read.")
        if 0 not in kinds.classes and len(self.class_names) in kinds.classes:
            self.notes.append(
                f"No row of the first labels has class 0, and some have class "
                f"{len(self.class_names)}, one beyond the last: they may count classes from 1."
            )
        if kinds.boxes and (count := self._count_boxes()):
            boxes = "1 row is a box" if count == 1 else f"{count:,} rows are boxes"
            self.notes.append(
                f"{boxes} (five columns): taken as rectangles that are marked as boxes, to be "
                "outlined later."
            )

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        return self._scan.entries()

    def files(self) -> Iterator[str]:
        return self._scan.files()

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        data = self._scan.tree.read(image.label or "", limit_bytes=MAX_LABEL_BYTES)
        classes = self._scan.classes_of(image) or list(range(class_count))
        return read_rows(
            data,
            size_wh=size_wh,
            classes=classes,
            style=self._style,
            class_names=[self.class_names[index] for index in classes] if self.class_names else (),
        )

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

    def first_labels(self) -> Iterator[bytes]:
        """Label files of the first images."""
        tree = self._scan.tree
        for entry in islice(self._labelled(), _SAMPLE_IMAGES):
            with suppress(FileReadError):
                yield tree.read(entry.label or "", limit_bytes=MAX_LABEL_BYTES)

    def first_sizes(self, limits: ReadLimits) -> list[tuple[int, int] | None]:
        """The sizes of the images of :meth:`first_labels`."""
        sizes: list[tuple[int, int] | None] = []
        for entry in islice(self._labelled(), _SAMPLE_IMAGES):
            try:
                self._scan.tree.size(entry.label or "")
            except FileReadError:
                continue
            sizes.append(None)
            with suppress(FileReadError, ImageError):
                taken = take_image(
                    self._scan.tree.read(entry.path, limit_bytes=limits.image_bytes),
                    max_megapixels=limits.image_megapixels,
                )
                sizes[-1] = (taken.width, taken.height)
        return sizes

    def first_sized_labels(self, limits: ReadLimits) -> Iterator[tuple[bytes, tuple[int, int]]]:
        """The same with the sizes of the images."""
        tree = self._scan.tree
        for entry in islice(self._labelled(), _SAMPLE_IMAGES):
            with suppress(FileReadError, ImageError):
                label = tree.read(entry.label or "", limit_bytes=MAX_LABEL_BYTES)
                taken = take_image(
                    tree.read(entry.path, limit_bytes=limits.image_bytes),
                    max_megapixels=limits.image_megapixels,
                )
                yield label, (taken.width, taken.height)

    def _count_boxes(self) -> int:
        """Rows of five columns, or of six where each ends in a confidence."""
        columns = 5 + (self._style.tail or self._style.has_confidence)
        count = 0
        for entry in self._labelled():
            with suppress(FileReadError):
                data = self._scan.tree.read(entry.label or "", limit_bytes=MAX_LABEL_BYTES)
                count += sum(_is_row(row.split(None, columns), columns) for row in io.BytesIO(data))
        return count

    def _labelled(self) -> Iterator[FoundImage]:
        return (entry for entry in self._scan.images() if entry.label is not None)


def _is_row(tokens: list[bytes], columns: int) -> bool:
    return len(tokens) == columns and tokens[0].removesuffix(b".0").isdigit()


def read_rows(
    data: bytes,
    *,
    size_wh: tuple[int, int],
    classes: Sequence[int],
    style: RowStyle = PLAIN,
    class_names: Sequence[str] = (),
) -> ReadLabels:
    """Read a label file as an import does; ``classes``: what each class index of a row
    means, ``class_names``: what it is called; ``style``: how the rows of the set are written."""
    is_in_order = list(classes) == list(range(len(classes)))
    plain = None
    if style == PLAIN:
        plain = read_plain_rows(data, size_wh=size_wh, class_count=len(classes))
    if plain is not None:
        return _read_plain(plain, classes, file=data if is_in_order else None)
    parsed = parse_labels(
        data,
        size_wh=size_wh,
        class_count=len(classes),
        is_foreign=True,
        style=style,
        class_names=class_names,
    )
    read = ReadLabels(
        problems=parsed.problems,
        counts=parsed.counts,
        repeats=parsed.repeats,
        yolo=data if parsed.is_plain and is_in_order else None,
        is_whole=parsed.is_whole,
    )
    repaired = {problem.line for problem in parsed.problems if problem.outcome == "repaired"}
    for row in parsed.rows:
        polygons = [[row.ring]] if row.is_box else split_ring(row.ring)
        kept = _add_rounded(read, row.line, polygons, is_told=row.line in repaired)
        if kept:
            index = classes[row.class_index]
            read.objects.append(ReadObject(row.line, index, kept, row.is_box))
    return read


def _read_plain(
    rows: Sequence[PlainRow], classes: Sequence[int], *, file: bytes | None
) -> ReadLabels:
    read = ReadLabels(yolo=file)
    for line, class_index, ring, raw in rows:
        polygons = [[ring]] if raw is None else _add_rounded(read, line, split_ring(raw))
        if polygons:
            read.objects.append(ReadObject(line, classes[class_index], polygons))
    return read


def _add_rounded(
    read: ReadLabels, line: int, polygons: Polygons, *, is_told: bool = False
) -> Polygons:
    """Polygons as they are stored; what of them encloses nothing becomes a problem of ``read``.

    ``is_told``: another repair of the row is.
    """
    kept, is_whole = _rounded(polygons)
    if not kept:
        read.add_problem("refused", line, why_nothing(polygons[0][0]))
    elif not is_whole and not is_told:
        reason = "A part or hole that encloses nothing was left out."
        read.add_problem("repaired", line, reason)
    return kept


def _rounded(polygons: Polygons) -> tuple[Polygons, bool]:
    """Polygons as every save stores them, and whether all of them are still there: a part or hole
    that encloses nothing is left out."""
    kept: Polygons = []
    count = 0
    for polygon in polygons:
        rings = [[round(number, _DECIMALS) for number in ring] for ring in polygon]
        rings = [ring for ring in rings if not encloses_nothing(ring)]
        if rings and not encloses_nothing(polygon[0]):
            kept.append(rings)
            count += len(rings)
    return kept, count == sum(len(polygon) for polygon in polygons)


def data_yaml(classes: Mapping[int, str]) -> bytes:
    """Without ``path``: Ultralytics then takes the folder of the file, wherever it is unpacked and
    from whichever folder `yolo` is started; ``path: .`` would be the latter."""
    content: dict[str, object] = {
        **{split: f"images/{split}" for split in SPLIT_NAMES},
        "nc": len(classes),
        "names": dict(classes),
    }
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()
