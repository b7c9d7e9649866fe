"""JSON files read as streams: the members of chosen containers one after another.

A COCO file may hold a million annotations in one array. Here only one member of it is in memory at
a time. The parser is Python's own (C, ``json``), fed piece by piece: one pass serves arrays in any
order, and numbers that are no JSON (``NaN``), which Python programs write, are left to the caller
to judge, so that one bad number costs one object.
"""

import codecs
import enum
import json
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from annotator.labels.encodings import decode_text, encoding_of

from ..trees import FileReadError, Tree

MAX_JSON_BYTES = 16 * 1024**3
"""Of a file that is read as a stream."""
MAX_VALUE_CHARS = 64 * 1024**2
"""Of a file that holds the labels of one image, and perhaps the image itself."""
MAX_MEMBER_CHARS = 32 * 1024**2
"""Of one member of a stream: room for an object of all points that an image may have. Parsed, a
hostile one takes twenty times its text."""

_PIECE_BYTES = 1 << 18
_decoder = json.JSONDecoder(strict=False)

Path = tuple[str | int, ...]


class JsonError(ValueError):
    """It is no JSON, or too much of it; the message says which, without the file."""


class Opened(enum.Enum):
    """Stands for a container whose members follow."""

    OBJECT = "object"
    LIST = "list"


class Member(NamedTuple):
    """``path``: keys and places from the root. ``text``: the value as it is written, "" where the
    container was opened."""

    path: Path
    value: object
    text: str


def stream_json(handle: BinaryIO, *, opens: Callable[[Path], bool]) -> Iterator[Member]:
    """Yield the values of a JSON file in order; a container for whose path ``opens`` says so is
    yielded as Opened and then member by member, any other value whole.

    Raises JsonError, also for a value above ``MAX_MEMBER_CHARS``, and FileReadError.
    """
    text = _Text(handle)
    yield from _walk(text, (), opens)
    if text.peek():
        raise JsonError("is not valid JSON: something follows its end.")


def load_json(data: bytes) -> object:
    """Parse a whole file. Raises JsonError."""
    try:
        return json.loads(decode_text(data), strict=False)
    except UnicodeDecodeError as error:
        raise JsonError("is not text in UTF-8.") from error
    except RecursionError as error:
        raise JsonError("is nested too deeply.") from error
    except ValueError as error:
        raise JsonError("is not valid JSON.") from error


def read_json(tree: Tree, path: str) -> object:
    """Read and parse the file of one image. Raises FileReadError."""
    try:
        return load_json(tree.read(path, limit_bytes=MAX_VALUE_CHARS))
    except JsonError as error:
        raise FileReadError(f"The file {error}") from error


def _walk(text: "_Text", path: Path, opens: Callable[[Path], bool]) -> Iterator[Member]:
    char = text.peek()
    if char == "{" and opens(path):
        yield Member(path, Opened.OBJECT, "")
        for _ in text.members("}"):
            key = text.value()[0]
            if not isinstance(key, str) or text.peek() != ":":
                raise text.error()
            text.skip()
            yield from _walk(text, (*path, key), opens)
    elif char == "[" and opens(path):
        yield Member(path, Opened.LIST, "")
        for index in text.members("]"):
            yield from _walk(text, (*path, index), opens)
    else:
        value, written = text.value()
        yield Member(path, value, written)


class _Text:
    """What of the file is in memory, and where in it the parser stands."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self._decoder: codecs.IncrementalDecoder | None = None
        self._text = ""
        self._at = 0
        self._before = 0
        self._is_whole = False

    def error(self) -> JsonError:
        return JsonError(f"is not valid JSON (at character {self._before + self._at + 1:,}).")

    def peek(self) -> str:
        """The next character that is no space; "" at the end."""
        while True:
            while self._at < len(self._text):
                char = self._text[self._at]
                if char not in " \t\n\r":
                    return char
                self._at += 1
            if not self._read():
                return ""

    def skip(self) -> None:
        self._at += 1

    def members(self, end: str) -> Iterator[int]:
        """Step into a container, and from member to member of it; the caller takes each."""
        self.skip()
        index = 0
        if self.peek() == end:
            self.skip()
            return
        while True:
            yield index
            index += 1
            char = self.peek()
            if char not in {",", end}:
                raise self.error()
            self.skip()
            if char == end:
                return
            if self.peek() == end:
                raise self.error()

    def value(self) -> tuple[object, str]:
        """The value that begins here, and how it is written."""
        self.peek()
        while True:
            try:
                value, end = _decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - 16
                if not is_cut or not self._read_more():
                    raise self.error() from error
                continue
            except RecursionError as error:
                raise JsonError("is nested too deeply.") from error
            except ValueError as error:  # an integer of thousands of digits
                raise self.error() from error
            if end < len(self._text) or not self._read():
                written = self._text[self._at : end]
                self._at = end
                return value, written

    def _read_more(self) -> bool:
        """Read about as much as is there, so that a long value is not parsed anew too often."""
        waiting = len(self._text) - self._at
        if waiting > MAX_MEMBER_CHARS:
            raise JsonError(f"has a value of more than {MAX_MEMBER_CHARS >> 20} MB.")
        left = MAX_MEMBER_CHARS - waiting + 1
        return self._read(max(_PIECE_BYTES, min(waiting, left)))

    def _read(self, count: int = _PIECE_BYTES) -> bool:
        if self._is_whole:
            return False
        data = self._handle.read(count)
        self._is_whole = not data
        if self._decoder is None:
            self._decoder = codecs.getincrementaldecoder(encoding_of(data))()
        try:
            piece = self._decoder.decode(data, final=self._is_whole)
        except UnicodeDecodeError as error:
            raise JsonError("is not text in UTF-8.") from error
        self._before += self._at
        self._text = self._text[self._at :] + piece
        self._at = 0
        return True
