"""The base models that a run can start from, and whether their weights are here."""

from typing import TypedDict

from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS, Family, Size, weights_path
from training.jobs.weights import ask_for_weights_host, can_fetch_weights


class BaseModelPayload(TypedDict):
    """``expected_path``: where pretrained weights belong; "" for a model from scratch.

    ``can_start``: whether the file is here or, as far as is known, can be fetched.
    """

    id: str
    family: Family
    size: Size
    pretrained: bool
    file_present: bool
    expected_path: str
    can_start: bool


def list_base_models() -> list[BaseModelPayload]:
    folder = paths.weights_dir()
    ask_for_weights_host()
    can_fetch = can_fetch_weights()
    models: list[BaseModelPayload] = []
    for model in BASE_MODELS.values():
        path = weights_path(model, folder)
        is_here = path is None or path.is_file()
        models.append(
            {
                "id": model.id,
                "family": model.family,
                "size": model.size,
                "pretrained": model.is_pretrained,
                "file_present": is_here,
                "expected_path": "" if path is None else str(path),
                "can_start": is_here or can_fetch,
            }
        )
    return models
