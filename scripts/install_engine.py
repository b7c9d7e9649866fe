"""Install what only the engine imports, behind the open door: `install_engine.py STATE_FILE`.

The launcher runs this while people already draw. It asks pip which packages are missing, then
installs them in groups, so that an interrupted installation goes on with the group it was in, and
writes how far it is to STATE_FILE as JSON. Standard library only.
"""

import json
import os
import re
import signal
import sys
import time
import urllib.request
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from urllib.parse import unquote, urlparse

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from installing import (  # noqa: E402
    TICK_SECONDS,
    digest,
    explain_pip,
    only_installer,
    run_logged,
    venv_folder,
    venv_python,
)
from python_packages import (  # noqa: E402
    Packages,
    check_space,
    forget_old_stamps,
    is_installed,
    pip_command,
    pip_environment,
    pip_install,
    remove_half_installed,
    requirement_files,
    site_packages,
    stamp_installed,
)

from config.console import StartError, last_lines  # noqa: E402

T = TypeVar("T")

ENGINE_SPACE_GIB = 7
GROUP_BYTES = 300_000_000
GROUP_PACKAGES = 12
UNKNOWN_BYTES = 1_000_000
FETCHED_SHARE = 0.7  # of a package's time; the rest is unpacking it
WRITE_EVERY_SECONDS = 0.5
_FILE = re.compile(
    r"^\s*(?:Downloading|Using cached|Processing) (?:\S*/)?"
    r"(?P<name>[A-Za-z0-9_.]+?)-\d\S*\.(?:whl|tar\.gz|zip)(?!\S)"
)
_PROGRESS = re.compile(r"^Progress (?P<done>\d+) of (?P<total>\d+)")


@dataclass
class Package:
    """A package that pip would install. `size_bytes`: of its file."""

    name: str
    version: str
    url: str
    size_bytes: int = UNKNOWN_BYTES

    @property
    def key(self) -> str:
        return normalise(self.name)

    @property
    def key_and_version(self) -> str:
        return f"{self.key}-{self.version}"


@dataclass
class Progress:
    """How far the installation is, read from what pip writes and from what it has put in place."""

    packages: list[Package]
    fetched: set[str] = field(default_factory=set)
    current: str = ""
    current_share: float = 0.0

    def read(self, line: str) -> None:
        """Take a line that pip printed."""
        if progress := _PROGRESS.match(line):
            total = int(progress["total"])
            self.current_share = int(progress["done"]) / total if total else 0.0
        elif file := _FILE.match(line):
            self.fetched.add(self.current)
            self.current, self.current_share = normalise(file["name"]), 0.0
        elif line.startswith("Installing collected packages"):
            self.fetched.add(self.current)
            self.current, self.current_share = "", 0.0

    def share(self) -> float:
        """Return how much of the bytes is fetched and installed, 0 to 1."""
        installed = installed_packages()
        done = 0.0
        for package in self.packages:
            if package.key_and_version in installed:
                part = 1.0
            elif package.key in self.fetched:
                part = FETCHED_SHARE
            else:
                part = FETCHED_SHARE * self.current_share if package.key == self.current else 0.0
            done += part * package.size_bytes
        return done / max(1, sum(package.size_bytes for package in self.packages))

    def describe(self) -> str:
        installed = installed_packages()
        count = sum(item.key_and_version in installed for item in self.packages)
        doing = f"fetching {self.current}" if self.current else "unpacking"
        return f"{count} of {len(self.packages)} packages, {doing}"


def normalise(name: str) -> str:
    """The one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed_packages() -> set[str]:
    """`name-version` of every package whose files are all in place."""
    found = set()
    for record in site_packages().glob("*.dist-info/RECORD"):
        name, _, version = record.parent.name.removesuffix(".dist-info").rpartition("-")
        found.add(f"{normalise(name)}-{version}")
    return found


class StateFile:
    """What the launcher and the pages read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.next_write = 0.0

    def write(self, percent: int | None, detail: str, *, error: str = "") -> None:
        state = "failed" if error else "installing"
        content = {"state": state, "percent": percent, "detail": detail, "error": error}
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(content))
        temporary.replace(self.path)

    def show(self, progress: Progress) -> None:
        now = time.monotonic()
        if now >= self.next_write:
            self.next_write = now + WRITE_EVERY_SECONDS
            # 100 is said by what follows: the worker is there.
            self.write(min(99, int(100 * progress.share())), progress.describe())


class LogReader:
    """The lines that a command has added to its log since the last look."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.offset = path.stat().st_size if path.exists() else 0
        self.rest = ""

    def lines(self) -> list[str]:
        with self.path.open("rb") as file:
            file.seek(self.offset)
            new = file.read()
        self.offset += len(new)
        *lines, self.rest = (self.rest + new.decode("utf-8", "replace")).split("\n")
        return lines


def log_path() -> Path:
    return venv_folder() / "engine-install.log"


def explain(text: str) -> str:
    return explain_pip(text, again="it is tried again by itself")


def run_pip(pip: list[str], *arguments: str | Path) -> Generator[str, None, None]:
    yield from run_logged(
        [*pip_install(pip), *arguments],
        log=log_path(),
        doing="",
        explain=explain,
        environment=pip_environment(),
    )


def newest_pip() -> Generator[str, None, list[str]]:
    """A pip of its own folder that tells how far a download is; the environment's stays."""
    folder = venv_folder() / "installer-pip"
    if not (folder / ".complete").exists():
        pin = REPOSITORY / "scripts" / "requirements-pip.txt"
        yield from run_pip(pip_command(), "--target", folder, "--upgrade", "-r", pin)
        (folder / ".complete").touch()
    return [str(venv_python()), str(folder / "pip")]


def find_missing(pip: list[str]) -> Generator[str, None, list[Package]]:
    """The packages that pip would install now, with the sizes of their files, small ones first.

    What an interrupted installation had found out is not asked again. An index that does not offer
    metadata apart is asked for the ends of the files (fast-deps), not for 3 GB of them.
    """
    report = report_path()
    if not report.exists():
        new = report.with_suffix(".new")
        files = [item for path in requirement_files(Packages.ENGINE) for item in ("-r", path)]
        options = ["--use-feature=fast-deps", "--progress-bar=off"]
        yield from run_pip(pip, "--dry-run", *options, "--report", new, *files)
        new.replace(report)
    installed = installed_packages()
    packages = [
        package
        for item in json.loads(report.read_text())["install"]
        if (package := read_package(item)).key_and_version not in installed
    ]
    with ThreadPoolExecutor(8) as pool:
        for package, size in zip(packages, pool.map(file_size, packages), strict=True):
            package.size_bytes = size
    return sorted(packages, key=lambda package: package.size_bytes)


def report_path() -> Path:
    """What pip found missing, for these requirements."""
    digest_now = digest(requirement_files(Packages.ENGINE), sys.version)
    return venv_folder() / f"engine-report-{digest_now[:12]}.json"


def read_package(item: dict[str, Any]) -> Package:
    about = item["metadata"]
    return Package(about["name"], about["version"], item["download_info"]["url"])


def file_size(package: Package) -> int:
    """Bytes of a package's file, or a guess where the index does not say."""
    try:
        parts = urlparse(package.url)
        if parts.scheme == "file":
            return Path(unquote(parts.path)).stat().st_size
        request = urllib.request.Request(package.url, method="HEAD")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.headers.get("Content-Length") or UNKNOWN_BYTES)
    except (OSError, ValueError):
        return UNKNOWN_BYTES


def group_packages(packages: list[Package]) -> list[list[Package]]:
    """What is installed at a time: several small packages, or one large one."""
    groups: list[list[Package]] = []
    for package in packages:
        last = groups[-1] if groups else []
        size = sum(item.size_bytes for item in last) + package.size_bytes
        if last and size <= GROUP_BYTES and len(last) < GROUP_PACKAGES:
            last.append(package)
        else:
            groups.append([package])
    return groups


def install(state: StateFile) -> None:
    """Install what is missing. Raises StartError."""
    log_path().unlink(missing_ok=True)
    if not (site_packages() / "torch").exists():
        check_space(venv_folder(), ENGINE_SPACE_GIB, "the engine (PyTorch and Ultralytics)")
    forget_old_stamps()
    remove_half_installed()
    pip = wait_for(newest_pip())
    packages = wait_for(find_missing(pip))
    progress = Progress(packages)
    for group in group_packages(packages):
        names = [f"{package.name}=={package.version}" for package in group]
        reader = LogReader(log_path())
        for _ in run_pip(pip, "--no-deps", "--progress-bar=raw", *names):
            for line in reader.lines():
                progress.read(line)
            state.show(progress)
            time.sleep(TICK_SECONDS)
        progress.current = ""
    report_path().unlink()
    stamp_installed(Packages.ENGINE)


def wait_for(work: Generator[str, None, T]) -> T:
    """Do a work that cannot tell how far it is."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result
        time.sleep(TICK_SECONDS)


def stop(*_: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)  # closes the work, which ends its pip


def main() -> int:
    state = StateFile(Path(sys.argv[1]))
    signal.signal(signal.SIGTERM, stop)
    os.environ.pop("PIP_PROGRESS_BAR", None)
    state.write(None, "looking for what is missing")
    try:
        with only_installer(lambda: state.write(None, "waiting for another installation")):
            if not is_installed(Packages.ENGINE):
                install(state)
    except StartError as error:
        print(*last_lines(error.log) if error.log else [], sep="\n", flush=True)
        state.write(None, "", error=str(error))
        return 1
    except OSError as error:
        reason = f"{error.filename or venv_folder()} cannot be used: {error.strerror or error}."
        state.write(None, "", error=reason)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
