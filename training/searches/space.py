"""What a search may vary: Ultralytics' train arguments, with ranges that make sense.

The ranges begin with those of Ultralytics' own tuner. They are narrower where its ends are known to
ruin a training of masks (a translation by 90 %) or say the same twice (a flip in every image is as
good as one in none), and logarithmic where the order of magnitude matters.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, NotRequired, TypedDict

from annotator.kernel.errors import ServiceError
from training.engine.protocol import TrainArgument
from training.jobs.train_arguments import ArgumentValue, list_arguments

FEWEST_TRIALS, MOST_TRIALS = 2, 500
MOST_PARALLEL = 16


class Dimension(TypedDict):
    """One searched argument; ``log``: evenly over its orders of magnitude."""

    name: str
    low: float
    high: float
    log: bool
    kind: Literal["float", "int"]


class Proposal(TypedDict):
    """A dimension that may be searched. ``is_usual``: chosen to begin with. ``default`` is
    Ultralytics' own, null where it chooses by itself or no worker has told it yet."""

    dimension: Dimension
    is_usual: bool
    default: float | None
    help: str


class _Range(NamedTuple):
    low: float
    high: float
    log: bool = False
    kind: Literal["float", "int"] = "float"
    is_usual: bool = False


_RANGES: dict[str, _Range] = {
    "lr0": _Range(1e-4, 1e-2, log=True, is_usual=True),
    "lrf": _Range(0.01, 1.0, log=True, is_usual=True),
    "momentum": _Range(0.8, 0.98),
    "weight_decay": _Range(1e-5, 1e-2, log=True),
    "warmup_epochs": _Range(0.0, 5.0),
    "box": _Range(1.0, 20.0, log=True, is_usual=True),
    "cls": _Range(0.1, 4.0, log=True, is_usual=True),
    "dfl": _Range(0.4, 12.0, log=True),
    "hsv_h": _Range(0.0, 0.1),
    "hsv_s": _Range(0.0, 0.9),
    "hsv_v": _Range(0.0, 0.9, is_usual=True),
    "degrees": _Range(0.0, 45.0, is_usual=True),
    "translate": _Range(0.0, 0.5),
    "scale": _Range(0.0, 0.9, is_usual=True),
    "shear": _Range(0.0, 10.0),
    "perspective": _Range(0.0, 0.001),
    "flipud": _Range(0.0, 0.5),
    "fliplr": _Range(0.0, 0.5, is_usual=True),
    "mosaic": _Range(0.0, 1.0, is_usual=True),
    "mixup": _Range(0.0, 0.5),
    "cutmix": _Range(0.0, 0.5),
    "copy_paste": _Range(0.0, 0.6, is_usual=True),
    "close_mosaic": _Range(0, 20, kind="int"),
}
_LR0_HELP = "initial learning rate, of AdamW unless another optimizer is named"


class _Request(TypedDict):
    learning_rate: NotRequired[float | None]
    arguments: NotRequired[dict[str, ArgumentValue]]


def list_proposals() -> list[Proposal]:
    """Return what may be searched; names that Ultralytics does not know (any more) are left out."""
    known = _known_arguments()
    return [
        {
            "dimension": {
                "name": name,
                "low": item.low,
                "high": item.high,
                "log": item.log,
                "kind": item.kind,
            },
            "is_usual": item.is_usual,
            "default": _default(known, name),
            "help": _LR0_HELP if name == "lr0" else known[name]["help"] if known else "",
        }
        for name, item in _RANGES.items()
        if not known or name in known or name == "lr0"
    ]


def _known_arguments() -> dict[str, TrainArgument]:
    return {item["name"]: item for item in list_arguments()["arguments"]}


def _default(known: Mapping[str, TrainArgument], name: str) -> float | None:
    value = known[name]["default"] if name in known else None
    return float(value) if isinstance(value, int | float) else None


def check_space(space: Sequence[Dimension], request: _Request) -> None:
    """Raise ServiceError for a space that cannot be searched, or whose search would be in vain."""
    names = [item["name"] for item in space]
    if not names:
        raise ServiceError("Choose at least one argument to search.", code="bad_space")
    known = _known_arguments()
    for item in space:
        if problem := _problem(item, known):
            raise ServiceError(f"{item['name']}: {problem}", code="bad_space")
        if names.count(item["name"]) > 1:
            raise ServiceError(f"{item['name']} is there twice.", code="bad_space")
    is_automatic = (
        "lr0" not in names
        and request.get("learning_rate") is None
        and request.get("arguments", {}).get("optimizer", "auto") == "auto"
    )
    if is_automatic and "momentum" in names:
        raise ServiceError(
            "Searching momentum has no effect while Ultralytics chooses the optimizer by "
            "itself: search lr0 too, or set a learning rate.",
            code="bad_space",
        )


def _problem(item: Dimension, known: Mapping[str, TrainArgument]) -> str:
    low, high = item["low"], item["high"]
    if item["name"] not in _RANGES:
        return "it cannot be searched."
    kind = _RANGES[item["name"]].kind
    argument = known.get(item["name"])
    lowest = (argument and argument["minimum"]) or 0.0
    highest = argument["maximum"] if argument else None
    problem = ""
    if not low < high:
        problem = f"the range has to rise, {low:g} to {high:g} does not."
    elif item["log"] and low <= 0:
        problem = "a logarithmic range has to begin above 0."
    elif item["kind"] != kind or (kind == "int" and (low % 1 or high % 1)):
        problem = f"its values are of the kind {kind}."
    elif low < lowest:
        problem = f"the range has to begin at {lowest:g} or above."
    elif highest is not None and high > highest:
        problem = f"the range has to end at {highest:g} or below."
    return problem


def baseline(
    space: Sequence[Dimension], request: _Request, *, class_count: int
) -> dict[str, float] | None:
    """Return the values that a run would have without a search, brought into the ranges.

    None where they are not known. They are tried first, so that what is found can be told from what
    there was.
    """
    known = _known_arguments()
    values: dict[str, float] = {}
    for item in space:
        value = request.get("arguments", {}).get(item["name"])
        if item["name"] == "lr0":
            # as Ultralytics' optimizer=auto chooses it for a short training
            value = request.get("learning_rate") or round(0.002 * 5 / (4 + class_count), 6)
        if not isinstance(value, int | float):
            value = _default(known, item["name"])
        if value is None:
            return None
        values[item["name"]] = fit(item, float(value))
    return values


def fit(item: Dimension, value: float) -> float:
    """Return a value of the range with the five digits that a person reads."""
    if item["kind"] == "int":
        return int(min(item["high"], max(item["low"], round(value))))
    return min(item["high"], max(item["low"], float(f"{value:.5g}")))
