"""What an import decides about each image: its annotation, and whether it may come in."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from annotator.folder.intake import StagedImage
from annotator.labels.formats.base import FoundImage, Source
from annotator.labels.formats.trees import FileReadError
from annotator.labels.stems import unique_stem
from annotator.models import Dataset, Image, ImageStatus

from .classes import ClassMap


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


def fill_annotation(
    staged: StagedImage, found: FoundImage, source: Source, classes: ClassMap
) -> list[Finding]:
    """Fill in the annotation of ``staged``; return what is to be told.

    All objects taken: the image is done, and a YOLO label file is kept byte for byte unless a row
    was repaired or the classes have other indexes here. Some refused: the image is in progress,
    for a person to look at. None taken of several: it stays unlabelled. None at all: a background
    image, done.
    """
    image = staged.image
    try:
        read = source.read_labels(
            found, size_wh=(image.width, image.height), class_count=len(classes.ids)
        )
    except FileReadError as error:
        return [Finding("refused", found.label or found.path, None, str(error))]
    staged.instances += [
        (classes.ids[each.class_index], classes.indexes[each.class_index], each.polygons)
        for each in read.objects
    ]
    if not read.refused_count:
        image.status = ImageStatus.DONE
    elif staged.instances:
        image.status = ImageStatus.IN_PROGRESS
    if read.is_unchanged and classes.keeps_indexes:
        staged.label = read.yolo
    file = found.label or found.path
    return [Finding(p.outcome, file, p.line, p.reason, p.times) for p in read.list_problems()]


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
