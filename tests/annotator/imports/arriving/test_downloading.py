"""Imports from a URL, against a server of this machine that misbehaves."""

import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.imports.arrivals import import_from_url
from annotator.imports.arriving import addresses, downloading, http_source
from annotator.imports.imports import cancel_import, run_import
from annotator.models import Import
from tests.annotator.conftest import Pond, client_of
from tests.annotator.sources import usual_files, zipped

from . import take_in

pytestmark = pytest.mark.django_db(transaction=True)

CONTENT = zipped(usual_files(4))
Handle = Callable[["Handler"], None]


class Handler(http.server.BaseHTTPRequestHandler):
    handle_get: Handle
    asked: list[dict[str, str]]

    def do_GET(self) -> None:
        self.asked.append({**self.headers, "path": self.path})
        type(self).handle_get(self)

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"", **headers: object) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)


class Site:
    """A local HTTP server; ``public.test`` is its name, which looks like one of the internet."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.handler = type("Chosen", (Handler,), {"asked": self.asked})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self.handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def serves(self, handle: Handle) -> str:
        self.handler.handle_get = handle  # type: ignore[attr-defined]
        return f"http://public.test:{self.port}/a/set.zip?signature=secret"


@pytest.fixture
def site(monkeypatch: Any) -> Iterator[Site]:
    started = Site()
    real = socket.getaddrinfo

    def answer(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        place = "127.0.0.1" if str(host).endswith(".test") else host
        return real(place, port, *args, **kwargs)

    monkeypatch.setattr("socket.getaddrinfo", answer)
    monkeypatch.setattr(downloading, "WAIT_SECONDS", 0.0)
    yield started
    started.server.shutdown()
    started.server.server_close()


@pytest.fixture
def allowed(settings: Any) -> None:
    settings.IMPORT_PRIVATE_URLS = True


def run(pond: Pond, url: str) -> Import:
    return take_in(import_from_url(pond.dataset, url, created_by=pond.lead).pk)


def left_of(job: Import) -> list[str]:
    return sorted(path.name for path in paths.uploads_dir().glob(f"import-{job.pk}.*"))


def ranged(site: Site, content: bytes, *, cut_at: int, tag: str = '"v1"') -> Handle:
    """Sends so many bytes of what is asked for, then breaks the connection."""

    def handle(request: Handler) -> None:
        given = request.headers.get("Range", "")
        start = int(given.removeprefix("bytes=").rstrip("-") or 0)
        rest = content[start:]
        request.send_response(206 if given else 200)
        if given:
            end = len(content) - 1
            request.send_header("Content-Range", f"bytes {start}-{end}/{len(content)}")
        request.send_header("Content-Length", str(len(rest)))
        request.send_header("ETag", tag)
        request.end_headers()
        request.wfile.write(rest[:cut_at])
        request.close_connection = True

    return handle


@pytest.mark.usefixtures("allowed")
def test_a_url_becomes_an_import(pond: Pond, site: Site) -> None:
    job = run(pond, site.serves(lambda request: request.answer(200, CONTENT)))
    assert (job.state, job.error, job.source_name) == ("finished", "", "set.zip")
    assert pond.dataset.images.count() == 4
    assert site.asked[0]["Host"] == f"public.test:{site.port}"
    assert left_of(job) == []


@pytest.mark.usefixtures("allowed")
def test_a_cut_download_goes_on_by_range(pond: Pond, site: Site) -> None:
    job = run(pond, site.serves(ranged(site, CONTENT, cut_at=len(CONTENT) // 3)))
    assert (job.state, pond.dataset.images.count()) == ("finished", 4)
    assert len(site.asked) == 4
    assert site.asked[1]["If-Range"] == '"v1"'
    starts = [asked.get("Range", "") for asked in site.asked]
    assert starts[0] == ""
    assert starts[1].startswith("bytes=")


@pytest.mark.usefixtures("allowed")
def test_without_a_validator_it_begins_anew(pond: Pond, site: Site) -> None:
    tries = []

    def handle(request: Handler) -> None:
        tries.append(1)
        request.send_response(200)
        request.send_header("Content-Length", str(len(CONTENT)))
        request.end_headers()
        request.wfile.write(CONTENT if len(tries) > 2 else CONTENT[:1000])
        request.close_connection = True

    job = run(pond, site.serves(handle))
    assert (job.state, len(tries)) == ("finished", 3)
    assert not any("Range" in asked for asked in site.asked)


@pytest.mark.usefixtures("allowed")
def test_a_worker_that_takes_it_up_goes_on(pond: Pond, site: Site) -> None:
    url = site.serves(ranged(site, CONTENT, cut_at=1000))
    job = import_from_url(pond.dataset, url, created_by=pond.lead)
    part = paths.uploads_dir() / f"import-{job.pk}.part"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(CONTENT[:900])
    known = downloading._Known(url, '"v1"', len(CONTENT))
    part.with_name(f"{part.name}.json").write_text(json.dumps(asdict(known)))
    ended = take_in(job.pk)
    assert (ended.state, site.asked[0]["Range"]) == ("finished", "bytes=900-")
    assert pond.dataset.images.count() == 4


def wrong_length(request: Handler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(len(CONTENT) + 10))
    request.end_headers()
    request.wfile.write(CONTENT)
    request.close_connection = True


def endless(request: Handler) -> None:
    request.send_response(200)
    request.end_headers()
    while True:
        request.wfile.write(b"x" * 65536)


def announced_huge(request: Handler) -> None:
    request.send_response(200)
    request.send_header("Content-Length", str(10**15))
    request.end_headers()


def forever_redirecting(request: Handler) -> None:
    request.answer(302, Location="/again")


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    ("handle", "words"),
    [
        (wrong_length, "did not send the file whole"),
        (endless, "larger than the"),
        (announced_huge, "at most"),
        (forever_redirecting, "redirects more than 5 times"),
        (lambda request: request.answer(404), "answered 404"),
        (lambda request: request.answer(503), "did not send the file whole"),
        (lambda request: request.answer(302, Location="file:///etc/passwd"), "http:// and https"),
        (lambda request: request.answer(302), "without saying where"),
        (lambda request: request.answer(200, b"<html>sign in</html>"), "archive"),
    ],
)
def test_a_server_that_misbehaves_ends_in_a_sentence(
    pond: Pond, site: Site, settings: Any, handle: Handle, words: str
) -> None:
    settings.MAX_UPLOAD_GIGABYTES = 0.001
    job = run(pond, site.serves(handle))
    assert (job.state, pond.dataset.images.count()) == ("failed", 0)
    assert words in job.error
    assert "secret" not in job.error
    is_kept = words in ("did not send the file whole", "archive")  # somebody may look again
    assert bool(left_of(job)) == is_kept


@pytest.mark.usefixtures("allowed")
def test_a_body_that_drips_is_given_up(pond: Pond, site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(downloading, "SLOW_SECONDS", 0.3)
    monkeypatch.setattr(downloading, "MOST_TRIES", 1)

    def drip(request: Handler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        for _ in range(100):
            request.wfile.write(b"x")
            time.sleep(0.05)

    job = run(pond, site.serves(drip))
    assert (job.state, "too slowly" in job.error) == ("failed", True)


@pytest.mark.usefixtures("allowed")
def test_a_head_that_drips_is_given_up(pond: Pond, site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(http_source, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(downloading, "MOST_TRIES", 1)

    def drip(request: Handler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(100):
            request.wfile.write(b"x: y\r\n")
            time.sleep(0.05)

    job = run(pond, site.serves(drip))
    assert job.state == "failed"


@pytest.mark.usefixtures("allowed")
def test_a_download_is_cancelled_while_it_runs(pond: Pond, site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(downloading, "REPORT_SECONDS", 0.0)

    def cancel(request: Handler) -> None:
        cancel_import(Import.objects.get())
        ranged(site, CONTENT, cut_at=1000)(request)

    job = run(pond, site.serves(cancel))
    assert (job.state, left_of(job)) == ("cancelled", [])


def test_names_and_redirects_into_this_network_are_refused(
    pond: Pond, site: Site, monkeypatch: Any
) -> None:
    job = run(pond, site.serves(lambda request: request.answer(200, CONTENT)))
    assert (job.state, site.asked) == ("failed", [])
    assert "public.test (127.0.0.1) is an address inside this network" in job.error
    # The first host is allowed, as a public one would be; the redirect leads back here.
    real = addresses._check
    monkeypatch.setattr(
        addresses, "_check", lambda ip, host: None if host == "public.test" else real(ip, host)
    )
    for place in ("http://127.0.0.1:1/x", "http://other.test:1/x", "http://[::1]:1/x", "//0/x"):
        answer = partial(Handler.answer, status=302, Location=place)
        job = run(pond, site.serves(answer))
        assert (job.state, "inside this network" in job.error) == ("failed", True), place


def test_the_address_that_was_checked_is_the_one_that_is_used(
    pond: Pond, site: Site, monkeypatch: Any
) -> None:
    """The name's server answers a public address first, and this machine's ever after."""
    answers = iter(["93.184.216.34"])
    connected: list[str] = []
    real = socket.create_connection

    def resolve(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        place = next(answers, "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (place, port))]

    def connect(place: Any, *args: Any, **kwargs: Any) -> Any:
        connected.append(place[0])
        return real(("127.0.0.1", site.port), *args, **kwargs)  # as if that were the public one

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("socket.create_connection", connect)
    job = run(pond, site.serves(lambda request: request.answer(200, CONTENT)))
    assert (job.state, connected) == ("finished", ["93.184.216.34"])
    assert site.asked[0]["Host"] == f"public.test:{site.port}"
    job = run(pond, site.serves(lambda request: request.answer(200, CONTENT)))
    assert (job.state, connected) == ("failed", ["93.184.216.34"])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        *("100.64.0.1", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255"),
        *("240.0.0.1", "192.0.2.1", "198.18.0.1", "::", "::1", "fe80::1", "fc00::1", "ff02::1"),
        *(
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "2001:db8::1",
        ),
    ],
)
def test_addresses_that_are_not_public(address: str, settings: Any) -> None:
    assert not addresses.is_allowed(ip_address(address))


def test_public_addresses_and_the_setting(settings: Any) -> None:
    for address in ("93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"):
        assert addresses.is_allowed(ip_address(address))
    settings.IMPORT_PRIVATE_URLS = True
    assert addresses.is_allowed(ip_address("10.1.2.3"))
    assert not addresses.is_allowed(ip_address("169.254.169.254"))


@pytest.mark.parametrize(
    "url",
    [
        *("", "set.zip", "ftp://a/b.zip", "file:///etc/passwd", "http://", "https://u:p@a/b.zip"),
        *("http://a b/c.zip", "http://127.0.0.1/a.zip", "http://[::1]/a.zip", "http://a:99999/"),
        *("http://169.254.169.254/latest/meta-data", "http://[::ffff:10.0.0.1]/", "http://a:0/"),
        "http://" + "a" * 2100,
    ],
)
def test_what_is_no_public_address_is_refused_at_once(pond: Pond, url: str) -> None:
    address = f"/api/datasets/{pond.dataset.slug}/imports/from-url/"
    answer = client_of(pond.lead).post(address, {"url": url})
    assert (answer.status_code, bool(answer.json()["detail"])) == (400, True)
    assert not Import.objects.exists()


def test_a_name_shows_no_signature() -> None:
    assert downloading.name_of("https://a.org/b/My%20set.zip?token=x#y") == "My set.zip"
    assert downloading.name_of("https://a.org") == "a.org"


@pytest.mark.usefixtures("allowed")
def test_whoever_lost_the_job_stops(pond: Pond, site: Site, monkeypatch: Any) -> None:
    monkeypatch.setattr(downloading, "REPORT_SECONDS", 0.0)

    def take_over(request: Handler) -> None:
        Import.objects.update(lease_owner="another")
        ranged(site, CONTENT, cut_at=len(CONTENT))(request)

    job = import_from_url(pond.dataset, site.serves(take_over), created_by=pond.lead)
    run_import(job.pk)
    job.refresh_from_db()
    assert (job.state, job.lease_owner) == ("running", "another")
    assert Path(paths.uploads_dir() / f"import-{job.pk}.part").exists()
