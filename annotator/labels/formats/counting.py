"""How many objects a file of labels holds, without understanding it: for what is not taken."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

from annotator.labels.encodings import as_utf8

from .trees import FileReadError, Tree

MAX_COUNTED_BYTES = 4 * 1024**3
_CHUNK_BYTES = 1 << 20
_MAX_LINE_BYTES = 1 << 20
_MOST_REMEMBERED_ROWS = 100_000
_OVERLAP_BYTES = 64  # longer than any of the words that are looked for

_ROW = re.compile(rb"\s*[+-]?\d[\d.]*(?:[\s,;]+[+-]?(?:\d|[.,]\d|nan|inf)[^\s]*){4}", re.IGNORECASE)
_JSON_KEY = re.compile(
    rb'"(segmentation|bbox|keypoints|caption|segments_info|shape_type|shape_attributes|geometryType'
    rb"|points|coordinates|polygonlabels|rectanglelabels|brushlabels|ellipselabels|keypointlabels"
    rb'|choices)"\s*:'
)
_LABEL_STUDIO = (
    b"polygonlabels",
    b"rectanglelabels",
    b"brushlabels",
    b"ellipselabels",
    b"keypointlabels",
    b"choices",
)
_XML_TAG = re.compile(rb"<(object|polygon|box|mask|polyline|ellipse|points|cuboid)[\s>]")
_CSV_WORDS = re.compile(
    rb"xmin|ymin|xmax|ymax|\bx1\b|\by1\b|bbox|label|class|image_?id|filename|maskpath"
    rb"|region_shape|encodedpixels"
)


def count_objects(tree: Tree, path: str) -> int:
    """The objects in a file that looks like labels, by its kind; 0 for all others."""
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix == "txt":
            return count_rows(tree, path)
        if suffix in {"json", "jsonl", "geojson"}:
            return _most(json_keys(tree, path))
        if suffix == "xml":
            tags = _count(tree, path, _XML_TAG)
            return max(tags.pop(b"object", 0), tags.total())
        if suffix in {"csv", "tsv"}:
            return _count_table(tree, path)
    except FileReadError:
        return 0
    return 0


def count_rows(tree: Tree, path: str) -> int:
    """The rows of a text of labels, each once: those that begin with five numbers, and in a text
    that is mostly such rows the others too, as they were meant for objects."""
    seen: set[int] = set()
    matching = others = 0
    with tree.open(path, limit_bytes=MAX_COUNTED_BYTES) as stream:
        for row in _rows(as_utf8(stream)):
            digest = hash(row)
            if digest in seen:
                continue
            if len(seen) < _MOST_REMEMBERED_ROWS:
                seen.add(digest)
            if _ROW.match(row):
                matching += 1
            else:
                others += 1
    return matching + others if matching > others else matching


def is_label_row(row: bytes) -> bool:
    """Whether a row begins with five numbers, as rows of labels do."""
    return _ROW.match(row) is not None


def _rows(stream: BinaryIO) -> Iterator[bytes]:
    """The rows that hold something; of a long one its beginning."""
    line = stream.readline(_MAX_LINE_BYTES).removeprefix(b"\xef\xbb\xbf")
    while line:
        begin = line
        while line and not line.endswith(b"\n"):
            line = stream.readline(_MAX_LINE_BYTES)
        # Without a line feed in it, a text may end its rows by carriage returns.
        for row in begin.split(b"\r"):
            if stripped := row.strip(b" \t\n\r\f\v\0\x1a"):
                yield stripped
        line = stream.readline(_MAX_LINE_BYTES)


def json_keys(tree: Tree, path: str) -> Counter[bytes]:
    """How often each key that labels have occurs in a JSON file."""
    return _count(tree, path, _JSON_KEY)


def _most(keys: Counter[bytes]) -> int:
    label_studio = sum(keys.pop(key, 0) for key in _LABEL_STUDIO)
    return max([label_studio, *keys.values()])


def _count(tree: Tree, path: str, pattern: re.Pattern[bytes]) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    tail = b""
    with tree.open(path, limit_bytes=MAX_COUNTED_BYTES) as stream:
        text = as_utf8(stream)
        while chunk := text.read(_CHUNK_BYTES):
            data = tail + chunk
            for match in pattern.finditer(data):
                if match.end() > len(tail):
                    found[match[1]] += 1
            tail = data[-_OVERLAP_BYTES:]
    return found


def _count_table(tree: Tree, path: str) -> int:
    with tree.open(path, limit_bytes=MAX_COUNTED_BYTES) as stream:
        head = stream.readline(_MAX_LINE_BYTES).lower()
        if len(set(_CSV_WORDS.findall(head))) < 2:
            return 0
        lines, last = 0, b"\n"
        while chunk := stream.read(_CHUNK_BYTES):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
        return lines + (last != b"\n")
