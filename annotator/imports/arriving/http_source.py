"""One request for a file of another server, over a connection to an address that was checked."""

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from urllib.parse import SplitResult, urljoin, urlunsplit

from .addresses import AddressError, check_url, resolve

CONNECT_SECONDS = 15.0
READ_SECONDS = 30.0
ANSWER_SECONDS = 60.0
MOST_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class _PinnedConnection(http.client.HTTPConnection):
    """Connects to ``addresses`` alone, and speaks as to ``host`` (header and certificate)."""

    def __init__(self, parts: SplitResult, addresses: list[str]) -> None:
        is_https = parts.scheme == "https"
        host = (parts.hostname or "").encode("idna").decode()
        super().__init__(host, parts.port or (443 if is_https else 80))
        if not is_https:
            self.default_port = 80
        else:
            self.default_port = 443  # so that the Host header names no port
        self._addresses = addresses
        self._context = ssl.create_default_context() if is_https else None

    def connect(self) -> None:
        error: OSError | None = None
        for address in self._addresses:
            try:
                made = socket.create_connection((address, self.port), CONNECT_SECONDS)
            except OSError as failure:
                error = failure
                continue
            made.settimeout(READ_SECONDS)
            if self._context is not None:
                self.sock = self._context.wrap_socket(made, server_hostname=self.host)
            else:
                self.sock = made
            return
        raise error or OSError("The server has no address")


@dataclass
class Answer:
    """The head of an answer, and its body, a piece a read."""

    url: str
    status: int
    headers: Message
    _response: http.client.HTTPResponse

    def read(self, size: int) -> bytes:
        """What came next, up to ``size`` bytes; b"" at the end."""
        return self._response.read1(size)


@contextmanager
def request(url: str, headers: dict[str, str]) -> Iterator[Answer]:
    """Ask for a URL and follow its redirects, each of which is checked like the first.

    Raises AddressError, OSError and http.client.HTTPException.
    """
    connection, response = _follow(url, headers)
    try:
        yield response
    finally:
        connection.close()


def _follow(url: str, headers: dict[str, str]) -> tuple[_PinnedConnection, Answer]:
    for _ in range(MOST_REDIRECTS + 1):
        parts = check_url(url)
        connection, response = _ask(parts, headers)
        if response.status not in _REDIRECTS:
            return connection, Answer(url, response.status, response.headers, response)
        place = response.headers.get("Location")
        connection.close()
        if not place:
            raise AddressError(f"{parts.hostname} redirects without saying where to.")
        url = urljoin(url, place)
        if parts.scheme == "https" and not url.lower().startswith("https:"):
            raise AddressError(f"{parts.hostname} redirects from https to an address that is not.")
    raise AddressError(f"The address redirects more than {MOST_REDIRECTS} times.")


def _ask(
    parts: SplitResult, headers: dict[str, str]
) -> tuple[_PinnedConnection, http.client.HTTPResponse]:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    connection = _PinnedConnection(parts, resolve(host, port))
    target = urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        with _closed_after(ANSWER_SECONDS, connection):
            connection.request("GET", target.encode("utf-8").decode("latin-1"), headers=headers)
            return connection, connection.getresponse()
    except BaseException:
        connection.close()
        raise


@contextmanager
def _closed_after(seconds: float, connection: http.client.HTTPConnection) -> Iterator[None]:
    """End a connection whose answer comes a letter at a time."""

    def end() -> None:
        if connection.sock is not None:
            connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
