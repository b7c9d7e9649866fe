"""The web server's connections, against the real one: half requests go, slow uploads stay."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services import REPOSITORY, die_with_parent, free_port, stop_process

# The application answers how long the body was; `config.serve` itself, with short deadlines.
SERVER = """
import sys, types
from config import connections, serve

connections.HEADER_SECONDS = 1.0
connections.BODY_SECONDS = 1.0
connections.ANSWER_SECONDS = 2.0
connections.CONNECTIONS = 230

async def application(scope, receive, send):
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        length += len(message.get("body", b""))
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    block = b"x" * 65536 if scope["path"] == "/big" else str(length).encode()
    for _ in range(600 if scope["path"] == "/big" else 1):
        await send({"type": "http.response.body", "body": block, "more_body": True})
    await send({"type": "http.response.body", "body": b""})

stand_in = types.ModuleType("config.asgi")
stand_in.application = application
stand_in.start_threads = lambda: None
sys.modules["config.asgi"] = stand_in
sys.exit(serve.main())
"""


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    number = free_port()
    log = tmp_path_factory.mktemp("server") / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVER, f"--port={number}", "--workers=1"],
            cwd=REPOSITORY,
            env=os.environ,
            stdout=output,
            stderr=output,
            preexec_fn=die_with_parent,
        )
    try:
        _wait(lambda: _get(number, "/") == "0", log)
        yield number
    finally:
        stop_process(process)


def _wait(condition: Callable[[], bool], log: Path, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except OSError:
        return ""
    finally:
        connection.close()


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.settimeout(30)
    return client


def read_to_end(client: socket.socket) -> bytes:
    """All that still comes; returns once the server has closed the connection."""
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except ConnectionResetError:
        pass
    return found


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"\r\n\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",  # on a kept one
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhalf",
    ],
)
def test_what_stops_half_way_is_closed(port: int, sent: bytes) -> None:
    with connect(port) as client:
        client.sendall(sent)
        assert b"408 Request Timeout" in read_to_end(client)


def test_two_hundred_half_requests_are_all_closed_and_others_are_served(port: int) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(200)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ")
        assert _get(port, "/") == "0"
        for client in clients:
            read_to_end(client)


def test_a_header_that_trickles_is_closed(port: int) -> None:
    with connect(port) as client, pytest.raises(OSError):  # noqa: PT012
        client.sendall(b"GET / HTTP/1.1\r\n")
        for _ in range(100):
            client.sendall(b"X-Slow: x\r\n")
            time.sleep(0.1)


def test_a_header_without_end_is_refused(port: int) -> None:
    with connect(port) as client:
        client.sendall(b"GET / HTTP/1.1\r\n")
        try:
            for _ in range(100):
                client.sendall(b"X-Long: " + b"x" * 4000 + b"\r\n")
        except OSError:
            return
        assert b"431 " in read_to_end(client)


def test_an_upload_that_makes_progress_lives(port: int) -> None:
    """It takes three times as long as a stalled one may."""
    with connect(port) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n")
        for _ in range(30):
            client.sendall(b"x" * 2000)
            time.sleep(0.1)
        client.shutdown(socket.SHUT_WR)
        assert client.recv(4096).startswith(b"HTTP/1.1 200")


def test_an_answer_that_nobody_takes_is_given_up_and_a_slow_reader_is_not(port: int) -> None:
    with connect(port) as client:
        client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        taken = 0
        for _ in range(25):
            for _ in range(32):
                taken += len(client.recv(65536))
            time.sleep(0.1)
        taken += len(read_to_end(client))
        assert taken > 600 * 65536
    with connect(port) as client:
        client.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        time.sleep(4)
        assert len(read_to_end(client)) < 600 * 65536


def test_at_the_limit_those_that_wait_longest_go_first(port: int) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(connect(port)) for _ in range(400)]
        assert _get(port, "/") == "0"
        assert read_to_end(clients[0]) == b""


def test_kept_connections_are_kept_and_no_server_is_named(port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(3):
        connection.request("POST", "/", body=b"x" * number)
        response = connection.getresponse()
        assert response.read() == str(number).encode()
        assert response.headers["Server"] is None
        time.sleep(1.2)  # longer than a header may take: between two requests that is no matter
    connection.close()


def test_a_proxy_that_is_no_address_ends_the_start_with_a_sentence() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "config.serve"],
        cwd=REPOSITORY,
        env={**os.environ, "SEGLOOP_PROXIES": "nginx"},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("SEGLOOP_PROXIES holds 'nginx'"), json.dumps(result.stderr)
