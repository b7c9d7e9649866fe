"""Text in UTF-8, or in the UTF-16 and UTF-32 that Windows' tools write, as UTF-8."""

import codecs
import io
import re
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_HEAD_BYTES = 64
_DECLARATION_BYTES = 256
_DECLARATION = re.compile(rb"""\s*<\?xml[^>]*encoding=["']([\w-]{1,20})["'][^>]*\?>""")
_OF_SEVERAL_BYTES = frozenset(
    ("gb2312", "gbk", "gb18030", "big5", "shift-jis", "euc-jp", "euc-kr", "cp932", "cp949")
)
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its first bytes: by its mark, or by the zeros between letters."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    pairs = head[: min(len(head), _HEAD_BYTES) // 2 * 2]
    for zeros, letters, encoding in ((1, 0, "utf-16-le"), (0, 1, "utf-16-be")):
        if len(pairs) >= 4 and not any(pairs[zeros::2]) and all(pairs[letters::2]):
            return encoding
    return "utf-8"


def decode_text(data: bytes) -> str:
    """The text of a whole file, without its byte order mark. Raises UnicodeDecodeError."""
    return data.decode(encoding_of(data))


def as_utf8(stream: BinaryIO) -> BinaryIO:
    """A stream of text as one in UTF-8; what is no text passes as it is."""
    head = stream.read(_HEAD_BYTES)
    whole = cast(BinaryIO, io.BufferedReader(_Joined(head, stream)))
    encoding = encoding_of(head)
    if encoding.startswith("utf-8"):
        return whole
    return cast(BinaryIO, codecs.EncodedFile(whole, "utf-8", encoding, errors="replace"))


def xml_as_utf8(stream: BinaryIO) -> BinaryIO:
    """A stream of XML; where it says that it is in an encoding of several bytes a letter, which
    the parser does not know, as one in UTF-8."""
    head = stream.read(_DECLARATION_BYTES)
    found = _DECLARATION.match(head)
    encoding = found[1].decode().lower().replace("_", "-") if found else ""
    if found is None or encoding not in _OF_SEVERAL_BYTES:
        return cast(BinaryIO, io.BufferedReader(_Joined(head, stream)))
    rest = cast(BinaryIO, io.BufferedReader(_Joined(head[found.end() :], stream)))
    return cast(BinaryIO, codecs.EncodedFile(rest, "utf-8", encoding, errors="replace"))


class _Joined(io.RawIOBase):
    """A stream whose first bytes were read already."""

    def __init__(self, head: bytes, rest: BinaryIO) -> None:
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        data = self._head[: len(view)] or self._rest.read(len(view))
        self._head = self._head[len(data) :]
        view[: len(data)] = data
        return len(data)
