"""Big pictures open through tiles that a worker makes once."""

import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image as PillowImage

from annotator import paths, tasks
from annotator.images import tiles
from annotator.imports.imports import create_import, run_import
from annotator.kernel.publisher import STREAM
from annotator.models import Image
from tests.annotator.conftest import Pond, client_of, png_bytes
from tests.annotator.sources import lay_out, picture_bytes

pytestmark = pytest.mark.django_db(transaction=True)

WAITING = "cpu"
"""The list in Redis that holds the messages for the cpu workers."""


@pytest.fixture
def big(redis: Any, pond: Pond, settings: Any) -> Image:
    """An image that counts as big, its tiles not made yet."""
    settings.TILED_MEGAPIXELS = 0.1
    client = client_of(pond.lead)
    answer = client.post(
        f"/api/datasets/{pond.dataset.slug}/images/",
        {"file": io.BytesIO(png_bytes((700, 300), "#cc8800"))},
        format="multipart",
    )
    assert answer.status_code == 201, answer.content
    assert redis.llen(WAITING) == 1  # asked for at once
    image = Image.objects.get(pk=answer.json()["id"])
    shutil.rmtree(paths.tiles_dir(image), ignore_errors=True)
    paths.thumbnail_path(image).unlink(missing_ok=True)
    redis.flushall()
    return image


def state_of(image: Image, pond: Pond) -> Any:
    return client_of(pond.annotator).get(f"/api/images/{image.pk}/tiles/").json()


def test_a_big_picture_says_where_its_tiles_are(pond: Pond, big: Image) -> None:
    client = client_of(pond.annotator)
    described = client.get(f"/api/images/{big.pk}/").json()["tiles"]
    assert described["tile_size"] == 512
    assert described["levels"] == [
        {"level": 0, "width": 350, "height": 150},
        {"level": 1, "width": 700, "height": 300},
    ]
    url = described["url"].format(level=1, column=1, row=0)
    assert client.get(url).status_code == 404
    tasks.make_tiles(str(big.pk))
    tile = client.get(url)
    assert (tile["Content-Type"], tile["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert "immutable" in tile["Cache-Control"]
    with PillowImage.open(io.BytesIO(tile.content)) as picture:
        assert picture.size == (700 - 512, 300)
        pixel: Any = picture.getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(pixel, (0xCC, 0x88, 0x00), strict=True)) < 6
    assert client.get(url.replace(big.sha256, "0" * 64)).status_code == 404
    for wrong in ("1/2_0", "2/0_0", "1/../0_0", "x/0_0", "1/-1_0"):
        assert client.get(url.replace("1/1_0", wrong)).status_code == 404


def test_ten_viewers_have_the_tiles_made_once(redis: Any, pond: Pond, big: Image) -> None:
    for _ in range(10):
        assert state_of(big, pond)["state"] == "making"
    assert redis.llen(WAITING) == 1
    message = json.loads(redis.lrange(WAITING, 0, 0)[0])
    assert message["headers"]["task"] == "annotator.tasks.make_tiles"
    tasks.make_tiles(*json.loads(message["headers"]["argsrepr"].replace("'", '"')))
    assert state_of(big, pond) == {"state": "ready", "detail": ""}
    event = json.loads(redis.xrevrange(STREAM, count=1)[0][1][b"event"])
    assert (event["kind"], event["id"]) == ("image.tiles", str(big.pk))
    assert event["data"]["state"] == "ready"
    shutil.rmtree(paths.tiles_dir(big))  # the cache may go at any time
    assert state_of(big, pond)["state"] == "making"
    assert redis.llen(WAITING) == 2


def test_two_workers_do_not_make_the_same_tiles(redis: Any, pond: Pond, big: Image) -> None:
    redis.set(f"segloop:tiles:{big.sha256}:making", "1")
    tasks.make_tiles(str(big.pk))
    assert not paths.tiles_dir(big).exists()
    assert "being made" in state_of(big, pond)["detail"]
    assert redis.llen(WAITING) == 0


def test_what_cannot_be_made_says_why(redis: Any, pond: Pond, big: Image) -> None:
    paths.image_path(big).write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    tasks.make_tiles(str(big.pk))
    failed = state_of(big, pond)
    assert failed["state"] == "failed"
    assert failed["detail"].startswith("The tiles could not be made: ")
    assert redis.llen(WAITING) == 0
    thumbnail = client_of(pond.lead).get(f"/api/files/thumbnails/{big.pk}/{big.sha256}.webp")
    assert thumbnail.status_code == 404


def test_the_thumbnail_of_a_big_picture_does_not_wait_for_tiles(pond: Pond, big: Image) -> None:
    url = f"/api/files/thumbnails/{big.pk}/{big.sha256}.webp"
    for make_first in (False, True):
        paths.thumbnail_path(big).unlink(missing_ok=True)
        if make_first:
            tasks.make_tiles(str(big.pk))
            assert paths.thumbnail_path(big).exists()
        answer = client_of(pond.lead).get(url)
        with PillowImage.open(io.BytesIO(answer.content)) as small:
            assert (small.format, small.size) == ("WEBP", (320, 137))


def test_small_pictures_have_no_tiles(pond: Pond, image: Image) -> None:
    client = client_of(pond.lead)
    assert client.get(f"/api/images/{image.pk}/").json()["tiles"] is None
    answer = client.get(f"/api/images/{image.pk}/tiles/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_tiled")


@pytest.mark.parametrize(
    ("size_wh", "expected"),
    [((8192, 4882), False), ((8192, 4883), True), ((8193, 10), True), ((10, 8193), True)],
)
def test_what_counts_as_big(size_wh: tuple[int, int], expected: bool) -> None:
    assert tiles.is_tiled(Image(width=size_wh[0], height=size_wh[1])) is expected


def test_without_redis_the_state_says_so(
    pond: Pond, big: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    import redis as redis_client

    dead = redis_client.Redis.from_url("unix:///nowhere/at/all.sock")
    monkeypatch.setattr(tiles, "redis_client", lambda: dead)
    assert state_of(big, pond)["detail"].startswith("Redis does not answer")


def test_an_import_asks_for_the_tiles_of_its_big_pictures(
    redis: Any, pond: Pond, settings: Any, tmp_path: Path
) -> None:
    files = {
        "small.png": picture_bytes(1, size_wh=(40, 30)),
        "big.png": picture_bytes(2, size_wh=(400, 300)),
    }
    settings.TILED_MEGAPIXELS = 0.1
    job = create_import(
        pond.dataset,
        source_path=str(lay_out(tmp_path, files)),
        source_name="folder",
        created_by=pond.lead,
    )
    run_import(job.pk)
    (message,) = redis.lrange(WAITING, 0, -1)
    big = pond.dataset.images.get(stem="big")
    assert str(big.pk) in json.loads(message)["headers"]["argsrepr"]
