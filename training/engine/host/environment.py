"""Everything that has to be settled before Ultralytics is imported, in one place.

Ultralytics reads its settings, decides whether it is online and sets thread counts at import. So:
no network (twice: its own switch, and sockets refused for the whole process), no package
installation, no analytics, fonts laid out beforehand, checkpoints loaded with the restricted
unpickler, and as many threads as the machine gives us.
"""

import json
import math
import os
import socket
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_FONTS = ("Arial.ttf", "Arial.Unicode.ttf")
_SETTINGS_OFF = (
    "sync",
    "clearml",
    "comet",
    "dvc",
    "mlflow",
    "raytune",
    "tensorboard",
    "wandb",
    "vscode_msg",
    "openvino_msg",
)
_CGROUP_CPU = Path("/sys/fs/cgroup/cpu.max")


class _Network:
    """Whether sockets may be opened. Audit hooks cannot be removed, so they ask this."""

    is_allowed = False
    is_guarded = False
    hosts = {"localhost", "127.0.0.1", "::1"}


def available_cpus() -> int:
    """Processors this process may use: its affinity, further limited by a container's quota."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota, period = _CGROUP_CPU.read_text().split()
        return max(1, min(count or 1, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):
        return count or 1


def cpu_threads() -> int:
    """Threads for computing on the processor.

    All of two, then one is left for the web server; more than 16 gain nothing on these models.
    """
    count = available_cpus()
    return min(16, count if count <= 2 else count - 1)


def prepare_environment(*, config_dir: str | None, device: str) -> None:
    """Set the environment. Call before the first import of torch or Ultralytics, once a process.

    ``device`` decides the threads: on a GPU the data-loader workers need the processors, so
    libraries get one thread each.
    """
    folder = Path(
        config_dir
        or os.environ.get("YOLO_CONFIG_DIR")
        or Path(tempfile.gettempdir()) / f"segloop-engine-{os.getuid()}"
    )
    _lay_out_config(folder / "Ultralytics")
    os.environ.update(
        YOLO_OFFLINE="1",
        YOLO_AUTOINSTALL="False",
        YOLO_CONFIG_DIR=str(folder),
        ULTRALYTICS_SAFE_LOAD="1",
        OMP_NUM_THREADS=str(cpu_threads() if device == "cpu" else 1),
        MPLBACKEND="Agg",
    )
    # Spinning threads make an epoch several times longer where others use the processor too.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("MPLCONFIGDIR", str(folder / "matplotlib"))
    guard_network()


def _lay_out_config(folder: Path) -> None:
    """Fonts and settings where Ultralytics looks for them, so that it has nothing to download."""
    folder.mkdir(parents=True, exist_ok=True)
    for font in _FONTS:
        if not (folder / font).exists():
            _place(folder / font, _matplotlib_font().read_bytes())
    settings = folder / "settings.json"
    if not settings.exists():
        # Ultralytics fills in the rest of its settings and keeps these.
        _place(settings, json.dumps(dict.fromkeys(_SETTINGS_OFF, False)).encode())


def _matplotlib_font() -> Path:
    """The font of matplotlib's own data folder, found without the slow import of matplotlib."""
    spec = find_spec("matplotlib")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("matplotlib is not installed")
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"


def _place(path: Path, content: bytes) -> None:
    """Write a file whole, so that engines that start together never read half of it."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(path)


def guard_network() -> None:
    """Refuse every connection that would leave the machine, whichever library asks for it.

    Raises ``ConnectionError`` at the caller, which Ultralytics takes for being offline. Pipes and
    Unix sockets (data-loader workers) stay open, and so does the machine's own address.
    """
    if not _Network.is_guarded:
        _Network.is_guarded = True
        sys.addaudithook(_refuse_connection)


def allow_network(is_allowed: bool) -> None:
    """Open the network for the download of pretrained weights, and close it again."""
    _Network.is_allowed = is_allowed


def allow_host(host: str) -> None:
    """Open the network for one host, by its name and the addresses it has now."""
    _Network.hosts.add(host)
    try:
        _Network.hosts.update(str(entry[4][0]) for entry in socket.getaddrinfo(host, None))
    except OSError:
        return  # not known now: whoever connects will say so


def _refuse_connection(event: str, args: tuple[Any, ...]) -> None:
    if not event.startswith("socket.") or _Network.is_allowed:
        return
    host: object = None
    if event == "socket.connect":
        address = args[1]
        host = address[0] if isinstance(address, tuple) else None
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = args[0]
    if host is not None and host not in _Network.hosts and host != socket.gethostname():
        raise ConnectionError(f"The engine opens no connections ({host!r} was asked for).")


def silence_settings() -> None:
    """Turn analytics and loggers off in a settings file that somebody else wrote."""
    from ultralytics.utils import SETTINGS

    switched_on = {key: False for key in _SETTINGS_OFF if SETTINGS.get(key)}
    if switched_on:
        SETTINGS.update(switched_on)


def use_cpu_threads(_: object = None) -> None:
    """An Ultralytics callback, since its ``select_device`` sets one thread less than processors."""
    import torch

    torch.set_num_threads(cpu_threads())
