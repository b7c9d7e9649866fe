"""A source with videos in it, as an import reads it: each video is a folder of its chosen frames.

``clips/walk.mp4`` becomes the folder of that name, with ``000123.jpg`` for frame 123. Frames are
images like any other; those that no labels of the source name come in unlabelled. Their name is the
video's, without its suffix, and the number: ``walk/000123``; their group is the video, so a split
keeps them together, and from the beginning all frames of a video are in one split.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from annotator.labels.formats.base import (
    FolderProblem,
    FoundImage,
    ReadLabels,
    Source,
    SplitName,
)
from annotator.labels.formats.image_index import Splitter, split_of_path
from annotator.labels.formats.leftovers import UsedFiles, find_leftovers, pixels_of
from annotator.labels.formats.names import is_hidden_folder, join
from annotator.labels.formats.trees import FileReadError, Tree, bounded_stream, too_large

from .kinds import is_video_name
from .rules import FrameRule
from .store import StoredFrame, StoredFrames

_SUFFIX = ".jpg"
_NUMBER = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True, slots=True)
class TakenVideo:
    """A video of a source. ``folder``: where its frames are stored. ``problem``: what was lost of
    it, ``notes``: what a person should know."""

    path: str
    folder: Path
    problem: str = ""
    notes: tuple[str, ...] = ()

    def frames(self) -> StoredFrames:
        return StoredFrames(self.folder)


def find_videos(tree: Tree) -> list[str]:
    """The paths of a tree's videos, by their names."""
    return [
        join(folder, name)
        for folder in tree.folders()
        if not is_hidden_folder(folder)
        for name in tree.names(folder)
        if is_video_name(name)
    ]


class WithoutVideos:
    """The rest of a tree."""

    def __init__(self, tree: Tree, videos: list[str]) -> None:
        self._tree, self._videos = tree, frozenset(videos)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def folders(self) -> Iterator[str]:
        for folder in self._tree.folders():
            if self.names(folder):
                yield folder

    def names(self, folder: str) -> list[str]:
        return [name for name in self._tree.names(folder) if join(folder, name) not in self._videos]

    def size(self, path: str) -> int:
        return self._tree.size(path)

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        return self._tree.read(path, limit_bytes=limit_bytes)

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        return self._tree.open(path, limit_bytes=limit_bytes)


class FramesTree:
    """A tree whose videos are folders of frames. ``rest``: the tree without its videos."""

    def __init__(self, tree: Tree, videos: list[TakenVideo], rule: FrameRule) -> None:
        self.videos, self.rule = videos, rule
        self.rest: Tree = WithoutVideos(tree, [video.path for video in videos])
        self._by_path = {video.path: video for video in videos}
        self._open: tuple[str, StoredFrames] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def folders(self) -> Iterator[str]:
        yield from self.rest.folders()
        for video in self.videos:
            if len(self._frames(video.path)):
                yield video.path

    def names(self, folder: str) -> list[str]:
        if folder not in self._by_path:
            return self.rest.names(folder)
        frames = self._frames(folder)
        return [_name_of(frames.at(place)) for place in range(len(frames))]

    def size(self, path: str) -> int:
        if (frame := self.find(path)) is not None:
            return frame.length
        return self.rest.size(path)

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        if (frame := self.find(path)) is None:
            return self.rest.read(path, limit_bytes=limit_bytes)
        if frame.length > limit_bytes:
            raise FileReadError(too_large(limit_bytes))
        return self._frames(path.rpartition("/")[0]).read(frame)

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        if self.find(path) is None:
            return self.rest.open(path, limit_bytes=limit_bytes)
        image = io.BytesIO(self.read(path, limit_bytes=limit_bytes))
        return bounded_stream(image, limit_bytes=limit_bytes)

    def find(self, path: str) -> StoredFrame | None:
        """The frame of a path; None for a file of another kind."""
        folder, _, name = path.rpartition("/")
        number = name.removesuffix(_SUFFIX)
        if folder not in self._by_path or not _NUMBER.fullmatch(number):
            return None
        return self._frames(folder).find(int(number))

    def _frames(self, path: str) -> StoredFrames:
        opened = self._open  # several threads may read
        if opened is None or opened[0] != path:
            opened = self._open = path, self._by_path[path].frames()
        return opened[1]


def _name_of(frame: StoredFrame) -> str:
    return f"{frame.number:06}{_SUFFIX}"


class FramesSource:
    """See :class:`annotator.labels.formats.base.Source`.

    ``inner``: the dataset in the rest of the source, whose labels may name frames; None where there
    is none.
    """

    def __init__(self, tree: FramesTree, inner: Source | None) -> None:
        self._frames_tree, self._inner = tree, inner
        self.tree: Tree = _Pixels(tree, tree.rest if inner is None else pixels_of(inner, tree.rest))
        self.class_names = [] if inner is None else inner.class_names
        self.names_are_known = True if inner is None else inner.names_are_known
        self.notes = [] if inner is None else inner.notes
        is_one = inner is None and len(tree.videos) == 1
        for video in tree.videos:
            at = "" if is_one else f"{video.path}: "
            self.notes += [f"{at}{note}" for note in video.notes]
        self._names = name_videos([video.path for video in tree.videos])
        self._splits = self._choose_splits()

    def _choose_splits(self) -> dict[str, SplitName]:
        """A split for each whole video: what its folders say, else one in five is of val."""
        with_frames = [video.path for video in self._frames_tree.videos if len(video.frames())]
        found = [(path, split_of_path(path)) for path in with_frames]
        notes: list[str] = []
        splitter = Splitter(iter(found), notes)
        if notes and self._inner is None:
            self.notes.append(
                "There is no val split: one video in five was put into val (by a hash of its name, "
                "so the same every time). All frames of a video are in one split."
            )
        if self._inner is not None:
            return dict(found)
        return {path: splitter.split_of(path, split) for path, split in found}

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        labelled: dict[str, set[int]] = {}
        if self._inner is None:
            yield from find_leftovers(self._frames_tree.rest, UsedFiles())
        else:
            for entry in self._inner.entries():
                frame = self._frame_of(entry)
                if frame is None or not isinstance(entry, FoundImage):
                    yield entry
                    continue
                labelled.setdefault(entry.path.rpartition("/")[0], set()).add(frame.number)
                yield self._entry(entry.path, frame, entry.label)
        for video in self._frames_tree.videos:
            seen = labelled.get(video.path, set())
            frames = video.frames()
            for place in range(len(frames)):
                frame = frames.at(place)
                if frame.number not in seen:
                    yield self._entry(join(video.path, _name_of(frame)), frame, None)
            if video.problem:
                yield FolderProblem(video.path, None, video.problem)

    def _frame_of(self, entry: FoundImage | FolderProblem) -> StoredFrame | None:
        return self._frames_tree.find(entry.path) if isinstance(entry, FoundImage) else None

    def _entry(self, path: str, frame: StoredFrame, label: str | None) -> FoundImage:
        video = path.rpartition("/")[0]
        group = self._names[video]
        name = f"{group}/{frame.number:06}"
        split = self._splits[video]
        return FoundImage(path, label, split, name, group, frame.number, frame.time_ms)

    def files(self) -> Iterator[str]:
        return iter(()) if self._inner is None else self._inner.files()

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        if self._inner is None:
            return ReadLabels()
        return self._inner.read_labels(image, size_wh=size_wh, class_count=class_count)

    def count_classes_used(self) -> int:
        return 0 if self._inner is None else self._inner.count_classes_used()


class _Pixels:
    """Frames from their store, everything else from where the dataset has its pixels."""

    def __init__(self, frames: FramesTree, others: Tree) -> None:
        self._frames, self._others = frames, others

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def _of(self, path: str) -> Tree:
        return self._others if self._frames.find(path) is None else self._frames

    def folders(self) -> Iterator[str]:
        return self._frames.folders()

    def names(self, folder: str) -> list[str]:
        return self._frames.names(folder)

    def size(self, path: str) -> int:
        return self._of(path).size(path)

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        return self._of(path).read(path, limit_bytes=limit_bytes)

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        return self._of(path).open(path, limit_bytes=limit_bytes)


def name_videos(paths: list[str]) -> dict[str, str]:
    """What each video is called: its path below the folder that all share, without its suffix
    where that leaves one name to each."""
    folders = [path.split("/")[:-1] for path in paths]
    shared = 0
    while folders and all(
        len(parts) > shared and parts[shared] == folders[0][shared] for parts in folders
    ):
        shared += 1
    whole = {path: "/".join(path.split("/")[shared:]) for path in paths}
    short = {path: name.rpartition(".")[0] for path, name in whole.items()}
    counts = Counter(name.casefold() for name in short.values())
    return {
        path: short[path]
        if counts[short[path].casefold()] == 1
        else f"{short[path]}_{name.rpartition('.')[2]}"
        for path, name in whole.items()
    }
