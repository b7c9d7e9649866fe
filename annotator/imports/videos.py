"""The videos of a source: a child process decodes each once, and its frames wait on the disk.

Before an import or its dry run reads a source, the chosen frames of its videos are stored in
``cache/frames/import-<id>`` (:func:`take_frames`); the source is then read as if each video were a
folder of images. A dry run leaves its frames for the import, which decodes nothing again as long as
nobody chose others. A worker that was killed goes on behind the last frame that was stored.
"""

import base64
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, TypedDict

from django.conf import settings

from annotator import paths
from annotator.kernel import jobs
from annotator.kernel.child_process import ChildFailedError
from annotator.kernel.child_stream import ChildRefusedError, follow_module
from annotator.kernel.disk import check_disk_space
from annotator.kernel.events import publish_event
from annotator.labels.formats import FORMATS
from annotator.labels.formats.trees import FileReadError, FolderTree, Tree, TreeError
from annotator.labels.formats.xml_formats.cvat import Cvat
from annotator.labels.pixels.images import make_thumbnail
from annotator.labels.video.frames_tree import (
    FramesTree,
    TakenVideo,
    WithoutVideos,
    find_videos,
    name_videos,
)
from annotator.labels.video.rules import FrameRule
from annotator.labels.video.store import StoredFrames, read_outcome, write_outcome
from annotator.models import Import

from .options import ImportOptions

MODULE = "annotator.labels.video.choosing"
STALL_SECONDS = 180.0
MOST_VIDEOS = 1_000
MOST_SHOWN = 50
"""Videos that a dry run describes one by one."""

THUMBNAILS_EACH = 3
MOST_WITH_THUMBNAILS = 8
_COPY_BYTES = 1 << 20
_TRACKED = FrameRule(every=1, keeps_duplicates=True)
"""Where labels follow objects from frame to frame and nobody chose otherwise."""


class SceneCount(TypedDict):
    threshold: float
    count: int


class FrameThumbnail(TypedDict):
    """``image``: a data: address."""

    frame_number: int
    time_ms: int
    image: str


class ForeseenVideo(TypedDict):
    """A video that a dry run read. ``frames``, ``duration_ms``, ``fps``: as its header says, null
    where it says nothing. ``read``: frames that were decoded up to ``end_ms``; ``chosen``: frames
    that become images; ``near_duplicates``: left out. ``scenes``: how many frames a change of scene
    would choose, by threshold."""

    file: str
    name: str
    width: int
    height: int
    duration_ms: int | None
    frames: int | None
    fps: float | None
    codec: str
    rotation: int
    read: int
    end_ms: int
    chosen: int
    near_duplicates: int
    is_whole: bool
    problem: str
    notes: list[str]
    scenes: list[SceneCount]
    thumbnails: list[FrameThumbnail]


class _CancelledError(Exception):
    pass


def take_frames(job: Import, tree: Tree, options: ImportOptions) -> Tree | None:
    """The tree of an import with the frames of its videos in it; None: it was cancelled.

    Raises TreeError where the source holds only videos and none can be read, ServiceError and
    LeaseLostError.
    """
    videos = find_videos(tree)
    if not videos:
        return tree
    if len(videos) > MOST_VIDEOS:
        raise TreeError(f"The source holds more than {MOST_VIDEOS:,} videos: import it in parts.")
    rule = choose_rule(tree, videos, options)
    folder = paths.frames_dir(job)
    taken: list[TakenVideo] = []
    try:
        for place, path in enumerate(videos):
            taking = _Taking(job, tree, rule, place=place, count=len(videos))
            taken.append(taking.take(path))
    except _CancelledError:
        return None
    _remove_others(folder, {video.folder.name for video in taken})
    frames = FramesTree(tree, taken, rule)
    if all(video.problem and not len(video.frames()) for video in taken) and _is_empty(frames.rest):
        raise TreeError(f"{taken[0].path}: {taken[0].problem}")
    return frames


def choose_rule(tree: Tree, videos: list[str], options: ImportOptions) -> FrameRule:
    """What a person chose; else every frame where the source labels frames, or one a second."""
    rule = options.video
    if rule.is_chosen:
        return rule
    rest = WithoutVideos(tree, videos)
    cvat = FORMATS[Cvat.name]
    is_cvat = options.format in ("", Cvat.name) and cvat.sniff(rest)
    if is_cvat and isinstance(cvat, Cvat) and cvat.has_tracks(rest):
        chosen = {**_TRACKED.to_json(), **rule.to_json()}
        return FrameRule(**chosen)  # type: ignore[arg-type] # a rule's own values
    return rule


def _is_empty(tree: Tree) -> bool:
    return next(iter(tree.folders()), None) is None


class _Taking:
    """One video of a source at work."""

    def __init__(self, job: Import, tree: Tree, rule: FrameRule, *, place: int, count: int) -> None:
        self.job, self.tree, self.rule, self.folder = job, tree, rule, paths.frames_dir(job)
        self.place, self.count = place, count
        self.said = ""

    def take(self, path: str) -> TakenVideo:
        """Raises _CancelledError, ServiceError, LeaseLostError."""
        try:
            folder = self.folder / _key(path, self.tree.size(path), self.rule)
        except FileReadError as error:
            return TakenVideo(path, self.folder / _key(path, 0, self.rule), str(error))
        outcome = read_outcome(folder)
        if outcome is None or (self.job.is_dry_run and not outcome.get("is_dry_run")):
            self._tell(f"Reading {self._which(path)}")
            outcome = self._read(path, folder)
        problem, notes = str(outcome.get("problem", "")), outcome.get("notes", [])
        return TakenVideo(path, folder, problem, tuple(notes))

    def _read(self, path: str, folder: Path) -> dict[str, Any]:
        folder.mkdir(parents=True, exist_ok=True)
        request = {
            "folder": str(folder),
            "rule": self.rule.to_json(),
            "is_dry_run": self.job.is_dry_run,
            "max_megapixels": settings.MAX_IMAGE_MEGAPIXELS,
        }
        try:
            with _opened(self.tree, path, folder, self._beat) as file:
                follow_module(
                    MODULE,
                    json.dumps(request),
                    stdin=file,
                    stall_seconds=STALL_SECONDS,
                    on_line=lambda line: self._hear(path, line),
                    on_tick=self._beat,
                )
            outcome = read_outcome(folder) or {"problem": "It could not be read."}
        except FileReadError as error:
            outcome = {"problem": str(error)}
        except ChildRefusedError as error:
            outcome = {"problem": str(error)}
        except ChildFailedError as error:
            check_disk_space()
            kept = len(StoredFrames(folder))
            told = f" {kept:,} frames were taken before." if kept else ""
            outcome = {"problem": f"Reading it broke off: {error}.{told}"}
        outcome["is_dry_run"] = self.job.is_dry_run
        write_outcome(folder, outcome)
        return outcome

    def _hear(self, path: str, line: bytes) -> None:
        try:
            told = json.loads(line)
            seconds, chosen = int(told["time_ms"]) // 1000, int(told["chosen"])
        except (ValueError, KeyError, TypeError):
            return
        clock = f"{seconds // 60}:{seconds % 60:02}"
        self._tell(f"Reading {self._which(path)}: at {clock}, {chosen:,} frames chosen")
        self._check()

    def _which(self, path: str) -> str:
        name = path.rpartition("/")[2].encode(errors="replace").decode()
        return name if self.count == 1 else f"{name} (video {self.place + 1:,} of {self.count:,})"

    def _beat(self) -> None:
        self._tell(self.said)
        self._check()

    def _check(self) -> None:
        check_disk_space()
        if jobs.is_cancelling(self.job):
            raise _CancelledError

    def _tell(self, message: str) -> None:
        self.said = message
        job = self.job
        jobs.report_progress(
            job,
            done=job.progress_done,
            total=job.progress_total,
            unit="images",
            message=message,
        )
        publish_event("import.changed", dataset=job.dataset, id=job.pk)


def _key(path: str, size: int, rule: FrameRule) -> str:
    said = json.dumps([path, size, rule.to_json()], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


@contextmanager
def _opened(
    tree: Tree, path: str, folder: Path, on_tick: Callable[[], object]
) -> Iterator[BinaryIO]:
    """The video as a file of the system: itself, or a copy out of its archive that has no name."""
    limit = int(settings.MAX_UPLOAD_GIGABYTES * 4 * 1024**3)
    if isinstance(tree, FolderTree):
        with tree.open_file(path, limit_bytes=limit) as file:
            yield file
        return
    check_disk_space(tree.size(path))
    with tempfile.TemporaryFile(dir=folder) as copy, tree.open(path, limit_bytes=limit) as source:
        copied = 0
        while piece := source.read(_COPY_BYTES):
            copy.write(piece)
            copied += 1
            if copied % 64 == 0:
                on_tick()
        copy.flush()
        copy.seek(0)
        yield copy


def _remove_others(folder: Path, names: set[str]) -> None:
    """Remove frames that another rule chose."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in names:
            shutil.rmtree(path, ignore_errors=True)


def drop_frames(job: Import) -> None:
    """Remove the frames that wait for an import."""
    shutil.rmtree(paths.frames_dir(job), ignore_errors=True)


def has_frames(job: Import) -> bool:
    """Whether frames of videos wait for an import, which can go on with them."""
    return paths.frames_dir(job).is_dir()


def foresee_videos(tree: Tree) -> tuple[list[ForeseenVideo], dict[str, object]]:
    """What a dry run shows of the videos of a source, and by which rule frames were chosen."""
    if not isinstance(tree, FramesTree):
        return [], {}
    names = name_videos([video.path for video in tree.videos])
    foreseen = [
        _foresee(video, names[video.path], with_thumbnails=place < MOST_WITH_THUMBNAILS)
        for place, video in enumerate(tree.videos[:MOST_SHOWN])
    ]
    return foreseen, tree.rule.to_json()


def _foresee(video: TakenVideo, name: str, *, with_thumbnails: bool) -> ForeseenVideo:
    outcome = read_outcome(video.folder) or {}
    facts = outcome.get("facts", {})
    frames = video.frames()
    return {
        "file": video.path.encode(errors="replace").decode(),
        "name": name.encode(errors="replace").decode(),
        "width": facts.get("width", 0),
        "height": facts.get("height", 0),
        "duration_ms": facts.get("duration_ms"),
        "frames": facts.get("frames"),
        "fps": facts.get("fps"),
        "codec": facts.get("codec", ""),
        "rotation": facts.get("rotation", 0),
        "read": outcome.get("read", 0),
        "end_ms": max(0, outcome.get("end_ms", 0)),
        "chosen": len(frames),
        "near_duplicates": outcome.get("near_duplicates", 0),
        "is_whole": outcome.get("is_whole", False),
        "problem": video.problem,
        "notes": list(video.notes),
        "scenes": [
            {"threshold": threshold, "count": count}
            for threshold, count in outcome.get("scenes", [])
        ],
        "thumbnails": _thumbnails(frames) if with_thumbnails else [],
    }


def _thumbnails(frames: StoredFrames) -> list[FrameThumbnail]:
    """Of frames from the beginning to the end."""
    count = len(frames)
    places = sorted({place * (count - 1) // (THUMBNAILS_EACH - 1) for place in range(3)})
    made: list[FrameThumbnail] = []
    for place in places if count else ():
        frame = frames.at(place)
        image = base64.b64encode(make_thumbnail(frames.read(frame), as_jpeg=True)).decode()
        made.append(
            {
                "frame_number": frame.number,
                "time_ms": frame.time_ms,
                "image": f"data:image/jpeg;base64,{image}",
            }
        )
    return made
