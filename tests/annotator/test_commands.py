"""import_dataset and export_dataset as a script calls them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command

from annotator.images.places import find_image_file
from annotator.labels.formats.yolo.dataset import Yolo
from annotator.models import Dataset, Image
from tests.annotator.sources import lay_out, usual_files

pytestmark = pytest.mark.django_db(transaction=True)


def call(*arguments: Any) -> dict[str, Any]:
    out = io.StringIO()
    call_command(*[str(argument) for argument in arguments], "--json", stdout=out)
    result: dict[str, Any] = json.loads(out.getvalue().splitlines()[-1])
    return result


def test_import_then_export(tmp_path: Path) -> None:
    lay_out(tmp_path / "set", usual_files(8))
    result = call("import_dataset", tmp_path / "set", "--name", "My pond")
    assert (result["dataset"], result["format"], result["taken"]) == ("my-pond", "yolo", 8)
    tally = {"source": 8, "taken": 8, "repaired": 0, "refused": 0}
    assert result["images"] == result["objects"] == tally
    assert result["classes"] == {"duck": 4, "swan": 4}
    out = tmp_path / "out.zip"
    exported = call("export_dataset", "My pond", "--format", "yolo", "--out", out)
    assert (exported["images"], exported["size_bytes"]) == (8, out.stat().st_size)
    assert len(zipfile.ZipFile(out).namelist()) == 17


def test_an_import_of_the_same_name_goes_into_the_same_dataset(tmp_path: Path) -> None:
    lay_out(tmp_path, usual_files(5))
    call("import_dataset", tmp_path, "--name", "Pond")
    again = call("import_dataset", tmp_path, "--name", "Pond")
    assert (again["taken"], again["refused"], again["dataset_images"]) == (0, 5, 5)
    assert again["objects"] == {"source": 5, "taken": 0, "repaired": 0, "refused": 5}
    assert Dataset.objects.count() == 1


def test_a_drawn_pond() -> None:
    assert call("import_dataset", "--sample", "4", "--name", "Pond")["done"] == 4


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["import_dataset", "/nowhere", "--name", "x"], "There is no folder"),
        (["import_dataset", "--name", "x"], "Give a PATH"),
        (["export_dataset", "x", "--out", "/tmp/x.zip"], "There is no dataset"),
    ],
)
def test_failures_are_one_sentence_and_make_nothing(arguments: list[str], reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        call_command(*arguments)
    assert not Dataset.objects.exists()


def test_a_set_that_is_refused_makes_no_dataset(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no images here")
    with pytest.raises(CommandError, match="No images"):
        call_command("import_dataset", str(tmp_path), "--name", "x")
    assert not Dataset.objects.exists()


def run_line(*arguments: Any) -> int:
    """The exit status of a command as a shell gets it."""
    try:
        ManagementUtility(["manage.py", *map(str, arguments)]).execute()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


@pytest.fixture
def pond_set(tmp_path: Path) -> Path:
    lay_out(tmp_path / "set", usual_files(8))
    call("import_dataset", tmp_path / "set", "--name", "Pond")
    return tmp_path


def test_an_export_chooses_splits_classes_and_status(pond_set: Path) -> None:
    out = pond_set / "out.zip"
    val = call("export_dataset", "Pond", "--out", out, "--split", "val", "--classes", "swan")
    assert (val["images"], val["objects"]) == (2, 1)
    assert val["left_out"]["by_class"] == {"objects": 1}
    image = Dataset.objects.get().images.get(stem="p0001")
    Image.objects.filter(pk=image.pk).update(status="in_progress", label_pending=True)
    done = call("export_dataset", "Pond", "--out", out)
    assert (done["images"], done["objects"]) == (7, 7)
    assert done["left_out"]["by_status"] == {"images": 1, "objects": 1}
    whole = call("export_dataset", "Pond", "--out", out, "--status", "all")
    assert (whole["images"], whole["objects"], whole["changed"]) == (8, 8, 0)
    assert "labels/unlabelled/p0001.txt" in zipfile.ZipFile(out).namelist()


def test_the_exit_status_says_whether_all_went_out(
    pond_set: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = pond_set / "out.zip"
    line = ("export_dataset", "Pond", "--format", "yolo", "--out", out, "--json")
    assert run_line(*line) == 0
    assert run_line(*line, "--version", "7") == 1
    assert run_line(*line, "--classes", "goose") == 1
    assert run_line("export_dataset", "Pond", "--format", "nonsense", "--out", out) == 1
    assert run_line("export_dataset", "nobody", "--out", out, "--json") == 1
    monkeypatch.setattr(Yolo, "kept", lambda self, polygons, size_wh: [])
    assert run_line(*line) == 2


def test_a_lost_object_is_named(pond_set: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Yolo, "kept", lambda self, polygons, size_wh: [])
    told = call("export_dataset", "Pond", "--out", pond_set / "out.zip")
    assert (told["objects"], told["left_out"]["objects"]) == (0, 8)
    assert told["losses"][0]["done"] == "left_out"
    assert told["losses"][0]["image"].endswith(".png")
    Path(find_image_file(Dataset.objects.get().images.get(stem="p0000"))).unlink()
    told = call("export_dataset", "Pond", "--out", pond_set / "out.zip")
    assert (told["images"], told["left_out"]["images_without_file"]) == (7, 1)
