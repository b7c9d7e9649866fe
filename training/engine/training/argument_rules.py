"""Which values a train argument takes: one table and one check, for the API, the form and the
engine. Imports neither torch nor Ultralytics.

Ultralytics bounds some of its arguments itself; these are the bounds of the others, wide enough for
everything that trains and narrow enough to refuse a slip of the keyboard.
"""

import json
import math
from functools import cache
from pathlib import Path
from typing import Any, TypedDict, cast

from training.engine.protocol import TrainArgument

RANGES: dict[str, tuple[float, float]] = {
    "time": (0.01, 8760),
    "save_period": (-1, 10_000),
    "close_mosaic": (0, 10_000),
    "fraction": (0.0001, 1),  # of none there is nothing to learn
    "freeze": (0, 1000),
    "mask_ratio": (1, 32),
    "warmup_epochs": (0, 10_000),
    "box": (0, 1000),
    "cls": (0, 1000),
    "dfl": (0, 1000),
    "nbs": (1, 65_536),
    "degrees": (0, 180),
    "shear": (0, 89),
    # A larger fraction turns images inside out.
    "perspective": (0, 0.1),
}
_TYPES: dict[str, tuple[tuple[type, ...], str]] = {
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "str": ((str,), "a text"),
}


class KnownArguments(TypedDict):
    ultralytics: str
    arguments: list[TrainArgument]


@cache
def known_arguments() -> KnownArguments:
    """The arguments of the Ultralytics that Segloop is made for, as its engine reads them.

    For the time before an engine has told of its own: ``python -m training.engine arguments``.
    """
    text = Path(__file__).with_name("train_arguments.json").read_text(encoding="utf-8")
    known: KnownArguments = json.loads(text)
    return known


def find_problem(argument: TrainArgument, value: Any) -> str:
    """Why a value is refused, naming what is allowed, or ""."""
    choices = argument["choices"]
    if value is None:
        return "" if argument["default"] is None else "it needs a value"
    if choices is not None:
        is_choice = any(value == choice and type(value) is type(choice) for choice in choices)
        return "" if is_choice else f"choose one of {', '.join(map(str, choices))}"
    accepted, wanted = _TYPES[argument["kind"]]
    if not isinstance(value, accepted) or (isinstance(value, bool) and argument["kind"] != "bool"):
        return f"it has to be {wanted}{_range_words(argument)}"
    is_number = argument["kind"] in {"int", "float"}
    if is_number and not _is_in_range(argument, cast(float, value)):
        return f"it has to be {wanted}{_range_words(argument)}"
    return ""


def _is_in_range(argument: TrainArgument, value: float) -> bool:
    lowest, highest = argument["minimum"], argument["maximum"]
    if not math.isfinite(value) or (lowest is not None and value < lowest):
        return False
    return highest is None or value <= highest


def _range_words(argument: TrainArgument) -> str:
    lowest, highest = argument["minimum"], argument["maximum"]
    if lowest is not None and highest is not None:
        return f" from {lowest:g} to {highest:g}"
    return "" if lowest is None else f" of {lowest:g} or more"
