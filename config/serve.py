"""`python -m config.serve`: the web server as the launcher and docker-compose.yml start it."""

import argparse
import os
import resource
import sys

import uvicorn

from config.proxies import ProxiesError, read_proxies, unnamed_proxy

OPEN_FILES = 65_536


def raise_file_limit() -> None:
    """Let as many connections be open as the machine allows."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m config.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--workers", type=int, default=1, help="Processes.")
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
    uvicorn.run(
        "config.asgi:application",
        host=options.host,
        port=options.port,
        workers=options.workers,
        http="config.connections:LimitedProtocol",
        ws="none",
        lifespan="off",
        proxy_headers=False,  # config/asgi.py believes those of SEGLOOP_PROXIES
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=options.stop_seconds,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
