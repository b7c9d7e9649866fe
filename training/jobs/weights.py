"""Pretrained weights that are not on this machine: whether a worker could fetch them.

Once a person has asked for the base models, a gpu worker looks and leaves its answer for the web,
as it is the worker that fetches. While nobody asks, nothing leaves the machine.
"""

import json
import socket
import time
import urllib.parse
import urllib.request
from contextlib import suppress

from django.conf import settings

from annotator.kernel.errors import ConflictError
from annotator.kernel.files import write_atomically
from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS, weights_path

WEIGHTS_HOST = "github.com"
TRUE_FOR_SECONDS = 1800.0
LOOK_SECONDS = 5.0


def can_fetch_weights() -> bool:
    """Whether a run may count on the download; where no worker has looked lately, it may try."""
    if not settings.ALLOW_WEIGHTS_DOWNLOAD:
        return False
    try:
        told = json.loads(paths.weights_reachable_path().read_text())
    except (OSError, ValueError):
        return True
    is_old = time.time() - told["at"] > TRUE_FOR_SECONDS
    return bool(is_old or told["reachable"])


def check_weights(base_model: str) -> None:
    """Raise ConflictError for pretrained weights that are neither here nor to be fetched."""
    path = weights_path(BASE_MODELS[base_model], paths.weights_dir())
    if path is None or path.is_file() or can_fetch_weights():
        return
    reason = (
        "the workers have no way to the internet"
        if settings.ALLOW_WEIGHTS_DOWNLOAD
        else "downloads are switched off"
    )
    raise ConflictError(
        f"The pretrained weights {base_model} are not on this server and {reason}: put the file at "
        f"{path}, or train from scratch with {path.stem}.yaml.",
        code="weights_missing",
    )


def ask_for_weights_host() -> None:
    """A person looks at the base models: a worker finds out whether weights can be fetched."""
    if settings.ALLOW_WEIGHTS_DOWNLOAD:
        with suppress(OSError):  # a full disk: the answer stays unknown
            paths.weights_asked_path().parent.mkdir(parents=True, exist_ok=True)
            paths.weights_asked_path().touch()


def weights_host_is_asked_for() -> bool:
    """Whether somebody asked since a worker looked last."""
    try:
        asked_at = paths.weights_asked_path().stat().st_mtime
    except OSError:
        return False
    try:
        told_at = float(json.loads(paths.weights_reachable_path().read_text())["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return True
    return asked_at > told_at


def look_for_weights_host() -> None:
    """Leave for the web whether pretrained weights can be fetched from here; sends nothing."""
    if not settings.ALLOW_WEIGHTS_DOWNLOAD:
        return
    proxy = urllib.parse.urlsplit(urllib.request.getproxies().get("https", ""))
    address = (proxy.hostname or WEIGHTS_HOST, proxy.port or 443)
    try:
        socket.create_connection(address, timeout=LOOK_SECONDS).close()
        reachable = True
    except OSError:
        reachable = False
    content = {"reachable": reachable, "at": time.time()}
    write_atomically(paths.weights_reachable_path(), json.dumps(content).encode())
