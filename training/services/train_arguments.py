"""Ultralytics' own train arguments, as a gpu worker's engine reads them when it starts."""

import json
from difflib import get_close_matches
from typing import Literal, TypedDict

from annotator.services.errors import ServiceError, UnavailableError
from annotator.services.files import write_atomically
from training import paths

from .engine_process import EngineEvent

ArgumentValue = int | float | bool | str | None

OUR_OWN = frozenset(
    {
        *("task", "mode", "model", "data", "epochs", "imgsz", "batch", "device", "seed"),
        *("patience", "lr0", "workers", "resume", "project", "name", "exist_ok", "save_dir"),
    }
)
"""Those that a run sets by fields of its own, or that Segloop decides."""


class TrainArgument(TypedDict):
    """``default`` is a number, a truth value, a text or null, as ``kind`` says."""

    name: str
    default: ArgumentValue
    kind: Literal["int", "float", "bool", "str", "choice"]
    minimum: float | None
    maximum: float | None
    choices: list[bool | str] | None
    help: str
    group: str


class TrainArguments(TypedDict):
    ultralytics: str
    arguments: list[TrainArgument]


def list_arguments() -> TrainArguments:
    """Return the arguments that a run may set. Raises UnavailableError before a worker told."""
    try:
        told = json.loads(paths.train_arguments_path().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        raise UnavailableError(
            "The arguments are not known yet: a gpu worker reads them when it starts.",
            code="arguments_unknown",
        ) from None
    return {
        "ultralytics": told["ultralytics"],
        "arguments": [item for item in told["arguments"] if item["name"] not in OUR_OWN],
    }


def check_arguments(values: dict[str, ArgumentValue]) -> None:
    """Refuse names that a run may not set. Values are checked by the engine, against Ultralytics.

    Raises ServiceError.
    """
    for name in values:
        if name in OUR_OWN:
            raise ServiceError(
                f"“{name}” is set by a field of its own, not by arguments.", code="bad_argument"
            )
    try:
        known = {item["name"] for item in list_arguments()["arguments"]}
    except UnavailableError:
        return
    for name in values:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"; did you mean “{near[0]}”?" if near else "."
            raise ServiceError(
                f"Ultralytics has no train argument “{name}”{hint}", code="bad_argument"
            )


def keep_arguments(told: EngineEvent) -> None:
    """Keep what an engine told of its train arguments, for the web."""
    content = {"ultralytics": told["ultralytics"], "arguments": told["arguments"]}
    write_atomically(paths.train_arguments_path(), json.dumps(content).encode())
