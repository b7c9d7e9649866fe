"""The answer to a request, as JSON and as YOLO rows, and the options that a request names."""

from typing import Any, TypedDict

from annotator.kernel.errors import ServiceError
from annotator.labels.formats.yolo import rows as yolo
from training.checkpoints.usable import UsableModel

from .asking import Answer, AnsweredInstance, Options
from .payloads import target_payload

PREDICT_ONCE_PER_MINUTE = 600


class PredictAnswer(TypedDict):
    """``model``: as it was asked for; ``checkpoint``: the reference of what answered, with the name
    of its run (or of the weights) and the hash of the weights. ``milliseconds``: decode, wait, load
    (0: it was warm), model, masks, answer, whole. ``notice``: why it was computed on this device,
    or "". ``batch``: how many images were computed together.
    """

    model: str
    checkpoint: str
    run_name: str
    sha256: str
    width: int
    height: int
    instances: list[AnsweredInstance]
    milliseconds: dict[str, float]
    device: str
    device_name: str
    notice: str
    batch: int


def answer_payload(asked: str, answer: Answer) -> PredictAnswer:
    model = answer.model
    target = target_payload(model)
    return {
        "model": asked,
        "checkpoint": model.reference,
        "run_name": target["run_name"] or target["name"],
        "sha256": model.sha256,
        "width": answer.width,
        "height": answer.height,
        "instances": answer.instances,
        "milliseconds": {},
        "device": answer.device,
        "device_name": answer.device_name,
        "notice": answer.notice,
        "batch": answer.batch,
    }


def label_text(answer: Answer) -> bytes:
    """Return a YOLO label file: an instance a row, the most confident first."""
    rows = (
        (item["class_index"], [[item["polygon"]]])
        for item in answer.instances
        if len(item["polygon"]) >= 6
    )
    return yolo.format_labels(rows, size_wh=(answer.width, answer.height))


def options_of(model: UsableModel, values: dict[str, Any]) -> Options:
    """Return the options of a request. Raises ServiceError for a class that the model lacks."""
    names = values.get("classes")
    return Options(
        conf=values["conf"],
        iou=values["iou"],
        classes=None if not names else _indices_of(model, names),
        imgsz=values.get("imgsz"),
        max_det=values["max_det"],
    )


def _indices_of(model: UsableModel, names: list[str]) -> tuple[int, ...]:
    known = {name: index for index, name in enumerate(model.class_names)}
    found: list[int] = []
    for given in names:
        for name in [given] if given in known else given.split(","):
            if name.strip() not in known:
                shown = ", ".join(model.class_names[:20])
                raise ServiceError(
                    f"The model has no class “{name.strip()[:60]}”. It has: {shown}.",
                    code="class_missing",
                )
            found.append(known[name.strip()])
    return tuple(sorted(set(found)))
