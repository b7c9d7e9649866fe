"""Which tool wrote a JSON file, by what its first members hold; never by its name."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Literal
from weakref import WeakKeyDictionary

from ..trees import FileReadError, Tree
from .json_stream import MAX_JSON_BYTES, JsonError, Member, Opened, Path, stream_json

JsonKind = Literal[
    "coco",
    "coco_results",
    "via2",
    "via3",
    "labelme",
    "x_anylabeling",
    "label_studio",
    "label_studio_min",
    "supervisely",
    "supervisely_meta",
]

_MOST_MEMBERS = 200
_MANY_CHARS = 4 * 1024**2
_FILES_A_FOLDER, _FILES = 12, 120
_X_ANYLABELING_KEYS = frozenset({"kie_linking", "difficult", "direction", "attributes"})
_NAMES = ("filename", "fileName", "path", "coco_url")
_VIA3_KEYS = frozenset({"project", "attribute", "file", "metadata", "view"})

_seen: "WeakKeyDictionary[Tree, list[tuple[str, JsonKind]]]" = WeakKeyDictionary()


def kinds_in(tree: Tree) -> list[tuple[str, JsonKind]]:
    """The JSON files of labels among the first ones of each folder, with what wrote them."""
    if tree not in _seen:
        _seen[tree] = list(_find_kinds(tree))
    return _seen[tree]


def has_kind(tree: Tree, *kinds: JsonKind) -> bool:
    return any(kind in kinds for _, kind in kinds_in(tree))


def json_files(tree: Tree) -> Iterator[str]:
    """Every file named .json, and what Roboflow and others name like it, folder by folder."""
    for folder in tree.folders():
        if any(part == "__MACOSX" or part.startswith(".") for part in folder.split("/")):
            continue
        for name in tree.names(folder):
            if name.lower().endswith(".json") and not name.startswith("."):
                yield f"{folder}/{name}" if folder else name


def kind_of(tree: Tree, path: str) -> JsonKind | None:
    """What wrote one file; None for what is unknown or no JSON."""
    with suppress(JsonError, FileReadError), tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
        return _judge(_first_members(stream_json(handle, opens=lambda at: len(at) <= 1)))
    return None


def kind_of_value(value: object) -> JsonKind | None:
    """What wrote a file that was parsed already."""
    return _judge(value)


def _find_kinds(tree: Tree) -> Iterator[tuple[str, JsonKind]]:
    folder, in_folder, count = "", 0, 0
    for path in json_files(tree):
        if path.rpartition("/")[0] != folder:
            folder, in_folder = path.rpartition("/")[0], 0
        in_folder += 1
        if in_folder > _FILES_A_FOLDER:
            continue
        count += 1
        if count > _FILES:
            return
        if (kind := kind_of(tree, path)) is not None:
            yield path, kind


def _first_members(stream: Iterator[Member]) -> object:
    """The file's value, as far as its first members go."""
    root: dict[str, object] | list[object] | None = None
    chars = 0
    for count, (path, value, text) in enumerate(stream):
        chars += len(text)
        if path == ():
            root = {} if value is Opened.OBJECT else [] if value is Opened.LIST else None
            if root is None:
                return value
        else:
            _set(root, path, value)
        if count >= _MOST_MEMBERS or (count > 12 and chars > _MANY_CHARS):
            break
    return root


def _set(container: object, path: Path, value: object) -> None:
    if value is Opened.OBJECT or value is Opened.LIST:
        value = {} if value is Opened.OBJECT else []
    for key in path[:-1]:
        if isinstance(container, dict):
            container = container.get(key)
        elif isinstance(container, list):
            container = container[-1]
    if isinstance(container, dict):
        container[path[-1]] = value
    elif isinstance(container, list):
        container.append(value)


def _judge(root: object) -> JsonKind | None:
    if isinstance(root, list):
        return _judge_list(root)
    if not isinstance(root, dict):
        return None
    if "shapes" in root and root.keys() & {"imagePath", "imageHeight", "imageData"}:
        return "x_anylabeling" if "checked" in root else _judge_labelme(root["shapes"])
    is_of: dict[JsonKind, bool] = {
        "via2": "_via_img_metadata" in root or any(map(_is_via2_image, root.values())),
        "via3": len(_VIA3_KEYS & root.keys()) >= 3 and bool(root.keys() & {"metadata", "file"}),
        "supervisely": isinstance(root.get("objects"), list) and isinstance(root.get("size"), dict),
        "supervisely_meta": {"title", "shape"} <= _first(root.get("classes")).keys(),
        "coco": _is_coco(root),
    }
    return next((kind for kind, is_one in is_of.items() if is_one), None)


def _judge_labelme(shapes: object) -> JsonKind:
    for shape in shapes if isinstance(shapes, list) else []:
        if isinstance(shape, dict) and (
            shape.keys() & _X_ANYLABELING_KEYS or shape.get("shape_type") == "rotation"
        ):
            return "x_anylabeling"
    return "labelme"


def _is_via2_image(value: object) -> bool:
    return isinstance(value, dict) and "filename" in value and "regions" in value


def _is_coco(root: dict[str, object]) -> bool:
    return (
        _has_items(root, "images", "file_name")
        or _has_items(root, "annotations", "image_id")
        or (root.get("images") == [] and isinstance(root.get("categories"), list))
        or ("supercategory" in _first(root.get("categories")) and "annotations" in root)
        or (_has_items(root, "categories", "name") and "images" in root)
        or ("annotations" in root and any(_has_items(root, "images", key) for key in _NAMES))
    )


def _judge_list(root: list[object]) -> JsonKind | None:
    first = _first(root)
    if isinstance(first.get("data"), dict) and first.keys() & {
        "annotations",
        "completions",
        "predictions",
    }:
        return "label_studio"
    if "image_id" in first and "category_id" in first:
        return "coco_results"
    for task in root:
        for value in task.values() if isinstance(task, dict) else ():
            region = _first(value)
            if "original_width" in region and any(key.endswith("labels") for key in region):
                return "label_studio_min"
    return None


def _has_items(root: dict[str, object], key: str, member: str) -> bool:
    return member in _first(root.get(key))


def _first(value: object) -> dict[str, object]:
    """The first item of a list of objects; {} where it is none."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return value[0]
    return {}
