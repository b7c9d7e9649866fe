"""Whether weights can be fetched is looked up only where a person asks."""

import json
import time

import pytest

from training import paths
from training.jobs.weights import weights_host_is_asked_for
from training.runs.base_models import list_base_models


@pytest.fixture(autouse=True)
def nobody_asked() -> None:
    paths.weights_asked_path().unlink(missing_ok=True)
    paths.weights_reachable_path().unlink(missing_ok=True)


def test_nobody_asks_and_nothing_is_looked_up() -> None:
    assert not weights_host_is_asked_for()


def test_the_list_of_base_models_asks_until_a_worker_has_looked() -> None:
    list_base_models()
    assert weights_host_is_asked_for()
    told = {"reachable": False, "at": time.time() + 1}
    paths.weights_reachable_path().write_text(json.dumps(told))
    assert not weights_host_is_asked_for()


def test_where_downloads_are_switched_off_nothing_asks(settings: object) -> None:
    settings.ALLOW_WEIGHTS_DOWNLOAD = False  # type: ignore[attr-defined]
    list_base_models()
    assert not weights_host_is_asked_for()
