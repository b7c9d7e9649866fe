"""`python -m config.serve`: the web server as the launcher and docker-compose.yml start it."""

import argparse
import os
import resource
import socket
import sys
from importlib import import_module

import uvicorn

from config.proxies import ProxiesError, read_proxies, unnamed_proxy
from config.web_processes import listen, serve_forked

OPEN_FILES = 65_536
MOST_PROCESSES = 4
"""By default: each more takes some 25 MB."""


def raise_file_limit() -> None:
    """Let as many connections be open as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=count_processes(), help="Processes.")
    parser.add_argument("--stop-seconds", type=int, default=5, help="How long answers may take.")
    options = parser.parse_args()
    try:
        read_proxies(os.environ.get("SEGLOOP_PROXIES", ""))
    except ProxiesError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if sentence := unnamed_proxy():
        sys.stderr.write(f"{sentence}\n")
    raise_file_limit()
    if options.workers == 1:
        serve(listen(options.host, options.port), options.stop_seconds)
        return 0
    load_application()
    return serve_forked(
        [listen(options.host, options.port) for _ in range(options.workers)],
        lambda listener: serve(listener, options.stop_seconds),
        stop_seconds=options.stop_seconds,
    )


def count_processes() -> int:
    """SEGLOOP_WEB_PROCESSES, or one a core: what people do is computed in Python."""
    named = os.environ.get("SEGLOOP_WEB_PROCESSES", "")
    return int(named) if named.isdigit() and int(named) else min(count_cores(), MOST_PROCESSES)


def count_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1


def load_application() -> None:
    """Import everything that answers; no thread, no connection, as forking follows."""
    from config import asgi

    assert asgi.application  # noqa: S101
    import_module("config.urls")


def serve(listener: socket.socket, stop_seconds: int) -> None:
    """Be a web server until somebody asks us to stop."""
    from config import asgi

    asgi.start_threads()
    config = uvicorn.Config(
        asgi.application,
        http="config.connections:LimitedProtocol",
        ws="none",
        lifespan="off",
        proxy_headers=False,  # config/asgi.py believes those of SEGLOOP_PROXIES
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=stop_seconds,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    sys.exit(main())
