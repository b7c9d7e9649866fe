"""A system whose parts may be killed."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services import ServiceUnavailableError

from .site import Site


@pytest.fixture
def site() -> Iterator[Site]:
    # Not pytest's tmp_path: another session of pytest may shut its folder to PostgreSQL's user.
    folder = Path(tempfile.mkdtemp(prefix="segloop-faults-"))
    try:
        site = Site(folder)
    except ServiceUnavailableError as reason:
        pytest.skip(str(reason))
    yield site
    site.stop()
    shutil.rmtree(folder, ignore_errors=True)
