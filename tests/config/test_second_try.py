"""A slow test that fails beside others gets one more try, and is named."""

import sys
from pathlib import Path

import pytest

from config.console import Console, StartError
from tests.services import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "scripts"))

import check

FAILS_ONCE = """
from pathlib import Path
def test_{name}():
    seen = Path(__file__).with_suffix(".seen")
    was_seen = seen.exists()
    seen.touch()
    assert was_seen
"""
FAILS = "def test_always():\n    assert False\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(check, "REPOSITORY", tmp_path)
    (tmp_path / "test_whole.py").write_text("def test_whole():\n    pass\n")
    return tmp_path


def run() -> None:
    check.pytest_with_second_try("Slow tests", "-q", side_by_side=("-p", "no:randomly"))


def write_flaky(folder: Path, count: int) -> None:
    for number in range(count):
        (folder / f"test_{number}.py").write_text(FAILS_ONCE.format(name=number))


def test_what_passes_alone_is_named(
    folder: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "CONSOLE", Console())  # that of the module writes past ``capfd``
    write_flaky(folder, 2)
    run()
    assert "Flaky: test_0.py::test_0 failed beside other tests" in capfd.readouterr().out
    run()
    assert "Flaky" not in capfd.readouterr().out


def test_what_fails_twice_fails_the_whole(folder: Path) -> None:
    write_flaky(folder, 1)
    (folder / "test_always.py").write_text(FAILS)
    with pytest.raises(StartError):
        run()


def test_more_than_three_get_no_second_try(folder: Path) -> None:
    write_flaky(folder, 4)
    with pytest.raises(StartError):
        run()
