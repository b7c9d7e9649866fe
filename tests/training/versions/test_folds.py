"""Folds: each image validated once, classes spread evenly, and runs that really train on them."""

from collections import Counter
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from annotator.kernel.errors import ConflictError, ServiceError
from training import paths
from training.evaluations.evaluated_images import list_images
from training.jobs.engine_job import work_off
from training.models import Run
from training.runs.launching import request_of, start_runs, yolo_yaml
from training.runs.runs import cancel_run
from training.runs.training import train_next_run
from training.versions.folds import data_yaml_of, divide

from ..conftest import TINY, Pond, freeze, start

IMAGES = st.dictionaries(st.text(max_size=6), st.frozensets(st.integers(0, 5)), min_size=2)


@given(IMAGES, st.integers(2, 8), st.integers(0, 9))
def test_each_image_is_in_one_fold_and_folds_are_of_one_size(
    classes: dict[str, frozenset[int]], count: int, seed: int
) -> None:
    folds = divide(classes, count=count, seed=seed)
    assert sorted(image for fold in folds for image in fold) == sorted(classes)
    sizes = [len(fold) for fold in folds]
    assert max(sizes) - min(sizes) <= 1
    assert folds == divide(classes, count=count, seed=seed)


def test_a_rare_class_is_in_every_fold() -> None:
    classes = {f"{number:03}": frozenset({0}) for number in range(95)}
    classes |= {f"rare-{number}": frozenset({0, 1}) for number in range(5)}
    for fold in divide(classes, count=5, seed=0):
        assert Counter(item for image in fold for item in classes[image]) == {0: 20, 1: 1}


def test_another_seed_divides_otherwise() -> None:
    classes = {str(number): frozenset({number % 3}) for number in range(30)}
    assert divide(classes, count=3, seed=0) != divide(classes, count=3, seed=1)


@pytest.mark.slow
def test_a_run_is_trained_and_evaluated_on_its_own_fold(pond: Pond) -> None:
    version = freeze(pond)
    group = start_runs(
        pond.dataset,
        {**TINY, "epochs": 1, "version": version, "sample_every": 1},
        models=[],
        seeds=[],
        folds=3,
        created_by=pond.lead,
    )
    runs = list(group.runs.order_by("pk"))
    assert [run.parameters["fold"]["number"] for run in runs] == [1, 2, 3]

    validated = []
    for run in runs:
        content = yaml.safe_load(data_yaml_of(run).read_text())
        train, val = (Path(content[name]).read_text().split() for name in ("train", "val"))
        assert len(train) + len(val) == len({*train, *val}) == 12  # without the two of test
        assert all(Path(path).is_file() for path in train + val)
        validated += val
    assert len(set(validated)) == len(validated) == 12

    cancel_run(runs[0])  # so that the second is next
    run = runs[1]
    train_next_run()
    run.refresh_from_db()
    assert run.state == "finished", run.error
    evaluation = run.evaluations.get()
    work_off(evaluation)
    evaluation.refresh_from_db()
    assert evaluation.state == "finished", evaluation.error
    page = list_images(
        evaluation,
        confidence=0.25,
        only="all",
        class_index=None,
        ordering="name",
        offset=0,
        limit=50,
    )
    names = sorted(Path(path).name for path in validated[4:8])
    assert [item["file_name"] for item in page["results"]] == names
    assert all(item["image"] and item["image_url"] for item in page["results"])
    trained_on = yaml.safe_load((paths.run_dir(run) / "args.yaml").read_text())["data"]
    assert yaml.safe_load(yolo_yaml(run))["data"] == trained_on
    assert request_of(run)["fold"] == run.parameters["fold"]


def test_more_folds_than_images_are_refused(pond: Pond) -> None:
    fold = {"number": 1, "count": 13, "seed": 0}
    with pytest.raises(ServiceError, match="there are 12"):
        start(pond, version=freeze(pond), fold=fold)
    with pytest.raises(ServiceError, match="there are 12"):
        start(pond, fold=fold)
    assert not Run.objects.exists()


def test_folds_of_a_version_that_is_not_frozen_yet_are_not_known(pond: Pond) -> None:
    run = start(pond, fold={"number": 1, "count": 2, "seed": 0})
    with pytest.raises(ConflictError, match="not frozen"):
        yolo_yaml(run)
