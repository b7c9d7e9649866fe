"""What an import decides about each image: its annotation, and whether it may come in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from annotator.folder.intake import StagedImage
from annotator.labels.formats.trees import FileReadError, Tree
from annotator.labels.formats.yolo import MAX_LABEL_BYTES, LabelRow, parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons, encloses_nothing
from annotator.labels.stems import unique_stem
from annotator.models import Dataset, Image, ImageStatus

from .classes import ClassMap

_DECIMALS = 4  # of a pixel, as every save is stored


class Finding(NamedTuple):
    """One line of the report; ``times``: how many rows of a file it stands for."""

    outcome: Literal["taken", "repaired", "refused"]
    file: str
    line: int | None
    reason: str
    times: int = 1


class Candidate(NamedTuple):
    """An image of a batch, and what is to be told of it if it comes in."""

    path: str
    staged: StagedImage
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class LabelReader:
    """Reads label files of one source into annotations.

    All rows taken: the image is done, and its label file is kept byte for byte unless a row was
    repaired or the classes have other indexes here. Some rows refused: the image is in progress,
    for a person to look at. None taken of several: it stays unlabelled. No row at all: a
    background image, done.
    """

    tree: Tree
    classes: ClassMap

    def read_label(self, staged: StagedImage, path: str) -> list[Finding]:
        """Fill in the annotation of ``staged``; return what is to be told."""
        image = staged.image
        try:
            data = self.tree.read(path, limit_bytes=MAX_LABEL_BYTES)
        except FileReadError as error:
            return [Finding("refused", path, None, str(error))]
        size_wh = (image.width, image.height)
        parsed = parse_labels(data, size_wh=size_wh, class_count=len(self.classes.ids))
        for row in parsed.rows:
            polygons = stored_polygons(row)
            if polygons is None:
                reason = "The polygon is too small to be kept (below 0.0001 px)."
                parsed.add_problem("refused", row.line, reason)
                continue
            ids, indexes = self.classes.ids, self.classes.indexes
            staged.instances.append((ids[row.class_index], indexes[row.class_index], polygons))
        if not parsed.refused_count:
            image.status = ImageStatus.DONE
        elif staged.instances:
            image.status = ImageStatus.IN_PROGRESS
        if parsed.is_unchanged and self.classes.keeps_indexes:
            staged.label = data
        found = parsed.list_problems()
        return [Finding(p.outcome, path, p.line, p.reason, p.times) for p in found]


def stored_polygons(row: LabelRow) -> Polygons | None:
    """The polygons of a row as they are stored, with bridges taken apart; None if too small."""
    polygons = [
        [[round(number, _DECIMALS) for number in ring] for ring in polygon]
        for polygon in split_ring(row.ring)
    ]
    if any(encloses_nothing(ring) for polygon in polygons for ring in polygon):
        return None
    return polygons


@dataclass(slots=True)
class Admission:
    """Which images of a batch come in, and what the report says."""

    taken: list[StagedImage] = field(default_factory=list)
    refused: list[StagedImage] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def admit_new(
    dataset: Dataset, candidates: Sequence[Candidate], *, began: datetime | None
) -> Admission:
    """Refuse pictures and names that are there already; the caller holds the intake lock.

    The same file twice: refused. The same name in another split, or from before this import:
    refused. The same name in two folders of one split: the second gets a number.
    """
    by_sha, by_stem = _find_present(dataset, [item.staged for item in candidates])
    admission = Admission()
    for path, staged, findings in candidates:
        image = staged.image
        named = by_stem.get(image.stem)
        if reason := _reason_to_refuse(image, by_sha.get(image.upload_sha256), named, began):
            admission.refused.append(staged)
            admission.findings.append(Finding("refused", path, None, reason))
            continue
        if named is not None:
            image.stem = unique_stem(image.stem, is_taken=_taken_in(dataset, by_stem))
            reason = f"Two images have this name; it is called “{image.stem}” here."
            findings.append(Finding("repaired", path, None, reason))
        by_sha[image.upload_sha256] = by_stem[image.stem] = image
        admission.taken.append(staged)
        admission.findings += [Finding("taken", path, None, ""), *findings]
    return admission


def _reason_to_refuse(
    image: Image, same: Image | None, named: Image | None, began: datetime | None
) -> str:
    if same is not None:
        return f"The same picture as “{same.file_name}”, which is in {same.split} already."
    if named is None:
        return ""
    # An image of this very batch has no date yet.
    is_of_this_import = named._state.adding or (began is not None and named.created_at >= began)
    if named.split == image.split and is_of_this_import:
        return ""
    return f"There is another image named “{image.stem}” already, in {named.split}."


def _find_present(
    dataset: Dataset, items: Sequence[StagedImage]
) -> tuple[dict[str, Image], dict[str, Image]]:
    """Images of the dataset with a hash or a stem of the batch: two queries."""
    rows = dataset.images.only("stem", "extension", "split", "upload_sha256", "created_at")
    hashes = [item.image.upload_sha256 for item in items]
    stems = [item.image.stem for item in items]
    by_sha = {image.upload_sha256: image for image in rows.filter(upload_sha256__in=hashes)}
    by_stem = {image.stem: image for image in rows.filter(stem__in=stems)}
    return by_sha, by_stem


def _taken_in(dataset: Dataset, by_stem: dict[str, Image]) -> Callable[[str], bool]:
    return lambda stem: stem in by_stem or dataset.images.filter(stem=stem).exists()
