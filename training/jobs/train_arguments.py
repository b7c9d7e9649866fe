"""Ultralytics' own train arguments, as a gpu worker's engine reads them when it starts."""

import difflib
import json
from typing import TypedDict

from annotator.kernel.errors import ServiceError
from annotator.kernel.files import write_atomically
from training import paths
from training.engine.protocol import TrainArgument
from training.engine.training.argument_rules import find_problem, known_arguments

from .engine_process import EngineEvent

ArgumentValue = int | float | bool | str | None

OUR_OWN = frozenset(
    {
        *("task", "mode", "model", "data", "epochs", "imgsz", "batch", "device", "seed"),
        *("patience", "lr0", "workers", "resume", "project", "name", "exist_ok", "save_dir"),
    }
)
"""Those that a run sets by fields of its own, or that Segloop decides."""


class TrainArguments(TypedDict):
    ultralytics: str
    arguments: list[TrainArgument]


def list_arguments() -> TrainArguments:
    """Return the arguments that a run may set: as an engine told, else as they are known."""
    try:
        told = json.loads(paths.train_arguments_path().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        told = known_arguments()
    return {
        "ultralytics": told["ultralytics"],
        "arguments": [item for item in told["arguments"] if item["name"] not in OUR_OWN],
    }


def check_arguments(values: dict[str, ArgumentValue]) -> None:
    """Refuse names that a run may not set, and values that such an argument does not take.

    Raises ServiceError, whose sentence names the argument, the value and what is allowed.
    """
    known = {item["name"]: item for item in list_arguments()["arguments"]}
    for name, value in values.items():
        if name in OUR_OWN:
            raise ServiceError(
                f"“{name}” is set by a field of its own, not by arguments.", code="bad_argument"
            )
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f" Did you mean “{near[0]}”?" if near else ""
            raise ServiceError(
                f"Ultralytics has no train argument “{name}”.{hint}", code="bad_argument"
            )
        if problem := find_problem(known[name], value):
            shown = json.dumps(value)
            raise ServiceError(
                f"The argument “{name}” cannot be {shown}: {problem}.", code="bad_argument"
            )


def keep_arguments(told: EngineEvent) -> None:
    """Keep what an engine told of its train arguments, for the web."""
    content = {"ultralytics": told["ultralytics"], "arguments": told["arguments"]}
    write_atomically(paths.train_arguments_path(), json.dumps(content).encode())
