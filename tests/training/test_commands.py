"""The commands for scripts, on a bare machine: no worker runs, so they do the work themselves."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from annotator.models import Image

from .conftest import Pond, draw_picture, make_pond


def call(*arguments: object) -> dict[str, Any]:
    """Run a command with --json; the object on its last line."""
    out = io.StringIO()
    call_command(*(str(argument) for argument in arguments), "--json", stdout=out)
    last: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return last


@pytest.mark.slow
def test_freeze_train_predict(pond: Pond, tmp_path: Path) -> None:
    slug, name = pond.dataset.slug, pond.dataset.name
    frozen = call("freeze_version", name)
    assert frozen["version"] == 1
    assert frozen["images"] == {"train": 8, "val": 4, "test": 2}
    assert Path(frozen["data_yaml"]).is_file()

    options = ["--model", "yolov8n-seg.yaml", "--epochs", 1, "--imgsz", 64, "--batch", 4]
    trained = call("train", slug, *options, "--device", "cpu", "--wait")
    assert trained["state"] == "finished"
    assert trained["version"] == 1  # nothing changed since
    assert Path(trained["best_pt"]).is_file()
    assert trained["evaluation"]["images"] == 4
    assert set(trained["evaluation"]["mask"]) == {"precision", "recall", "map50", "map50_95"}
    assert set(trained["evaluation"]["operating"]) == {"box", "mask"}

    pictures = []
    for number in range(2):
        picture = tmp_path / f"new-{number}.png"
        picture.write_bytes(draw_picture(np.random.default_rng(number))[0])
        pictures.append(picture)
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    out = tmp_path / "out"
    predicted = call(
        "predict", trained["run"], *pictures, tmp_path / "broken.jpg", "--conf", 0.05, "--out", out
    )
    assert (predicted["images"], predicted["frames"], predicted["failed"]) == (3, 0, 1)
    assert sorted(path.name for path in (out / "labels").iterdir()) == ["new-0.txt", "new-1.txt"]
    images = json.loads((out / "result.json").read_text())["images"]
    assert [image["file_name"] for image in images] == ["new-0.png", "new-1.png", "broken.jpg"]
    assert images[2]["error"]
    assert predicted["objects"] == sum(len(image["instances"]) for image in images)


def test_train_without_wait_only_queues(pond: Pond) -> None:
    queued = call("train", pond.dataset.slug, "--model", "yolov8n-seg.yaml", "--epochs", 1)
    assert queued["state"] == "queued"
    assert queued["parameters"]["image_size"] == 640


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["freeze_version", "nowhere"], "no dataset “nowhere”"),
        (["predict", "999999", "x.png"], "There is no file x.png"),
        (["train", "{slug}", "--model", "yolov3.pt"], "no base model “yolov3.pt”"),
        (["train", "{slug}", "--imgsz", "100"], "multiple of 32"),
        (["train", "{slug}", "--device", "banana"], "A device is"),
        (["train", "{slug}", "--version-number", "7"], "no version 7"),
        (["freeze_version", "{slug}"], "val split"),
    ],
)
def test_failures_are_a_sentence_and_json(arguments: list[str], sentence: str) -> None:
    pond = make_pond()
    pond.fill(train=1, val=0, test=0)
    out = io.StringIO()
    with pytest.raises(CommandError, match=sentence):
        call_command(
            *(item.format(slug=pond.dataset.slug) for item in arguments), "--json", stdout=out
        )
    assert sentence in json.loads(out.getvalue().splitlines()[-1])["error"]


def test_a_version_that_cannot_be_frozen_fails_the_command(pond: Pond) -> None:
    from annotator import paths

    image = Image.objects.get(dataset=pond.dataset, stem="train-01")
    paths.image_path(image).unlink()
    with pytest.raises(CommandError, match=r"train-01\.png is not on the disk"):
        call("freeze_version", pond.dataset.slug)
