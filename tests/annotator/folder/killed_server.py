"""A web server that is killed again and again: ``python -m tests.annotator.folder.killed_server``.

This process imports everything once and forks a web server for each line of JSON that it reads:
``{"step": "fsync labels/train", "after": 9}`` is killed (-9) just before the first effect of that
step (``tests.effects``) after nine commits, wherever the other threads of the process are by then.
``{}``: until it is killed from outside. It prints the server's process id, then ``ended``.
"""

import json
import os
import signal
import socket
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import django

django.setup()

import uvicorn  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from annotator.folder import label_writer  # noqa: E402
from annotator.folder.live_folder import sync_pending  # noqa: E402
from config.asgi import application, start_threads  # noqa: E402
from tests import mutants  # noqa: E402
from tests.effects import Effect, watch  # noqa: E402

PAUSE_SECONDS = 0.02
"""Between the last save of an image and its label file: shorter than in earnest."""


def serve(listener: socket.socket, order: dict[str, Any], steps: Path) -> None:
    """Be a web server, and what a worker does at its start beside it, until the order's step."""
    label_writer.PAUSE_SECONDS = PAUSE_SECONDS
    label_writer.MOST_SECONDS = 3 * PAUSE_SECONDS
    lock = threading.Lock()
    seen: Counter[str] = Counter()

    def before(effect: Effect) -> None:
        with lock:
            seen[effect.step] += 1
            if seen[effect.step] == 1:
                with os.fdopen(os.open(steps, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a") as file:
                    file.write(f"{effect.step}\n")
            if effect.step == order.get("step") and seen["commit"] >= order["after"]:
                os.kill(os.getpid(), signal.SIGKILL)

    with watch(before):
        start_threads()
        threading.Thread(target=sync_pending, daemon=True).start()
        config = uvicorn.Config(
            application,
            http="config.connections:LimitedProtocol",
            lifespan="off",
            log_level="error",
        )
        uvicorn.Server(config).run(sockets=[listener])


def main() -> None:
    if fault := os.environ.get(mutants.VARIABLE):
        mutants.install(fault)
    listener = socket.socket(fileno=int(sys.argv[1]))
    steps = Path(sys.argv[2])
    _ = get_resolver().url_patterns  # imports every view
    print("ready", flush=True)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            serve(listener, json.loads(line), steps)
            os._exit(3)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(f"ended {status}", flush=True)


if __name__ == "__main__":
    main()
