"""The installation in parts: what is stamped, what is left to do, how far it is."""

import fcntl
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.console import Console, StartError
from tests.services import REPOSITORY

sys.path.insert(0, str(REPOSITORY / "scripts"))
import install_engine
import installing
import python_packages
from install_engine import Package, Progress, group_packages
from python_packages import Packages


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment in name: a python that exists and nothing else."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    monkeypatch.setenv("SEGLOOP_VENV", str(folder))
    python_packages.site_packages().mkdir(parents=True)
    return folder


def test_the_web_server_s_packages_are_a_part_of_the_engine_s(venv: Path) -> None:
    for packages in Packages:
        assert not python_packages.is_installed(packages)
    python_packages.stamp_installed(Packages.WEB)
    assert python_packages.is_installed(Packages.WEB)
    assert not python_packages.is_installed(Packages.ENGINE)
    python_packages.stamp_installed(Packages.DEV)
    assert python_packages.is_installed(Packages.ENGINE)


def test_a_stamp_of_other_requirements_vouches_for_nothing(
    venv: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    python_packages.stamp_installed(Packages.DEV)
    with monkeypatch.context() as patched:
        for name in python_packages._FILES:
            (tmp_path / name).write_text("other==1\n")
        patched.setattr(python_packages, "REPOSITORY", tmp_path)
        assert not python_packages.is_installed(Packages.WEB)
        python_packages.forget_old_stamps()  # pip is about to replace what it stood for
    assert not python_packages.is_installed(Packages.WEB)


def test_nothing_that_the_web_server_imports_comes_with_the_engine() -> None:
    """The engine's file adds what pulls in PyTorch, the web server's has none of it."""
    web = (REPOSITORY / "requirements.txt").read_text()
    engine = (REPOSITORY / "requirements-engine.txt").read_text()
    for name in ("torch", "torchvision", "ultralytics", "onnxruntime", "tensorboard"):
        assert f"{name}==" not in web
        assert f"{name}==" in engine


def test_what_a_killed_pip_left_is_removed(venv: Path) -> None:
    site = python_packages.site_packages()
    for name in ("whole-1.0.dist-info", "half-2.0.dist-info", "~orch"):
        (site / name).mkdir()
        (site / name / "METADATA").touch()
    (site / "whole-1.0.dist-info" / "RECORD").touch()
    python_packages.remove_half_installed()
    assert [path.name for path in site.iterdir()] == ["whole-1.0.dist-info"]


def test_progress_counts_bytes_fetched_and_packages_in_place(venv: Path) -> None:
    progress = Progress([Package("small", "1", "", 100), Package("Big_One", "2.1+cu130", "", 900)])
    assert progress.share() == 0
    progress.read("Collecting small==1")
    progress.read("  Downloading small-1-py3-none-any.whl.metadata (2 kB)")
    assert progress.share() == 0
    progress.read("Downloading big_one-2.1+cu130-cp311-cp311-manylinux_x86_64.whl (900 B)")
    progress.read("Progress 450 of 900")
    assert progress.share() == pytest.approx(0.7 * 0.5 * 0.9)
    progress.read("Processing /opt/wheels/small-1-py3-none-any.whl")
    assert progress.share() == pytest.approx(0.7 * 0.9)
    progress.read("Installing collected packages: small, Big_One")
    assert progress.share() == pytest.approx(0.7)
    record = python_packages.site_packages() / "big_one-2.1+cu130.dist-info" / "RECORD"
    record.parent.mkdir()
    record.touch()
    assert progress.share() == pytest.approx(0.9 + 0.7 * 0.1)
    assert progress.describe().startswith("1 of 2 packages")


def test_small_packages_are_installed_together_and_large_ones_alone() -> None:
    packages = [Package(f"p{n}", "1", "", 1_000_000) for n in range(20)]
    packages += [Package("torch", "2", "", 900_000_000), Package("cudnn", "9", "", 400_000_000)]
    sizes = [len(group) for group in group_packages(packages)]
    assert sizes == [12, 8, 1, 1]


def test_works_go_on_side_by_side_and_a_failing_one_ends_the_other(tmp_path: Path) -> None:
    order: list[str] = []

    def work(name: str, steps: int) -> installing.Work:
        try:
            for _ in range(steps):
                order.append(name)
                yield name
        finally:
            order.append(f"{name} closed")
        return "made"

    stream = io.StringIO()
    installing.work_side_by_side(Console(stream), {"One": work("a", 2), "Two": work("b", 2)})
    assert order[:4] == ["a", "b", "a", "b"]
    assert stream.getvalue().count("made") == 2

    order.clear()
    failing = installing.run_logged(
        [sys.executable, "-c", "raise SystemExit('No space left on device')"],
        log=tmp_path / "log",
        doing="failing",
        explain=installing.explain_pip,
    )

    def fail() -> installing.Work:
        yield from failing
        return "never"

    with pytest.raises(StartError, match="disk is full"):
        installing.work_side_by_side(
            Console(io.StringIO()), {"One": work("a", 10_000), "Two": fail()}
        )
    assert order[-1] == "a closed"


def test_an_interrupted_command_is_ended(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; print('x', flush=True); time.sleep(600)"]
    work = installing.run_logged(
        list(command), log=tmp_path / "log", doing="", explain=installing.explain_pip
    )
    next(work)
    while "\nx" not in (tmp_path / "log").read_text():
        time.sleep(0.01)
    work.close()
    assert not is_running(tmp_path)


def is_running(folder: Path) -> bool:
    """Whether a process still has the log of the folder open."""
    log = str(folder / "log")
    return any(
        os.path.realpath(link) == log
        for link in Path("/proc").glob("[0-9]*/fd/1")
        if os.access(link, os.R_OK)
    )


INTERRUPTED = """
import sys, time
from pathlib import Path
sys.path.insert(0, "scripts"); sys.path.insert(0, ".")
import installing
work = installing.run_logged([sys.executable, "-c", "import time; time.sleep(600)"],
    log=Path(sys.argv[1]), doing="", explain=installing.explain_pip)
for _ in work: print("runs", flush=True); time.sleep(0.1)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends children on Linux only")
def test_a_command_does_not_outlive_a_killed_installer(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "log")],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"runs\n"
    process.kill()
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 20
    while is_running(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(tmp_path)


def test_a_second_installer_waits_for_the_first(venv: Path) -> None:
    waits: list[int] = []
    with venv.with_name("venv.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def waiting() -> None:
            waits.append(1)
            if len(waits) == 3:
                fcntl.flock(held, fcntl.LOCK_UN)

        with installing.only_installer(waiting):
            assert len(waits) == 3


@pytest.fixture
def installer_state(venv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    state = tmp_path / "engine.json"
    monkeypatch.setattr(sys, "argv", ["install_engine.py", str(state)])
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    yield state
    importlib.reload(install_engine)


def test_a_failing_installation_leaves_its_reason(installer_state: Path) -> None:
    """The environment has no pip that works."""
    assert install_engine.main() == 1
    told = json.loads(installer_state.read_text())
    assert told["state"] == "failed"
    assert told["error"]


def test_an_installed_engine_is_left_alone(installer_state: Path) -> None:
    python_packages.stamp_installed(Packages.ENGINE)
    assert install_engine.main() == 0
