"""Segloop started and stopped for real, on data folders and ports of the tests' own."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.services import (
    REPOSITORY,
    command_of,
    die_with_parent,
    free_port,
    is_alive,
    stop_process,
)

pytestmark = pytest.mark.slow

OWN_VARIABLES = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SEGLOOP_SECRET_KEY"}


class Segloop:
    """One `python -m config.launch`, and what it printed."""

    def __init__(
        self, folder: Path, arguments: tuple[str, ...] = (), **environment: str | None
    ) -> None:
        self.data = folder / "data"
        self.port = free_port()
        self.output = folder / "output.txt"
        self.answer = folder / "answer.txt"
        variables: dict[str, str | None] = {
            **{key: value for key, value in os.environ.items() if key not in OWN_VARIABLES},
            "SEGLOOP_DATA": str(self.data),
            "SEGLOOP_PORT": str(self.port),
            "HOME": str(folder),
            **environment,
        }
        with self.output.open("wb") as output, self.answer.open("wb") as answer:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.launch", *arguments],
                cwd=REPOSITORY,
                env={key: value for key, value in variables.items() if value is not None},
                stdout=answer if arguments else output,
                stderr=output,
                preexec_fn=die_with_parent,
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str, seconds: float = 60) -> str:
        wait_until(lambda: text in self.text or self.process.poll() is not None, seconds)
        assert text in self.text, self.text
        return self.text

    def members(self) -> list[psutil.Process]:
        """Every process that was started with this data folder."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                # Redis writes its title over its environment
                if process.environ().get("SEGLOOP_DATA") == str(self.data) or (
                    f"unixsocket:{self.data}/" in " ".join(process.cmdline())
                ):
                    found.append(process)
        return [process for process in found if is_alive(process)]

    def member(self, word: str) -> psutil.Process:
        return next(each for each in self.members() if word in " ".join(command_of(each)))

    def answers(self) -> bool:
        return 200 <= self.get("/") < 500

    def get(self, path: str) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as page:
                status: int = page.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0
        return status


def wait_until(condition: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Segloop]]:
    started: list[Segloop] = []

    def begin(*arguments: str, **environment: str | None) -> Segloop:
        segloop = Segloop(tmp_path, arguments, **environment)
        started.append(segloop)
        return segloop

    yield begin
    for segloop in started:
        stop_process(segloop.process, 30)


def test_starts_answers_and_stops_leaving_nothing(
    start: Callable[..., Segloop], tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data").chmod(0o755)
    first = start()
    text = first.wait_for("Ctrl-C stops everything")
    assert f"{first.data} was open to other users" in text
    assert f"http://127.0.0.1:{first.port}" in text
    assert re.search(r"Name +admin\n", text)
    password = re.search(r"Password +([a-z2-9]{4}(?:-[a-z2-9]{4}){3})", text)
    assert password
    assert first.answers()
    assert len(first.members()) >= 5
    made = [first.data, *first.data.rglob("*")]
    assert {path.name for path in made} >= {"segloop.sqlite3", "redis.sock", "web.log"}
    assert [path for path in made if path.stat().st_mode & 0o077] == []

    first.process.send_signal(signal.SIGINT)
    assert first.process.wait(30) == 0
    assert "Everything is stopped" in first.text
    assert first.members() == []

    second = start(HOME=None)
    text = second.wait_for("Ctrl-C stops everything")
    assert "Password" not in text
    assert "up to date" in text
    second.process.terminate()
    assert second.process.wait(30) == 0
    assert second.members() == []


def test_second_start_on_the_same_data_says_so(start: Callable[..., Segloop]) -> None:
    first = start()
    first.wait_for("Open ")
    address = f"http://127.0.0.1:{first.port}"
    second = start()
    assert second.process.wait(30) == 1
    assert f"already running on {first.data} at {address}" in second.text
    assert "make run DATA=" in second.text
    assert first.answers()


def test_children_do_not_outlive_a_killed_launcher(start: Callable[..., Segloop]) -> None:
    segloop = start()
    segloop.wait_for("Ctrl-C stops everything")
    assert len(segloop.members()) >= 5
    segloop.process.kill()
    segloop.process.wait()
    wait_until(lambda: segloop.members() == [], 10)


def test_a_crashed_child_is_started_again(start: Callable[..., Segloop]) -> None:
    segloop = start()
    segloop.wait_for("Ctrl-C stops everything")
    segloop.member("config.serve").kill()
    segloop.wait_for("The web server was killed (too little memory, often) and is started again")
    wait_until(segloop.answers, 30)
    segloop.member("valkey-server").kill()
    segloop.wait_for("Redis was killed (too little memory, often) and is started again")
    assert segloop.process.poll() is None


def test_a_child_that_keeps_crashing_stops_everything(start: Callable[..., Segloop]) -> None:
    segloop = start()
    segloop.wait_for("Ctrl-C stops everything")
    while segloop.process.poll() is None:
        with contextlib.suppress(StopIteration, psutil.Error):
            segloop.member("--queues=cpu").kill()
        time.sleep(0.05)
    assert segloop.process.returncode == 1
    assert "4 times within a minute, so everything was stopped" in segloop.text
    assert segloop.members() == []


def test_an_unreachable_database_is_a_sentence(start: Callable[..., Segloop]) -> None:
    segloop = start(DATABASE_URL=f"postgresql://nobody@127.0.0.1:{free_port()}/nothing")
    assert segloop.process.wait(60) == 1
    assert "The database could not be prepared" in segloop.text
    assert "DATABASE_URL" in segloop.text
    assert segloop.members() == []


def test_a_port_in_use_is_a_sentence(start: Callable[..., Segloop]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        segloop = start(SEGLOOP_PORT=str(port))
        assert segloop.process.wait(30) == 1
    assert f"Port {port} on 127.0.0.1 is in use" in segloop.text
    assert f"make run PORT={port + 1}" in segloop.text


def test_a_data_folder_that_cannot_be_written_is_a_sentence(
    start: Callable[..., Segloop], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    segloop = start(SEGLOOP_DATA=str(tmp_path / "file"))
    assert segloop.process.wait(30) == 1
    assert "cannot be written" in segloop.text
    assert "make run DATA=" in segloop.text


def test_a_long_data_path_gets_a_socket_elsewhere(start: Callable[..., Segloop]) -> None:
    segloop = start()
    segloop.process.terminate()
    segloop.process.wait(30)
    deep = segloop.data / ("a folder with a very long name " * 3) / "and another #1 (50%)"
    segloop = start(SEGLOOP_DATA=str(deep))
    segloop.data = deep
    segloop.wait_for("Ctrl-C stops everything")
    wait_until(segloop.answers, 10)


ASK = (
    "import os, sys, redis, django; django.setup();"
    "from django.contrib.auth.models import User;"
    "from django.conf import settings;"
    "client = redis.Redis.from_url(settings.REDIS_URL);"
    "beats = sorted(key.decode() for key in client.scan_iter('segloop:worker:*'));"
    "print(User.objects.count(), *beats); sys.exit(7)"
)


def test_a_command_finds_redis_workers_and_database(start: Callable[..., Segloop]) -> None:
    alone = start("--run", "-c", ASK)
    assert alone.process.wait(90) == 7
    assert alone.answer.read_text() == "1 segloop:worker:cpu segloop:worker:gpu\n"
    assert "Workers" in alone.text
    assert "Web server" not in alone.text
    assert alone.members() == []


def test_a_command_uses_the_segloop_that_runs(start: Callable[..., Segloop]) -> None:
    running = start()
    running.wait_for("Ctrl-C stops everything")
    command = start("--run", "-c", ASK)
    assert command.process.wait(60) == 7
    assert command.answer.read_text() == "1 segloop:worker:cpu segloop:worker:gpu\n"
    assert f"Using the Segloop that runs on {running.data}" in command.text
    assert running.answers()


def stamp_engine(venv: Path) -> None:
    """Make an environment look as if the engine was installed in it."""
    (venv / "bin").mkdir(parents=True, exist_ok=True)
    (venv / "bin" / "python").touch()
    code = (
        "import sys; sys.path[:0] = ['scripts', '.']; import python_packages as p;"
        "p.stamp_installed(p.Packages.ENGINE)"
    )
    variables = {**os.environ, "SEGLOOP_VENV": str(venv)}
    subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, env=variables, check=True)


def test_people_work_while_the_engine_is_installed(
    start: Callable[..., Segloop], tmp_path: Path
) -> None:
    """The installer waits for another one here; the web server and the cpu worker do not."""
    venv = tmp_path / "venv"
    with (tmp_path / "venv.lock").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        segloop = start(SEGLOOP_INSTALL_ENGINE="1", SEGLOOP_VENV=str(venv))
        text = segloop.wait_for("Ctrl-C stops everything")
        assert "the engine is being installed; drawing works meanwhile" in text
        assert segloop.answers()
        assert segloop.member("--queues=cpu")
        state = segloop.data / "run" / "engine.json"
        wait_until(lambda: "waiting for another installation" in state.read_text(), 20)
        with pytest.raises(StopIteration):
            segloop.member("--queues=gpu")
        stamp_engine(venv)
    segloop.wait_for("installed in")
    wait_until(lambda: "Workers          gpu" in segloop.text, 60)
    assert segloop.member("--queues=gpu")
    assert not state.exists()


def test_a_failed_installation_of_the_engine_stops_nothing(
    start: Callable[..., Segloop], tmp_path: Path
) -> None:
    """There is no Python in the environment to install with."""
    segloop = start(SEGLOOP_INSTALL_ENGINE="1", SEGLOOP_VENV=str(tmp_path / "venv"))
    text = segloop.wait_for("Next try in 30 s")
    assert "The engine is not installed, so nothing trains yet; drawing works." in text
    assert segloop.answers()
    assert segloop.process.poll() is None
    segloop.process.terminate()
    assert segloop.process.wait(30) == 0
    assert segloop.members() == []
