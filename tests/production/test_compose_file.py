"""What can be read off the deployment files without starting anything."""

import os
import re
import sys
from typing import Any

import pytest

from config import run_worker
from config.launch import worker_command
from tests.production.compose import interpolate, read_compose, read_env_example
from tests.services import REPOSITORY

OURS = ["migrate", "web", "worker-gpu", "worker-cpu", "worker-processor"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return read_compose()


def test_every_part_is_there(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {*OURS, "redis", "postgres"}
    assert set(compose["volumes"]) == {"data", "redis", "postgres"}


@pytest.mark.parametrize("name", [name for name in OURS if name != "migrate"])
def test_services_start_after_the_migration_and_are_watched(
    compose: dict[str, Any], name: str
) -> None:
    service = compose["services"][name]
    assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][:4] == ["CMD", "python", "-m", "config.healthcheck"]
    assert "data:/data" in service["volumes"]


@pytest.mark.parametrize("queue", ["gpu", "cpu"])
def test_workers_run_as_make_run_runs_them(compose: dict[str, Any], queue: str) -> None:
    command = compose["services"][f"worker-{queue}"]["command"]
    assert command == ["python", "-m", "config.run_worker", queue]


def test_a_container_trains_as_many_runs_as_it_has_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _path, command: started.append(command))
    monkeypatch.setattr(sys, "argv", ["run_worker", "gpu"])
    for visible, threads in (("0,1,2", 3 + 1), ("", 1 + 1)):  # one for short work
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        run_worker.main()
        assert started[-1] == worker_command("gpu")
        assert f"--concurrency={threads}" in started[-1]
    monkeypatch.setattr(sys, "argv", ["run_worker", "tpu"])
    with pytest.raises(SystemExit, match=r"gpu\|cpu"):
        run_worker.main()


def test_only_the_gpu_worker_asks_for_gpus(compose: dict[str, Any]) -> None:
    asking = {name for name, service in compose["services"].items() if "deploy" in service}
    assert asking == {"worker-gpu"}
    devices = compose["services"]["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices == [{"driver": "nvidia", "count": "all", "capabilities": ["gpu"]}]
    processor = compose["services"]["worker-processor"]
    assert processor["command"] == compose["services"]["worker-gpu"]["command"]


def test_data_is_kept_and_nothing_is_evicted(compose: dict[str, Any]) -> None:
    command = compose["services"]["redis"]["command"]
    assert command[command.index("--appendonly") + 1] == "yes"
    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert "redis:/data" in compose["services"]["redis"]["volumes"]
    assert "postgres:/var/lib/postgresql/data" in compose["services"]["postgres"]["volumes"]


def test_no_secret_is_in_the_files() -> None:
    text = (REPOSITORY / "docker-compose.yml").read_text()
    assert re.findall(r"PASSWORD: (\S+)", text) == ["${POSTGRES_PASSWORD:?set"]
    assert read_env_example()["SEGLOOP_SECRET_KEY"] == ""
    assert read_env_example()["POSTGRES_PASSWORD"] == ""


def test_an_unset_secret_stops_compose() -> None:
    assert interpolate("a${B:-c}d", {}) == "acd"
    assert interpolate("a${B:-c}d", {"B": "x"}) == "axd"
    with pytest.raises(KeyError, match=r"set it in \.env"):
        interpolate("${POSTGRES_PASSWORD:?set it in .env}", {"POSTGRES_PASSWORD": ""})


def test_image_has_every_room_and_no_root() -> None:
    text = (REPOSITORY / "Dockerfile").read_text()
    for room in ("config", "annotator", "training"):
        assert f"COPY {room}/ {room}/" in text
        assert f"!{room}\n" in (REPOSITORY / ".dockerignore").read_text()
    assert text.index("USER segloop") < text.index("\nCMD ")
    assert "libgl1" in text
    assert "HEALTHCHECK" in text
