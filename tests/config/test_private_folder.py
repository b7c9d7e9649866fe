"""The data folder is closed to other users of the machine."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from config import data_folder, redis_embedded
from config.private_folder import close_folder
from tests.services import REPOSITORY


def mode_of(path: Path) -> str:
    return f"{stat.S_IMODE(path.stat().st_mode):o}"


@pytest.fixture
def open_root(tmp_path: Path) -> Path:
    """A data folder as earlier versions left it."""
    root = tmp_path / "data"
    for name in ("run", "logs", "redis/appendonlydir", "uploads", "datasets/pond/images"):
        (root / name).mkdir(parents=True)
    for name in (
        *("segloop.sqlite3", "segloop.sqlite3-wal", "segloop.sqlite3-shm", "secret_key"),
        *("logs/web.log", "logs/web.log.1", "redis/dump.rdb", "redis/appendonlydir/a.aof"),
        "uploads/archive.zip",
    ):
        (root / name).write_text("x")
        (root / name).chmod(0o644)
    for folder, _, _ in os.walk(root):
        Path(folder).chmod(0o755)
    return root


def test_an_open_folder_is_closed_and_told_once(open_root: Path) -> None:
    (sentence,) = close_folder(open_root)
    assert sentence == (
        f"{open_root} was open to other users of this machine (mode 755) and is closed now (700)."
    )
    for name in (".", "run", "logs", "redis", "redis/appendonlydir", "uploads", "datasets"):
        assert mode_of(open_root / name) == "700", name
    for name in (
        *("segloop.sqlite3", "segloop.sqlite3-wal", "segloop.sqlite3-shm", "secret_key"),
        *("logs/web.log", "logs/web.log.1", "redis/dump.rdb", "redis/appendonlydir/a.aof"),
    ):
        assert mode_of(open_root / name) == "600", name
    assert close_folder(open_root) == []


def test_a_folder_on_another_disk_is_closed_too(open_root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o755)
    elsewhere.chmod(0o755)
    (open_root / "versions").symlink_to(elsewhere)
    (open_root / "nowhere").symlink_to(tmp_path / "missing")
    sentences = close_folder(open_root)
    assert len(sentences) == 2
    assert str(open_root / "versions") in sentences[1]
    assert mode_of(elsewhere) == "700"


@pytest.mark.parametrize("is_ignored", [True, False])
def test_what_cannot_be_closed_says_what_to_do(
    open_root: Path, monkeypatch: pytest.MonkeyPatch, is_ignored: bool
) -> None:
    def chmod(path: Path, mode: int) -> None:
        if not is_ignored:
            raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(Path, "chmod", chmod)
    (sentence,) = close_folder(open_root)
    reason = "keeps no permissions" if is_ignored else "Operation not permitted"
    assert reason in sentence
    assert f"chmod 700 {open_root}" in sentence


def test_every_django_process_makes_private_files_in_a_private_folder(tmp_path: Path) -> None:
    script = (
        "import os, subprocess; os.umask(0o022); import django; django.setup();"
        "from django.conf import settings; (settings.DATA_ROOT / 'new.txt').write_text('x');"
        "subprocess.run(['touch', settings.DATA_ROOT / 'by_a_child.txt'], check=True)"
    )
    root = tmp_path / "data"
    environment = {
        **os.environ,
        "SEGLOOP_DATA": str(root),
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SEGLOOP_SECRET_KEY": "",
    }
    subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, env=environment, check=True)
    assert mode_of(root) == "700"
    for name in ("new.txt", "by_a_child.txt", "secret_key"):
        assert mode_of(root / name) == "600", name
    root.chmod(0o755)
    told = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environment, capture_output=True
    )
    assert b"was open to other users" in told.stderr
    assert mode_of(root) == "700"


def test_the_socket_folder_of_somebody_else_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    root = tmp_path / ("x" * 120)
    data_folder.check_folder(root)
    folder = redis_embedded.socket_path(root).parent
    folder.mkdir()
    folder.chmod(0o755)
    redis_embedded.prepare_folders(root)
    assert mode_of(folder) == "700"
    folder.rmdir()
    folder.symlink_to(root)
    with pytest.raises(PermissionError, match="is no folder"):
        redis_embedded.prepare_folders(root)
