"""import_dataset and export_dataset as a script calls them."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotator.models import Dataset
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
