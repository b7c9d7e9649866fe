"""The base models that a run can start from. Imports neither torch nor Ultralytics."""

from pathlib import Path
from typing import Literal, NamedTuple

Family = Literal["yolov8", "yolo11", "yolo26"]
Size = Literal["n", "s", "m", "l", "x"]

FAMILIES: tuple[Family, ...] = ("yolo26", "yolo11", "yolov8")  # the newest first
SIZES: tuple[Size, ...] = ("n", "s", "m", "l", "x")


class BaseModel(NamedTuple):
    """``id`` is the name of the file that Ultralytics knows the model by."""

    id: str
    family: Family
    size: Size
    is_pretrained: bool


BASE_MODELS: dict[str, BaseModel] = {
    model.id: model
    for model in (
        BaseModel(
            f"{family}{size}-seg.{'pt' if is_pretrained else 'yaml'}", family, size, is_pretrained
        )
        for family in FAMILIES
        for size in SIZES
        for is_pretrained in (True, False)
    )
}


def weights_path(model: BaseModel, weights_dir: Path) -> Path | None:
    """Where the file of pretrained weights is expected; none for a model from scratch."""
    return weights_dir / model.id if model.is_pretrained else None
