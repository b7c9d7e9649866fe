"""Start all of Segloop and keep it running: `python -m config.launch`, which `make run` calls.

Order of a start: the data folder, Redis, the database, the web server, and when that answers, the
workers. At a first start the gpu worker comes later: what its engine needs is installed while
people already draw (engine_install.py). A child that ends by itself is started again; one that
keeps ending stops everything. The launcher itself imports only the standard library, so it starts
at once and stays small.

`--run COMMAND…` starts everything but the web server, runs `python COMMAND…`, and stops
everything; `make demo` is that.
"""

import argparse
import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from annotator.data_place import check_place
from config import redis_embedded
from config.console import Console, StartError, format_seconds
from config.data_folder import (
    REPOSITORY,
    AlreadyRunningError,
    check_folder,
    data_root,
    is_prepared,
    lock_folder,
    write_prepared,
)
from config.engine_install import (
    EngineInstall,
    forget_engine_state,
    installer,
    is_asked_for,
)
from config.private_folder import close_folder, keep_new_files_private
from config.processes import (
    Child,
    Service,
    Signals,
    bound_to_parent,
    end_orphans,
    stop_children,
    trim_log,
)
from config.proxies import ProxiesError, read_proxies, unnamed_proxy

READY_SECONDS = 90.0
CRASHES_ALLOWED = 3
CRASH_WINDOW_SECONDS = 60.0
WORKER_READY = " ready."


class StoppedError(Exception):
    """Somebody asked us to stop while we were starting."""


def count_gpus() -> int:
    """GPUs that the worker may use: each can train a run of its own at the same time."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return sum(1 for item in visible.split(",") if item.strip())
    return sum(1 for _ in Path("/proc/driver/nvidia/gpus").glob("*"))


def worker_command(queue: str) -> list[str]:
    """The command line of a Celery worker; tasks only supervise, so threads are enough.

    The gpu worker trains one run a GPU and has a thread more: short work goes beside a training.
    """
    threads = {"gpu": max(1, count_gpus()) + 1, "cpu": 2}[queue]
    return [
        *(sys.executable, "-m", "celery", "--app=config.celery", "worker"),
        *(f"--queues={queue}", f"--hostname={queue}@%h"),
        *("--pool=threads", f"--concurrency={threads}", "--loglevel=INFO"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def web_command(host: str, port: int) -> list[str]:
    """The command line of the web server."""
    return [
        *(sys.executable, "-m", "config.serve"),
        *(f"--host={host}", f"--port={port}", "--stop-seconds=2"),
    ]


class Launcher:
    """One run of Segloop on one data folder."""

    def __init__(self, console: Console, host: str, port: int) -> None:
        self.console = console
        self.host = host
        self.port = port
        self.root = data_root()
        self.signals = Signals()
        self.children: dict[str, Child] = {}
        self.crashes: dict[str, list[float]] = {}
        self.engine: EngineInstall | None = None

    @property
    def url(self) -> str:
        shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)  # noqa: S104
        return f"http://{shown}:{self.port}"

    def log_of(self, name: str) -> Path:
        return self.root / "logs" / f"{name}.log"

    # --- starting ----------------------------------------------------------------------------

    def start(self, service: Service) -> Child:
        log = self.log_of(service.name)
        trim_log(log)
        child = Child(service, log, REPOSITORY)
        self.children[service.name] = child
        return child

    def wait_until(self, child: Child, is_ready: Callable[[], bool], seconds: float) -> None:
        """Wait until a child is ready; a StartError where it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not is_ready():
            if self.signals.stop_requests:
                raise StoppedError
            title = child.service.title
            if not child.is_running:
                raise StartError(
                    f"{title} {child.ending()} while it was starting: the lines above say why.",
                    log=child.log,
                )
            if time.monotonic() > deadline:
                raise StartError(
                    f"{title} did not start within {seconds:.0f} s: look at the log, "
                    "and whether the machine is very busy.",
                    log=child.log,
                )
            self.signals.wait(0.02)

    def start_redis(self) -> None:
        if url := os.environ.get("REDIS_URL"):
            self.console.done("Redis", _without_password(url))
            return
        with self.console.step("Redis") as step:
            try:
                redis_embedded.prepare_folders(self.root)
                command = redis_embedded.server_command(self.root)
            except redis_embedded.RedisMissingError as error:
                raise StartError(str(error)) from error
            except OSError as error:
                raise StartError(f"Redis has no place for its socket: {error}.") from error
            service = Service("redis", "Redis", tuple(command), stop_seconds=10)
            path = redis_embedded.socket_path(self.root)
            path.unlink(missing_ok=True)
            child = self.start(service)
            self.wait_until(child, lambda: _redis_answers(path), READY_SECONDS)
            step.detail = "embedded"

    def prepare_database(self) -> dict[str, str] | None:
        """Migrate where needed; the administrator's name and password if one was made."""
        with self.console.step("Database") as step:
            if is_prepared(self.root):
                step.detail = "SQLite, up to date"
                return None
            step.busy("preparing")
            log = self.log_of("prepare")
            answer = log.with_suffix(".json")
            answer.unlink(missing_ok=True)
            script = f'exec "$0" -m config.prepare > "{answer}"'
            service = Service("prepare", "The database", ("/bin/sh", "-c", script, sys.executable))
            child = self.start(service)
            deadline = time.monotonic() + 3600
            while child.is_running and time.monotonic() < deadline:
                if self.signals.stop_requests:
                    raise StoppedError
                step.busy("migrating")
                self.signals.wait(0.1)
            del self.children["prepare"]
            if child.process.returncode != 0:
                raise StartError(
                    "The database could not be prepared: the lines above say why "
                    "(with DATABASE_URL set, check that the server runs and the name is right).",
                    log=log,
                )
            result = json.loads(answer.read_text())
            answer.unlink()  # it may hold a password
            write_prepared(self.root, result["migrations"])
            applied = result["applied"]
            state = f"{applied} migration(s) applied" if applied else "up to date"
            step.detail = f"{result['vendor']}, {state}"
            administrator: dict[str, str] | None = result["administrator"]
            return administrator

    def start_web(self) -> None:
        with self.console.step("Web server") as step:
            step.busy("starting")
            command = web_command(self.host, self.port)
            child = self.start(Service("web", "The web server", tuple(command), stop_seconds=6))
            self.wait_until(child, self.web_answers, READY_SECONDS)
            step.detail = "answers"

    def web_answers(self) -> bool:
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104
        connection = http.client.HTTPConnection(host, self.port, timeout=10)
        try:
            connection.request("GET", "/", headers={"Host": f"localhost:{self.port}"})
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def start_workers(self, *queues: str) -> None:
        with self.console.step("Workers") as step:
            step.busy("starting")
            started = [
                self.start(
                    Service(
                        f"worker-{queue}",
                        f"The {queue} worker",
                        tuple(worker_command(queue)),
                        stop_seconds=20,
                        # Redis goes at the same moment: no waiting for tasks, their leases end.
                        orphan_signal=signal.SIGKILL,
                    )
                )
                for queue in queues
            ]
            for child in started:
                self.wait_until(child, _says_ready(child), READY_SECONDS)
            step.detail = ", ".join(queues)

    def begin_engine_install(self) -> None:
        """Install the engine from now on; `watch` starts the gpu worker when that is done."""
        self.engine = EngineInstall(self.root)
        if not self.console.is_terminal:
            self.console.line("    the engine is being installed; drawing works meanwhile")

    def follow_engine_install(self, engine: EngineInstall) -> None:
        """Look how the installation is getting on, and do what follows."""
        child = self.children.get("engine")
        if child is None:
            if engine.is_due():
                self.start(installer(self.root))
        elif not child.is_running:
            del self.children["engine"]
            stop_children([child], self.signals)  # what it left in its process group
            if child.process.returncode == 0:
                self.console.done("Engine", f"installed in {engine.finish()}")
                self.engine = None
                self.start_workers("gpu")
                return
            if self.signals.stop_requests == 0:
                self.console.note(f"{engine.fail()} (log: {child.log})")
        self.show_engine_install(engine)

    def show_engine_install(self, engine: EngineInstall) -> None:
        state = engine.keep_fresh()
        if state is None or state["state"] != "installing":
            return
        percent = state["percent"]
        text = f"installing, {percent} %: " if percent is not None else "installing: "
        self.console.busy("Engine", text + state["detail"])
        if (
            percent is not None
            and not self.console.is_terminal
            and engine.reaches_next_tenth(percent)
        ):
            self.console.line(f"    {text}{state['detail']}")

    # --- keeping it running ------------------------------------------------------------------

    def watch(self) -> None:
        """Until somebody asks us to stop: start again what ended by itself."""
        next_trim = time.monotonic()
        while not self.signals.stop_requests:
            if self.engine is not None:
                self.follow_engine_install(self.engine)
            for child in list(self.children.values()):
                if not child.is_running and child.service.name != "engine":
                    self.restart(child)
            if time.monotonic() >= next_trim:
                next_trim = time.monotonic() + 60
                for child in self.children.values():
                    trim_log(child.log)
            self.signals.wait(60 if self.engine is None else 1)

    def restart(self, child: Child) -> None:
        name, title = child.service.name, child.service.title
        now = time.monotonic()
        recent = [at for at in self.crashes.get(name, []) if now - at < CRASH_WINDOW_SECONDS]
        self.crashes[name] = [*recent, now]
        if len(recent) >= CRASHES_ALLOWED:
            raise StartError(
                f"{title} {child.ending()} {len(recent) + 1} times within a minute, so everything "
                "was stopped: the lines above say why; when that is mended, run make run again.",
                log=child.log,
            )
        self.console.note(f"{title} {child.ending()} and is started again (log: {child.log})")
        stop_children([child], self.signals)  # what it left in its process group
        if recent:
            self.signals.wait(2.0 ** len(recent))
        if not self.signals.stop_requests:
            self.start(child.service)

    def stop(self) -> None:
        """Everything down: first those that use Redis, then Redis, then what they left behind."""
        redis = self.children.pop("redis", None)
        stop_children(self.children.values(), self.signals)
        if redis:
            stop_children([redis], self.signals)
        self.children.clear()
        end_orphans()


def _redis_answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(64).startswith(b"+PONG")  # "-LOADING" while it reads its file
        except OSError:
            return False


def _says_ready(child: Child) -> Callable[[], bool]:
    return lambda: WORKER_READY in child.log_text()


def _without_password(url: str) -> str:
    head, separator, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if separator else url


def check_port(host: str, port: int) -> None:
    """Raise a StartError unless we can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except PermissionError:
            raise StartError(
                f"Port {port} needs an administrator's rights: choose one above 1023, "
                "for example make run PORT=8000"
            ) from None
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise StartError(
                    f"Port {port} on {host} is in use: stop the program that uses it, "
                    f"or choose another port: make run PORT={port + 1}"
                ) from None
            raise StartError(
                f"This machine cannot listen on {host} ({error.strerror or error}): "
                "set SEGLOOP_HOST to one of its own addresses, or to 127.0.0.1."
            ) from None


def check_pages(dist: Path) -> None:
    """Raise a StartError unless the front end is built."""
    if not (dist / "index.html").is_file():
        raise StartError(
            f"The pages are not built ({dist / 'index.html'} is missing): make run builds them and "
            "starts Segloop (by hand: cd frontend && npm ci && npm run build)."
        )


def check_proxies(console: Console) -> None:
    """Raise a StartError unless SEGLOOP_PROXIES can be read; a note where it names nobody."""
    try:
        read_proxies(os.environ.get("SEGLOOP_PROXIES", ""))
    except ProxiesError as error:
        raise StartError(str(error)) from error
    if sentence := unnamed_proxy():
        console.note(sentence)


def own_names() -> list[str]:
    """The names under which other machines may know this one."""
    names = ["localhost", "127.0.0.1", "[::1]", socket.gethostname()]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, suppress(OSError):
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
        names.append(probe.getsockname()[0])
    return names


def read_address() -> tuple[str, int]:
    """Host and port from SEGLOOP_HOST and SEGLOOP_PORT."""
    host = os.environ.get("SEGLOOP_HOST") or "127.0.0.1"
    text = os.environ.get("SEGLOOP_PORT") or "8000"
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise StartError(f"SEGLOOP_PORT is {text!r}: it has to be a number from 1 to 65535.")
    return host, int(text)


def prepare_environment(root: Path, host: str) -> None:
    """What every child shall find in its environment."""
    os.environ["SEGLOOP_DATA"] = str(root)
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.setdefault("MPLCONFIGDIR", str(root / "cache" / "matplotlib"))
    if host not in {"127.0.0.1", "localhost", "::1"}:
        os.environ.setdefault("SEGLOOP_ALLOWED_HOSTS", ",".join([*own_names(), host]))


def open_folder(console: Console, root: Path) -> None:
    """Make and check the data folder, and close it to other users of the machine."""
    check_folder(root)
    for sentence in close_folder(root):
        console.note(sentence)


def serve(console: Console) -> int:
    """`make run`: everything, until Ctrl-C."""
    host, port = read_address()
    root = data_root()
    prepare_environment(root, host)
    open_folder(console, root)
    check_pages(REPOSITORY / "frontend" / "dist")
    check_proxies(console)
    launcher = Launcher(console, host, port)
    with lock_folder(root, launcher.url):
        paused = check_place(root)
        check_port(host, port)
        forget_engine_state(root)
        try:
            launcher.start_redis()
            administrator = launcher.prepare_database()
            launcher.start_web()
            greet(console, launcher, administrator)
            say_paused(console, paused)
            if is_asked_for():
                launcher.begin_engine_install()
                launcher.start_workers("cpu")
            else:
                launcher.start_workers("gpu", "cpu")
            console.line(f"\n  {console.dim('Ctrl-C stops everything.')}\n")
            launcher.watch()
        except StoppedError:
            pass
        finally:
            if launcher.signals.stop_requests:
                console.line("\n  Stopping …")
            began = time.monotonic()
            launcher.stop()
        console.line(f"  Everything is stopped ({format_seconds(time.monotonic() - began)}).")
    return 0


def say_paused(console: Console, reason: str) -> None:
    """Tell that the queue of a moved or restored data folder waits to be resumed."""
    if reason:
        console.note(f"{reason} Resume it on the page Workers, as an administrator.")


def greet(console: Console, launcher: Launcher, administrator: dict[str, str] | None) -> None:
    """The address, and the first time who may sign in."""
    started = float(os.environ.get("SEGLOOP_START_TIME") or time.time())
    duration = console.dim(f"(after {format_seconds(time.time() - started)})")
    console.line(f"\n    Open       {console.bold(launcher.url)}  {duration}")
    if administrator:
        console.line(f"    Name       {console.bold(administrator['username'])}")
        hint = console.dim("(shown only now; change it under your name)")
        console.line(f"    Password   {console.bold(administrator['password'])}  {hint}")
    console.line(f"    Data       {launcher.root}")
    console.line(f"    Logs       {launcher.root / 'logs'}\n")


def run_command(console: Console, command: list[str]) -> int:
    """`--run`: Redis and workers for the time of one command; its exit status."""
    root = data_root()
    prepare_environment(root, "127.0.0.1")
    open_folder(console, root)
    host, port = read_address()
    launcher = Launcher(console, host, port)
    try:
        lock = lock_folder(root, "")
    except AlreadyRunningError as running:
        console.note(f"Using the Segloop that runs on {root} {running.url}".rstrip())
        return run_child(launcher, command)
    with lock:
        say_paused(console, check_place(root))
        try:
            launcher.start_redis()
            launcher.prepare_database()
            launcher.start_workers("gpu", "cpu")
            console.line()
            return run_child(launcher, command)
        except StoppedError:
            return 130
        finally:
            launcher.stop()


def run_child(launcher: Launcher, command: list[str]) -> int:
    """Run `python COMMAND…` on our own standard output until it ends or we are stopped."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=REPOSITORY,
        preexec_fn=bound_to_parent(signal.SIGTERM),  # noqa: PLW1509 - one thread
    )
    asked = 0
    while process.poll() is None:
        if launcher.signals.stop_requests > asked:
            asked = launcher.signals.stop_requests
            process.terminate() if asked == 1 else process.kill()
        for child in list(launcher.children.values()):
            if not child.is_running:
                launcher.restart(child)
        launcher.signals.wait(5)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.launch")
    parser.add_argument("--run", nargs=argparse.REMAINDER, metavar="COMMAND")
    arguments = parser.parse_args()
    keep_new_files_private()
    console = Console(sys.stderr if arguments.run else sys.stdout)
    try:
        return run_command(console, arguments.run) if arguments.run else serve(console)
    except StartError as error:
        console.failed(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
