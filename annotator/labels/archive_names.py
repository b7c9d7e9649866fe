"""Names of files inside archives whose maker did not say in which encoding they are.

A .zip says "UTF-8" by a flag for each name, or says nothing: then the name is in whatever the
maker's system used (cp437 or cp1252 in the west, Shift-JIS, GBK, Big5 or EUC-KR in the east, and
often UTF-8 all the same). One archive is made on one system, so one encoding is chosen for all of
its names: that in which they read most like words. The same bytes always become the same name, so
that an image and its label stay together even where the guess is wrong.
"""

import re
import unicodedata
from collections.abc import Iterable

_ENCODINGS = ("cp437", "cp1252", "cp932", "gbk", "big5", "cp949", "cp866", "cp1251")
"""In order of preference where two read equally well."""
_MOST_NAMES = 500
_READABLE = 0.5
_ACCENTED_WORD = re.compile(r"[^\x00-\x7f]{3}")
_STRANGE = 0.2
"""Of a letter in a western word of which three letters in turn have accents: there is none."""
_KANA = ((0x3041, 0x30FF),)
_HANGUL = ((0xAC00, 0xD7A3),)
_CYRILLIC = ((0x0410, 0x044F),)
_HAN = ((0x4E00, 0x9FFF),)
_WESTERN = ((0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0xFF), (0x152, 0x153), (0x160, 0x161))


def choose_encoding(names: Iterable[bytes]) -> str:
    """The encoding of names that are not ASCII: UTF-8 where all of them are, else a guess."""
    samples = [name for name in names if not name.isascii()]
    if all(_decoded(name, "utf-8") is not None for name in samples):
        return "utf-8"
    samples = [name for name in samples if _decoded(name, "utf-8") is None][:_MOST_NAMES]
    return max(_ENCODINGS, key=lambda encoding: _readability(samples, encoding))


def decode_name(name: bytes, encoding: str) -> str:
    """A name as text: in ``encoding``, in UTF-8 where it is that, else byte for byte.

    One archive may hold both: a program adds labels to what another one packed. Text is hardly
    ever UTF-8 by chance, except that two bytes of an eastern letter may be.
    """
    is_utf8_first = encoding in {"utf-8", "cp437", "cp1252"} or _is_surely_utf8(name, encoding)
    for each in ("utf-8", encoding) if is_utf8_first else (encoding, "utf-8"):
        text = _decoded(name, each)
        if text is not None:
            return text
    return name.decode("cp437")


def _is_surely_utf8(name: bytes, encoding: str) -> bool:
    text = _decoded(name, "utf-8")
    if text is None or text.isascii():
        return False
    has_long_letters = all(char.isascii() or ord(char) >= 0x0800 for char in text)
    return has_long_letters or _readability([name], encoding) < _READABLE


def _decoded(name: bytes, encoding: str) -> str | None:
    try:
        return name.decode(encoding)
    except UnicodeDecodeError:
        return None


def _readability(names: list[bytes], encoding: str) -> float:
    """How much of the names, byte by byte, is letters that people use in names."""
    score = count = 0.0
    for name in names:
        text = _decoded(name, encoding)
        if text is None:
            return -10.0
        is_strange = encoding in {"cp437", "cp1252"} and _ACCENTED_WORD.search(text) is not None
        for char in text:
            raw = char.encode(encoding)
            if not raw.isascii():
                count += len(raw)
                score += len(raw) * (_STRANGE if is_strange else _weight(char, raw, encoding))
    return score / max(count, 1.0)


def _weight(char: str, raw: bytes, encoding: str) -> float:
    code = ord(char)

    def lies_in(*ranges: tuple[int, int]) -> bool:
        return any(low <= code <= high for low, high in ranges)

    weight = 0.0 if unicodedata.category(char)[0] in "LN" else -1.0
    if lies_in(*_KANA):
        weight = 1.0 if encoding == "cp932" else 0.3
    elif lies_in(*_HANGUL):
        weight = 1.0 if 0xB0 <= raw[0] <= 0xC8 and raw[-1] >= 0xA1 else -0.5
    elif lies_in(*_CYRILLIC):
        weight = 0.7
    elif lies_in(*_HAN):
        weight = _weight_of_han(raw, encoding)
    elif lies_in(*_WESTERN):
        weight = 0.9
    return weight


def _weight_of_han(raw: bytes, encoding: str) -> float:
    """Common characters stand first in each of the tables."""
    lead, trail = raw[0], raw[-1]
    is_common = {
        "gbk": 0xB0 <= lead <= 0xD7 and trail >= 0xA1,
        "big5": 0xA4 <= lead <= 0xC6,
        "cp932": 0x88 <= lead <= 0x97,
    }.get(encoding, False)
    return 0.8 if is_common else -0.5
