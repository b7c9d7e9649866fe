"""From a box to an outline, over the wire."""

import queue
import shutil
import signal
import sys
import threading
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator import paths, tasks
from annotator.images import outlines
from annotator.labels.polygons.geometry import Polygons, point_in_rings, polygons_area
from annotator.models import Image
from tests.annotator.conftest import Pond, client_of

pytestmark = pytest.mark.django_db(transaction=True)

AREA_PX = 40 * 30


@pytest.fixture
def drawn(image: Image) -> Image:
    """100 × 80 pixels: a light block from (30, 20) to (70, 50) on dark noise."""
    pixels = np.random.default_rng(1).normal(60, 8, (80, 100, 3))
    pixels[20:50, 30:70] += 120
    path = paths.image_path(image)
    PillowImage.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(path)
    return image


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Any:
    """One child for the test, so that it is known which one answers."""
    free: queue.LifoQueue[outlines.OutlineChild] = queue.LifoQueue()
    child = outlines.OutlineChild()
    free.put(child)
    monkeypatch.setattr(outlines, "_free", free)
    yield child
    child._drop()


def ask(image: Image, pond: Pond, **body: Any) -> Any:
    return client_of(pond.annotator).post(
        f"/api/images/{image.pk}/outline/", {"box": [25, 15, 75, 55], **body}
    )


def test_a_box_gives_polygons_and_stores_nothing(
    pond: Pond, drawn: Image, children: outlines.OutlineChild
) -> None:
    polygons = ask(drawn, pond).json()["polygons"]
    assert polygons_area(polygons) == pytest.approx(AREA_PX, rel=0.05)
    assert ask(drawn, pond, box=[75, 55, 25, 15]).json()["polygons"] == polygons
    drawn.refresh_from_db()
    assert (drawn.revision, drawn.instance_count) == (0, 0)


def point_in_polygons(x: float, y: float, polygons: Polygons) -> bool:
    return any(point_in_rings(x, y, part) for part in polygons)


def test_strokes_change_the_outline_that_was_shown(
    pond: Pond, drawn: Image, children: outlines.OutlineChild
) -> None:
    shown = ask(drawn, pond).json()["polygons"]
    stroke: dict[str, Any] = {"outside": [[66, 22, 66, 48]], "radius": 2, "order": ["outside"]}
    left = ask(drawn, pond, shown=shown, **stroke).json()["polygons"]
    assert 0.3 * AREA_PX < polygons_area(left) < 0.95 * AREA_PX
    assert not point_in_polygons(66, 35, left)
    assert point_in_polygons(35, 35, left)
    both = {"inside": [[66, 35]], "outside": stroke["outside"], "radius": 2, "shown": left}
    assert point_in_polygons(
        66, 35, ask(drawn, pond, order=["outside", "inside"], **both).json()["polygons"]
    )


def test_the_child_stays_warm_and_is_replaced_when_it_died(
    pond: Pond, drawn: Image, children: outlines.OutlineChild
) -> None:
    ask(drawn, pond)
    first = children.pid
    ask(drawn, pond)
    assert children.pid == first
    assert children._process
    children._process.send_signal(signal.SIGKILL)
    assert ask(drawn, pond).status_code == 200
    assert children.pid != first


def test_who_finds_all_children_busy_is_told_to_try_again(
    pond: Pond, drawn: Image, children: outlines.OutlineChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlines, "OUTLINE_SECONDS", 0.2)
    busy = outlines._free.get()
    answer = ask(drawn, pond)
    assert (answer.status_code, answer.json()["code"]) == (503, "busy")
    monkeypatch.setattr(outlines, "OUTLINE_SECONDS", 20.0)
    threading.Timer(0.3, lambda: outlines._free.put(busy)).start()
    assert ask(drawn, pond).status_code == 200  # waited for its turn


def test_a_child_that_takes_too_long_is_killed(
    pond: Pond, drawn: Image, children: outlines.OutlineChild, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(drawn, pond)
    assert children._process
    hung = children._process
    hung.send_signal(signal.SIGSTOP)
    monkeypatch.setattr(outlines, "OUTLINE_SECONDS", 0.5)
    answer = ask(drawn, pond)
    assert (answer.status_code, answer.json()["code"]) == (503, "outline_failed")
    assert hung.poll() is not None
    monkeypatch.setattr(outlines, "OUTLINE_SECONDS", 20.0)
    assert ask(drawn, pond).status_code == 200


def test_nothing_in_the_box(pond: Pond, drawn: Image, children: outlines.OutlineChild) -> None:
    answer = ask(drawn, pond, outside=[[50, 40]], radius=500)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_found")
    assert answer.json()["detail"].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        {"box": [1, 2, 3]},
        {"box": [10, 10, 12, 60]},
        {"box": [200, 200, 300, 300]},
        {"box": ["nan", 1, 50, 50]},
        {"box": ["inf", 1, 50, 50]},
        {"inside": [[1, 2, 3]]},
        {"inside": [[]]},
        {"inside": "x"},
        {"outside": [[1, 2] * 10_001]},
        {"radius": 0},
        {"order": ["inside"]},
        {"inside": [[1, 2]], "order": ["outside"]},
        {"inside": [[1, 2]], "order": ["keep"]},
        {"shown": "x"},
        {"shown": [[["nan", 1, 2, 3, 4, 5]]]},
        {"shown": [[[1, 2, 3]]]},
        {"shown": [[[1, 2, 1, 2, 1, 2]]]},
    ],
)
def test_what_is_refused(pond: Pond, drawn: Image, body: Any) -> None:
    assert ask(drawn, pond, **body).status_code == 400


def test_big_pictures_are_read_from_their_tiles(
    redis: Any, pond: Pond, drawn: Image, children: outlines.OutlineChild, settings: Any
) -> None:
    settings.TILED_MEGAPIXELS = 0.001
    assert ask(drawn, pond).json()["code"] == "tiles_missing"
    tasks.make_tiles(str(drawn.pk))
    polygons = ask(drawn, pond).json()["polygons"]
    assert polygons_area(polygons) == pytest.approx(AREA_PX, rel=0.05)
    shutil.rmtree(paths.tiles_dir(drawn))


def test_opencv_is_not_in_the_web_process(pond: Pond, drawn: Image) -> None:
    """The service module loads neither OpenCV nor libvips."""
    import subprocess

    code = (
        "import django; django.setup(); import annotator.api.urls, sys; "
        "print({'cv2', 'pyvips'} & set(sys.modules))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "set()"
