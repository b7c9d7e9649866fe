"""The Python packages: `.venv`, and what of the requirements files is installed in it.

Three files, each of which needs the one before: `requirements.txt` (the web server and the cpu
worker), `requirements-engine.txt` (what only the engine imports: PyTorch, Ultralytics, 5 GB) and
`requirements-dev.txt` (tests). Standard library only.
"""

import contextlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
from enum import IntEnum
from pathlib import Path

from installing import (
    REPOSITORY,
    Work,
    digest,
    explain_pip,
    is_stamped,
    run_logged,
    venv_folder,
    venv_python,
)

from config.console import StartError

GIB = 1024**3
INSTALL_SPACE_GIB = 8


class Packages(IntEnum):
    """How much is installed; each includes those before."""

    WEB = 0
    ENGINE = 1
    DEV = 2


_FILES = ("requirements.txt", "requirements-engine.txt", "requirements-dev.txt")


def requirement_files(packages: Packages) -> list[Path]:
    return [REPOSITORY / name for name in _FILES[: packages + 1]]


def _stamp(packages: Packages) -> tuple[Path, str]:
    where = (sys.version, str(venv_folder()))
    name = f".segloop-{packages.name.lower()}"
    return venv_folder() / name, digest(requirement_files(packages), *where)


def is_installed(packages: Packages) -> bool:
    """Whether `.venv` holds what the requirements files say now."""
    more = [item for item in Packages if item >= packages]
    return venv_python().exists() and any(is_stamped(*_stamp(item)) for item in more)


def stamp_installed(packages: Packages) -> None:
    path, value = _stamp(packages)
    path.write_text(value)


def forget_old_stamps() -> None:
    """Remove the stamps of other requirements: what they vouch for is about to be replaced."""
    for packages in Packages:
        path, value = _stamp(packages)
        if not is_stamped(path, value):
            path.unlink(missing_ok=True)


def site_packages() -> Path:
    return Path(sysconfig.get_path("purelib", vars={"base": str(venv_folder())}))


def check_space(folder: Path, gib: float, purpose: str) -> None:
    free = shutil.disk_usage(folder).free / GIB
    if free < gib:
        raise StartError(
            f"{folder} has {free:.1f} GB free and {purpose} needs {gib:g} GB: "
            "free some space, or move Segloop to a larger disk."
        )


def make_venv() -> None:
    """Make the virtual environment, also where Python came without ensurepip."""
    folder = venv_folder()
    shutil.rmtree(folder, ignore_errors=True)
    try:
        check_space(folder.parent, INSTALL_SPACE_GIB, "a first installation")
        folder.mkdir(parents=True)
    except OSError as error:
        raise StartError(
            f"{folder} cannot be made ({error.strerror}): run make in a folder of your own."
        ) from error
    try:
        import venv
    except ImportError:
        raise StartError(no_venv_sentence()) from None
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # Debian's own advice on ensurepip
            venv.EnvBuilder(symlinks=True, with_pip=True).create(folder)
    except (subprocess.CalledProcessError, SystemExit, ImportError):
        # Debian splits ensurepip off; a pip elsewhere on the machine can do its work.
        if not (venv_python().exists() and outer_pip()):
            shutil.rmtree(folder, ignore_errors=True)
            raise StartError(no_venv_sentence()) from None
    (folder / ".segloop-made").touch()


def no_venv_sentence() -> str:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return (
        f"This Python cannot make virtual environments: apt-get install python{version}-venv "
        "(on other systems the package of that name), then run make again."
    )


def outer_pip() -> list[str]:
    """A pip outside the environment that can install into it, or nothing."""
    for command in ([sys.executable, "-m", "pip"], ["pip3"], ["pip"]):
        with_target = [*command, "--python", str(venv_python())]
        try:
            if subprocess.run([*with_target, "--version"], capture_output=True).returncode == 0:
                return with_target
        except OSError:
            continue
    return []


def pip_command() -> list[str]:
    own = [str(venv_python()), "-m", "pip"]
    if subprocess.run([*own, "--version"], capture_output=True).returncode == 0:
        return own
    return outer_pip() or own


def pip_install(pip: list[str]) -> list[str | Path]:
    return [*pip, "--disable-pip-version-check", "--no-input", "install"]


def remove_half_installed() -> None:
    """Remove what a pip that was killed left: packages whose list of files was not written.

    pip would take such a package for installed. Its files are written over.
    """
    for folder in site_packages().glob("*.dist-info"):
        if not (folder / "RECORD").exists():
            shutil.rmtree(folder, ignore_errors=True)
    for stash in site_packages().glob("~*"):  # what pip moves away while it puts a newer one there
        shutil.rmtree(stash, ignore_errors=True)


def install_packages(packages: Packages) -> Work:
    """Bring `.venv`, which has to be usable, to the pinned requirements files."""
    forget_old_stamps()
    remove_half_installed()
    log = venv_folder() / "install.log"
    log.unlink(missing_ok=True)
    pip = pip_install(pip_command())
    files = [item for path in requirement_files(packages) for item in ("-r", path)]
    size = "150 MB" if packages == Packages.WEB else "6 GB the first time, mostly PyTorch"
    # Compiling all of it takes as long as installing it; Python compiles what it imports.
    yield from run_logged(
        [*pip, "--no-compile", *files],
        log=log,
        doing=f"installing Python packages ({size})",
        explain=explain_pip,
        environment=pip_environment(),
    )
    stamp_installed(packages)
    return "installed"


def is_usable_venv() -> bool:
    """Whether `.venv` was made to the end and runs, with the Python that we run with."""
    if not any(venv_folder().glob(".segloop-*")):
        return False
    probe = "import sys; print(sys.version)"
    try:
        answer = subprocess.run([venv_python(), "-c", probe], capture_output=True, text=True)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == sys.version.strip()


def home_is_writable() -> bool:
    home = os.environ.get("HOME")
    return bool(home) and os.access(str(home), os.W_OK)


def pip_environment() -> dict[str, str]:
    """pip's environment; its cache goes into `.venv` where there is no home for it."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    if not home_is_writable():
        environment["PIP_NO_CACHE_DIR"] = "1"
    return environment
