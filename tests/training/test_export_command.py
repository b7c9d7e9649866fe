"""``manage.py export_model``: the file, the certificate, the exit status."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command, load_command_class

from training.models import Export

from .conftest import Engine, Trained


def call(*arguments: object) -> tuple[dict[str, Any], int]:
    """The object on the last line, and the exit status."""
    command = load_command_class("training", "export_model")
    out, err = io.StringIO(), io.StringIO()
    words = [str(argument) for argument in arguments]
    call_command(command, *words, "--json", stdout=out, stderr=err)
    return json.loads(out.getvalue().splitlines()[-1]), command.exit_status  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("loses", "grade", "status"), [(0.0, "green", 0), (0.005, "amber", 2), (0.1, "red", 2)]
)
def test_the_exit_status_is_the_grade(
    trained: Trained, engine: Engine, tmp_path: Path, loses: float, grade: str, status: int
) -> None:
    engine.follow({}, {"loses": loses})
    target = tmp_path / "cats.onnx"
    told, code = call(trained.run.pk, "--format", "onnx", "--out", target)
    assert (told["grade"], code) == (grade, status)
    assert target.read_bytes() == b"exported"
    assert told["file"] == str(target)
    export = Export.objects.get()
    assert told["reference"] == f"export:{export.pk}"
    assert told["certificate"] == export.certificate
    assert [path.name for path in tmp_path.glob("*.part")] == []


def test_one_that_cannot_be_measured_is_not_green(trained: Trained, engine: Engine) -> None:
    engine.follow({}, {"then": "not_runnable"})
    told, code = call(f"checkpoint:{trained.best.pk}", "--format", "coreml")
    assert (told["grade"], code) == ("unmeasured", 2)
    assert told["certificate"]["sentence"].startswith("Not measured here")


def test_another_split(trained: Trained, engine: Engine, tmp_path: Path) -> None:
    told, code = call(trained.run.pk, "--format", "onnx", "--split", "test", "--out", tmp_path)
    assert (told["certificate"]["split"], code) == ("test", 0)
    assert (tmp_path / "best.onnx").is_file()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["checkpoint:999999", "--format", "onnx"], "There is no model"),
        (["1", "--format", "floppy"], "invalid choice"),
        (["RUN", "--format", "onnx", "--imgsz", "100"], "multiple of 32"),
    ],
)
def test_what_cannot_be_made_says_why(
    trained: Trained, engine: Engine, arguments: list[str], says: str
) -> None:
    words = [str(trained.run.pk) if word == "RUN" else word for word in arguments]
    with pytest.raises(CommandError, match=says):
        call(*words)


def test_an_export_that_failed_is_not_made(trained: Trained, engine: Engine) -> None:
    engine.follow({"then": "oom"})
    with pytest.raises(CommandError, match="memory"):
        call(trained.run.pk, "--format", "onnx")
