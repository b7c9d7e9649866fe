"""A stranger's checkpoint: what it is, or why it is refused. Nothing in it is executed.

A checkpoint is a pickle, which may call anything. So: the archive is measured before it is opened,
the names it calls are listed without calling them, Ultralytics' restricted unpickler (weights only,
an allow-list of its own and torch's model classes) loads it, and the process may neither take much
memory nor much time meanwhile. Only then is it asked what it holds.
"""

import pickle
import re
import resource
import signal
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psutil
from ultralytics.nn.tasks import SegmentationModel, load_checkpoint

from training.engine.emitter import Emitter
from training.engine.protocol import EngineError
from training.engine.requests import ArgumentValue, InspectRequest
from training.engine.stopping import Stopping

from .base_models import BASE_MODELS
from .weights import existing_checkpoint, resolve_model

_MOST_PICKLE_BYTES = 64 << 20
_MOST_MEMORY_BYTES = 2 << 30
_MEMORY_PER_FILE_BYTE = 6  # half precision on disk, several copies while it is read
_MOST_SECONDS = 120
_REFUSED_NAME = re.compile(r"\bGLOBAL ([\w.]+)")


def inspect(request: InspectRequest, emit: Emitter, _stopping: Stopping) -> None:
    """Answer ``finished`` with what the checkpoint is; ``checkpoint_refused`` says why not."""
    path = _find(request)
    _check_archive(path)
    with _confined(path):
        try:
            model, checkpoint = load_checkpoint(path)
        except Exception as error:
            raise _refused(path, _reason(error)) from error
    if not isinstance(model, SegmentationModel):
        task = str(getattr(model, "task", "") or type(model).__name__)
        raise _refused(
            path, f"it is a model for the task {task!r}, and Segloop needs one for 'segment'"
        )
    arguments = _plain_arguments(checkpoint.get("train_args"))
    imgsz = arguments.get("imgsz")
    emit(
        {
            "type": "finished",
            "task": "segment",
            "base_model": _base_model(model),
            "class_names": _class_names(path, model),
            "parameters": sum(parameter.numel() for parameter in model.parameters()),
            "imgsz": imgsz if isinstance(imgsz, int) else 640,
            "ultralytics": str(checkpoint.get("version") or ""),
            "arguments": arguments,
        }
    )


def _find(request: InspectRequest) -> Path:
    folder = request.get("weights_dir")
    if folder is None:
        return existing_checkpoint(Path(request["checkpoint"]))
    allow = request.get("allow_download", False)
    return Path(
        resolve_model(request["checkpoint"], weights_dir=Path(folder), allow_download=allow)
    )


def _check_archive(path: Path) -> None:
    """Refuse what is no archive of torch.save, cut short, or larger inside than outside."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _refused(path, "it is not a checkpoint, or it was cut short") from error
    pickles = [entry for entry in entries if entry.filename.endswith("/data.pkl")]
    if len(pickles) != 1:
        raise _refused(path, "it is an archive, but not of a model")
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise _refused(path, "its contents are compressed, which torch never does")
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise _refused(path, "it claims to be larger inside than it is")
    if pickles[0].file_size > _MOST_PICKLE_BYTES:
        raise _refused(path, "its structure is far larger than that of any model")


@contextmanager
def _confined(path: Path) -> Iterator[None]:
    """Little memory, little time: what would take more ends in an exception.

    The limits go with the process, which has no other task.
    """
    taken = psutil.Process().memory_info().vms
    room = _MOST_MEMORY_BYTES + _MEMORY_PER_FILE_BYTE * path.stat().st_size
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = taken + room if hard == resource.RLIM_INFINITY else min(hard, taken + room)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    signal.signal(signal.SIGALRM, _time_is_over)
    signal.alarm(_MOST_SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _time_is_over(_signum: int, _frame: FrameType | None) -> None:
    raise TimeoutError(f"it took more than {_MOST_SECONDS} seconds to open")


def _reason(error: BaseException) -> str:
    """Why the restricted unpickler gave up, as the end of a sentence."""
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, TimeoutError):
            return str(cause)
        text = str(cause)
        if isinstance(cause, MemoryError | RecursionError) or any(
            words in text for words in ("allocate memory", "not enough memory")
        ):
            return "opening it takes far more memory than a model of its size"
        name = _REFUSED_NAME.search(text)
        if name:
            return f"it calls {name[1]}, which no model needs"
    if "PytorchStreamReader" in str(error) or "corrupted" in str(error):
        return "it is damaged"
    is_open = not any(isinstance(cause, pickle.UnpicklingError) for cause in causes)
    if is_open and isinstance(error, AttributeError | KeyError | TypeError):
        return "it holds no model as Ultralytics saves one"
    return f"it cannot be opened safely ({type(error).__name__})"


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _refused(path: Path, reason: str) -> EngineError:
    return EngineError(
        "checkpoint_refused",
        f"The file {path.name} is refused: {reason}.",
        "Upload a segmentation checkpoint (best.pt or last.pt) as Ultralytics saves it.",
    )


def _class_names(path: Path, model: Any) -> list[str]:
    """In the order of their indices, which start at 0 and leave none out."""
    names = getattr(model, "names", None)
    if not isinstance(names, dict) or set(names) != set(range(len(names))):
        raise _refused(path, "it does not say which classes it knows")
    return [str(names[index]) for index in range(len(names))]


def _base_model(model: Any) -> str | None:
    """The base model with this layout and these sizes, by the names that Ultralytics keeps."""
    layout = model.yaml if isinstance(model.yaml, dict) else {}
    stem = Path(str(layout.get("yaml_file", ""))).stem
    scale = str(layout.get("scale", ""))
    for base in BASE_MODELS.values():
        names = (f"{base.family}{base.size}-seg", f"{base.family}-seg")
        if not base.is_pretrained and base.size == scale and stem in names:
            return base.id
    return None


def _plain_arguments(arguments: Any) -> dict[str, ArgumentValue]:
    """Those arguments that are numbers, switches or words."""
    if not isinstance(arguments, dict):
        return {}
    return {
        str(name): value
        for name, value in arguments.items()
        if value is None or isinstance(value, int | float | bool | str)
    }
