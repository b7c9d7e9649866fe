"""Kinds of datasets that are not read: named before one image is taken without its labels."""

from collections import Counter
from collections.abc import Iterator

from .counting import count_objects, json_keys
from .json_formats.json_stream import MAX_JSON_BYTES, JsonError, stream_json
from .names import is_hidden_folder, join
from .trees import FileReadError, Tree, TreeError

_MOST_LOOKED_AT = 300
_HEAD_BYTES = 512
_MAX_BYTES = 1 << 50
_MAGIC = {
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
    b"\x89HDF": "an HDF5 file",
    b"MATLAB 5": "a MATLAB file",
    b"\x93NUMPY": "NumPy arrays",
    b"SQLite format 3": "an SQLite database",
}
_SUFFIXES = {
    "parquet": "a Parquet table",
    "arrow": "an Arrow table",
    "tfrecord": "a TFRecord file",
    "tfrecords": "a TFRecord file",
    "record": "a TFRecord file",
    "h5": "an HDF5 file",
    "hdf5": "an HDF5 file",
    "mat": "a MATLAB file",
    "npy": "NumPy arrays",
    "npz": "NumPy arrays",
    "mdb": "an LMDB database",
    "db": "an SQLite database",
    "sqlite": "an SQLite database",
    "sqlite3": "an SQLite database",
}


def refuse_unread(tree: Tree) -> None:
    """Raise TreeError where a source that no format claimed holds labels of some other kind."""
    for count, path in enumerate(_files(tree)):
        if count >= _MOST_LOOKED_AT:
            return
        if (broken := _name_fault(tree, path)) is not None:
            raise TreeError(
                f"{path} looks like labels but {broken} Nothing was taken. Mend the file; for the "
                "images alone, leave it out."
            )
        if (what := _name_kind(tree, path)) is not None:
            raise TreeError(
                f"{path} is {what}, which is not read here: nothing was taken. Convert the labels "
                "to YOLO polygons, COCO JSON or another format that is read; for the images alone, "
                "leave this file out."
            )


def _name_fault(tree: Tree, path: str) -> str | None:
    """What is wrong with a JSON file of labels that is none."""
    if path.rpartition(".")[2].lower() != "json":
        return None
    try:
        if not json_keys(tree, path).total():
            return None
        with tree.open(path, limit_bytes=MAX_JSON_BYTES) as stream:
            for _ in stream_json(stream, opens=lambda at: len(at) <= 1):
                pass
    except JsonError as error:
        return str(error)
    except FileReadError:
        pass
    return None


def _files(tree: Tree) -> Iterator[str]:
    """Files whose suffix may be that of labels."""
    wanted = (*_SUFFIXES, "json", "jsonl", "geojson", "xml", "csv", "tsv")
    for folder in tree.folders():
        if is_hidden_folder(folder):
            continue
        for name in tree.names(folder):
            suffix = name.rpartition(".")[2].lower()
            is_shard = ".tfrecord-" in name.lower()
            if (suffix in wanted or is_shard) and not name.startswith("."):
                yield join(folder, name)


def _name_kind(tree: Tree, path: str) -> str | None:
    suffix = path.rpartition(".")[2].lower()
    try:
        if suffix in {"json", "jsonl", "geojson"}:
            return _name_json(json_keys(tree, path))
        if suffix in {"xml", "csv", "tsv"}:
            return _name_text(tree, path, suffix)
        return _name_binary(tree, path, suffix)
    except FileReadError:
        return None


def _name_json(keys: Counter[bytes]) -> str | None:
    if keys[b"segments_info"]:
        return "a COCO panoptic JSON"
    if keys[b"keypoints"] and not keys[b"segmentation"]:
        return "a COCO keypoints JSON"
    if keys[b"caption"] and not keys[b"segmentation"]:
        return "a COCO captions JSON"
    if keys[b"segmentation"] or keys[b"bbox"]:
        return "a COCO JSON"
    if keys[b"choices"] and keys.total() == keys[b"choices"]:
        return "a Label Studio JSON of whole images' classes"
    return "a JSON of labels of an unknown kind" if keys.total() else None


def _name_text(tree: Tree, path: str, suffix: str) -> str | None:
    if not count_objects(tree, path):
        return None
    return "an XML of labels of an unknown kind" if suffix == "xml" else "a table of labels"


def _name_binary(tree: Tree, path: str, suffix: str) -> str | None:
    with tree.open(path, limit_bytes=_MAX_BYTES) as stream:
        head = stream.read(_HEAD_BYTES)
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head.startswith(b"PK") and suffix == "npz":
        return _SUFFIXES[suffix]
    is_shard = ".tfrecord-" in path.lower() or suffix in {"tfrecord", "tfrecords", "record"}
    if is_shard and len(head) >= 16:
        length = int.from_bytes(head[:8], "little")  # of the first record
        return "a TFRecord file" if 0 < length <= tree.size(path) - 16 else None
    return _SUFFIXES[suffix] if suffix == "mdb" and head else None
