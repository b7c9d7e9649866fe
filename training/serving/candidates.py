"""A checkpoint and its exports, and how fast each answers: measured, so that one can be chosen."""

import io
from statistics import median
from typing import TypedDict

from PIL import Image

from annotator.models.jobs import JobState
from training.checkpoints.usable import UsableModel, as_usable, model_of
from training.models import Checkpoint, Export, ServedModel

from .asking import Options, ask, load
from .payloads import ServedTarget, target_payload
from .stats import note_speed, read_speeds

ROUNDS = 5
MEASURE_TIMEOUT = 60.0


class CandidateSpeed(TypedDict):
    """``milliseconds``: of the model for one image, the median of ``count`` answers."""

    device_name: str
    milliseconds: float
    count: int


class Candidate(TypedDict):
    """``is_served``: the name points at it. ``speeds``: [] where nothing was measured yet."""

    model: ServedTarget
    is_served: bool
    is_fastest: bool
    speeds: list[CandidateSpeed]


def list_candidates(served: ServedModel) -> list[Candidate]:
    """Return the model of a name, its checkpoint and that checkpoint's exports.

    The fastest is that with the shortest median on a device on which at least two were measured.
    """
    present = model_of(served)
    models = find_candidates(served)
    speeds = read_speeds([model.reference for model in models])
    fastest = _find_fastest(speeds)
    return [
        {
            "model": target_payload(model),
            "is_served": model.reference == present.reference,
            "is_fastest": model.reference == fastest,
            "speeds": [
                {"device_name": device, "milliseconds": ms, "count": count}
                for device, (ms, count) in sorted(speeds[model.reference].items())
            ],
        }
        for model in models
    ]


def find_candidates(served: ServedModel) -> list[UsableModel]:
    present = model_of(served)
    checkpoint = _checkpoint_of(present)
    if checkpoint is None:
        return [present]
    exports = Export.objects.filter(checkpoint=checkpoint, state=JobState.FINISHED)
    rows = exports.select_related("checkpoint__run__dataset", "checkpoint__run__version")
    models = [as_usable(checkpoint), *(as_usable(row) for row in rows)]
    return [model for model in models if model.path.exists()]


def measure(model: UsableModel) -> float:
    """Ask a model a few times with an image of its size; return its median milliseconds.

    Raises like ask.
    """
    load(model, MEASURE_TIMEOUT)
    image = _noise(model.image_size)
    answers = [ask(model, image, Options(), MEASURE_TIMEOUT) for _ in range(ROUNDS)]
    for answer in answers:
        note_speed(
            model.reference,
            answer.device_name,
            answer.milliseconds["model"],
            batch=answer.batch,
        )
    return round(median(answer.milliseconds["model"] / answer.batch for answer in answers), 2)


def _checkpoint_of(model: UsableModel) -> Checkpoint | None:
    if isinstance(model.row, Checkpoint):
        return model.row
    return model.row.checkpoint if isinstance(model.row, Export) else None


def _find_fastest(speeds: dict[str, dict[str, tuple[float, int]]]) -> str:
    devices = {device for found in speeds.values() for device in found}
    best: tuple[int, float, str] | None = None
    for device in devices:
        measured = [(found[device][0], ref) for ref, found in speeds.items() if device in found]
        if len(measured) > 1:
            milliseconds, reference = min(measured)
            rank = (-len(measured), milliseconds, reference)
            best = rank if best is None else min(best, rank)
    return "" if best is None else best[2]


def _noise(side: int) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((side, side), 40).convert("RGB").save(buffer, "JPEG", quality=90)
    return buffer.getvalue()
