"""An upload over connections that break, to a real server that is killed and started again.

The long form sends 2 GB: ``SEGLOOP_UPLOAD_MEGABYTES=2048 python -m pytest <this file> -s``.
"""

import base64
import contextlib
import hashlib
import http.client
import json
import os
import random
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from annotator import paths
from annotator.kernel.accounts.tokens import create_token
from annotator.models import Import, Upload
from tests.annotator.conftest import Pond
from tests.annotator.folder.killed import database_url
from tests.services import REPOSITORY, die_with_parent, free_port, stop_process

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(3600)]

MEGABYTES = int(os.environ.get("SEGLOOP_UPLOAD_MEGABYTES", "20"))
MIB = 1024**2
BLOCK = random.Random(7).randbytes(MIB)
MOST_GROWTH_MIB = 48


def block(number: int) -> bytes:
    """The ``number``-th MiB of the upload; no two are alike."""
    return struct.pack(">Q", number) + BLOCK[8:]


class Server:
    """The web server as people start it, on the test's own database and data folder."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "server.log").open("ab")
        self.port = free_port()
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.serve", f"--port={self.port}", "--workers=1"],
            cwd=REPOSITORY,
            env={**os.environ, "DATABASE_URL": database_url()},
            stdout=self.log,
            stderr=self.log,
            preexec_fn=die_with_parent,
        )
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            assert time.monotonic() < deadline, Path(self.log.name).read_text()[-3000:]
            time.sleep(0.05)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    @property
    def memory_mib(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss / MIB)


@pytest.fixture
def server(tmp_path: Path, pond: Pond) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    stop_process(started.process)
    started.log.close()


class Client:
    """A script with a token, which sends one upload."""

    def __init__(self, server: Server, pond: Pond) -> None:
        self.server = server
        self.headers = {
            "Authorization": f"Token {create_token(pond.lead, name='a script', days=1).key}",
            "Tus-Resumable": "1.0.0",
        }
        self.length = MEGABYTES * MIB
        self.address = ""

    def create(self, slug: str) -> None:
        name = base64.b64encode(b"large.zip").decode()
        answer = self.ask(
            "POST", f"/api/datasets/{slug}/uploads/",
            {"Upload-Length": str(self.length), "Upload-Metadata": f"filename {name}"},
        )  # fmt: skip
        assert answer.status == 201, answer.read()
        self.address = answer.headers["Location"]

    def ask(self, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.request(method, path, headers={**self.headers, **headers})
        return connection.getresponse()

    def offset(self) -> int:
        answer = self.ask("HEAD", self.address, {})
        assert answer.status == 200
        return int(answer.headers["Upload-Offset"])

    def begin(self, offset: int) -> http.client.HTTPConnection:
        """A request whose body, the rest of the upload, is still to be sent."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        connection.putrequest("PATCH", self.address)
        headers = {
            **self.headers,
            "Content-Type": "application/offset+octet-stream",
            "Content-Length": str(self.length - offset),
            "Upload-Offset": str(offset),
        }
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        return connection

    def send(self, connection: http.client.HTTPConnection, start: int, end: int) -> None:
        while start < end:
            number, inside = divmod(start, MIB)
            piece = block(number)[inside : inside + end - start]
            connection.send(piece)
            start += len(piece)


def close(_server: Server, connection: http.client.HTTPConnection) -> None:
    connection.close()


def reset(_server: Server, connection: http.client.HTTPConnection) -> None:
    assert connection.sock is not None
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def stand_still(_server: Server, _connection: http.client.HTTPConnection) -> None:
    """A laptop is closed: nothing comes, and nobody says so."""


def kill_server(server: Server, connection: http.client.HTTPConnection) -> None:
    server.kill()
    connection.close()
    server.start()


def restart_server(server: Server, connection: http.client.HTTPConnection) -> None:
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    connection.close()
    server.process.wait(30)
    server.start()


CUTS: list[Callable[[Server, http.client.HTTPConnection], None]] = [
    close, kill_server, stand_still, reset, restart_server
]  # fmt: skip


def test_nothing_is_lost_and_nothing_doubled_over_five_cuts(pond: Pond, server: Server) -> None:
    client = Client(server, pond)
    client.create(pond.dataset.slug)
    step = client.length // (len(CUTS) + 1)
    kept: list[http.client.HTTPConnection] = []
    grown = 0.0
    for number, cut in enumerate(CUTS):
        before = server.memory_mib
        offset = client.offset()
        connection = client.begin(offset)
        client.send(connection, offset, (number + 1) * step + number)
        grown = max(grown, server.memory_mib - before)
        kept.append(connection)
        cut(server, connection)
        after = client.offset()
        assert offset <= after <= (number + 1) * step + number
    offset = client.offset()
    connection = client.begin(offset)
    client.send(connection, offset, client.length)
    assert connection.getresponse().status == 204
    [upload] = Upload.objects.all()
    assert (upload.offset_bytes, upload.is_ended) == (client.length, True)
    assert Import.objects.get().source_path == str(paths.upload_path(upload))
    expected, found = hashlib.sha256(), hashlib.sha256()
    with paths.upload_path(upload).open("rb") as file:
        for number in range(MEGABYTES):
            expected.update(block(number))
            found.update(file.read(MIB))
        assert file.read(1) == b""
    assert found.digest() == expected.digest()
    print(f"\n{MEGABYTES} MiB over {len(CUTS)} cuts; the server grew by {grown:.0f} MiB at most")
    assert grown < MOST_GROWTH_MIB


def test_of_two_windows_one_wins_and_the_other_is_told(pond: Pond, server: Server) -> None:
    client = Client(server, pond)
    client.create(pond.dataset.slug)
    first = client.begin(0)
    client.send(first, 0, MIB)
    while not json.loads(client.ask("GET", client.address, {}).read())["is_being_sent"]:
        time.sleep(0.05)
    second = client.begin(0)
    sent = MIB
    deadline = time.monotonic() + 60
    assert second.sock is not None
    second.sock.setblocking(False)
    while time.monotonic() < deadline:  # the first goes on all the time, if slowly
        client.send(first, sent, sent + 1000)
        sent += 1000
        time.sleep(0.2)
        try:
            if second.sock.recv(1, socket.MSG_PEEK):
                break
        except BlockingIOError:
            continue
    second.sock.setblocking(True)
    answer = second.getresponse()
    assert answer.status == 423
    assert b"another window" in answer.read()
    client.send(first, sent, client.length)
    assert first.getresponse().status == 204
    assert Upload.objects.get().offset_bytes == client.length


def test_an_early_answer_reaches_a_client_that_still_sends(pond: Pond, server: Server) -> None:
    client = Client(server, pond)
    client.create(pond.dataset.slug)
    wrong = client.begin(1)
    client.send(wrong, 1, client.length)
    answer = wrong.getresponse()
    assert (answer.status, b"continue from there" in answer.read()) == (409, True)
