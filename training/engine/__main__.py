"""``python -m training.engine <command>``: see ``protocol`` and docs/engine.md."""

import os
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import Any

from . import requests
from .command_line import read_invocation
from .emitter import Emitter, take_over_stdout
from .failures import explain_failure
from .host.environment import prepare_environment, silence_settings
from .protocol import EngineError
from .sentences import Narrator
from .stopping import Cancelled, Stopping

# Module and function of each command. Each imports what it needs after the environment is settled.
_HANDLERS = {
    "train": ("training.train", "train"),
    "check": ("training.check", "check"),
    "evaluate": ("measuring.evaluate", "evaluate"),
    "predict": ("measuring.predict", "predict"),
    "video": ("video.predict_video", "predict_video"),
    "video_file": ("video.make_file", "make_file"),
    "losses": ("measuring.label_losses", "label_losses"),
    "synthesise": ("augmenting.synthesise", "synthesise"),
    "batches": ("augmenting.batches", "show_batches"),
    "inspect": ("checkpoints.inspect_checkpoint", "inspect"),
    "export": ("checkpoints.export_checkpoint", "export"),
    "serve": ("serving.serve", "serve"),
    "devices": ("host.devices", "report_devices"),
    "arguments": ("training.arguments", "report_arguments"),
}
_REQUESTS: dict[str, Any] = {
    "train": requests.TrainRequest,
    "check": requests.CheckRequest,
    "evaluate": requests.EvaluateRequest,
    "predict": requests.PredictRequest,
    "video": requests.VideoRequest,
    "video_file": requests.VideoFileRequest,
    "losses": requests.LabelLossesRequest,
    "synthesise": requests.SynthesiseRequest,
    "batches": requests.BatchesRequest,
    "inspect": requests.InspectRequest,
    "export": requests.ExportRequest,
    "serve": requests.ServeRequest,
}


def main(words: list[str]) -> int:
    """Answer one request; 0 when it was finished or cancelled, 1 when it failed."""
    stopping = Stopping()
    emit: Emitter | None = None
    device = "cpu"
    try:
        stopping.install()
        invocation = read_invocation(words)
        request = invocation.request
        events = take_over_stdout()
        emit = Narrator(events) if invocation.is_for_people else Emitter(events)
        if invocation.log:
            _keep_log(invocation.log)
        device = str(request.get("device", "cpu"))
        prepare_environment(config_dir=request.get("config_dir"), device=device)
        silence_settings()
        _run(invocation.command, request, emit, stopping)
    except Cancelled:
        _or_new(emit)({"type": "cancelled"})
    except Exception as error:
        traceback.print_exc()
        _or_new(emit)(explain_failure(error, device=device).as_event())
        return 1
    return 0


def _or_new(emit: Emitter | None) -> Emitter:
    return emit or Emitter(take_over_stdout())


def _keep_log(path: Path) -> None:
    """Send what libraries print to a file: on a terminal it would bury the sentences."""
    with path.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)


def _run(command: str, request: Any, emit: Emitter, stopping: Stopping) -> None:
    module, function = _HANDLERS[command]
    try:
        getattr(import_module(f".{module}", __package__), function)(request, emit, stopping)
    except KeyError as error:
        missing = error.args[0] if error.args else None
        if missing in _required_keys(command) and missing not in request:
            raise EngineError(
                "bad_request", f"The request has no {missing!r}.", "See docs/engine.md."
            ) from error
        raise


def _required_keys(command: str) -> frozenset[str]:
    return frozenset(_REQUESTS[command].__required_keys__) if command in _REQUESTS else frozenset()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
