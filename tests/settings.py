"""The settings the tests run with: a data folder and a Redis of their own, then the real settings.

pytest-django loads the settings before any conftest.py, so this is the place where the
environment of a test session is made. Each xdist worker gets its own; child processes that a
test starts inherit it.
"""

from tests.services import prepare_environment

prepare_environment()

from config.settings import *  # noqa: E402, F403
from config.settings import DATABASES  # noqa: E402

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    from tests.services import test_root

    # A file, not memory: worker processes and threads see what the tests see.
    DATABASES["default"].setdefault("TEST", {})["NAME"] = str(test_root() / "test.sqlite3")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
