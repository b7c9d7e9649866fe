"""From the name of a model to the file that Ultralytics loads."""

from pathlib import Path

from training.engine.host.environment import allow_network
from training.engine.protocol import EngineError

from .base_models import BASE_MODELS, weights_path
from .export_formats import check_runnable

_RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.4.0"


def resolve_model(model: str, *, weights_dir: Path, allow_download: bool) -> str:
    """What to hand to Ultralytics as ``model``; downloads pretrained weights where that is allowed.

    Raises ``weights_missing`` for pretrained weights that are not there and cannot be fetched,
    ``checkpoint_unreadable`` for a checkpoint that is not there, ``bad_request`` for anything else.
    """
    base_model = BASE_MODELS.get(model)
    if base_model is None:
        if not model.endswith(".pt"):
            raise EngineError(
                "bad_request", f"There is no base model {model!r}.", "Choose one from the list."
            )
        return str(existing_checkpoint(Path(model)))
    path = weights_path(base_model, weights_dir)
    if path is None:
        return base_model.id
    if not path.is_file():
        reason = _download(path) if allow_download else "downloads are switched off"
        if reason:
            raise EngineError(
                "weights_missing",
                f"The pretrained weights {path.name} are not on this machine ({reason}).",
                f"Put the file at {path} (it can be fetched from {_RELEASE}/{path.name}), "
                f"or train from scratch with {path.stem}.yaml.",
            )
    return str(path)


def existing_checkpoint(path: Path) -> Path:
    """The path of a checkpoint file that exists."""
    if path.is_file():
        return path
    raise EngineError(
        "checkpoint_unreadable",
        f"The checkpoint {path} does not exist.",
        "It may have been deleted with its run; choose another one.",
    )


def _download(path: Path) -> str:
    """Fetch official weights to ``path``; the reason why not, or ""."""
    from ultralytics.utils.downloads import safe_download

    path.parent.mkdir(parents=True, exist_ok=True)
    allow_network(True)
    try:
        safe_download(
            f"{_RELEASE}/{path.name}", file=path.name, dir=path.parent, retry=0, min_bytes=1e5
        )
    except OSError:
        return "the download failed"
    finally:
        allow_network(False)
    return "" if path.is_file() else "the download failed"


def existing_segmentation_model(path: Path) -> Path:
    """The path of a checkpoint that loads and holds a segmentation model."""
    from ultralytics.nn.tasks import SegmentationModel, load_checkpoint

    existing_checkpoint(path)
    try:
        model = load_checkpoint(path)[0]
    except Exception as error:
        raise unreadable_checkpoint(path) from error
    check_segmentation(path, is_segmentation=isinstance(model, SegmentationModel))
    return path


def existing_export(path: Path, *, device: str) -> Path:
    """The path of an exported model, a file or a folder, that this machine can run."""
    if not path.exists():
        raise EngineError(
            "checkpoint_unreadable",
            f"The exported model {path} does not exist.",
            "It may have been deleted: export the checkpoint again.",
        )
    check_runnable(path, device)
    return path


def unreadable_checkpoint(path: object) -> EngineError:
    """The failure for a file that is no checkpoint, or cut short, or refused as unsafe."""
    return EngineError(
        "checkpoint_unreadable",
        f"The file {path} is not a YOLO checkpoint that can be read.",
        "It may be damaged or cut short: choose another checkpoint or fetch the file again.",
    )


def check_segmentation(path: object, *, is_segmentation: bool) -> None:
    """Refuse a checkpoint of another task: it has no masks."""
    if not is_segmentation:
        raise EngineError(
            "checkpoint_unreadable",
            f"The checkpoint {path} is not a segmentation model.",
            "Choose a model whose name ends in -seg, or one that Segloop has trained.",
        )
