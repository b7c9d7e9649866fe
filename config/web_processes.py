"""As many web server processes as asked for, on one port, from one import.

The parent imports the application once and forks: the children share that memory, and all of them
are there as soon as one would be. Each listens on a socket of its own (``SO_REUSEPORT``), among
which the kernel spreads the connections: of a shared one, one process would take all that come.
A child that dies is forked again.
"""

import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable

from config.processes import bound_to_parent

CRASHES_ALLOWED = 5
CRASH_WINDOW_SECONDS = 60.0
KILL_SECONDS = 3.0
"""After the time that answers may take: what is left is killed."""


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that shares its port with others of this user."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    listener.set_inheritable(True)
    return listener


def serve_forked(
    listeners: list[socket.socket], serve: Callable[[socket.socket], None], *, stop_seconds: float
) -> int:
    """Call ``serve`` in a child for each listener until we are asked to stop; the exit status."""
    wakes, woken = os.pipe()
    os.set_blocking(woken, False)
    is_asked = False

    def on_stop(*_: object) -> None:
        nonlocal is_asked
        is_asked = True

    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_stop)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    gc.freeze()  # what is there by now stays: its memory is shared
    children: dict[int, socket.socket] = {}
    crashes: list[float] = []

    def start(listener: socket.socket) -> None:
        bind = bound_to_parent(signal.SIGTERM)
        pid = os.fork()
        if pid == 0:
            _be_child(bind, serve, listener, listeners)
        children[pid] = listener

    for listener in listeners:
        start(listener)
    while not is_asked:
        if select.select([wakes], [], [], 60)[0]:
            os.read(wakes, 512)
        for listener in _reap(children):
            now = time.monotonic()
            crashes = [at for at in crashes if now - at < CRASH_WINDOW_SECONDS] + [now]
            if len(crashes) > CRASHES_ALLOWED:
                sys.stderr.write("The processes of the web server keep ending: it stops.\n")
                _stop(children, stop_seconds)
                return 1
            start(listener)
    _stop(children, stop_seconds)
    return 0


def _be_child(
    bind: Callable[[], None],
    serve: Callable[[socket.socket], None],
    listener: socket.socket,
    listeners: list[socket.socket],
) -> None:
    """Serve, and never come back."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        bind()
        for other in listeners:
            if other is not listener:
                other.close()
        serve(listener)
        status = 0
    except KeyboardInterrupt:
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


def _reap(children: dict[int, socket.socket]) -> list[socket.socket]:
    """Forget the children that ended; return their sockets."""
    ended = []
    for pid in list(children):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            ended.append(children.pop(pid))
    return ended


def _stop(children: dict[int, socket.socket], stop_seconds: float) -> None:
    for pid in children:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + stop_seconds + KILL_SECONDS
    while children and time.monotonic() < deadline:
        time.sleep(0.02)
        _reap(children)
    for pid in children:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
