"""Images that lie inside label files, as base64 in labelme's ``imageData``."""

import base64
import binascii
import io
from collections.abc import Iterator
from typing import BinaryIO, Self

from ..trees import FileReadError, Tree, too_large
from .json_stream import read_json


class EmbeddedImages:
    """A tree in which a ``.json`` file is the image that lies inside it; all else is as it was."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def folders(self) -> Iterator[str]:
        return self._tree.folders()

    def names(self, folder: str) -> list[str]:
        return self._tree.names(folder)

    def size(self, path: str) -> int:
        return self._tree.size(path)

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        if not path.lower().endswith(".json"):
            return self._tree.read(path, limit_bytes=limit_bytes)
        value = read_json(self._tree, path)
        text = value.get("imageData") if isinstance(value, dict) else None
        try:
            data = base64.b64decode(text) if isinstance(text, str) else b""
        except (ValueError, binascii.Error) as error:
            raise FileReadError("Its imageData is not base64.") from error
        if not data:
            raise FileReadError("It holds no image (imageData).")
        if len(data) > limit_bytes:
            raise FileReadError(too_large(limit_bytes))
        return data

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        if not path.lower().endswith(".json"):
            return self._tree.open(path, limit_bytes=limit_bytes)
        return io.BytesIO(self.read(path, limit_bytes=limit_bytes))
