"""One run on several GPUs: one engine process a GPU, started by torch's own launcher.

Ultralytics would start its workers itself, but first deletes the run folder and pickles the trainer
with its callbacks; ours hold the stream of events, which cannot be pickled. So this process starts
``training.engine.training.rank`` once a GPU, hands on what the ranks say, and passes signals on to
them. The trainer, its losses and its gradients are Ultralytics' as they are.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from training.engine.emitter import Emitter
from training.engine.protocol import EngineError
from training.engine.requests import TrainRequest
from training.engine.stopping import Cancelled, Stopping

RANK_MODULE = "training.engine.training.rank"
_POLL_SECONDS = 0.2


def train_on_several(request: TrainRequest, emit: Emitter, stopping: Stopping) -> None:
    """Run to the end, or to ``Cancelled``; the ranks' own ``failed`` event is handed on."""
    from ultralytics.utils.dist import find_free_network_port

    stopping.enter_batches()
    with tempfile.TemporaryDirectory(prefix="segloop-ranks-") as folder:
        path = Path(folder) / "request.json"
        path.write_text(json.dumps(request))
        command = [
            *(sys.executable, "-m", "torch.distributed.run"),
            *("--nproc_per_node", str(len(request["device"].split(",")))),
            *("--master_addr", "127.0.0.1", "--master_port", str(find_free_network_port())),
            *("-m", RANK_MODULE, str(path)),
        ]
        relay_ranks(command, emit, stopping)


def relay_ranks(command: list[str], emit: Emitter, stopping: Stopping) -> None:
    """Start the launcher, hand its ranks' events on, and end with what the run ended with.

    Several ranks may fail, and the launcher then ends the others: the first failure counts.
    """
    paths = [str(Path.cwd()), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    last: dict[str, Any] | None = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as launcher:
        passing = threading.Thread(target=_pass_requests_on, args=(launcher, stopping), daemon=True)
        passing.start()
        # The stacks that matter are the ranks': this process only listens to them.
        signal.signal(signal.SIGUSR1, lambda *_: _signal_ranks(launcher.pid, signal.SIGUSR1))
        assert launcher.stdout  # noqa: S101
        for line in launcher.stdout:
            event = _event_of(line)
            if event is None:
                sys.stderr.write(line)
            elif event["type"] in ("finished", "cancelled", "failed"):
                if last is None or (event["type"] == "failed" and last["type"] != "failed"):
                    last = event
            else:
                emit(event)  # type: ignore[arg-type]
    if last and last["type"] == "failed":
        raise EngineError(last["code"], last["message"], last["hint"])
    stopping.check()
    if last and last["type"] == "finished" and launcher.returncode == 0:
        emit(last)  # type: ignore[arg-type]
        return
    if last and last["type"] == "cancelled":
        raise Cancelled
    raise RuntimeError(f"the processes of the GPUs ended with exit code {launcher.returncode}")


def keep_together(stopping: Stopping) -> Callable[[Any], None]:
    """An Ultralytics callback for all ranks: they stop at the same batch, the one at which the
    first of them was told to. Otherwise each would wait for the others for hours."""

    import torch
    from torch import distributed

    def call(trainer: Any) -> None:
        wish = torch.tensor([int(stopping.is_keep_requested)], device=trainer.device)
        distributed.broadcast(wish, src=0)
        stopping.is_keep_requested = bool(wish.item())
        stopping.keep(trainer)

    return call


def _pass_requests_on(launcher: subprocess.Popen[str], stopping: Stopping) -> None:
    """Tell the ranks, once each, what this process was told."""
    is_kept = False
    while launcher.poll() is None:
        if stopping.is_requested:
            launcher.terminate()  # which ends the ranks by SIGTERM, and waits for them
            return
        if stopping.is_keep_requested and not is_kept:
            is_kept = True
            _signal_ranks(launcher.pid, signal.SIGUSR2)
        time.sleep(_POLL_SECONDS)


def _event_of(line: str) -> dict[str, Any] | None:
    """The event in a line, or none where something else was printed."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "type" in event else None


def _signal_ranks(launcher_pid: int, number: signal.Signals) -> None:
    """Signal the processes that run the rank module, not the loader workers they have forked."""
    for process in psutil.Process(launcher_pid).children():
        try:
            if RANK_MODULE in process.cmdline():
                process.send_signal(number)
        except psutil.NoSuchProcess:
            continue
