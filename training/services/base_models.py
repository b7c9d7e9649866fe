"""The base models that a run can start from, and whether their weights are here."""

from typing import TypedDict

from training import paths
from training.engine.base_models import BASE_MODELS, Family, Size, weights_path


class BaseModelPayload(TypedDict):
    """``expected_path``: where pretrained weights belong; "" for a model from scratch."""

    id: str
    family: Family
    size: Size
    pretrained: bool
    file_present: bool
    expected_path: str


def list_base_models() -> list[BaseModelPayload]:
    folder = paths.weights_dir()
    models: list[BaseModelPayload] = []
    for model in BASE_MODELS.values():
        path = weights_path(model, folder)
        models.append(
            {
                "id": model.id,
                "family": model.family,
                "size": model.size,
                "pretrained": model.is_pretrained,
                "file_present": path is None or path.is_file(),
                "expected_path": "" if path is None else str(path),
            }
        )
    return models
