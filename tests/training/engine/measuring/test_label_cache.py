"""Engines that start at once on folds of one version, which have one label cache in common."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from ultralytics.cfg import get_cfg
from ultralytics.data import dataset as ultralytics_dataset

from training.engine.measuring.keeping_validator import KeepingValidator
from training.engine.measuring.label_cache import label_cache_turn
from training.engine.training.run_trainer import SegmentationRun

from ..ponds import draw_dataset


@pytest.fixture
def folds(tmp_path: Path) -> list[Path]:
    """Lists of three and of five pictures, as a run's folder has them."""
    version = draw_dataset(tmp_path / "version", counts={"train": 6, "val": 2}).parent
    pictures = sorted(version.glob("images/*/*.png"))
    lists = [tmp_path / "one.txt", tmp_path / "other.txt"]
    for path, chosen in zip(lists, (pictures[:3], pictures[3:]), strict=True):
        path.write_text("".join(f"{picture}\n" for picture in chosen))
    return lists


def build(kind: type[Any], pictures: Path) -> list[str]:
    """The file names of the dataset that an engine builds of a list."""
    engine: Any = object.__new__(kind)
    engine.args = get_cfg(overrides={"task": "segment", "imgsz": 64})
    engine.data = {"names": {0: "round", 1: "square"}, "nc": 2, "channels": 3}
    engine.model = torch.nn.Module()
    engine.model.stride = torch.tensor([32])
    engine.stride = 32
    dataset = engine.build_dataset(str(pictures), mode="val", batch=2)
    return sorted(label["im_file"] for label in dataset.labels)


@pytest.mark.parametrize("kind", [SegmentationRun, KeepingValidator])
def test_the_cache_is_written_in_turn_and_each_has_its_own_labels(
    kind: type[Any], folds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    save = ultralytics_dataset.save_dataset_cache_file
    now = SimpleNamespace(writing=0, most=0)
    counting = threading.Lock()

    def save_slowly(*args: Any) -> None:
        with counting:
            now.writing += 1
            now.most = max(now.most, now.writing)
        time.sleep(0.2)
        save(*args)
        with counting:
            now.writing -= 1

    monkeypatch.setattr(ultralytics_dataset, "save_dataset_cache_file", save_slowly)
    with ThreadPoolExecutor(4) as engines:
        built = list(engines.map(lambda path: build(kind, path), folds * 2))
    assert built == [path.read_text().split() for path in folds * 2]
    assert now.most == 1


def test_a_folder_and_a_list_of_the_same_version_wait_for_each_other(folds: list[Path]) -> None:
    waited = threading.Event()

    def take_turn() -> None:
        with label_cache_turn(folds[1]):
            waited.set()

    with label_cache_turn(Path(folds[0].read_text().split()[0]).parent):
        thread = threading.Thread(target=take_turn)
        thread.start()
        assert not waited.wait(0.3)
    thread.join(5)
    assert waited.is_set()


@pytest.mark.parametrize("pictures", [["a", "b"], "nowhere.txt", "relative.txt"])
def test_where_there_is_nothing_to_lock_it_goes_on(
    pictures: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "relative.txt").write_text("./images/val/1.png\n")
    with label_cache_turn(pictures):
        pass
