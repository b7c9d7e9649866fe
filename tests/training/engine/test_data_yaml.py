"""What Ultralytics makes of data.yaml, wherever it was unpacked and from wherever it is started."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.labels.formats import FORMATS
from annotator.labels.formats.base import WrittenImage
from tests.annotator.sources import picture_bytes

pytestmark = pytest.mark.slow

ASK = """
import json, os, sys
from ultralytics.data.utils import check_det_dataset
found = []
for folder, yaml in json.loads(sys.argv[1]):
    os.chdir(folder)
    data = check_det_dataset(yaml)
    found.append([data["train"], data["val"], data["nc"], data["names"]])
print("ANSWER" + json.dumps(found))
"""


def written(pictures: Path) -> Iterator[WrittenImage]:
    for number, split in enumerate(("train", "train", "test")):
        file = pictures / f"{number}.png"
        file.write_bytes(picture_bytes(number))
        yield WrittenImage(split, f"cam {number}/a.png", file, (40, 30), list, None)


def unpack(root: Path, pictures: Path) -> None:
    for name, content in FORMATS["yolo"].write({0: "no", 1: "ö"}, list(written(pictures))):
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        assert isinstance(content, bytes | Path)
        path.write_bytes(content if isinstance(content, bytes) else content.read_bytes())


def test_ultralytics_finds_the_images_from_any_folder(tmp_path: Path) -> None:
    """Absolute and relative, with spaces, a moved folder, a folder that cannot be written to
    (Kaggle's input), a file name beside others (Colab): each time the same images. No image is in
    val, so its folder is there, empty."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    plain, spaced = tmp_path / "content" / "set", tmp_path / "My Sets" / "a set (1)"
    moved = tmp_path / "elsewhere" / "set"
    kaggle = tmp_path / "kaggle" / "input" / "set"
    for root in (plain, spaced, kaggle):
        unpack(root, pictures)
    moved.parent.mkdir()
    plain.rename(moved)
    kaggle.chmod(0o555)
    working = tmp_path / "kaggle" / "working"
    working.mkdir()
    (working / "images").mkdir()  # a folder of that name where it is started
    asked = [
        (working, str(spaced / "data.yaml"), spaced),
        (working, str(moved / "data.yaml"), moved),
        (working, str(kaggle / "data.yaml"), kaggle),
        (working, "../input/set/data.yaml", kaggle),
        (spaced, "data.yaml", spaced),
        (spaced, "./data.yaml", spaced),
        (spaced.parent, "a set (1)/data.yaml", spaced),
        (spaced / "images", "../data.yaml", spaced),
    ]
    answer = subprocess.run(
        [sys.executable, "-c", ASK, json.dumps([[str(where), yaml] for where, yaml, _ in asked])],
        capture_output=True,
        text=True,
        env={**os.environ, "YOLO_OFFLINE": "1", "YOLO_CONFIG_DIR": str(tmp_path / "settings")},
        check=False,
    )
    kaggle.chmod(0o755)
    assert answer.returncode == 0, answer.stderr[-2000:]
    found = json.loads(answer.stdout.rpartition("ANSWER")[2])
    for (where, yaml, root), (train, val, count, names) in zip(asked, found, strict=True):
        expected = (str(root / "images" / "train"), str(root / "images" / "val"))
        assert (train, val) == expected, f"{yaml} from {where}"
        assert (count, names) == (2, {"0": "no", "1": "ö"})
