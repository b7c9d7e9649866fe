"""Starts what docker-compose.yml says, natively: the same commands, environment and order.

Only the addresses change: host names of containers become 127.0.0.1 with free ports, and `/data`
becomes a temporary folder. PostgreSQL and Redis are real.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import yaml

from config import redis_embedded
from tests.services import REPOSITORY, die_with_parent, free_port, start_postgres, stop_process

VARIABLE = re.compile(r"\$\{(\w+)(?:(:[-?])([^}]*))?\}")
DURATION_UNITS = {"s": 1, "m": 60}


def read_compose() -> dict[str, Any]:
    """docker-compose.yml with its anchors resolved."""
    content: dict[str, Any] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())
    return content


def interpolate(value: str, variables: Mapping[str, str]) -> str:
    """Compose's `${NAME}`, `${NAME:-default}` and `${NAME:?message}`."""

    def resolve(match: re.Match[str]) -> str:
        name, operator, argument = match.groups()
        if variables.get(name):
            return variables[name]
        if operator == ":-":
            return str(argument)
        raise KeyError(f"{name}: {argument or 'is not set'}")

    return VARIABLE.sub(resolve, value)


def read_env_example() -> dict[str, str]:
    """The variables of .env.example that are not commented out."""
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


@dataclass
class NativeStack:
    """The services of docker-compose.yml as processes of this machine."""

    folder: Path
    dotenv: dict[str, str]
    compose: dict[str, Any] = field(default_factory=read_compose)
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    replacements: dict[str, str] = field(default_factory=dict)
    web_port: int = field(default_factory=free_port)

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def environment(self, name: str) -> dict[str, str]:
        """What the container would see: .env, then `environment`, with our addresses."""
        service = self.compose["services"][name]
        variables = dict(self.dotenv) if service.get("env_file") == ".env" else {}
        for key, value in service["environment"].items():
            variables[key] = self.replace(interpolate(str(value), self.dotenv))
        kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
        return {**kept, **variables, "SEGLOOP_PORT": str(self.web_port)}

    def replace(self, text: str) -> str:
        for old, new in self.replacements.items():
            text = text.replace(old, new)
        return text

    def command(self, words: list[str]) -> list[str]:
        words = [interpolate(word, self.dotenv) for word in words]
        words = [sys.executable if word == "python" else word for word in words]
        places = {"--port=8000": f"--port={self.web_port}", "--host=0.0.0.0": "--host=127.0.0.1"}
        return [places.get(word, word) for word in words]

    def run(self, name: str) -> str:
        """Run a one-shot service to its end; what it printed."""
        words = self.compose["services"][name]["command"]
        result = subprocess.run(
            self.command(words),
            cwd=REPOSITORY,
            env=self.environment(name),
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    def start(self, name: str) -> None:
        words = self.compose["services"][name]["command"]
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.command(words),
                cwd=REPOSITORY,
                env=self.environment(name),
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )

    def is_healthy(self, name: str) -> bool:
        """The service's own health check, run as the container would run it."""
        kind, *words = self.compose["services"][name]["healthcheck"]["test"]
        assert kind == "CMD"
        result = subprocess.run(
            self.command(words), cwd=REPOSITORY, env=self.environment(name), capture_output=True
        )
        return result.returncode == 0

    def wait_healthy(self, name: str, seconds: float = 90) -> None:
        self.wait(lambda: self.is_healthy(name), name, seconds)

    def wait(self, condition: Callable[[], bool], name: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            ended = self.processes[name].poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"{name} is not well:\n{self.log(name).read_text()[-5000:]}")
            time.sleep(0.2)

    def start_redis(self) -> None:
        """Compose's Redis command with a port and a folder of ours."""
        port = free_port()
        self.replacements["redis:6379"] = f"127.0.0.1:{port}"
        _, *options = self.compose["services"]["redis"]["command"]
        folder = self.folder / "redis"
        folder.mkdir()
        binary = str(redis_embedded.redis_server_binary())
        where = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        with self.log("redis").open("wb") as log:
            self.processes["redis"] = subprocess.Popen(
                [binary, *options, *where], stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def stop(self) -> dict[str, int]:
        """SIGTERM to each, as `docker compose stop` does; the exit status of each."""
        services = [name for name in self.processes if name != "redis"]
        for name in services:
            self.processes[name].terminate()
        for name in [*services, "redis"]:
            grace = self.compose["services"][name].get("stop_grace_period", "10s")
            stop_process(self.processes[name], int(grace[:-1]) * DURATION_UNITS[grace[-1]])
        return {name: self.processes[name].returncode for name in services}


@contextmanager
def native_stack(folder: Path, *services: str) -> Iterator[NativeStack]:
    """Everything up and healthy, after the one-shot migration, for the block."""
    dotenv = {
        **read_env_example(),
        "SEGLOOP_SECRET_KEY": "a-secret-of-this-test-" + "x" * 40,
        "POSTGRES_PASSWORD": "not-asked-for-here",
        "SEGLOOP_ADMIN_PASSWORD": "correct horse battery",
    }
    postgres = start_postgres(folder / "postgres")
    stack = NativeStack(folder, dotenv)
    data = folder / "data"
    data.mkdir()
    postgres.create_database("segloop")
    stack.replacements["@postgres:5432"] = f"@127.0.0.1:{postgres.port}"
    stack.replacements["/data"] = str(data)
    try:
        stack.start_redis()
        stack.run("migrate")
        for name in services:
            stack.start(name)
        for name in services:
            stack.wait_healthy(name)
        yield stack
    finally:
        for process in stack.processes.values():
            with suppress(psutil.Error):
                for child in psutil.Process(process.pid).children(recursive=True):
                    with suppress(psutil.Error):
                        child.kill()
            stop_process(process, 2)
        postgres.stop()
