"""What the engine is asked for to train: the same for a run and for the check before it."""

import contextlib
import os
from pathlib import Path

from django.conf import settings

from training import paths
from training.evaluations.evaluations import unchanged_checkpoint
from training.models import Run, RunCheck

MAX_LOADER_WORKERS = 8


def train_request(job: Run | RunCheck, *, folder: Path, device: str) -> dict[str, object]:
    """Return the part that runs and checks share. Raises RefusedError."""
    parameters, checkpoint = job.parameters, job.source_checkpoint
    return {
        "data_yaml": str(paths.data_yaml_path(job.version)),
        "model": job.base_model if checkpoint is None else unchanged_checkpoint(checkpoint),
        "resume": False,
        "epochs": parameters["epochs"],
        "imgsz": parameters["image_size"],
        "batch": parameters["batch"],
        "device": device,
        "seed": parameters["seed"],
        "patience": parameters.get("patience", 0),
        "lr0": parameters["learning_rate"],
        "workers": loader_workers(device),
        "arguments": parameters.get("arguments", {}),
        "run_dir": str(folder),
        "weights_dir": str(paths.weights_dir()),
        "allow_download": settings.ALLOW_WEIGHTS_DOWNLOAD,
    }


def loader_workers(device: str) -> int:
    """Return how many processes load images: none on the processor, which computes itself."""
    if device == "cpu":
        return 0
    with contextlib.suppress(AttributeError):
        return min(MAX_LOADER_WORKERS, len(os.sched_getaffinity(0)))
    return min(MAX_LOADER_WORKERS, os.cpu_count() or 1)
