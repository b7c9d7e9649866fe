"""Names that people give, on their way into formats in which some characters mean something.

Pages escape what they show (React, Django's templates), reports hand names to Typst as values. What
is written by hand goes through here: comments of YAML, file names, CSV, Markdown.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable

from annotator.labels.stems import clean_stem

_EXTENSION = re.compile(r"(.+)\.(\w{1,8})", re.DOTALL)
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&$])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_one_line(text: str) -> bool:
    """Whether a text has no line break and no other control character."""
    return not any(unicodedata.category(letter) in ("Cc", "Zl", "Zp") for letter in text)


def one_line(text: str) -> str:
    """Return the text with a space in the place of line breaks and other control characters."""
    letters = (" " if unicodedata.category(x) in ("Cc", "Zl", "Zp") else x for x in text)
    return " ".join("".join(letters).split())


def safe_file_name(text: str) -> str:
    """Return a name that is one file's on every system, and is read as it is written: no
    separators, no control characters, none that turn the direction of reading."""
    text = re.sub(r"[/\\]", "_", one_line(text))
    named = _EXTENSION.fullmatch(text)
    stem, extension = (named[1], f".{named[2]}") if named else (text, "")
    stem = clean_stem(f"{stem or 'file'}.x")
    return f"{stem}{extension}"


def csv_line(values: Iterable[object]) -> bytes:
    """Return one line of CSV. A spreadsheet does not take a text in it for a formula."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_no_formula(value) for value in values])
    return buffer.getvalue().encode()


def _no_formula(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value


def markdown_text(text: str) -> str:
    """Return one line of Markdown that shows the text as it is."""
    return _MARKDOWN.sub(r"\\\1", one_line(text))


_MOST_NAMES = 5


def list_names(names: list[str]) -> str:
    """Return names for a sentence; of very many, the first."""
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(f"“{name}”" for name in names[:_MOST_NAMES]) + more
