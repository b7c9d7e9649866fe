"""``manage.py predict``: models and sources by name, what is written, exit status, sentences."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import ManagementUtility, call_command
from django.core.management.base import CommandError

from training import paths
from training.management.commands.predict import Command
from training.models import ServedModel, Weights

from .conftest import Room
from .test_sources import MIXED, png, write, zip_of


def call(*arguments: object) -> tuple[dict[str, Any], int]:
    """The object on the last line, and the exit status."""
    out, command = io.StringIO(), Command()
    words = [str(argument) for argument in arguments]
    call_command(command, *words, "--device", "cpu", "--json", stdout=out, stderr=io.StringIO())
    return json.loads(out.getvalue().splitlines()[-1]), command.exit_status


def test_every_kind_of_source_of_this_machine(room: Room, tmp_path: Path) -> None:
    write(tmp_path / "set", MIXED)
    (tmp_path / "set.zip").write_bytes(zip_of(MIXED).getvalue())
    (tmp_path / "one.png").write_bytes(png(1))
    (tmp_path / "two.png").write_bytes(png(2))
    slug = room.pond.dataset.slug
    out = tmp_path / "out"
    result, status = call(
        *(room.best.run_id, tmp_path / "one.png", tmp_path / "two.png", tmp_path / "set"),
        *(tmp_path / "set.zip", f"dataset:{slug}", f"dataset:{slug}?split=val"),
        *(f"version:{room.version.pk}/train", "--conf", "0.5", "--out", out),
    )
    # 2 files, 3 of the folder and of the archive each (one damaged), 6, 2 and 3 of the dataset
    assert (result["images"], result["frames"], result["failed"]) == (2 + 3 + 3 + 6 + 2 + 3, 0, 2)
    assert result["objects"] == result["per_class"]["disc"] == result["images"] - 2
    assert result["skipped"] == 4
    assert status == 2, "not whole: two images are damaged"
    assert len(list((out / "labels").iterdir())) == result["objects"], "no name is written twice"
    written = json.loads((out / "result.json").read_text())
    assert len(written["images"]) == result["images"]
    assert written["classes"] == ["disc", "diamond"]
    assert result["files"] == [str(out / "result.json"), str(out / "labels")]


def test_models_by_their_names(room: Room, tmp_path: Path) -> None:
    image = tmp_path / "one.png"
    image.write_bytes(png(1))
    ServedModel.objects.create(name="ponds", dataset=room.pond.dataset, checkpoint=room.best)
    theirs = tmp_path / "theirs.pt"
    theirs.write_text(json.dumps({"class_names": ["cat"]}))
    found = {}
    for model in (f"run:{room.best.run_id}", f"checkpoint:{room.best.pk}", "ponds", theirs, theirs):
        result, status = call(model, image, "--out", tmp_path / "out")
        assert (result["images"], status) == (1, 0)
        found[str(model)] = list(result["per_class"])
    assert found[str(theirs)] == ["cat"]
    assert found["ponds"] == ["disc", "diamond"]
    weights = Weights.objects.get()  # taken in once
    assert paths.uploaded_weights_path(weights).is_file()
    assert theirs.is_file()
    result, _ = call(f"weights:{weights.pk}", image, "--out", tmp_path / "out")
    assert result["objects"] == 1


def test_options_reach_the_engine(room: Room, tmp_path: Path) -> None:
    image = tmp_path / "one.png"
    image.write_bytes(png(1))
    call(
        *(room.best.run_id, image, "--out", tmp_path / "out", "--classes", "diamond"),
        *("--imgsz", "96", "--iou", "0.4", "--max-det", "7", "--retina-masks", "--tile"),
    )
    (request,) = room.engine.predict_requests
    wanted: dict[str, object] = {
        "conf": 0.05,
        "iou": 0.4,
        "imgsz": 96,
        "max_det": 7,
        "retina_masks": True,
    }
    wanted |= {"classes": [1], "tile": {"size": "auto", "overlap": 0.2}}
    assert {name: request[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["{run}", "nowhere.png"], "There is no file nowhere.png."),
        (["nobody", "{image}"], "There is no model “nobody”."),
        (["run:999999", "{image}"], "There is no model “run:999999”."),
        (["nowhere.pt", "{image}"], "There is no file nowhere.pt."),
        (["{run}", "dataset:nowhere"], "There is no dataset “nowhere”"),
        (["{run}", "dataset:{slug}?sort=up"], "There is no `sort` here"),
        (["{run}", "dataset:{slug}?split=banana"], "banana"),
        (["{run}", "version:99999/val"], "There is no version 99999."),
        (["{run}", "version:{version}/banana"], "splits train, val, test, not banana"),
        (["{run}", "http://127.0.0.1/a.png"], "inside this network"),
        (["{run}", "{image}", "--conf", "0"], "--conf must be from 0.05 to 1."),
        (["{run}", "{image}", "--iou", "2"], "`iou` is a number from 0 to 1."),
        (["{run}", "{image}", "--imgsz", "100"], "`imgsz` is a multiple of 32."),
        (["{run}", "{image}", "--classes", "cow"], "does not know the class “cow”"),
        (["{run}", "{image}", "--augment"], "unrecognized arguments: --augment"),
    ],
)
def test_bad_input_is_one_sentence(
    room: Room, tmp_path: Path, words: list[str], sentence: str
) -> None:
    image = tmp_path / "one.png"
    image.write_bytes(png(1))
    names = {
        **{"run": room.best.run_id, "image": image, "slug": room.pond.dataset.slug},
        **{"version": room.version.pk},
    }
    with pytest.raises(CommandError) as raised:
        call(*(word.format(**names) for word in words))
    assert sentence in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_script_reads_what_is_wrong_with_its_options_in_the_last_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the shell starts it: exit status 1, the sentence in JSON and for people."""
    words = ["manage.py", "predict", "7", "a.png", "--augment", "--json"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as ended:
        ManagementUtility(words).execute()
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[-1]) == {"error": "unrecognized arguments: --augment"}
    assert "usage: manage.py predict" in err


def test_files_of_one_name_get_a_label_file_each(room: Room, tmp_path: Path) -> None:
    write(tmp_path / "set", {f"{number}/Frame.png": png(number) for number in range(4)})
    result, status = call(room.best.run_id, tmp_path / "set", "--out", tmp_path / "out")
    assert (result["images"], status) == (4, 0)
    names = sorted(path.name for path in (tmp_path / "out" / "labels").iterdir())
    assert names == ["Frame-2.txt", "Frame-3.txt", "Frame-4.txt", "Frame.txt"]
