"""What the rows of YOLO label files are, told by the first files of a set."""

import re
from contextlib import suppress

from .leftovers import is_irrelevant
from .names import is_hidden_folder, is_text_name, join
from .trees import FileReadError, Tree

_SNIFFED_FILES, _SNIFFED_FILES_A_FOLDER = 400, 20
_SNIFFED_BYTES = 1 << 16
_NUMBER = rb"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:e[+-]?\d+)?"
_ROW = re.compile(rb"\s*\d+(?:\.0*)?(?:[ \t]+" + _NUMBER + rb"){4,}\s*", re.IGNORECASE)


def has_label_rows(tree: Tree) -> bool:
    """Whether one of the first texts of each folder begins with a row ``class number number …``."""
    looked_at = 0
    for folder in tree.folders():
        if is_hidden_folder(folder):
            continue
        texts = [n for n in tree.names(folder) if is_text_name(n) and not is_irrelevant(n)]
        for name in texts[:_SNIFFED_FILES_A_FOLDER]:
            with (
                suppress(FileReadError),
                tree.open(join(folder, name), limit_bytes=1 << 50) as file,
            ):
                head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
                row = head.replace(b"\r", b"\n").split(b"\n", 1)[0]
                if _ROW.fullmatch(row) or (len(row) == len(head) and _ROW.match(row)):
                    return True
            looked_at += 1
        if looked_at >= _SNIFFED_FILES:
            return False
    return False


def _begins_with_row(tree: Tree, path: str) -> bool:
    with tree.open(path, limit_bytes=1 << 50) as file:
        head = file.read(_SNIFFED_BYTES).removeprefix(b"\xef\xbb\xbf").lstrip()
    row = head.replace(b"\r", b"\n").split(b"\n", 1)[0]
    is_cut = len(row) == _SNIFFED_BYTES
    return (_ROW.match(row) if is_cut else _ROW.fullmatch(row)) is not None
