"""Fixtures for every test. The environment itself is made in tests/settings.py."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis as redis_client
from django.conf import settings
from django.db import connection
from hypothesis import settings as hypothesis_settings
from PIL import Image
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests import services

# How long an example takes says something of the machine only.
hypothesis_settings.register_profile("segloop", deadline=None)
hypothesis_settings.load_profile("segloop")


# The slow tests of a group stay in one process, so that what its fixtures train or start is made
# once. Those that take longest come first: nothing long is left for one process at the end.
LONG_GROUPS = (
    *("tests/e2e", "tests/faults/test_five_faults.py", "tests/training/test_workers.py"),
    *("tests/config/test_launcher.py", "tests/production/test_production.py"),
    "tests/training/engine/training/test_train.py",
)


def group_of(nodeid: str) -> str:
    """A test's file; of the end-to-end tests the folder: they share a Segloop and a trained run."""
    file = nodeid.partition("::")[0]
    return "tests/e2e" if file.startswith("tests/e2e/") else file


class GroupScheduling(LoadFileScheduling):  # type: ignore[misc]
    """``--dist loadfile``, by groups."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> GroupScheduling | None:
    return GroupScheduling(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the groups that take longest first, after pytest-django has put things in its order."""
    places = {name: place for place, name in enumerate(LONG_GROUPS)}
    items.sort(key=lambda item: places.get(group_of(item.nodeid), len(places)))


_pillows_open = Image.open


@pytest.fixture(autouse=True)
def pillows_own_open() -> Iterator[None]:
    """Ultralytics, once imported, replaces Pillow's ``open`` by one that installs packages."""
    yield
    Image.open = _pillows_open


@pytest.fixture
def redis() -> Iterator["redis_client.Redis"]:
    """The real Redis of this test process, empty before and after the test."""
    client = redis_client.Redis.from_url(os.environ["REDIS_URL"])
    client.flushall()
    yield client
    client.flushall()
    client.close()


@pytest.fixture(autouse=True)
def label_files_are_written_at_once() -> None:
    """A test that loads the web server starts its threads; the others go on without them."""
    if writer := sys.modules.get("annotator.folder.label_writer"):
        writer.stop_label_writer()
    if publisher := sys.modules.get("annotator.kernel.publisher"):
        publisher.stop_publisher()


@pytest.fixture
def data_root() -> Path:
    """The data folder of this test process."""
    return Path(settings.DATA_ROOT)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.PostgresServer]:
    """A real PostgreSQL server; skips, saying why, where none can be started."""
    try:
        server = services.start_postgres(tmp_path_factory.mktemp("pg") / "server")
    except services.ServiceUnavailableError as reason:
        pytest.skip(str(reason))
    yield server
    server.stop()


@pytest.fixture
def celery_workers(
    transactional_db: None, redis: "redis_client.Redis", tmp_path: Path
) -> Iterator[None]:
    """Real `gpu` and `cpu` worker processes on the test's own database and Redis."""
    name = str(connection.settings_dict["NAME"])
    url = f"sqlite:///{name}" if connection.vendor == "sqlite" else _postgres_url()
    environment = {"DATABASE_URL": url}
    with (
        services.celery_worker("cpu", environment=environment, log=tmp_path / "cpu.log"),
        services.celery_worker("gpu", environment=environment, log=tmp_path / "gpu.log"),
    ):
        yield


def _postgres_url() -> str:
    options = connection.settings_dict
    return "postgresql://{USER}@{HOST}:{PORT}/{NAME}".format(**options)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium."""
    try:
        return services.chromium_path()
    except services.ServiceUnavailableError as reason:
        pytest.skip(str(reason))
