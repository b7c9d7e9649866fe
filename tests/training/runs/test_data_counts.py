"""What the trainer counted, beside what the version holds."""

import shutil
from typing import Any

import pytest

from training import paths
from training.models import Run, Version
from training.runs.data_counts import read_used_data
from training.runs.training import train_next_run

from ...annotator.conftest import client_of
from ..conftest import Engine, Pond, Trained, freeze, start


@pytest.fixture
def version(pond: Pond) -> Version:
    return freeze(pond)


def counted(version: Version, split: str, **changes: Any) -> dict[str, Any]:
    """What the engine says of a split of which it used all."""
    folder = paths.version_dir(version) / "labels" / split
    labels = [path.read_text().splitlines() for path in folder.iterdir() if path.suffix == ".txt"]
    return {
        "split": split,
        "listed": len(labels),
        "images": len(labels),
        "backgrounds": sum(not rows for rows in labels),
        "corrupt": 0,
        "instances": sum(map(len, labels)),
        "class_instances": {},
        "duplicates": 0,
        "restored": 0,
        "messages": [],
        **changes,
    }


def test_the_real_trainer_used_all_of_the_version(trained: Trained) -> None:
    train, val = read_used_data(trained.run)["splits"]
    assert (train["split"], train["images"], train["version_images"]) == ("train", 8, 8)
    assert (val["split"], val["images"], val["version_images"]) == ("val", 4, 4)
    for split in (train, val):
        assert split["instances"] > 0
        assert split["instances"] == split["version_instances"]
        assert (split["corrupt"], split["differences"]) == (0, [])
    assert read_used_data(trained.run)["differs"] is False


def test_what_the_engine_counts_is_kept_and_told(
    pond: Pond, version: Version, engine: Engine
) -> None:
    run = start(pond, version=version, epochs=1)
    address = f"/api/runs/{run.pk}/data/"
    annotator = client_of(pond.annotator)
    assert annotator.get(address).json() == {"splits": [], "differs": False}
    train, val = counted(version, "train"), counted(version, "val")
    train |= {"images": 6, "corrupt": 2, "instances": train["instances"] - 3, "duplicates": 1}
    train["messages"] = ["train-00.png: ignoring corrupt image/label: …"]
    engine.follow({"data": [train, val]})
    train_next_run()
    run.refresh_from_db()
    assert (run.state, run.data_counts) == ("finished", [train, val])
    told = annotator.get(address).json()
    assert told["differs"] is True
    assert told["splits"][0]["version_images"] == 8
    assert told["splits"][0]["messages"] == train["messages"]
    assert told["splits"][0]["differences"] == [
        "2 images refused as damaged or with a bad label.",
        "1 repeated row removed.",
    ]
    assert told["splits"][1]["differences"] == []
    assert client_of(pond.stranger).get(address).status_code == 404


@pytest.mark.parametrize(
    ("arguments", "changes", "says"),
    [
        ({"fraction": 0.5}, {"listed": 4, "images": 4}, "4 images read of 8: the run was asked for"
         " a fraction of 0.5."),
        ({}, {"listed": 7, "images": 7}, "the trainer did not find the others."),
        ({"classes": [0]}, {"instances": 1}, "the run was asked for some classes alone."),
        ({}, {"instances": 1}, "the run's log says which were left out."),
        ({}, {"restored": 1}, "1 damaged JPEG repaired while it was read."),
    ],
)  # fmt: skip
def test_each_difference_has_its_reason(
    version: Version, arguments: Any, changes: Any, says: str
) -> None:
    run = Run(version=version, parameters={"arguments": arguments})
    run.data_counts = [counted(version, "train", **changes), counted(version, "val")]
    told = read_used_data(run)
    assert told["differs"]
    (sentence,) = told["splits"][0]["differences"]
    assert sentence.endswith(says)


def test_a_fold_is_compared_by_its_sum(version: Version) -> None:
    run = Run(version=version, parameters={"fold": {"number": 1, "count": 4}})
    whole = {"listed": 9, "images": 9}, {"listed": 3, "images": 3}
    run.data_counts = [
        counted(version, split, **changes)
        for split, changes in zip(("train", "val"), whole, strict=True)
    ]
    told = read_used_data(run)
    assert (told["differs"], told["splits"][0]["version_images"]) == (False, None)
    run.data_counts[0]["images"] = 8
    assert read_used_data(run)["splits"][0]["differences"] == [
        "11 images read in train and val of 12 in the version."
    ]


def test_without_the_files_of_the_version_the_counts_stay(version: Version) -> None:
    run = Run(version=version, parameters={}, data_counts=[counted(version, "train")])
    shutil.rmtree(paths.version_dir(version))
    (split,) = read_used_data(run)["splits"]
    assert split["images"] == 8
