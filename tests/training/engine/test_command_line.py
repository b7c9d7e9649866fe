"""The engine alone: flags instead of a request, sentences on a terminal, no Django anywhere."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from training.engine.command_line import read_invocation

from .conftest import Trained
from .harness import REPOSITORY

ENGINE = [sys.executable, "-m", "training.engine"]
WITHOUT_DJANGO = """
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("django", "rest_framework", "celery", "redis"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Refuse())
"""


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """An environment with torch and Ultralytics, but none of the web application's packages."""
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(WITHOUT_DJANGO)
    return {
        **os.environ,
        "PYTHONPATH": f"{tmp_path / 'site'}{os.pathsep}{REPOSITORY}",
        "YOLO_CONFIG_DIR": str(tmp_path / "config"),
    }


def run(
    words: list[str], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*ENGINE, *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=300,
    )


def test_the_bare_environment_has_no_django(bare: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import django"], env=bare, capture_output=True)
    assert b"No module named 'django'" in done.stderr


@pytest.mark.slow
def test_a_training_by_flags_alone(bare: dict[str, str], dataset: Path, tmp_path: Path) -> None:
    done = run(
        [
            *("train", "--data", str(dataset / "dataset" / "data.yaml")),
            *("--model", "yolov8n-seg.yaml", "--epochs", "1", "--imgsz", "32", "--batch", "8"),
            *("--device", "cpu", "--mosaic=0.5", "--cos_lr=true", "--freeze=null", "--plots=false"),
            *("--sample-every", "1", "--sample-images", str(dataset / "dataset/images/test")),
        ],
        bare,
        tmp_path,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["type"] == "finished"
    sample = next(event for event in events if event["type"] == "sample")
    assert len(sample["images"]) == 4
    arguments = (tmp_path / "runs" / "1" / "args.yaml").read_text()
    assert "mosaic: 0.5\n" in arguments
    assert "cos_lr: true\n" in arguments
    assert events[-1]["best"] == str(tmp_path / "runs" / "1" / "weights" / "best.pt")


@pytest.mark.slow
def test_a_terminal_gets_sentences_and_the_log_a_file(
    bare: dict[str, str], trained: Trained, tmp_path: Path
) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*ENGINE, "inspect", str(trained.checkpoint)],
        env=bare,
        cwd=tmp_path,
        stdout=theirs,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
    ) as process:
        process.communicate(timeout=300)
    os.close(theirs)
    said = os.read(ours, 1 << 16).decode().replace("\r\n", "\n")
    os.close(ours)
    assert said.startswith("finished\n")
    assert "  base_model: yolov8n-seg.yaml\n" in said
    assert (tmp_path / "engine.log").exists()


@pytest.mark.slow
def test_predictions_by_flags(bare: dict[str, str], trained: Trained, tmp_path: Path) -> None:
    folder = trained.folder / "dataset" / "images" / "test"
    done = run(
        ["predict", str(trained.checkpoint), str(folder), "--imgsz", "96", "--device", "cpu"],
        bare,
        tmp_path,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events[-1]["image_count"] == 8, done.stderr[-2000:]


@pytest.mark.parametrize("command", ["predict", "video"])
@pytest.mark.parametrize(
    ("words", "asked"),
    [
        (["--conf", "0.4"], {"conf": 0.4}),
        (["--iou", "0.5"], {"iou": 0.5}),
        (["--imgsz", "96"], {"imgsz": 96}),
        (["--classes", "1", "0"], {"classes": [1, 0]}),
        (["--max-det", "3"], {"max_det": 3}),
        (["--retina-masks"], {"retina_masks": True}),
        (["--half"], {"half": True}),
        (["--tile"], {"tile": {"size": "auto", "overlap": 0.2}}),
        (["--tile", "320"], {"tile": {"size": 320, "overlap": 0.2}}),
    ],
)
def test_an_option_of_a_prediction_has_its_flag(
    command: str, words: list[str], asked: dict[str, object], tmp_path: Path
) -> None:
    file = tmp_path / "one.png"
    file.touch()
    plain = read_invocation([command, "best.pt", str(file)]).request
    assert (plain["conf"], plain["iou"], plain["imgsz"]) == (0.25, 0.7, 640)
    assert not {"classes", "max_det", "tile"} & plain.keys()
    given = read_invocation([command, "best.pt", str(file), *words]).request
    assert given == {**plain, **asked}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "required: command"),
        (["trian"], "invalid choice: 'trian'"),
        (["train", "--data", "data.yaml"], "required: --model"),
        (["train", "--data", "d.yaml", "--model", "m.pt", "--mosaic", "0.5"], "--name=value"),
        (["predict", "best.pt", "/nowhere"], "/nowhere does not exist"),
        (["predict", "best.pt", ".", "--tile", "small"], "small is no number of pixels"),
        (["inspect", "best.pt", "--conf=1"], "unrecognized arguments: --conf=1"),
    ],
)
def test_wrong_flags_are_answered_with_usage(
    words: list[str], says: str, bare: dict[str, str], tmp_path: Path
) -> None:
    done = run(words, bare, tmp_path)
    assert done.returncode == 2
    assert says in done.stderr
    assert "usage:" in done.stderr


def test_help_needs_no_torch(bare: dict[str, str], tmp_path: Path) -> None:
    done = run(["train", "--help"], {**bare, "PYTHONPROFILEIMPORTTIME": "1"}, tmp_path)
    assert done.returncode == 0
    assert "--sample-every" in done.stdout
    assert "| torch" not in done.stderr


def test_a_request_that_is_not_json_is_refused(bare: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [*ENGINE, "train"], input="{", env=bare, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert json.loads(done.stdout)["code"] == "bad_request"
