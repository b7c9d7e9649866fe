"""What the host can hold: loader workers are lowered with a word, not killed by the kernel."""

from pathlib import Path

from training.engine.emitter import Emitter
from training.engine.requests import TrainRequest

from .disk import free_bytes
from .environment import available_cpus

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where torch puts the batches of its workers
_BATCHES_AHEAD = 4  # that Ultralytics lets each worker prepare
_LOADERS = 2  # training and validation, both kept open
_BYTES_PER_PIXEL = 3 + 1 / 16  # the picture, and the instance masks at a quarter of the side
_WORKER_BYTES = 400 << 20
_SHARE_TO_USE = 0.8
_MB = 1 << 20


def fit_workers(
    wanted: int, *, batch: int, imgsz: int, cpus: int, shared_free: int, memory_free: int
) -> tuple[int, str]:
    """How many loader workers the host can hold, and why no more ("" where it holds them all).

    Sizes are in bytes. One image at a time takes ``imgsz`` squared pixels.
    """
    shared_per_worker = _LOADERS * _BATCHES_AHEAD * batch * imgsz * imgsz * _BYTES_PER_PIXEL
    limits = (
        (cpus, f"this host has {cpus} processors for each GPU"),
        (
            int(shared_free * _SHARE_TO_USE / shared_per_worker),
            f"each needs about {shared_per_worker / _MB:.0f} MB of shared memory, and "
            f"{_SHARED_MEMORY} has {shared_free // _MB} MB left (shm_size of the container)",
        ),
        (
            int(memory_free * _SHARE_TO_USE / _WORKER_BYTES),
            f"the host has {memory_free // _MB} MB of memory left",
        ),
    )
    limit, reason = min(limits, key=lambda entry: entry[0])
    return (wanted, "") if wanted <= limit else (max(0, limit), reason)


def fit_to_host(request: TrainRequest, emit: Emitter) -> TrainRequest:
    """The request with as many workers as the host can hold; a ``warning`` where that is fewer.

    On the processor Ultralytics loads in the main process. On several GPUs each has its own workers
    and the same share of the batch, which is lowered to a multiple of their number. Otherwise
    Ultralytics itself lowers the batch, when the first epoch runs out of the GPU's memory, also
    with a warning.
    """
    if request["device"] in ("cpu", "mps") or request["batch"] < 1:
        return request
    import psutil

    gpus = len(request["device"].split(","))
    share = max(1, request["batch"] // gpus)
    if share * gpus != request["batch"]:
        message = (
            f"The batch is {share * gpus} instead of {request['batch']}: {share} for each GPU."
        )
        emit({"type": "warning", "message": message})
    workers, reason = fit_workers(
        request["workers"],
        batch=share,
        imgsz=request["imgsz"],
        cpus=available_cpus() // gpus,
        shared_free=free_bytes(_SHARED_MEMORY) // gpus,
        memory_free=psutil.virtual_memory().available // gpus,
    )
    if reason:
        emit(
            {
                "type": "warning",
                "message": f"Images are loaded by {workers} workers instead of "
                f"{request['workers']}: {reason}.",
            }
        )
    return {**request, "workers": workers, "batch": share * gpus}
