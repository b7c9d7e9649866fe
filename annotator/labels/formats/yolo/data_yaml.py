"""``data.yaml``, darknet's ``obj.data``, and the lists of class names that stand in for them."""

import json
from dataclasses import dataclass, field

from annotator.labels.encodings import decode_text
from annotator.labels.safe_yaml import MAX_BYTES, YamlError, load_yaml, repeated_keys

from ..counting import is_label_row
from ..names import path_ends
from ..trees import FileReadError, Tree, TreeError

_YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "config.yaml")
_LIST_NAMES = (
    *("classes.txt", "obj.names", "names.txt", "classes.names", "_darknet.labels"),
    *("class_names.txt", "predefined_classes.txt", "class.txt", "classnames.txt", "labels.txt"),
    *("class_list.txt", "label_map.txt", "coco.names", "data.names", "custom.names"),
)
_SPLIT_KEYS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "eval": "val",
    "test": "test",
    "testing": "test",
}
_SETTINGS_OF_TRAINING = frozenset({"epochs", "imgsz", "backbone"})
_MAX_CLASSES = 10_000


@dataclass(slots=True)
class DataYaml:
    """What an import needs of a data.yaml. ``splits`` holds the entries as they are written, below
    ``path``."""

    file: str
    names: list[str] | None
    splits: dict[str, list[str]]
    has_keypoints: bool
    path: str = ""
    notes: list[str] = field(default_factory=list)


def is_config_name(name: str) -> bool:
    """Whether a file may be a data.yaml, whatever it is called."""
    return name.lower().endswith((".yaml", ".yml")) or name.lower() == "obj.data"


def is_class_list_name(name: str) -> bool:
    return name.lower() in _LIST_NAMES


def read_data_yaml(tree: Tree, root: str) -> DataYaml | None:
    """The data.yaml of a folder, None where there is none. Raises TreeError if unusable."""
    here = tree.names(root)
    by_lower = {name.lower(): name for name in reversed(here)}
    candidates = [by_lower[name] for name in _YAML_NAMES if name in by_lower]
    candidates += [name for name in here if is_config_name(name) and name not in candidates]
    found: DataYaml | None = None
    for name in candidates:
        file = f"{root}/{name}" if root else name
        if name.lower() == "obj.data":
            return found or _read_obj_data(tree, file)
        loaded, repeated = _load(tree, file)
        if found is not None:
            if _is_config(loaded) and _interpret(tree, file, loaded).names != found.names:
                found.notes.append(f"{file} names other classes; {found.file} counts.")
        elif _is_config(loaded):
            found = _interpret(tree, file, loaded)
            found.notes += [f"{file} has “{key}” twice; the last counts." for key in repeated]
    return found


def _is_config(loaded: dict[str, object]) -> bool:
    return bool(loaded.keys() & {"names", "train", "val"}) and not (
        loaded.keys() & _SETTINGS_OF_TRAINING
    )


def _read_obj_data(tree: Tree, file: str) -> DataYaml:
    """Darknet's ``key = value`` lines; the class names are in a file beside it."""
    lines = _read_text(tree, file).splitlines()
    pairs = {
        key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)
    }
    splits = {
        split: [pairs[key]] for key, split in (("train", "train"), ("valid", "val")) if key in pairs
    }
    return DataYaml(file, None, splits, has_keypoints=False)


def _load(tree: Tree, file: str) -> tuple[dict[str, object], list[str]]:
    """The keys of a mapping in small letters, and those that it has twice; {} for any other."""
    try:
        content = tree.read(file, limit_bytes=MAX_BYTES)
        # Every scalar stays text, as written: a class named "no" or "1.0" keeps its name.
        loaded = load_yaml(content, as_text=True, is_lenient=True)
        repeated = repeated_keys(content)
    except FileReadError as error:
        raise TreeError(f"{file}: {error}") from error
    except YamlError as error:
        raise TreeError(f"{file} {error}") from error
    if not isinstance(loaded, dict):
        return {}, []
    plain = {str(key).lower(): value for key, value in loaded.items()}
    return plain | {key: value for key, value in loaded.items() if key in plain}, repeated


def _interpret(tree: Tree, file: str, loaded: dict[str, object]) -> DataYaml:
    splits: dict[str, list[str]] = {}
    for key, split in _SPLIT_KEYS.items():
        value = loaded.get(key)
        entries = value if isinstance(value, list) else [value]
        found = [entry.strip() for entry in entries if isinstance(entry, str) and entry.strip()]
        if found:
            splits.setdefault(split, []).extend(found)
    named = loaded.get("names")
    if isinstance(named, str) and (listed := _list_beside(tree, file, named)) is not None:
        named = listed
    names, notes = _names(file, named, loaded.get("nc"))
    path = loaded.get("path")
    path = path.strip() if isinstance(path, str) else ""
    return DataYaml(file, names, splits, "kpt_shape" in loaded, path, notes)


def _list_beside(tree: Tree, file: str, entry: str) -> list[object] | None:
    """The names in a file that ``names`` stands for."""
    root = file.rpartition("/")[0]
    for end in path_ends(entry):
        path = f"{root}/{end}" if root else end
        folder, _, name = path.rpartition("/")
        if name in tree.names(folder):
            return list(_names_of_lines(_read_text(tree, path)))
    return None


def _names(file: str, names: object, count: object) -> tuple[list[str] | None, list[str]]:
    found: list[str] | None = None
    notes: list[str] = []
    number = int(count) if isinstance(count, str) and count.isascii() and count.isdigit() else None
    if isinstance(names, str) and names.strip():
        names = _names_in_text(names, number)
    if isinstance(names, list):
        found = _checked_names(file, _plain_list(names)) or None
    elif isinstance(names, dict):
        found, missing = _names_by_index(file, names)
        if missing:
            which = ", ".join(map(str, missing[:5]))
            notes.append(f"{file} gives no name to {which}; they are called class_{missing[0]}, …")
    if found is not None and number is not None and number != len(found):
        notes.append(f"{file} says nc: {number}, but names {len(found)} classes; the names count.")
    if found is None and number is not None and number <= _MAX_CLASSES:
        found = [f"class_{index}" for index in range(number)]
        notes.append(f"{file} names no classes; they are called class_0, class_1, …")
    return found, notes


def _plain_list(names: list[object]) -> list[object]:
    """Names out of ``- 0: duck``, ``- name: duck`` and ``- {id: 0, name: duck}``."""
    if not names or not all(isinstance(each, dict) for each in names):
        return names
    plain: list[object] = []
    for place, each in enumerate(names):
        known = each if isinstance(each, dict) else {}
        plain.append(known.get("name", known.get(str(place))))
    return plain


def _names_in_text(text: str, count: int | None) -> object:
    """Some exporters write the list or mapping as a quoted string."""
    try:
        return json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        by_spaces: list[object] = list(text.split())
        if "," not in text and len(by_spaces) == count:
            return by_spaces
        return [name.strip() for name in text.split(",")]


def _names_by_index(file: str, names: dict[object, object]) -> tuple[list[str], list[int]]:
    """The names, and the indexes that have none."""
    if not all(map(_is_index, names)) and all(map(_is_index, names.values())):
        names = {value: key for key, value in names.items()}  # duck: 0
    try:
        by_index = {int(str(key)): name for key, name in names.items()}
    except ValueError:
        raise TreeError(f"{file}: the keys of “names” are not whole numbers.") from None
    highest = max(by_index, default=-1)
    if by_index and (min(by_index) < 0 or highest >= _MAX_CLASSES):
        raise TreeError(f"{file}: the keys of “names” go beyond 0 to {_MAX_CLASSES - 1}.")
    missing = [index for index in range(highest + 1) if index not in by_index]
    found = [by_index.get(index, f"class_{index}") for index in range(highest + 1)]
    return _checked_names(file, found), missing


def _is_index(value: object) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 7


def _checked_names(file: str, names: list[object]) -> list[str]:
    if len(names) > _MAX_CLASSES:
        raise TreeError(f"{file} names {len(names)} classes; at most {_MAX_CLASSES} are taken.")
    checked: list[str] = []
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not isinstance(name, str | int | float):
            raise TreeError(f"{file}: the name of class {index} is not text.")
        text = " ".join(str(name).split())[:80] or f"class_{index}"
        unique = text if text not in seen else f"{text[:70]} ({index})"
        seen.add(unique)
        checked.append(unique)
    return checked


def read_class_list(tree: Tree, folder: str) -> tuple[str, list[str]] | None:
    """The file of class names in a folder (classes.txt, obj.names …), one a line, and the names;
    None where there is none, or where a file of that name holds label rows. Raises TreeError."""
    by_lower = {name.lower(): name for name in reversed(tree.names(folder))}
    for name in _LIST_NAMES:
        if name in by_lower:
            file = f"{folder}/{by_lower[name]}" if folder else by_lower[name]
            text = _read_text(tree, file)
            if text.strip() and not holds_rows(text):
                return file, _checked_names(file, _names_of_lines(text))
    return None


def holds_rows(text: str) -> bool:
    """Whether a text is label rows and no names: it is called so because its image is."""
    lines = [line for line in text.splitlines() if line.strip()]
    return bool(lines) and all(is_label_row(line.encode()) for line in lines)


def _names_of_lines(text: str) -> list[object]:
    """The names of a list, one a line; without the indexes that some write before each."""
    lines = text.rstrip().splitlines()
    if len(lines) == 1 and "," in lines[0]:
        return [name.strip() for name in lines[0].split(",") if name.strip()]
    for mark in (":", " ", "\t", ",", "="):
        parts = [line.strip().partition(mark) for line in lines]
        if all(
            index.strip() == str(place) and name for place, (index, _, name) in enumerate(parts)
        ):
            return [name.strip() for _, _, name in parts]
    return list(lines)


def _read_text(tree: Tree, file: str) -> str:
    try:
        return decode_text(tree.read(file, limit_bytes=MAX_BYTES))
    except FileReadError as error:
        raise TreeError(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise TreeError(f"{file} is not text in UTF-8; save it as UTF-8.") from error
