"""Trained elsewhere, the way out: a version as an archive that plain Ultralytics trains on.

Beside images and labels it holds a notebook, a note with the one command, and ``segloop.json``,
by which the run folder is recognised when it comes back (run_imports.py).
"""

import json
import shlex
from collections.abc import Iterator
from importlib.metadata import version as version_of
from typing import TypedDict

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.plain_text import markdown_text
from annotator.kernel.stored_zip import Content
from annotator.models.jobs import JobState
from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS
from training.models import Version
from training.versions.freezing import read_manifest

MARKER = "segloop.json"
NOTEBOOK = "train.ipynb"


class TrainingPlan(TypedDict):
    base_model: str
    epochs: int
    image_size: int
    batch: int


class Elsewhere(TypedDict):
    """``command`` is given in the unpacked ``folder``."""

    folder: str
    command: str
    archive_url: str
    notebook_url: str
    size_bytes: int
    ultralytics: str


def folder_name(version: Version) -> str:
    return f"{version.dataset.slug}-v{version.number}"


def make_command(plan: TrainingPlan) -> str:
    """Return the one ``yolo`` command line. Raises ServiceError for an unknown base model."""
    if plan["base_model"] not in BASE_MODELS:
        raise ServiceError(
            f"There is no base model “{plan['base_model']}”.", code="unknown_base_model"
        )
    words = {
        "data": "data.yaml",
        "model": plan["base_model"],
        "epochs": plan["epochs"],
        "imgsz": plan["image_size"],
        "batch": plan["batch"],
    }
    return " ".join(
        ["yolo segment train", *(shlex.quote(f"{name}={value}") for name, value in words.items())]
    )


def describe_elsewhere(version: Version, plan: TrainingPlan) -> Elsewhere:
    query = "&".join(f"{name}={value}" for name, value in plan.items())
    return {
        "folder": folder_name(version),
        "command": make_command(plan),
        "archive_url": f"/api/versions/{version.pk}/archive.zip?{query}",
        "notebook_url": f"/api/versions/{version.pk}/{NOTEBOOK}?{query}",
        "size_bytes": version.size_bytes,
        "ultralytics": version_of("ultralytics"),
    }


def check_frozen(version: Version) -> None:
    """Raise ConflictError where the version is not frozen."""
    if version.state != JobState.FINISHED:
        raise ConflictError(f"Version {version.number} is not frozen yet.", code="version_busy")


def list_files(version: Version, plan: TrainingPlan) -> Iterator[tuple[str, Content]]:
    """The files of the archive, in their order."""
    root = folder_name(version)
    yield f"{root}/README.md", make_readme(version, plan)
    yield f"{root}/{NOTEBOOK}", make_notebook(version, plan)
    yield f"{root}/{MARKER}", make_marker(version)
    source = paths.version_dir(version)
    for entry in read_manifest(version)["files"]:
        yield f"{root}/{entry['path']}", source / entry["path"]


def make_marker(version: Version) -> bytes:
    content = {
        "dataset": version.dataset.slug,
        "version": version.number,
        "content_sha256": version.content_sha256,
    }
    return json.dumps(content, indent=1).encode()


def make_readme(version: Version, plan: TrainingPlan) -> bytes:
    return f"""# {markdown_text(version.dataset.name)}, version {version.number}

Frozen by Segloop: {version.train_count} images to train on, {version.val_count} to validate.

On a machine with a GPU and Python, in this folder:

    pip install ultralytics=={version_of("ultralytics")}
    {make_command(plan)}

It says in the end where it saved the results. Pack that folder as a .zip and bring it back on the
page Versions of the dataset. ({MARKER} in the folder lets Segloop see that the version is the
right one; the notebook puts it there.)

In Colab or Kaggle: open {NOTEBOOK} with a GPU, add this archive, run all cells.
""".encode()


def make_notebook(version: Version, plan: TrainingPlan) -> bytes:
    """Return a notebook for Colab, Kaggle or any Jupyter: it trains and packs the run folder."""
    name = folder_name(version)
    train = make_command(plan).replace("data=data.yaml", 'data="{version}/data.yaml"')
    cells = [
        _cell(
            "markdown",
            f"# {markdown_text(version.dataset.name)}, version {version.number}\n\n"
            "Choose a GPU (Colab: *Runtime › Change runtime type*; Kaggle: *Settings › "
            f"Accelerator*), add `{name}.zip` (Colab: *Files*, at the left; Kaggle: *Add Input*), "
            "then run all cells.",
        ),
        _cell("code", f"%pip install -q ultralytics=={version_of('ultralytics')}"),
        _cell("code", _FIND.format(name=name, marker=MARKER, sha256=version.content_sha256)),
        _cell("code", f'!{train} project="{{here}}/runs" name="{name}"'),
        _cell("code", _PACK.format(name=name, marker=MARKER)),
        _cell("code", _DOWNLOAD),
    ]
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "accelerator": "GPU",
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        },
        "cells": [{**cell, "id": f"cell-{i}"} for i, cell in enumerate(cells)],
    }
    return json.dumps(content, indent=1, ensure_ascii=False).encode()


def _cell(kind: str, source: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "metadata": {}, "source": source}
    return cell if kind == "markdown" else {**cell, "execution_count": None, "outputs": []}


_FIND = """\
import json
import shutil
from pathlib import Path

here = Path.cwd()
for archive in here.glob("{name}*.zip"):
    if not (here / "{name}").exists():
        shutil.unpack_archive(archive, here)

version = None
for place in (here, Path("/kaggle/input")):
    for marker in sorted(place.rglob("{marker}")):
        told = json.loads(marker.read_text())
        if told["content_sha256"] == "{sha256}" and (marker.parent / "data.yaml").exists():
            version = marker.parent
assert version is not None, "Add {name}.zip first, then run this cell again."
print("Training on", version)
"""
_PACK = """\
runs = (here / "runs").glob("*/weights/best.pt")
run = max(runs, key=lambda best: best.stat().st_mtime).parent.parent
shutil.copy(version / "{marker}", run)
back = shutil.make_archive(str(here / "{name}-run"), "zip", run.parent, run.name)
print("Bring this back to Segloop, on the page Versions of the dataset:", back)
"""
_DOWNLOAD = """\
try:
    from google.colab import files
except ImportError:
    print("Download it from the notebook's output files:", back)
else:
    files.download(back)
"""
