"""Putting images and their labels into a dataset: the one way in, for uploads and imports.

All or nothing for each image, whenever the process is killed. Files are first *staged* in a hidden
folder of the dataset that nothing reads; :func:`take_in` then makes them last (one flush for the
whole batch), moves each label and then its image into place, and only then opens the transaction
that adds the rows: nobody waits for a disk. Between the moves and the commit a kill leaves complete
files without rows: the job that is taken up again moves the same files into the same places, and
:func:`remove_orphans` clears up where it is not.
"""

import itertools
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from django.db import DEFAULT_DB_ALIAS

from annotator import paths
from annotator.annotations.data import InstanceData
from annotator.annotations.statements import InstanceRow, compile_instances
from annotator.annotations.store import MAX_OUTLINES, summarise_outlines
from annotator.kernel.files import file_lock, flush_disk, move_file, sha256_of
from annotator.kernel.turns import (
    Statement,
    compile_inserts,
    compile_values,
    execute_all,
    job_turn,
    make_quickly,
)
from annotator.labels.formats.yolo.rows import format_labels
from annotator.labels.pixels.images import DeepOriginal, TakenImage
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.many import measure_images
from annotator.models import (
    AnnotationRevision,
    Dataset,
    Image,
    ImageOriginal,
    ImageStatus,
    Import,
    RevisionSource,
    Split,
)
from annotator.models.annotations import MAX_NOTE_LENGTH

from .live_folder import clear_names
from .placing import (
    forget_label_caches,
    fsync_folders_of,
    one_in_each_folder,
    remove_live_file,
)


class StagedObject(NamedTuple):
    """An object on its way in; ``class_index`` is the one in label files. See ``Instance``.

    ``class_id`` None: an ignore region, which no label file holds.
    """

    class_id: int | None
    class_index: int
    polygons: Polygons
    is_box: bool = False
    occluded: bool = False
    truncated: bool = False
    note: str = ""

    @property
    def is_object(self) -> bool:
        return self.class_id is not None

    def data(self) -> InstanceData:
        """The same as a new instance on the wire."""
        return {
            "id": str(uuid4()),
            "class_id": self.class_id,
            "polygons": self.polygons,
            "occluded": self.occluded,
            "truncated": self.truncated,
            "note": self.note[:MAX_NOTE_LENGTH],
            "is_box": self.is_box,
        }


@dataclass(slots=True)
class StagedImage:
    """One image on its way in: its row, its annotation and its files outside the dataset."""

    image: Image
    picture: Path
    instances: list[StagedObject] = field(default_factory=list)
    label: bytes | None = None
    """The label file as it came, where it stays byte for byte."""
    original: ImageOriginal | None = None
    original_file: Path | None = None

    def count_points(self) -> int:
        return sum(
            len(ring) // 2 for item in self.instances for part in item.polygons for ring in part
        )


def stage_image(
    dataset: Dataset,
    taken: TakenImage,
    *,
    stem: str,
    split: str,
    staging: Path,
    group: str = "",
    job: Import | None = None,
    frame: tuple[int | None, int | None] = (None, None),
) -> StagedImage:
    """Write the picture where nothing reads it yet; no row is made.

    ``frame``: its number in its video, and its time in milliseconds.
    """
    image = make_quickly(
        Image,
        id=uuid4(),
        dataset_id=dataset.pk,
        stem=stem,
        extension=taken.extension,
        split=split,
        width=taken.width,
        height=taken.height,
        size_bytes=len(taken.data),
        sha256=taken.sha256,
        upload_sha256=taken.upload_sha256,
        group=group,
        import_job_id=None if job is None else job.pk,
        video_frame=frame[0],
        video_time_ms=frame[1],
    )
    image.dataset = dataset
    path = staging / f"{image.pk}.{taken.extension}"
    try:
        image.file_mtime_ns = _write_file(path, taken.data)
    except FileNotFoundError:
        staging.mkdir(parents=True, exist_ok=True)
        image.file_mtime_ns = _write_file(path, taken.data)
    staged = StagedImage(image, path)
    if taken.original is not None:
        _stage_original(staged, taken.original)
    return staged


def _write_file(path: Path, data: bytes) -> int:
    """Write a file in one piece; return when it was changed, in nanoseconds."""
    with open(path, "wb", buffering=0) as handle:  # noqa: PTH123 (a Path asks twice as much)
        left = memoryview(data)
        while left:
            left = left[handle.write(left) :]
        return os.fstat(handle.fileno()).st_mtime_ns


def _stage_original(staged: StagedImage, original: DeepOriginal) -> None:
    staged.original = original_row(staged.image, original)
    staged.original_file = staged.picture.with_suffix(f".original.{original.extension}")
    staged.original_file.write_bytes(original.data)


def original_row(image: Image, original: DeepOriginal) -> ImageOriginal:
    values, window = original.values, original.window
    return ImageOriginal(
        image=image,
        extension=original.extension,
        lowest=values.lowest,
        highest=values.highest,
        low=values.low,
        high=values.high,
        window_low=window.low,
        window_high=window.high,
    )


def staging_dir(dataset: Dataset, name: str) -> Path:
    """A folder on the dataset's own disk whose name Ultralytics and the live folder pass over."""
    return paths.dataset_dir(dataset) / "images" / f".staging-{name}"


def intake_lock(dataset: Dataset) -> AbstractContextManager[None]:
    """The lock under which stems are checked, files moved and rows committed."""
    return file_lock(str(dataset.pk), kind="intake")


@contextmanager
def take_in(dataset: Dataset, staged: Sequence[StagedImage]) -> Iterator[None]:
    """Move staged files into place, then open the transaction that adds their rows.

    The body belongs to that transaction; an exception in it takes the files back. The caller
    holds :func:`intake_lock` and has seen to it that stems are free (``live_folder.clear_names``
    too), and that ``staged`` is a batch of a size that one turn may have.
    """
    moves = [move for item in staged for move in _stage_label(item)]
    statements = compile_rows(staged)
    try:
        _place(moves)
        with job_turn():
            execute_all(statements)
            yield
    except Exception:
        for _, target in moves:
            remove_live_file(target)
        raise
    for item in staged:
        item.image._state.adding = False
        item.image._state.db = DEFAULT_DB_ALIAS


def _place(moves: Sequence[tuple[Path, Path]]) -> None:
    """Make the staged files last and move them to where they belong."""
    if not moves:
        return
    flush_disk([source for source, _ in moves])
    for source, target in moves:
        move_file(source, target)
    targets = one_in_each_folder(target for _, target in moves)
    for target in targets:
        forget_label_caches(target)
    fsync_folders_of(targets)


def compile_rows(
    staged: Sequence[StagedImage], *, source: RevisionSource = RevisionSource.IMPORT
) -> list[Statement]:
    """The statements that add images with their objects and first revisions, which are filled in
    here; the caller has filled the rest of each row."""
    labelled = [item for item in staged if item.image.status != ImageStatus.UNLABELLED]
    measures = iter(
        measure_images(
            [
                ([each.polygons for each in item.instances], (item.image.width, item.image.height))
                for item in labelled
            ]
        )
    )
    rows = [
        (
            item.image,
            [
                InstanceRow(each.data(), order, next(measures))
                for order, each in enumerate(item.instances)
            ],
        )
        for item in labelled
    ]
    revisions = [_fill_annotation(image, of_image, source) for image, of_image in rows]
    return [
        *compile_inserts([item.image for item in staged]),
        *compile_inserts([item.original for item in staged if item.original is not None]),
        compile_instances(rows),
        *compile_values(AnnotationRevision, revisions),
    ]


def _fill_annotation(
    image: Image, rows: Sequence[InstanceRow], source: RevisionSource
) -> dict[str, object]:
    """Fill what an image keeps of its annotation; return its first revision."""
    drawn = [
        (class_id, row.measures) for row in rows if (class_id := row.data["class_id"]) is not None
    ]
    largest = sorted(drawn, key=lambda each: -each[1].area_px)[:MAX_OUTLINES]
    image.outline = summarise_outlines((class_id, each.outline) for class_id, each in largest)
    image.instance_count = len(drawn)
    image.ignore_region_count = len(rows) - len(drawn)
    image.revision = 1
    return {
        "image_id": image.pk,
        "number": 1,
        "source": source.value,
        "status": image.status,
        "put": [row.data for row in rows],
        "added": image.instance_count,
        "ignore_regions": image.ignore_region_count,
    }


def _stage_label(item: StagedImage) -> list[tuple[Path, Path]]:
    """Write the label beside the image; return what moves where, the image last."""
    image = item.image
    moves = [(item.picture, paths.image_path(image))]
    if item.original is not None and item.original_file is not None:
        target = paths.original_path(image, item.original.extension)
        moves.insert(0, (item.original_file, target))
    if image.is_finished:
        content = item.label
        if content is None:
            objects = [each for each in item.instances if each.is_object]
            rows = [(each.class_index, each.polygons) for each in objects]
            content = format_labels(rows, size_wh=(image.width, image.height))
        source = item.picture.with_suffix(".txt")
        image.label_mtime_ns = _write_file(source, content)
        image.label_sha256, image.label_size = sha256_of(content), len(content)
        moves.insert(0, (source, paths.label_path(image)))
    return moves


def remove_orphans(dataset: Dataset, stems: Iterable[str]) -> None:
    """Remove files of these stems that have no row: what a kill left between move and commit."""
    wanted = set(stems)
    with intake_lock(dataset):
        wanted -= set(dataset.images.filter(stem__in=wanted).values_list("stem", flat=True))
        if not wanted:
            return
        clear_names(dataset, wanted)
        root = paths.dataset_dir(dataset)
        folders = [root / "images" / paths.UNLABELLED]
        folders += [root / kind / split for kind in ("images", "labels") for split in Split.values]
        parents = {stem.rpartition("/")[0] for stem in wanted}
        for folder, parent in itertools.product(folders, parents):
            place = folder / parent
            for path in list(place.iterdir()) if place.is_dir() else ():
                stem = path.relative_to(folder).with_suffix("").as_posix()
                if stem in wanted and path.is_file():
                    remove_live_file(path)
        _remove_orphaned_originals(dataset)


def _remove_orphaned_originals(dataset: Dataset) -> None:
    folder = paths.originals_dir(dataset)
    names = {path.name.split(".")[0]: path for path in folder.iterdir()} if folder.is_dir() else {}
    known = ImageOriginal.objects.filter(image__dataset=dataset).values_list("image_id", flat=True)
    for name in set(names) - {str(image_id) for image_id in known.iterator()}:
        names[name].unlink(missing_ok=True)


def clear_staging(dataset: Dataset, name: str) -> None:
    shutil.rmtree(staging_dir(dataset, name), ignore_errors=True)


def discard(items: Iterable[StagedImage]) -> None:
    """Drop staged files that will not be taken in."""
    for item in items:
        for path in (item.picture, item.original_file):
            if path is not None:
                path.unlink(missing_ok=True)
