"""The options of a prediction, by Ultralytics' names: defaults, limits, help, checks."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict

from annotator.kernel.errors import ServiceError
from annotator.kernel.plain_text import list_names
from training.checkpoints.usable import UsableModel

CONFIDENCE_FLOOR = 0.05
"""Everything from here on is kept, so that the confidence slider needs no server."""

TILE_OVERLAP = 0.2
TRACKERS = ("botsort", "bytetrack")
OptionKind = Literal["number", "integer", "switch", "classes", "choice"]


class PredictOption(TypedDict):
    """``default``: null where the model's own is used. ``only``: the sources that it is for; ""
    for all. ``choices``: of a choice."""

    name: str
    kind: OptionKind
    default: float | bool | str | None
    minimum: float | None
    maximum: float | None
    choices: list[str]
    only: Literal["", "video", "stream"]
    help: str


def _option(
    name: str,
    kind: OptionKind,
    default: float | bool | str | None,
    help: str,
    *,
    limits: tuple[float, float] | None = None,
    choices: Sequence[str] = (),
    only: Literal["", "video", "stream"] = "",
) -> PredictOption:
    return {
        "name": name,
        "kind": kind,
        "default": default,
        "minimum": limits[0] if limits else None,
        "maximum": limits[1] if limits else None,
        "choices": list(choices),
        "only": only,
        "help": help,
    }


CONF = _option(
    "conf",
    "number",
    0.25,
    "Lowest confidence that is shown. Everything from 0.05 on is kept, so it can be changed after "
    "the prediction without running it again.",
    limits=(CONFIDENCE_FLOOR, 1.0),
)
OPTIONS: dict[str, PredictOption] = {
    option["name"]: option
    for option in (
        _option(
            "iou",
            "number",
            0.7,
            "Of two objects of a class whose boxes overlap by more than this IoU the less "
            "confident one is left out.",
            limits=(0.0, 1.0),
        ),
        _option("classes", "classes", None, "Only objects of these classes; none named: of all."),
        _option(
            "imgsz",
            "integer",
            None,
            "Size in pixels to which the longer side of an image is scaled, a multiple of 32. "
            "Larger finds smaller objects and takes longer. Default: the model's own.",
            limits=(32, 4096),
        ),
        _option("max_det", "integer", 300, "At most so many objects an image.", limits=(1, 10_000)),
        _option(
            "retina_masks",
            "switch",
            False,
            "Masks at the size of the image, finer along their edges, and slower.",
        ),
        _option(
            "half",
            "switch",
            False,
            "Calculate in half precision: faster on a GPU. It has no effect on a processor, and "
            "none on an exported model, which keeps its own; the prediction then says so.",
        ),
        _option(
            "tile",
            "switch",
            False,
            "Predict on overlapping tiles of the image as well, for small objects in large images.",
        ),
        _option(
            "track",
            "choice",
            "",
            "Follow objects from frame to frame with one of Ultralytics' trackers.",
            choices=("", *TRACKERS),
            only="video",
        ),
        _option(
            "every_nth", "integer", 1, "Only every n-th frame.", limits=(1, 10_000), only="video"
        ),
        _option(
            "seconds",
            "number",
            60.0,
            "How long the stream is recorded.",
            limits=(1.0, 86_400.0),
            only="stream",
        ),
    )
}


REFUSED = {
    "augment": "Ultralytics has no test-time augmentation (`augment`) for segmentation models and "
    "would predict as without it: leave it out; a larger `imgsz`, or `tile`, finds small objects."
}
"""Options of Ultralytics that no prediction can have, with the reason."""


def list_options() -> list[PredictOption]:
    return [CONF, *OPTIONS.values()]


def check_options(given: Mapping[str, Any], model: UsableModel) -> dict[str, Any]:
    """Return the options that differ from their defaults, as a prediction keeps them.

    Raises ServiceError with a sentence for an option that is unknown or has an odd value.
    """
    given = {name: value for name, value in given.items() if name not in REFUSED or value}
    for name in given:
        if name in REFUSED:
            raise ServiceError(REFUSED[name], code="bad_option")
    unknown = [name for name in given if name not in OPTIONS]
    if unknown:
        raise ServiceError(
            f"There is no option “{str(unknown[0])[:60]}”; there are {', '.join(OPTIONS)}.",
            code="bad_option",
        )
    checked: dict[str, Any] = {}
    for name, value in given.items():
        option = OPTIONS[name]
        if value is None:
            continue
        wanted = _check_value(option, value, model)
        if wanted != option["default"]:
            checked[name] = wanted
    return checked


def _check_value(option: PredictOption, value: Any, model: UsableModel) -> Any:
    name, kind = option["name"], option["kind"]
    if kind == "switch":
        if not isinstance(value, bool):
            raise _odd(name, "is on or off (true or false)")
        return value
    if kind == "classes":
        return _check_classes(value, model)
    if kind == "choice":
        value = {True: TRACKERS[0], False: ""}.get(value, value) if value in (0, 1) else value
        if value not in option["choices"]:
            named = ", ".join(choice for choice in option["choices"] if choice)
            raise _odd(name, f"is one of {named}, or nothing")
        return value
    return _check_number(option, value, model)


def _check_number(option: PredictOption, value: Any, model: UsableModel) -> float:
    name = option["name"]
    is_whole = option["kind"] == "integer"
    low, high = option["minimum"], option["maximum"]
    if low is None or high is None:
        raise TypeError(f"{name} has no limits")
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (is_whole and value != int(value)) or not low <= value <= high:
        noun = "a whole number" if is_whole else "a number"
        raise _odd(name, f"is {noun} from {low:g} to {high:g}")
    if name == "imgsz":
        return _check_image_size(int(value), model)
    return int(value) if is_whole else float(value)


def _check_image_size(value: int, model: UsableModel) -> int:
    if value % 32:
        raise _odd("imgsz", "is a multiple of 32")
    if model.kind == "export" and value != model.image_size:
        raise ServiceError(
            f"“{model.name}” was exported for images of {model.image_size} pixels: leave `imgsz` "
            "out, or export it at the size that you want.",
            code="bad_option",
        )
    return value


def _check_classes(value: Any, model: UsableModel) -> list[str] | None:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise _odd("classes", "is a list of names of classes")
    unknown = [name for name in value if name not in model.class_names]
    if unknown:
        raise ServiceError(
            f"“{model.name}” does not know the class “{unknown[0][:60]}”; it knows "
            f"{list_names(model.class_names)}.",
            code="bad_option",
        )
    return list(dict.fromkeys(value)) or None


def _odd(name: str, rule: str) -> ServiceError:
    return ServiceError(f"`{name}` {rule}.", code="bad_option")


def engine_options(options: Mapping[str, Any], model: UsableModel) -> dict[str, object]:
    """Return what the engine's ``predict`` is asked beyond the model, the images and the device."""
    asked: dict[str, object] = {
        "conf": CONFIDENCE_FLOOR,
        "iou": options.get("iou", OPTIONS["iou"]["default"]),
        "imgsz": image_size_of(options, model),
    }
    for name in ("max_det", "retina_masks", "half"):
        if name in options:
            asked[name] = options[name]
    if options.get("tile"):
        asked["tile"] = {"size": "auto", "overlap": TILE_OVERLAP}
    if names := options.get("classes"):
        asked["classes"] = [
            index for index, name in enumerate(model.class_names) if name in set(names)
        ]
    return asked


def image_size_of(options: Mapping[str, Any], model: UsableModel) -> int:
    return int(options.get("imgsz", model.image_size))
