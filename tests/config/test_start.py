"""The parts of a start, one by one."""

import ast
import io
import os
import shutil
import socket
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from config import data_folder, redis_embedded
from config.console import Console, StartError, format_seconds, last_lines
from config.launch import check_pages, check_port, read_address
from config.prepare import generate_password
from tests.services import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "scripts"))
import installing
import python_packages

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.04, "0.0 s"), (9.4, "9.4 s"), (59, "59 s"), (125, "2 min 05 s")]
)
def test_format_seconds(seconds: float, text: str) -> None:
    assert format_seconds(seconds) == text


def test_a_failure_shows_the_end_of_the_log_and_then_the_sentence(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    log.write_text("".join(f"line {number}\n" for number in range(100)))
    stream = io.StringIO()
    Console(stream).failed(StartError("Mend it.", log=log))
    text = stream.getvalue()
    assert "line 84\n" not in text
    assert "line 85\n" in text
    assert text.index("line 99") < text.index("Mend it.")


def test_a_terminal_without_unicode_gets_plain_marks() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    console = Console(stream)
    console.done("Redis", "embedded", 1.0)
    console.line("Stopping …")
    assert raw.getvalue().decode("ascii").startswith("  + Redis")


def test_last_lines_of_a_missing_log_are_none(tmp_path: Path) -> None:
    assert last_lines(tmp_path / "nothing.log") == []


def test_a_full_disk_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 300 * 1024**2))
    with pytest.raises(StartError, match="only 300 MB free: free at least 1 GB"):
        data_folder.check_folder(tmp_path)
    with pytest.raises(StartError, match=r"has 0\.3 GB free and a first installation needs 8 GB"):
        python_packages.check_space(tmp_path, 8, "a first installation")


def test_socket_path_fits_in_an_address(tmp_path: Path) -> None:
    short = Path("/srv/segloop")
    assert redis_embedded.socket_path(short) == short / "run" / "redis.sock"
    long = tmp_path / ("x" * 120)
    path = redis_embedded.socket_path(long)
    assert len(os.fsencode(path)) <= redis_embedded.SOCKET_PATH_MAX_BYTES
    assert path == redis_embedded.socket_path(long)
    assert path != redis_embedded.socket_path(tmp_path / ("y" * 120))


def test_port_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StartError, match=f"in use.*make run PORT={port + 1}"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)
    with pytest.raises(StartError, match="one of its own addresses"):
        check_port("192.0.2.1", port)
    monkeypatch.setenv("SEGLOOP_PORT", "eighty")
    with pytest.raises(StartError, match="a number from 1 to 65535"):
        read_address()


def test_pages_that_are_not_built(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"not built .*is missing\): make run builds"):
        check_pages(tmp_path)
    (tmp_path / "index.html").touch()
    check_pages(tmp_path)


def test_a_start_without_pages_says_so_before_anything_is_started(tmp_path: Path) -> None:
    """A copy of the launcher in a tree without frontend/dist, as a checkout is before make run."""
    for room in ("config", "annotator"):
        shutil.copytree(REPOSITORY / room, tmp_path / room)
    result = subprocess.run(
        [sys.executable, "-m", "config.launch"],
        cwd=tmp_path,
        env={**os.environ, "SEGLOOP_DATA": str(tmp_path / "data"), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "The pages are not built" in result.stdout
    assert "Redis" not in result.stdout


def test_passwords_differ() -> None:
    assert len({generate_password() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("output", "word"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("NewConnectionError: Failed to establish", "network"),
        ("ERROR: No matching distribution found for torch==2.12.1", "Python 3.11 or 3.12"),
        ("PermissionError: [Errno 13] Permission denied: '/x'", "who owns it"),
        ("something else", "the log says why"),
    ],
)
def test_a_failing_pip_is_explained(output: str, word: str) -> None:
    assert word in installing.explain_pip(output)


def test_bootstrap_parses_on_an_old_python() -> None:
    source = (REPOSITORY / "scripts" / "bootstrap.py").read_text()
    ast.parse(source, feature_version=(3, 4))
    assert "f'" not in source
    assert 'f"' not in source


def old_pythons() -> list[str]:
    """Pythons older than 3.11 on this machine."""
    names = [f"python3.{minor}" for minor in range(4, 11)] + ["python2", "python2.7"]
    found = [path for name in names if (path := shutil.which(name))]
    found += map(str, Path.home().glob(".pyenv/versions/*/bin/python"))
    return found


def test_an_old_python_gets_one_sentence(tmp_path: Path) -> None:
    tried = 0
    for python in old_pythons():
        version = subprocess.run(
            [python, "-c", "import sys; print(sys.version_info[:2] < (3, 11))"],
            capture_output=True,
            text=True,
        )
        if version.stdout.strip() != "True":
            continue
        tried += 1
        result = subprocess.run(
            [python, "scripts/bootstrap.py", "run"],
            cwd=REPOSITORY,
            env={"PATH": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert result.returncode == 1
        assert result.stderr.strip().startswith("Segloop needs Python 3.11 or newer")
        assert result.stderr.strip().count("\n") == 0
    if not tried:
        pytest.skip("no Python older than 3.11 is on this machine")


def test_web_process_never_imports_torch() -> None:
    code = (
        "import sys, config.asgi\n"
        "from django.urls import get_resolver\n"
        "get_resolver().url_patterns\n"  # loads every view
        "print(sorted({'torch', 'torchvision', 'ultralytics', 'cv2'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr


def test_launcher_imports_only_the_standard_library() -> None:
    code = "import sys, config.launch; print({'django', 'celery', 'redis'} & set(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert result.stdout.strip() == "set()", result.stdout + result.stderr


def test_a_database_counts_as_prepared_only_with_every_migration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlite3

    monkeypatch.delenv("DATABASE_URL")
    data_folder.check_folder(tmp_path)
    assert not data_folder.is_prepared(tmp_path)
    migrations = [["auth", "0001_initial"], *map(list, data_folder.own_migrations())]
    with sqlite3.connect(tmp_path / "segloop.sqlite3") as connection:
        connection.execute("CREATE TABLE django_migrations (app TEXT, name TEXT)")
        connection.execute("CREATE TABLE auth_user (id INTEGER)")
        connection.execute("INSERT INTO auth_user VALUES (1)")
        connection.executemany("INSERT INTO django_migrations VALUES (?, ?)", migrations)
    assert not data_folder.is_prepared(tmp_path)
    data_folder.write_prepared(tmp_path, migrations)
    assert data_folder.is_prepared(tmp_path)
    with sqlite3.connect(tmp_path / "segloop.sqlite3") as connection:  # an older backup is put back
        connection.execute("DELETE FROM django_migrations WHERE app = 'annotator'")
    assert not data_folder.is_prepared(tmp_path)
