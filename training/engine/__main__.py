"""``python -m training.engine <train|evaluate|predict|devices>``: see ``protocol``."""

import json
import sys
import traceback
from typing import Any

from .emitter import Emitter, take_over_stdout
from .environment import prepare_environment, silence_settings
from .failures import explain_failure
from .protocol import EngineError
from .stopping import Cancelled, Stopping

_COMMANDS = ("train", "evaluate", "predict", "devices", "arguments")


def main(arguments: list[str]) -> int:
    """Answer one request; 0 when it was finished or cancelled, 1 when it failed."""
    emit = take_over_stdout()
    stopping = Stopping()
    device = "cpu"
    try:
        stopping.install()
        command, request = _read_request(arguments)
        device = str(request.get("device", "cpu"))
        prepare_environment(config_dir=request.get("config_dir"), device=device)
        silence_settings()
        _run(command, request, emit, stopping)
    except Cancelled:
        emit({"type": "cancelled"})
    except Exception as error:
        traceback.print_exc()
        emit(explain_failure(error, device=device).as_event())
        return 1
    return 0


def _read_request(arguments: list[str]) -> tuple[str, Any]:
    if len(arguments) != 1 or arguments[0] not in (
        "train",
        "evaluate",
        "predict",
        "devices",
        "arguments",
    ):
        raise EngineError(
            "bad_request",
            f"The engine takes one command: {', '.join(_COMMANDS)}.",
            "See training/engine/protocol.py.",
        )
    try:
        request = json.load(sys.stdin)
    except ValueError as error:
        raise EngineError(
            "bad_request", f"The request is not JSON: {error}.", "See training/engine/protocol.py."
        ) from error
    return arguments[0], request


def _run(command: str, request: Any, emit: Emitter, stopping: Stopping) -> None:
    """Each command imports what it needs, after the environment is settled."""
    try:
        if command == "train":
            from .train import train

            train(request, emit, stopping)
        elif command == "evaluate":
            from .evaluate import evaluate

            evaluate(request, emit, stopping)
        elif command == "predict":
            from .predict import predict

            predict(request, emit, stopping)
        elif command == "arguments":
            from .arguments import report_arguments

            report_arguments(emit)
        else:
            from .devices import report_devices

            report_devices(emit)
    except KeyError as error:
        if error.args and error.args[0] in _request_keys(command) and error.args[0] not in request:
            raise EngineError(
                "bad_request",
                f"The request has no {error.args[0]!r}.",
                "See training/engine/protocol.py.",
            ) from error
        raise


def _request_keys(command: str) -> frozenset[str]:
    from . import requests

    types: dict[str, Any] = {
        "train": requests.TrainRequest,
        "evaluate": requests.EvaluateRequest,
        "predict": requests.PredictRequest,
    }
    return frozenset(types[command].__required_keys__) if command in types else frozenset()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
