"""Tests that need a GPU: collected everywhere, skipped with a reason where there is none."""

from pathlib import Path

import pytest

from tests.training.engine.harness import run_engine
from tests.training.engine.ponds import draw_dataset


@pytest.fixture(scope="session")
def gpu() -> str:
    """The id of the first GPU that the engine lists."""
    devices = run_engine("devices", {}).last["devices"]
    gpus = [device["id"] for device in devices if device["kind"] == "gpu"]
    if not gpus:
        pytest.skip("this machine has no GPU")
    return str(gpus[0])


@pytest.fixture(scope="session")
def gpu_folder(gpu: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("gpu")
    draw_dataset(folder / "dataset", counts={"train": 64, "val": 24, "test": 8})
    return folder
