"""The engine as a child process: its log, its lock, its environment, its end in words."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from training.jobs import engine_process
from training.jobs.engine_process import (
    EngineLock,
    EngineLockedError,
    EngineProcess,
    engine_lock,
    read_tail,
)
from training.jobs.supervising import explain_exit

from ..conftest import Engine


@pytest.mark.parametrize(
    ("content", "lines", "expected"),
    [
        (b"one\ntwo\nthree\n", 2, ("two\nthree", True)),
        (b"one\ntwo", 5, ("one\ntwo", False)),
        (b"start\n 10%\r 50%\r100%\nend\n", 5, ("start\n100%\nend", False)),
        (b"windows\r\n", 5, ("windows", False)),
        (b"\xff\xfe broken\n", 5, ("\ufffd\ufffd broken", False)),
        (b"", 5, ("", False)),
    ],
)
def test_the_end_of_a_log(
    tmp_path: Path, content: bytes, lines: int, expected: tuple[str, bool]
) -> None:
    log = tmp_path / "log"
    log.write_bytes(content)
    assert read_tail(log, lines=lines) == (*expected, len(content))
    assert read_tail(tmp_path / "none", lines=lines) == ("", False, 0)


def test_a_lock_is_held_as_long_as_a_child_lives(tmp_path: Path) -> None:
    path = tmp_path / "run-1"
    with engine_lock(path) as lock:
        assert lock.descriptor is not None
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            pass_fds=(lock.descriptor,),
        )
        lock.hand_over(child.pid)
    with pytest.raises(EngineLockedError), engine_lock(path, wait_seconds=0.1):
        pass  # the holder is no engine of ours, so it is not killed either
    assert child.poll() is None
    child.communicate(b"\n")
    second = EngineLock(path)
    assert second.take(wait_seconds=5)
    second.close()


def test_the_engine_knows_no_secrets_and_leaves_no_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEGLOOP_SECRET_KEY", "a-secret")
    monkeypatch.setenv("DATABASE_URL", "postgresql://segloop:a-secret@db/segloop")
    request = {"config_dir": str(tmp_path / "config")}
    with EngineProcess("devices", request, log=tmp_path / "log") as engine:
        assert b"a-secret" not in Path(f"/proc/{engine.pid}/environ").read_bytes()
        pid = engine.pid
    assert engine.exit_code is not None
    assert not Path(f"/proc/{pid}").exists()


def test_a_request_that_is_none_fails_with_a_sentence(tmp_path: Path) -> None:
    with EngineProcess("evaluate", {}, log=tmp_path / "log") as engine:
        events = [event for event in engine.events() if event is not None]
    assert [event["type"] for event in events] == ["failed"]
    assert events[0]["message"]


@pytest.mark.parametrize(
    ("code", "log", "words"),
    [
        (-11, "", "signal SIGSEGV"),
        (3, "something\nValueError: no\n", "code 3). Its last words: ValueError: no"),
    ],
)
def test_an_end_without_a_word_is_explained(code: int, log: str, words: str) -> None:
    sentence, hint = explain_exit(code, log)
    assert words in sentence
    assert hint


def test_an_engine_waits_for_whoever_takes_its_events(
    tmp_path: Path, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A video of a day would else be in memory before it is in the database."""
    monkeypatch.setattr(engine_process, "MOST_WAITING_BYTES", 300_000)
    (engine.folder / "training" / "engine" / "__main__.py").write_text(
        "import json\n"
        "for number in range(50):\n"
        "    print(json.dumps({'type': 'frames', 'number': number, 'rest': 'x' * 100_000}))\n"
    )
    with EngineProcess("video", {}, log=tmp_path / "log") as process:
        deadline = time.monotonic() + 30
        while process._waiting < 300_000 and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        assert process._waiting < 500_000
        events = [event for event in process.events() if event is not None]
    assert [event["number"] for event in events] == list(range(50))
