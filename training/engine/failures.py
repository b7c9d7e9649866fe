"""What went wrong, as a sentence a person can act on."""

import re

from .host.disk import is_disk_full
from .protocol import EngineError, FailureCode

_BY_MESSAGE: tuple[tuple[str, FailureCode, str, str], ...] = (
    (
        r"out of memory|can't allocate memory|could not create a (primitive|memory)|"
        r"CUBLAS_STATUS_ALLOC_FAILED|not enough memory",
        "out_of_memory",
        "The memory of the {device} was not enough.",
        "Start again with a smaller batch, a smaller image size or a smaller base model.",
    ),
    (
        r"DataLoader worker .* (Bus error|out of shared memory)|unable to .*shared memory",
        "out_of_memory",
        "The workers that load images ran out of shared memory.",
        "Give the container more shared memory (shm_size), or start again with fewer workers.",
    ),
    (
        r"DataLoader worker .* killed by signal",
        "out_of_memory",
        "A worker that loads images was killed, most likely for lack of memory.",
        "Start again with fewer workers or a smaller batch.",
    ),
    (
        r"NaN|Inf weights|not finite",
        "loss_not_finite",
        "The loss stopped being a number, so the model cannot learn any more.",
        "Start again with a lower learning rate, or check the labels for broken polygons.",
    ),
    (
        r"Invalid (CUDA|NPU|XPU) 'device=|No CUDA GPUs are available|CUDA driver",
        "bad_device",
        "The {device} cannot be used on this machine.",
        "Choose a device that the workers page lists.",
    ),
    (
        r"No valid images found|No labels found|Dataset '.*' error|images not found|"
        r"requires equal numbers of boxes",
        "data_unreadable",
        "The version's images or labels cannot be read: {reason}",
        "Freeze a new version; if it happens again, look at the log for the file.",
    ),
    (
        r"is an invalid (value|type)|is of invalid type|invalid literal for",
        "bad_request",
        "A setting of the run is out of its range: {reason}",
        "Change that setting and start the run again.",
    ),
    (
        r"final batch=1 training",
        "bad_request",
        "The last batch of an epoch would hold one image, which this image size cannot train on.",
        "Choose an image size of at least 64, or another batch.",
    ),
)


def explain_failure(error: BaseException, *, device: str) -> EngineError:
    """The failure event for an exception: known causes by type and message, else ``unexpected``."""
    if isinstance(error, EngineError):
        return error
    device_name = "processor" if device == "cpu" else f"GPU {device}"
    if is_disk_full(error):
        return EngineError(
            "disk_full",
            "The disk is full: the run's files could not be written.",
            "Free some space, then start the run again.",
        )
    text = _first_line(error)
    if isinstance(error, MemoryError):
        text = f"out of memory {text}"
    for pattern, code, message, hint in _BY_MESSAGE:
        if re.search(pattern, str(error) if str(error) else text, re.IGNORECASE) or re.search(
            pattern, text, re.IGNORECASE
        ):
            return EngineError(code, message.format(device=device_name, reason=text), hint)
    return EngineError(
        "unexpected",
        f"The engine stopped with an error it does not know: {text}",
        "The end of the log shows where.",
    )


def _first_line(error: BaseException) -> str:
    line = (str(error).strip().splitlines() or [""])[0]
    # Ultralytics decorates its messages; colours and pictographs do not belong into a sentence.
    line = re.sub(r"\x1b\[[0-9;]*m|[\U0001F300-\U0001FAFF\u2600-\u27BF\uFE0F]", "", line).strip()
    return f"{type(error).__name__}: {line}" if line else type(error).__name__
