"""Bodies that are too large are refused before they are read."""

import asyncio
import json
from typing import Any

import pytest

from config.bodies import LimitedBodies


def post(
    pieces: list[bytes],
    *,
    length: int | None = None,
    media_type: str = "application/json",
    method: str = "POST",
    path: str = "/api/uploads/1/",
) -> tuple[int, Any, int]:
    """The status, the problem if there is one, and how many pieces were read."""
    read = 0
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while (await receive())["more_body"]:
            pass
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def receive() -> Any:
        nonlocal read
        read += 1
        return {
            "type": "http.request",
            "body": pieces[read - 1],
            "more_body": read < len(pieces),
        }

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", media_type.encode())]
    if length is not None:
        headers.append((b"content-length", str(length).encode()))
    limited = LimitedBodies(app, most_bytes=1000, most_upload_bytes=5000)
    scope = {"type": "http", "headers": headers, "method": method, "path": path}
    asyncio.run(limited(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"]), read


def test_a_body_that_says_its_length_is_not_read_at_all() -> None:
    status, problem, read = post([b"x"], length=1001)
    assert (status, problem["code"], read) == (413, "too_large", 0)
    assert problem["detail"].startswith("The body is larger than the ")


def test_a_body_without_a_length_is_read_up_to_the_limit() -> None:
    status, problem, read = post([b"x" * 600] * 10)
    assert (status, problem["status"], read) == (413, 413, 2)


@pytest.mark.parametrize(
    ("media_type", "size", "status"),
    [
        ("application/json", 1000, 200),
        ("multipart/form-data; boundary=x", 5000, 200),
        ("multipart/form-data; boundary=x", 5001, 413),
    ],
)
def test_forms_with_files_may_be_larger(media_type: str, size: int, status: int) -> None:
    assert post([b"x" * size], length=size, media_type=media_type)[0] == status
    assert post([b"x" * size], media_type=media_type)[0] == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/api/uploads/1/", 200),
        ("POST", "/api/uploads/1/", 413),
        ("PATCH", "/api/datasets/1/", 413),
    ],
)
def test_parts_of_uploads_may_be_larger(method: str, path: str, status: int) -> None:
    part = {"media_type": "application/offset+octet-stream", "method": method, "path": path}
    assert post([b"x" * 5000], length=5000, **part)[0] == status
    assert post([b"x" * 5001], length=5001, **part)[0] == 413
