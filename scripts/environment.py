"""Make everything Segloop needs inside its own folder: `.venv`, the front end; then start it.

Standard library only. Every part is stamped with a hash of what it was made from, so a second
start does nothing but compare hashes. `run` opens the door as soon as the web server's packages
and the pages are there; what only the engine needs is installed behind it (install_engine.py).
"""

import argparse
import os
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from frontend_build import build_frontend, is_frontend_built  # noqa: E402
from installing import Work, only_installer, venv_python, work_side_by_side  # noqa: E402
from python_packages import (  # noqa: E402
    Packages,
    install_packages,
    is_installed,
    is_usable_venv,
    make_venv,
)

from config.console import Console, StartError  # noqa: E402

NEEDED = {
    "run": Packages.WEB,
    "demo": Packages.ENGINE,
    "dev": Packages.DEV,
    "test": Packages.DEV,
}
PYTHON, PAGES = "Python packages", "Front end"


def install(target: str, console: Console) -> None:
    """Install and build what a target needs and is not there already, side by side."""
    packages = NEEDED[target]
    with_pages = target != "test"  # test builds them with its other checks

    def find_missing() -> tuple[bool, bool]:
        return not is_installed(packages), with_pages and not is_frontend_built()

    if any(find_missing()):
        with only_installer(lambda: console.busy(PYTHON, "another make installs: waiting for it")):
            needs_packages, needs_pages = find_missing()
            works: dict[str, Work] = {}
            if needs_packages:
                if not console.is_terminal:
                    console.line("    installing; the first time takes a minute or two")
                if not is_usable_venv():
                    console.busy(PYTHON, "making .venv")
                    make_venv()
                works[PYTHON] = install_packages(packages)
            else:
                console.done(PYTHON, "up to date")
            if needs_pages:
                works[PAGES] = build_frontend()
            elif with_pages:
                console.done(PAGES, "up to date")
            work_side_by_side(console, works)
        return
    console.done(PYTHON, "up to date")
    if with_pages:
        console.done(PAGES, "up to date")


def handle(target: str, rest: list[str], console: Console) -> int:
    install(target, console)
    if target == "run" and not is_installed(Packages.ENGINE):
        os.environ["SEGLOOP_INSTALL_ENGINE"] = "1"
    following = {
        "run": ["-m", "config.launch", *rest],
        "demo": ["-m", "config.launch", "--run", "manage.py", "demo", *rest],
        "test": [str(REPOSITORY / "scripts" / "check.py"), *rest],
    }.get(target)
    if following is not None:
        os.chdir(REPOSITORY)
        python = str(venv_python())
        os.execv(python, [python, *following])
    return 0


def main(arguments: list[str]) -> int:
    """`bootstrap.py run | demo | dev | test [SECTION]`"""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description=main.__doc__)
    parser.add_argument("target", choices=["run", "demo", "dev", "test"])
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    parsed = parser.parse_args(arguments)
    os.environ.setdefault("SEGLOOP_START_TIME", repr(time.time()))
    console = Console(sys.stderr if parsed.target == "demo" else sys.stdout)
    console.heading("Segloop")
    try:
        return handle(parsed.target, parsed.rest, console)
    except StartError as error:
        console.failed(error)
    except OSError as error:
        console.failed(
            StartError(
                f"{error.filename or REPOSITORY} cannot be used ({error.strerror or error}): "
                "check who owns it and that the disk is not full, then run make again."
            )
        )
    except KeyboardInterrupt:
        console.line("\n  Stopped.")
        return 130
    return 1
