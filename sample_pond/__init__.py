"""The sample pond: a dataset drawn by code, to try everything without a photograph.

Ducks in several shapes and colours and, more rarely, swans, on water that mirrors them (the
mirrored ones are not labelled), behind reeds and lily pads. :class:`SamplePond` is a tree like a
folder or an archive, so it is imported the way every other dataset is.
"""

import io
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, Self

from annotator.labels.formats.trees import FileReadError
from annotator.labels.formats.yolo.rows import format_labels

from .scene import PondPicture, draw_pond

CLASS_NAMES = ("duck", "swan")
MAX_IMAGES = 10_000
_SPLITS = ("train", "train", "train", "val", "train", "train", "test", "train", "train", "val")


class SamplePond:
    """A YOLO dataset that is drawn while it is read."""

    def __init__(self, image_count: int = 100, *, seed: int = 1) -> None:
        if not 1 <= image_count <= MAX_IMAGES:
            raise ValueError(f"a sample pond has 1 to {MAX_IMAGES} images, not {image_count}")
        self._numbers: dict[str, list[int]] = {"train": [], "val": [], "test": []}
        for number in range(image_count):
            self._numbers[_SPLITS[number % len(_SPLITS)]].append(number)
        self._draw = lru_cache(maxsize=4)(lambda number: draw_pond(number, seed=seed))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._draw.cache_clear()

    def folders(self) -> Iterator[str]:
        yield ""
        for kind in ("images", "labels"):
            yield from (f"{kind}/{split}" for split, numbers in self._numbers.items() if numbers)

    def names(self, folder: str) -> list[str]:
        if not folder:
            return ["data.yaml"]
        kind, _, split = folder.partition("/")
        suffix = {"images": "jpg", "labels": "txt"}.get(kind)
        if suffix is None:
            return []
        return [f"pond-{number + 1:04d}.{suffix}" for number in self._numbers.get(split, [])]

    def size(self, path: str) -> int:
        return len(self.read(path, limit_bytes=1 << 30))

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        if path == "data.yaml":
            return _DATA_YAML.encode()
        folder, _, name = path.rpartition("/")
        if name not in self.names(folder):
            raise FileReadError("The sample pond holds no such file.")
        picture: PondPicture = self._draw(int(name[5:9]) - 1)
        if folder.startswith("images/"):
            return picture.jpeg
        return format_labels(picture.instances, size_wh=picture.size_wh)

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        return io.BytesIO(self.read(path, limit_bytes=limit_bytes))


_DATA_YAML = """\
train: images/train
val: images/val
test: images/test
names:
  0: duck
  1: swan
"""
