"""Databases of versions before the migrations were squashed into one an application."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

REPLACED = {
    app: migration.replaces
    for (app, _), migration in MigrationLoader(None).disk_migrations.items()
    if migration.replaces
}


def prepare(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "config.prepare"],
        cwd=settings.REPOSITORY,
        env={
            "PATH": "/usr/bin:/bin",
            "SEGLOOP_DATA": str(folder),
            "DATABASE_URL": f"sqlite:///{folder}/db.sqlite3",
        },
        capture_output=True,
        text=True,
    )


def applied_in(folder: Path) -> set[tuple[str, str]]:
    with sqlite3.connect(folder / "db.sqlite3") as database:
        return set(database.execute("SELECT app, name FROM django_migrations"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A database as the last version before left it: the same tables, the old migrations."""
    done = prepare(tmp_path)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "db.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE name = '0001_squashed'")
        for app, name in [each for names in REPLACED.values() for each in names]:
            database.execute(
                "INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-11-01')",
                (app, name),
            )
    return tmp_path


def test_the_last_version_before_goes_on(data: Path) -> None:
    assert sorted(REPLACED) == ["annotator", "training"]
    done = prepare(data)
    assert done.returncode == 0, done.stderr
    assert {("annotator", "0001_squashed"), ("training", "0001_squashed")} <= applied_in(data)


def test_one_in_between_is_refused_with_a_sentence_and_left_alone(data: Path) -> None:
    last = REPLACED["training"][-1]
    with sqlite3.connect(data / "db.sqlite3") as database:
        database.execute("DELETE FROM django_migrations WHERE app = ? AND name = ?", last)
    before = applied_in(data)
    done = prepare(data)
    assert done.returncode == 1
    assert f"{'.'.join(last)} is missing" in done.stderr
    assert "Traceback" not in done.stderr
    assert applied_in(data) == before
