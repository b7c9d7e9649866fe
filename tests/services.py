"""Real services for the tests: a Redis per test process, PostgreSQL, Celery workers, Chromium.

Nothing here is a stand-in; where a service cannot be had, the caller gets a sentence to skip with.
"""

import atexit
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import psutil

from config import redis_embedded

REPOSITORY = Path(__file__).resolve().parent.parent
GUARD = "SEGLOOP_TEST_SESSION"
PR_SET_PDEATHSIG = 1


class ServiceUnavailableError(Exception):
    """A service cannot be had on this machine; the message is a reason to skip."""


def die_with_parent() -> None:
    """In a forked child: be killed when the test process goes, however it goes."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_until_accepting(path: Path, process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait until a server accepts connections on the Unix socket at `path`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with status {process.returncode}")
        with socket.socket(socket.AF_UNIX) as client, suppress(OSError):
            client.connect(str(path))
            return
        time.sleep(0.01)
    raise RuntimeError(f"{process.args!r} did not open {path} within {seconds:g} s")


def test_root() -> Path:
    """The folder of this test session; everything the tests write lies under it."""
    return Path(os.environ["SEGLOOP_DATA"]).parent


test_root.__test__ = False  # type: ignore[attr-defined]


def prepare_environment() -> None:
    """Point SEGLOOP_DATA at a fresh folder and REDIS_URL at a fresh Redis, once a test process.

    `SEGLOOP_TEST_POSTGRES=1` runs everything on a real PostgreSQL instead of SQLite.
    """
    session = os.environ.get("PYTEST_XDIST_WORKER", "main")
    if os.environ.get(GUARD) == session:
        return  # a child process of a test: it shares its parent's services
    os.environ[GUARD] = session
    root = Path(tempfile.mkdtemp(prefix="segloop-test-"))
    atexit.register(shutil.rmtree, root, ignore_errors=True)
    data_root = root / "data"
    data_root.mkdir(mode=0o700)
    os.environ["SEGLOOP_DATA"] = str(data_root)
    os.environ["SEGLOOP_DEBUG"] = "0"
    os.environ.setdefault("SEGLOOP_SECRET_KEY", "only-for-the-tests-" + "x" * 40)
    os.environ["DATABASE_URL"] = f"sqlite:///{root / 'db.sqlite3'}"
    os.environ["REDIS_URL"] = start_redis(data_root)
    if os.environ.get("SEGLOOP_TEST_POSTGRES") == "1":
        server = start_postgres(root / "postgres")
        atexit.register(server.stop)
        os.environ["DATABASE_URL"] = server.create_database("segloop")


def start_redis(data_root: Path) -> str:
    """Start the same Redis that `make run` embeds, for the life of this process; its URL."""
    redis_embedded.prepare_folders(data_root)
    process = subprocess.Popen(
        redis_embedded.server_command(data_root),
        stdout=subprocess.DEVNULL,
        preexec_fn=die_with_parent,
    )
    atexit.register(stop_process, process)
    wait_until_accepting(redis_embedded.socket_path(data_root), process, 10)
    return redis_embedded.embedded_redis_url(data_root)


def stop_process(process: subprocess.Popen[bytes], seconds: float = 10) -> None:
    """Ask a process to end, and make it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def command_of(process: psutil.Process) -> list[str]:
    """Its command line; empty when it ended since it was listed, or is a zombie."""
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs; a zombie does not."""
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


@cache
def postgres_binaries() -> Path:
    """The folder with initdb and postgres: the machine's, else those of the package pgserver."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"),
        key=lambda folder: int(folder.parent.name) if folder.parent.name.isdigit() else 0,
        reverse=True,
    )
    on_path = shutil.which("initdb")
    if on_path:
        candidates.append(Path(on_path).resolve().parent)
    spec = importlib.util.find_spec("pgserver")
    locations = (spec.submodule_search_locations or []) if spec else []
    candidates += [Path(location) / "pginstall" / "bin" for location in locations]
    for folder in candidates:
        if os.access(folder / "initdb", os.X_OK) and os.access(folder / "postgres", os.X_OK):
            return folder
    raise ServiceUnavailableError("PostgreSQL is neither on this machine nor in the environment.")


def _unprivileged() -> tuple[int, int] | None:
    """Whom PostgreSQL runs as when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServiceUnavailableError("PostgreSQL refuses to run as root, and there is no other user.")


@dataclass
class PostgresServer:
    """A running PostgreSQL on a Unix socket and on a port of 127.0.0.1."""

    process: subprocess.Popen[bytes]
    port: int
    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://segloop@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database; its DATABASE_URL."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def start_again(self) -> None:
        """After `stop`: the same databases on the same port."""
        self.process = _launch_postgres(self.folder, self.port)
        _wait_for_queries(self)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)  # "fast" shutdown
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_postgres(folder: Path) -> PostgresServer:
    """Make a cluster in `folder` and start it; ServiceUnavailableError where there is none."""
    binaries = postgres_binaries()
    owner = _unprivileged()
    folder.mkdir(parents=True)
    options: dict[str, object] = {}
    if owner is not None:
        os.chown(folder, *owner)
        for parent in folder.parents:  # that user must be able to walk down to it
            mode = parent.stat().st_mode
            if not mode & 0o001:
                parent.chmod(mode | 0o011)
        options = {"user": owner[0], "group": owner[1], "extra_groups": []}
    cluster = folder / "cluster"
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}
    made = subprocess.run(
        [
            *(binaries / "initdb", "-D", cluster, "-U", "segloop"),
            *("--auth=trust", "--encoding=UTF8", "--no-sync"),
        ],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        **options,  # type: ignore[call-overload]
    )
    if made.returncode != 0:
        raise ServiceUnavailableError(f"initdb failed: {made.stderr.strip()[-500:]}")
    port = free_port()
    server = PostgresServer(_launch_postgres(folder, port), port, folder)
    _wait_for_queries(server)
    return server


def _launch_postgres(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """Start a server on the cluster in `folder`; return when it accepts connections."""
    owner = _unprivileged()
    options = {} if owner is None else {"user": owner[0], "group": owner[1], "extra_groups": []}
    binaries = postgres_binaries()
    with (folder.parent / f"{folder.name}.log").open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            [
                *(binaries / "postgres", "-D", folder / "cluster", "-k", folder),
                *("-h", "127.0.0.1", "-p", str(port)),
                *("-c", "fsync=off", "-c", "max_connections=60"),
            ],
            env={**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)},
            cwd=folder,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_parent,
            **options,  # type: ignore[call-overload]
        )
    wait_until_accepting(folder / f".s.PGSQL.{port}", process, 30)
    return process


def _wait_for_queries(server: PostgresServer) -> None:
    import psycopg

    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(server.url("postgres")).close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def celery_worker(queue: str, *, environment: Mapping[str, str], log: Path) -> Iterator[None]:
    """A real Celery worker process on one queue, as `make run` starts it, for the block."""
    from config.launch import worker_command

    with log.open("ab") as output:
        process = subprocess.Popen(
            worker_command(queue),
            cwd=REPOSITORY,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", **environment},
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while b" ready." not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the {queue} worker did not start:\n{log.read_text()[-3000:]}")
            time.sleep(0.05)
        yield
    finally:
        stop_process(process)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def chromium_path() -> str:
    """The Chromium to drive: SEGLOOP_CHROMIUM, the machine's, else the one Playwright installed."""
    named = os.environ.get("SEGLOOP_CHROMIUM")
    if named:
        return named
    for name in ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    if Path(path).exists():
        return path
    raise ServiceUnavailableError(
        "No Chromium was found: make test installs one, or set SEGLOOP_CHROMIUM to its path."
    )


if __name__ == "__main__":
    sys.stdout.write(chromium_path() + "\n")
