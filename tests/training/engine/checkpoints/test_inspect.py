"""A stranger's checkpoint says what it is, or is refused with the reason; nothing in it runs."""

import subprocess
import sys
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from ..conftest import Trained
from ..harness import Answer, ask_engine

pytestmark = pytest.mark.slow


def inspect(checkpoint: Path) -> Answer:
    with TemporaryDirectory() as config:
        return ask_engine("inspect", {"checkpoint": str(checkpoint), "config_dir": config})


def test_a_segmentation_model_says_what_it_is(trained: Trained) -> None:
    found = inspect(trained.checkpoint).last
    assert found["type"] == "finished", found
    assert (found["task"], found["base_model"]) == ("segment", "yolov8n-seg.yaml")
    assert found["class_names"] == ["round", "square"]
    assert 3_000_000 < found["parameters"] < 3_500_000
    assert found["imgsz"] == 96
    assert found["ultralytics"].startswith("8.")
    assert found["arguments"]["epochs"] == 24


MAKE_EVIL = """
import os, sys, torch
class Evil:
    def __reduce__(self):
        return {call}
torch.save({{"model": Evil(), "train_args": {{}}}}, sys.argv[1])
"""
MAKE_DETECTION = """
import sys, torch
from ultralytics.nn.tasks import DetectionModel
torch.save({"model": DetectionModel("yolov8n.yaml", verbose=False), "train_args": {}}, sys.argv[1])
"""


def make(program: str, path: Path, *arguments: str) -> Path:
    subprocess.run([sys.executable, "-c", program, str(path), *arguments], check=True)
    return path


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ("(os.system, (f'touch {sys.argv[2]}',))", "system"),
        ("(eval, (f'open({sys.argv[2]!r}, \"w\")',))", "eval"),
        ("(getattr, (torch.nn.Linear, '__subclasses__'))", "safely"),
        ("(torch.nn.Linear, (10 ** 6, 10 ** 6))", "memory"),
    ],
    ids=["system", "eval", "getattr", "memory"],
)
def test_a_checkpoint_that_carries_calls_is_refused(tmp_path: Path, call: str, says: str) -> None:
    mark = tmp_path / "it_ran"
    evil = make(MAKE_EVIL.format(call=call), tmp_path / "evil.pt", str(mark))
    answer = inspect(evil)
    assert (answer.code, answer.last["code"]) == (1, "checkpoint_refused"), answer.log[-3000:]
    assert says in answer.last["message"]
    assert "evil.pt" in answer.last["message"]
    assert not mark.exists()


def test_a_detection_model_is_refused(tmp_path: Path) -> None:
    answer = inspect(make(MAKE_DETECTION, tmp_path / "detection.pt"))
    assert answer.last["code"] == "checkpoint_refused", answer.log[-3000:]
    assert "'detect'" in answer.last["message"]


def test_damaged_and_foreign_files_are_refused(trained: Trained, tmp_path: Path) -> None:
    whole = trained.checkpoint.read_bytes()
    files: dict[str, tuple[bytes, str]] = {
        "cut.pt": (whole[: len(whole) // 2], "cut short"),
        "empty.pt": (b"", "cut short"),
        "picture.pt": (b"\x89PNG\r\n\x1a\n" + bytes(1000), "not a checkpoint"),
    }
    for name, (content, says) in files.items():
        path = tmp_path / name
        path.write_bytes(content)
        refused(path, says)


@pytest.mark.parametrize("content", ["{'weight': torch.zeros(3)}", "torch.nn.Linear(2, 2)"])
def test_what_holds_no_model_of_ultralytics_is_refused(tmp_path: Path, content: str) -> None:
    program = f"import sys, torch; torch.save({content}, sys.argv[1])"
    refused(make(program, tmp_path / "other.pt"), "holds no model as Ultralytics saves one")


def refused(path: Path, says: str) -> None:
    answer = inspect(path)
    assert answer.last.get("code") == "checkpoint_refused", answer.last
    assert says in answer.last["message"]


def test_archives_that_would_grow_are_refused(trained: Trained, tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.pt"
    with zipfile.ZipFile(bomb, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model/data.pkl", bytes(200 << 20))
    assert bomb.stat().st_size < 1 << 20
    refused(bomb, "compressed")
    other = tmp_path / "other.pt"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("notes.txt", "hello")
    refused(other, "not of a model")
