import os

import pytest
import redis as redis_client
from django.contrib.auth import get_user_model

from tests.services import PostgresServer


def test_redis_is_real_and_keeps_an_append_only_file(redis: "redis_client.Redis") -> None:
    redis.set("key", "value")
    assert redis.get("key") == b"value"
    assert redis.config_get("appendonly") == {"appendonly": "yes"}


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
