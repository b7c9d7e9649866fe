"""What a run needs of a dataset: every split has pictures, every label a class and a polygon."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple, cast

from ultralytics.data.utils import IMG_FORMATS, check_det_dataset, img2label_paths

from training.engine.protocol import CheckEvent, EngineError

_SPLITS: tuple[Literal["train", "val", "test"], ...] = ("train", "val", "test")
_BOX_ROW_LENGTH = 5


class SplitContents(NamedTuple):
    """``problem``: the first label that cannot be trained on, as a sentence, or ""."""

    images: int
    labelled: int
    instances: int
    problem: str


def read_data(data_yaml: str) -> dict[str, Any]:
    """The dataset of a data.yaml, as Ultralytics resolves it. Raises ``data_unreadable``."""
    try:
        return cast(dict[str, Any], check_det_dataset(data_yaml, autodownload=False))
    except Exception as error:
        reason = str(error).strip().partition("\n")[0]
        raise EngineError(
            "data_unreadable",
            f"The file {data_yaml} does not describe a dataset: {reason}",
            "Freeze a new version; if it happens again, look at the log for the file.",
        ) from error


def check_data(data_yaml: str) -> list[CheckEvent]:
    """One event each for the file, the classes and the splits.

    Raises ``data_unreadable`` where the file itself cannot be used.
    """
    data = read_data(data_yaml)
    names = [str(name) for name in data["names"].values()]
    events = [
        _event("data", "", f"{data_yaml} can be read."),
        _event("classes", "", f"{_count(len(names))}: {', '.join(names)}."),
    ]
    return events + [_check_split(split, data, len(names)) for split in _SPLITS]


def _count(classes: int) -> str:
    return "1 class" if classes == 1 else f"{classes} classes"


def _event(name: Any, problem: str, detail: str) -> CheckEvent:
    return {"type": "check", "name": name, "ok": not problem, "detail": problem or detail}


def _check_split(
    split: Literal["train", "val", "test"], data: dict[str, Any], class_count: int
) -> CheckEvent:
    found = read_split(list(_pictures(data.get(split))), class_count=class_count)
    if not found.images:
        missing = f"The {split} split has no images."
        if split == "test":
            return _event(split, "", f"{missing} A run does not need it.")
        return _event(split, missing, "")
    if split == "train" and not found.instances and not found.problem:
        return _event(split, "No image of the train split has a label.", "")
    detail = f"{found.images} images, {found.labelled} with labels, {found.instances} instances."
    return _event(split, found.problem, detail)


def _pictures(entry: str | list[str] | None) -> Iterator[Path]:
    """The pictures of a split: a folder, a list in a text file, or several of these."""
    for item in [entry] if isinstance(entry, str) else entry or []:
        path = Path(item)
        if path.is_dir():
            listed = path.rglob("*")
        elif path.is_file():
            lines = path.read_text(encoding="utf-8").splitlines()
            listed = (path.parent / line.strip() for line in lines if line.strip())
        else:
            continue
        yield from (file for file in listed if file.suffix[1:].lower() in IMG_FORMATS)


def read_split(pictures: list[Path], *, class_count: int) -> SplitContents:
    """Count a split and find what Ultralytics would drop with a line in the log."""
    labelled = instances = 0
    problem = ""
    for label in map(Path, img2label_paths([str(picture) for picture in pictures])):
        rows = label.read_text().split("\n") if label.is_file() else []
        rows = [row for row in rows if row.strip()]
        labelled += bool(rows)
        instances += len(rows)
        problem = problem or next(
            (f"{label.name}: {why}" for row in rows if (why := _row_problem(row, class_count))), ""
        )
    return SplitContents(len(pictures), labelled, instances, problem)


def _row_problem(row: str, class_count: int) -> str:
    fields = row.split()
    if len(fields) == _BOX_ROW_LENGTH:
        return "a row is a box, not a polygon; Ultralytics would drop the polygons of the split."
    try:
        class_index, points = int(float(fields[0])), [float(field) for field in fields[1:]]
    except ValueError:
        return "a row is not made of numbers."
    if not 0 <= class_index < class_count:
        return f"class {class_index} does not exist; Ultralytics would drop the image."
    if len(points) % 2 or len(points) < 6 or not all(0 <= value <= 1 for value in points):
        return "a row is not a polygon within the image; Ultralytics would drop the image."
    return ""
