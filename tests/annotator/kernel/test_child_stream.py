"""A child that says how far it is: what it says is heard, and a silent one is ended."""

import time
from pathlib import Path
from typing import Any

import pytest

from annotator.kernel import child_process, child_stream
from annotator.kernel.child_process import ChildFailedError
from annotator.kernel.child_stream import ChildRefusedError, follow_module


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a text of Python as such a module."""
    (tmp_path / "input").write_bytes(b"what it reads")
    monkeypatch.setattr(
        child_stream,
        "child_environment",
        lambda: {**child_process.child_environment(), "PYTHONPATH": str(tmp_path)},
    )

    def run(code: str, **values: Any) -> list[bytes]:
        (tmp_path / "the_child.py").write_text(f"import sys, time\n{code}")
        heard: list[bytes] = []
        with (tmp_path / "input").open("rb") as stdin:
            options = {"stall_seconds": 60.0, "on_line": heard.append, **values}
            follow_module("the_child", "argument", stdin=stdin, **options)
        return heard

    return run


def test_lines_are_heard_as_they_are_written(child: Any) -> None:
    heard = child("print(sys.argv[1])\nprint(sys.stdin.read())\nsys.stdout.write('no end')")
    assert heard == [b"argument", b"what it reads"]


def test_the_last_words_of_one_that_failed_are_the_error(child: Any) -> None:
    with pytest.raises(ChildFailedError, match="disk is on fire"):
        child("sys.exit('much\\ndisk is on fire')")
    with pytest.raises(ChildRefusedError, match="no video"):
        child("sys.stderr.write('no video')\nsys.exit(3)")
    with pytest.raises(ChildFailedError, match="-9"):
        child("import os\nos.kill(os.getpid(), 9)")


def test_one_that_is_silent_is_ended(child: Any) -> None:
    with pytest.raises(ChildFailedError, match=r"did not go on for 0\.5 s"):
        child("time.sleep(100)", stall_seconds=0.5)


def test_what_a_listener_raises_ends_it(child: Any, tmp_path: Path) -> None:
    after = tmp_path / "after"

    class StopError(Exception):
        pass

    def stop(_: bytes) -> None:
        raise StopError

    code = f"print('go', flush=True)\ntime.sleep(1)\nopen({str(after)!r}, 'w')"
    with pytest.raises(StopError):
        child(code, on_line=stop)
    time.sleep(1.5)
    assert not after.exists()
