"""`make test`: every check, the quick ones first; the last lines are pytest's own.

Runs in `.venv`. A section's name (python, frontend, slow, lint, types, format, openapi) runs that
alone.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from environment import REPOSITORY
from frontend_build import FRONTEND, frontend_stamp, install_node_modules, node_environment
from installing import finish_work

from config.console import Console, StartError, Step, format_seconds

CONSOLE = Console()
BIN = Path(sys.executable).parent
PYTEST_NO_TESTS = 5


def environment() -> dict[str, str]:
    """The environment of every check: ours first on the PATH, settings of the tests."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    left_out = {"SEGLOOP_DATA", "DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    return {**kept, "PATH": path, "SEGLOOP_PYTHON": sys.executable}


class CheckError(StartError):
    """A check that failed, with what it printed."""

    def __init__(self, sentence: str, output: str) -> None:
        super().__init__(sentence)
        self.output = output

    def show(self) -> None:
        """What the check printed, and under it the sentence."""
        CONSOLE.line(f"\n{self.output}")
        CONSOLE.failed(self)


def check(
    title: str, *command: str, cwd: Path = REPOSITORY, variables: Mapping[str, str] | None = None
) -> None:
    """Run one command; its output is shown only where it fails."""
    with CONSOLE.step(title) as step:
        step.busy(" ".join(command))
        result = subprocess.run(
            command,
            cwd=cwd,
            env={**environment(), **NODE, **(variables or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode != 0:
            raise CheckError(
                f"{title}: `{' '.join(command)}` failed; the lines above say why.",
                result.stdout.rstrip()[-20_000:],
            )
        step.detail = command_name(command)


def side_by_side(*sections: Callable[[], None]) -> None:
    """Run sections at the same time. One that fails does not stop the others; all are shown."""
    with ThreadPoolExecutor(len(sections)) as pool:
        running = [pool.submit(section) for section in sections]
    errors = [error for section in running if (error := section.exception())]
    errors.sort(key=lambda error: not isinstance(error, CheckError))  # what nobody foresaw: last
    for error in errors[:-1]:
        if isinstance(error, CheckError):
            error.show()
    if errors:
        raise errors[-1]


def command_name(command: tuple[str, ...]) -> str:
    words = [Path(command[0]).name, *command[1:]]
    return " ".join(word for word in words if not word.startswith("/"))[:42]


def pytest(title: str, *arguments: str) -> None:
    """Run pytest, showing what it prints."""
    CONSOLE.line(f"\n  {CONSOLE.bold(title)}\n")
    status = subprocess.call(
        [sys.executable, "-m", "pytest", *arguments], cwd=REPOSITORY, env=environment()
    )
    if status not in {0, PYTEST_NO_TESTS}:
        raise StartError(f"{title} failed: the lines above say why.")


NODE: dict[str, str] = {}


def prepare_node() -> None:
    with CONSOLE.step("Node packages") as step:
        found = finish_work(step, node_environment())
        NODE.update({name: found[name] for name in ("PATH", "npm_config_cache") if name in found})
        NODE["PATH"] = f"{BIN}{os.pathsep}{NODE['PATH']}"
        finish_work(step, install_node_modules(found))
        step.detail = "ready"


def lint() -> None:
    check("Style", "ruff", "check", ".")
    check("Format", "ruff", "format", "--check", ".")
    check("Imports", "lint-imports")


def types() -> None:
    check("Types", "mypy")


def django() -> None:
    """Checks of Django's own, with the settings of a public server."""
    manage = (sys.executable, "manage.py")
    check("Migrations", *manage, "makemigrations", "--check", "--dry-run")
    deploy = ("check", "--deploy", "--fail-level", "ERROR")
    check("Deployment", *manage, *deploy, variables={"SEGLOOP_HTTPS": "1"})


def python_checks() -> None:
    lint()
    types()
    django()


def build() -> None:
    """The pages, for the end-to-end tests and for the next make run."""
    stamp, value = frontend_stamp()
    check("Build", "npm", "run", "--silent", "bundle", cwd=FRONTEND)
    stamp.write_text(value)


def frontend_checks() -> None:
    """The tests last: beside Python's checks they have the processors nearly to themselves."""
    check("ESLint", "npm", "run", "--silent", "lint", cwd=FRONTEND)
    check("TypeScript", "npm", "run", "--silent", "typecheck", cwd=FRONTEND)
    check("API client", "npm", "run", "--silent", "check-api", cwd=FRONTEND)
    build()
    check("Vitest", "npm", "run", "--silent", "test", cwd=FRONTEND)


def frontend() -> None:
    prepare_node()
    frontend_checks()


def checks() -> None:
    """Python's and the front end's: most of them use one processor only."""
    prepare_node()
    side_by_side(python_checks, frontend_checks)


def python() -> None:
    pytest("Python tests", "-n", "2", "-q", "-m", "not slow and not e2e")


def slow() -> None:
    with CONSOLE.step("Chromium") as step:
        os.environ["SEGLOOP_CHROMIUM"] = find_or_install_chromium(step)
        step.detail = os.environ["SEGLOOP_CHROMIUM"]
    # In the groups and the order of tests/conftest.py.
    two_at_once = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    pytest("Slow and end-to-end tests", "-v", *two_at_once, "-m", "slow or e2e", "--durations=10")


def chromium_on_machine() -> str | None:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.services"], cwd=REPOSITORY, capture_output=True, text=True
    )
    return answer.stdout.strip() if answer.returncode == 0 else None


def find_or_install_chromium(step: Step) -> str:
    """A Chromium's path: found, else Debian's, else Playwright's."""
    attempts: list[list[list[str]]] = []
    if os.geteuid() == 0 and shutil.which("apt-get"):
        install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
        attempts.append([["apt-get", "update"], install])
    attempts.append([[sys.executable, "-m", "playwright", "install", "chromium"]])
    for commands in [[], *attempts]:
        for command in commands:
            step.busy(" ".join(command[-3:]))
            subprocess.run(
                command,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            )
        if path := chromium_on_machine():
            return path
    raise StartError(
        "The end-to-end tests need a Chromium and none could be installed: install one "
        "(on Debian: apt-get install chromium), or set SEGLOOP_CHROMIUM to its path."
    )


def format_all() -> None:
    prepare_node()
    check("Python", "ruff", "check", "--fix", "--select", "I", ".")
    check("Python", "ruff", "format", ".")
    check("Front end", "npm", "run", "--silent", "format", cwd=FRONTEND)


def openapi() -> None:
    prepare_node()
    check("API client", "npm", "run", "--silent", "generate-api", cwd=FRONTEND)


def typescript() -> None:
    prepare_node()
    check("TypeScript", "npm", "run", "--silent", "typecheck", cwd=FRONTEND)


SECTIONS: dict[str, list[Callable[[], None]]] = {
    "all": [checks, python, slow],
    "python": [python],
    "frontend": [frontend],
    "slow": [slow],
    "lint": [lint],
    "types": [types, typescript],
    "format": [format_all],
    "openapi": [openapi],
}


def main() -> int:
    names = sys.argv[1:] or ["all"]
    began = time.monotonic()
    unknown = [name for name in names if name not in SECTIONS]
    if unknown:
        CONSOLE.failed(StartError(f"There is no section {unknown[0]}: use {', '.join(SECTIONS)}."))
        return 2
    try:
        for name in names:
            for section in SECTIONS[name]:
                section()
    except CheckError as error:
        error.show()
        return 1
    except StartError as error:
        CONSOLE.failed(error)
        return 1
    if names != ["all"]:
        CONSOLE.line(f"\n  Done in {format_seconds(time.monotonic() - began)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
