"""Certificates: what an exported model still finds of what its checkpoint finds.

The evaluation of an export measures both, on the same images of one split, at the export's image
size and padded to a square, and ends with the certificate. Exports leave only with one.
"""

from typing import Literal, TypedDict

from training.engine.protocol import MeasuredExport, MeasuredSpeed, WorstImage
from training.models import Evaluation, Export, Version
from training.versions.payloads import RunVersion

Grade = Literal["green", "amber", "red", "unmeasured"]

GREEN_WITHIN = 0.002
AMBER_WITHIN = 0.01
_DIGITS = 5


class SpeedPair(TypedDict):
    """Milliseconds an image of both, measured in one process, in turn. ``ratio``: how many times as
    fast as the checkpoint the export is, all three steps together."""

    checkpoint: MeasuredSpeed
    export: MeasuredSpeed
    ratio: float
    image_count: int
    device_name: str


class SizePair(TypedDict):
    checkpoint_bytes: int
    export_bytes: int


class Certificate(TypedDict):
    """``checkpoint_map50_95`` and ``export_map50_95`` are of masks; ``difference`` is the export's
    less the checkpoint's. ``agreement``: share of the instances of either that both found.
    ``sentence`` says the result. ``reason``: why there are no figures, or "". ``needs_consent``:
    whether a download has to be confirmed.
    """

    grade: Grade
    sentence: str
    reason: str
    needs_consent: bool
    split: str
    version: RunVersion
    evaluation: int | None
    image_count: int
    image_size: int
    checkpoint_map50_95: float | None
    export_map50_95: float | None
    difference: float | None
    agreement: float | None
    worst_image: WorstImage | None
    speed: SpeedPair | None
    size: SizePair


def grade_of(difference: float) -> Grade:
    """Grade a difference of mask mAP50-95; one upwards counts as one downwards."""
    distance = round(abs(difference), _DIGITS)
    if distance <= GREEN_WITHIN:
        return "green"
    return "amber" if distance <= AMBER_WITHIN else "red"


def make_certificate(evaluation: Evaluation, measured: MeasuredExport) -> Certificate:
    """Return the certificate of the export that was evaluated."""
    export, version = evaluation.export, evaluation.version
    assert export is not None  # noqa: S101 - the caller evaluated one
    before, after = measured["checkpoint"], measured["export"]
    one, two = before["map50_95"], after["map50_95"]
    difference = None if one is None or two is None else round(two - one, _DIGITS)
    grade: Grade = "unmeasured" if difference is None else grade_of(difference)
    certificate = _empty(export, version, evaluation.split)
    reason = (
        ""
        if difference is not None
        else f"{evaluation.split} of version {version.number} has no labelled object"
    )
    speed = _speed_pair(measured)
    return {
        **certificate,
        "grade": grade,
        "sentence": _sentence(difference, evaluation.split, speed["ratio"], reason),
        "reason": reason,
        "needs_consent": grade == "red",
        "evaluation": evaluation.pk,
        "image_count": measured["image_count"],
        "image_size": measured["image_size"],
        "checkpoint_map50_95": one,
        "export_map50_95": two,
        "difference": difference,
        "agreement": measured["agreement"],
        "worst_image": measured["worst_image"],
        "speed": speed,
        "size": {"checkpoint_bytes": before["size_bytes"], "export_bytes": after["size_bytes"]},
    }


def unmeasured_certificate(
    export: Export, version: Version, split: str, *, reason: str, is_failure: bool
) -> Certificate:
    """Return the certificate of an export that could not be evaluated.

    ``is_failure``: the evaluation failed, which may be the export's fault, so that a download has
    to be confirmed; else this machine cannot run the format, or there is nothing to evaluate on.
    """
    reason = reason.strip().rstrip(".")
    return {
        **_empty(export, version, split),
        "sentence": f"Not measured here: {reason}.",
        "reason": reason,
        "needs_consent": is_failure,
    }


def _empty(export: Export, version: Version, split: str) -> Certificate:
    return {
        "grade": "unmeasured",
        "sentence": "",
        "reason": "",
        "needs_consent": False,
        "split": split,
        "version": {"id": version.pk, "number": version.number},
        "evaluation": None,
        "image_count": 0,
        "image_size": export.image_size,
        "checkpoint_map50_95": None,
        "export_map50_95": None,
        "difference": None,
        "agreement": None,
        "worst_image": None,
        "speed": None,
        "size": {
            "checkpoint_bytes": export.checkpoint.size_bytes,
            "export_bytes": export.size_bytes,
        },
    }


def _speed_pair(measured: MeasuredExport) -> SpeedPair:
    before, after = measured["checkpoint"]["speed"], measured["export"]["speed"]
    return {
        "checkpoint": before,
        "export": after,
        "ratio": round(total_ms(before) / total_ms(after), 3) if total_ms(after) else 1.0,
        "image_count": measured["timed_images"],
        "device_name": measured["device_name"],
    }


def total_ms(speed: MeasuredSpeed) -> float:
    return speed["preprocess_ms"] + speed["inference_ms"] + speed["postprocess_ms"]


def _sentence(difference: float | None, split: str, ratio: float, reason: str) -> str:
    speed = f"{_speed_words(ratio)} here as the checkpoint"
    if difference is None:
        return f"No figures to compare: {reason}. It is {speed}."
    if round(abs(difference), _DIGITS) <= GREEN_WITHIN:
        return (
            f"Same figures as the checkpoint on {split} (mask mAP50-95 {difference:+.4f}), {speed}."
        )
    word = "worse" if difference < 0 else "better"
    return (
        f"Mask mAP50-95 is {abs(difference):.4f} {word} than the checkpoint's on {split}, {speed}."
    )


def _speed_words(ratio: float) -> str:
    if ratio >= 1 or not ratio:
        return f"{ratio:.1f} × as fast"
    return f"{1 / ratio:.1f} × as slow"
