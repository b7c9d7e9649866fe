"""An engine that has its imports behind it: a fork of it answers each request.

The imports are most of what an engine that only answers a question costs. How an engine starts
(its environment, the refused network, signals, a parent that dies) is for the tests that start one.
"""

import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO, Any

from tests.services import REPOSITORY, die_with_parent

PRELOADED = (
    *(
        "training.train",
        "training.check",
        "measuring.evaluate",
        "measuring.predict",
        "video.predict_video",
        "checkpoints.inspect_checkpoint",
        "checkpoints.export_checkpoint",
    ),
    "training.arguments",
)
LATE_IMPORTS = ("torch._inductor", "torchvision")  # imported when a training begins


class WarmEngine:
    """The process that forks. It ends with the test process."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="segloop-warm-engine-")
        self._log = Path(self._folder.name) / "warm.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.training.engine.warm", self._folder.name],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=REPOSITORY,
                preexec_fn=die_with_parent,
            )

    def ask(
        self, command: str, request: dict[str, Any], environment: dict[str, str]
    ) -> tuple[int, str, str]:
        """Exit code, standard output and standard error of the fork that answered."""
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        (folder / "request").write_text(json.dumps(request))
        order = {"command": command, "environment": environment, "folder": str(folder)}
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        code = self._process.stdout.readline()
        assert code, f"the warm engine ended:\n{self._log.read_text()[-3000:]}"
        return int(code), (folder / "out").read_text(), (folder / "log").read_text()


@cache
def warm_engine() -> WarmEngine:
    """The one of this test process."""
    return WarmEngine()


def serve(config_dir: str, orders: IO[str], answers: IO[str]) -> None:
    """Import everything, then fork for each order, one after the other."""
    from training.engine.host.environment import prepare_environment, silence_settings

    prepare_environment(config_dir=config_dir, device="cpu")
    silence_settings()
    for name in PRELOADED:
        import_module(f"training.engine.{name}")
    for name in LATE_IMPORTS:
        import_module(name)
    for line in orders:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            answer(order["command"], Path(order["folder"]), order["environment"])
        _, status = os.waitpid(child, 0)
        answers.write(f"{os.waitstatus_to_exitcode(status)}\n")
        answers.flush()


def answer(command: str, folder: Path, environment: dict[str, str]) -> None:
    """In the fork: be the engine that was started with this request, and end as it does."""
    code = 1
    try:
        os.environ.update(environment)
        flags = os.O_WRONLY | os.O_CREAT
        for descriptor, path, mode in (
            (0, folder / "request", os.O_RDONLY),
            (1, folder / "out", flags),
            (2, folder / "log", flags),
        ):
            os.dup2(os.open(path, mode), descriptor)
        from training.engine.__main__ import main

        code = main([command])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    # Orders and answers go by duplicates: the forks have these descriptors for their own, and what
    # the libraries print while they are imported is no answer.
    orders, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.argv[1], orders, answers)
