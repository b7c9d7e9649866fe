"""A dataset's folder and its data.yaml, from which `yolo` trains at any moment.

No ``path`` stands in it: Ultralytics then takes the folder of the file itself, wherever that was
moved or restored and from whichever folder `yolo` is started. An absolute path would name the old
place, ``path: .`` the folder that `yolo` is started from.
"""

import logging
import re
from pathlib import PurePosixPath, PureWindowsPath

import yaml

from annotator import paths
from annotator.kernel.files import write_atomically
from annotator.labels.safe_yaml import MAX_BYTES, YamlError, load_yaml
from annotator.models import Dataset, Split


def make_dataset_folder(dataset: Dataset) -> None:
    """Make the folders and data.yaml of a dataset; harmless when they are there."""
    root = paths.dataset_dir(dataset)
    for split in Split.values:
        (root / "images" / split).mkdir(parents=True, exist_ok=True)
        (root / "labels" / split).mkdir(parents=True, exist_ok=True)
    (root / "images" / paths.UNLABELLED).mkdir(exist_ok=True)
    write_data_yaml(dataset)


def write_data_yaml(dataset: Dataset) -> None:
    """Write data.yaml; a retired class keeps its index and name, so that old rows stay true."""
    root = paths.dataset_dir(dataset)
    names = dict(dataset.classes.order_by("index").values_list("index", "name"))
    content = {
        **{split: f"images/{split}" for split in Split.values},
        "nc": len(names),
        "names": names,
    }
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True)
    path = root / "data.yaml"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text.encode())


logger = logging.getLogger(__name__)

_LINE = re.compile(r"^path:[^\n]*(?:\n[ \t]+[^\n]*)*(?:\n|\Z)", re.MULTILINE)
"""The key and its value, also where a long value was folded."""


def mend_data_yamls() -> int:
    """Take the absolute path out of every data.yaml that has one. Returns how many had."""
    rows = Dataset.objects.filter(deleted_at__isnull=True, files_slug="")
    return sum(mend_data_yaml(dataset) for dataset in rows.iterator())


def mend_data_yaml(dataset: Dataset) -> bool:
    """The same for one dataset; a file that is missing is written. Other lines stay as they are."""
    root = paths.dataset_dir(dataset)
    path = root / "data.yaml"
    if not root.is_dir():
        return False
    try:
        with path.open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
        loaded = load_yaml(content, as_text=True)
    except FileNotFoundError:
        write_data_yaml(dataset)
        return True
    except (YamlError, OSError) as error:
        logger.warning("%s cannot be read, its path is left as it is: %s", path, error)
        return False
    named = loaded.get("path") if isinstance(loaded, dict) else None
    if not isinstance(named, str) or not _is_absolute(named):
        return False
    text, count = _LINE.subn("", content.decode("utf-8-sig"), count=1)
    if count:
        write_atomically(path, text.encode())
    return count == 1


def _is_absolute(path: str) -> bool:
    """By the rules of any system: the folder may come from another."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()
