"""From a box to an outline: on drawn objects, and on photographs that people labelled."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator.labels.outlines import grabcut
from annotator.labels.pixels.crops import PictureSource, read_crop
from annotator.labels.polygons.geometry import clean_polygons, polygons_area
from tests.annotator.labels.raster import centre_mask, mask_iou
from tests.real_data import REAL_DATA

Pixels = NDArray[np.uint8]
Inside = NDArray[np.bool_]

CATS = REAL_DATA / "feral-cats"


def texture(size_wh: tuple[int, int], color: tuple[int, int, int], seed: int) -> Pixels:
    """Coarse and fine noise around a colour."""
    rng = np.random.default_rng(seed)
    width, height = size_wh
    coarse = rng.normal(0, 14, (height // 8 + 1, width // 8 + 1, 1)).repeat(8, 0).repeat(8, 1)
    fine = rng.normal(0, 14, (height, width, 3))
    return (np.array(color) + coarse[:height, :width] + fine).clip(0, 255).astype(np.uint8)


def disc(size_wh: tuple[int, int], x: float, y: float, radius: float) -> Inside:
    xs, ys = np.meshgrid(np.arange(size_wh[0]) + 0.5, np.arange(size_wh[1]) + 0.5)
    inside: Inside = (xs - x) ** 2 + (ys - y) ** 2 < radius**2
    return inside


def square(size_wh: tuple[int, int], x: float, y: float, half: float) -> Inside:
    xs, ys = np.meshgrid(np.arange(size_wh[0]) + 0.5, np.arange(size_wh[1]) + 0.5)
    inside: Inside = np.maximum(abs(xs - x), abs(ys - y)) < half
    return inside


def draw(inside: Inside, path: Path) -> PictureSource:
    """Brown where inside, on green; saved without loss unless the name says otherwise."""
    size_wh = (inside.shape[1], inside.shape[0])
    pixels = texture(size_wh, (70, 130, 60), 1)
    pixels[inside] = texture(size_wh, (150, 100, 70), 2)[inside]
    PillowImage.fromarray(pixels).save(path, quality=95)
    return {"size_wh": size_wh, "file": str(path)}


def outline_mask(answer: grabcut.OutlineAnswer, size_wh: tuple[int, int]) -> Inside:
    polygons = answer["polygons"]
    if polygons:
        assert polygons == clean_polygons(polygons, size_wh=size_wh)
    return centre_mask([ring for polygon in polygons for ring in polygon], size_wh=size_wh)


@pytest.mark.parametrize(
    ("size_wh", "half", "name"),
    [((300, 240), 60, "a.png"), ((90, 80), 20, "a.png"), ((1600, 1200), 400, "a.jpg")],
)
@pytest.mark.parametrize("make", [disc, square])
def test_drawn_objects_are_found(
    tmp_path: Path, size_wh: tuple[int, int], half: float, name: str, make: Any
) -> None:
    x, y = size_wh[0] * 0.55, size_wh[1] * 0.45
    inside = make(size_wh, x, y, half)
    source = draw(inside, tmp_path / name)
    slack = half * 0.1
    box = [x - half - slack, y - half - slack, x + half + slack, y + half + slack]
    answer = grabcut.answer_request({"source": source, "box": box})
    assert mask_iou(outline_mask(answer, size_wh), inside) >= 0.95
    assert sum(len(ring) for polygon in answer["polygons"] for ring in polygon) < 400


def test_a_hole_stays_a_hole_and_a_pinhole_does_not(tmp_path: Path) -> None:
    size_wh = (300, 300)
    ring = disc(size_wh, 150, 150, 110) & ~disc(size_wh, 150, 150, 45)
    ring &= ~disc(size_wh, 150, 70, 2.5)
    answer = grabcut.answer_request(
        {"source": draw(ring, tmp_path / "a.png"), "box": [35, 35, 265, 265]}
    )
    assert [len(polygon) for polygon in answer["polygons"]] == [2]
    assert mask_iou(outline_mask(answer, size_wh), ring) >= 0.95


def test_strokes_say_what_belongs_to_the_object(tmp_path: Path) -> None:
    size_wh = (400, 200)
    left, right = disc(size_wh, 110, 100, 60), disc(size_wh, 290, 100, 50)
    source = draw(left | right, tmp_path / "a.png")
    box = [40.0, 30.0, 350.0, 170.0]

    def found(**strokes: Any) -> Inside:
        request: dict[str, Any] = {"source": source, "box": box, "radius": 6, **strokes}
        return outline_mask(grabcut.answer_request(cast("Any", request)), size_wh)

    assert mask_iou(found(), left) >= 0.95  # the largest part alone
    assert mask_iou(found(inside=[[280, 100, 300, 100]]), left | right) >= 0.95
    beyond = grabcut.answer_request(
        {"source": source, "box": [40, 30, 180, 170], "inside": [[290, 100]], "radius": 20}
    )
    assert outline_mask(beyond, size_wh)[100, 290]


def test_strokes_say_what_does_not_belong_to_the_object(tmp_path: Path) -> None:
    size_wh = (300, 200)
    inside, beside = disc(size_wh, 110, 100, 60), square(size_wh, 210, 100, 40)
    source = draw(inside, tmp_path / "a.png")
    with PillowImage.open(tmp_path / "a.png") as picture:
        pixels = np.array(picture)
    pixels[beside] = texture(size_wh, (200, 60, 160), 3)[beside]
    PillowImage.fromarray(pixels).save(tmp_path / "a.png")
    box = [45.0, 35.0, 255.0, 165.0]
    both = grabcut.answer_request({"source": source, "box": box})
    assert mask_iou(outline_mask(both, size_wh), inside | beside) >= 0.95
    alone = grabcut.answer_request(
        {"source": source, "box": box, "outside": [[200, 80, 220, 120]], "radius": 5}
    )
    assert mask_iou(outline_mask(alone, size_wh), inside) >= 0.95


def test_an_object_at_the_border_reaches_it(tmp_path: Path) -> None:
    size_wh = (200, 160)
    corner = disc(size_wh, 0, 0, 90)
    answer = grabcut.answer_request(
        {"source": draw(corner, tmp_path / "a.png"), "box": [0, 0, 95, 95]}
    )
    assert mask_iou(outline_mask(answer, size_wh), corner) >= 0.95
    ((ring,),) = answer["polygons"]
    assert (min(ring[0::2]), min(ring[1::2])) == (0, 0)


def test_a_box_around_the_whole_picture_is_allowed(tmp_path: Path) -> None:
    size_wh = (240, 200)
    inside = disc(size_wh, 120, 100, 80)
    answer = grabcut.answer_request(
        {"source": draw(inside, tmp_path / "a.png"), "box": [0, 0, 240, 200]}
    )
    assert mask_iou(outline_mask(answer, size_wh), inside) >= 0.95


def test_all_background_gives_nothing(tmp_path: Path) -> None:
    source = draw(disc((100, 100), 50, 50, 20), tmp_path / "a.png")
    answer = grabcut.answer_request(
        {"source": source, "box": [20, 20, 80, 80], "radius": 200, "outside": [[50, 50]]}
    )
    assert answer == {"polygons": []}


@pytest.mark.parametrize("frame", [(0, 0, 2000, 1500), (301, 77, 900, 1100), (1990, 0, 2000, 9)])
def test_tiles_and_files_give_the_same_crop(
    tmp_path: Path, frame: tuple[int, int, int, int]
) -> None:
    size_wh = (2000, 1500)
    xs, ys = np.meshgrid(np.arange(size_wh[0]), np.arange(size_wh[1]))
    waves = [np.sin(xs / 37), np.cos(ys / 53), np.sin((xs + ys) / 91)]
    pixels = np.stack([127 + 120 * wave for wave in waves], axis=-1).astype(np.uint8)
    PillowImage.fromarray(pixels).save(tmp_path / "a.png")
    PillowImage.fromarray(pixels).save(tmp_path / "a.jpg", quality=95)
    command = [sys.executable, "-m", "annotator.labels.pixels.tiles"]
    subprocess.run([*command, tmp_path / "a.png", tmp_path / "tiles"], check=True)
    size = (max(1, (frame[2] - frame[0]) // 4), max(1, (frame[3] - frame[1]) // 4))
    part = PillowImage.fromarray(pixels).crop(frame)
    wanted = np.asarray(part.resize(size, PillowImage.Resampling.BICUBIC)).astype(int)
    places: list[dict[str, str]] = [
        {"file": str(tmp_path / "a.png")},
        {"file": str(tmp_path / "a.jpg")},
        {"tiles": str(tmp_path / "tiles")},
    ]
    for place in places:
        source: Any = {"size_wh": size_wh, **place}
        assert np.abs(read_crop(source, frame, size) - wanted).mean() < 3, place


def test_the_child_answers_line_by_line_and_ends_with_its_parent(tmp_path: Path) -> None:
    source = draw(disc((100, 100), 50, 50, 20), tmp_path / "a.png")
    line = json.dumps({"source": source, "box": [25, 25, 75, 75]}) + "\n"
    child = subprocess.run(
        [sys.executable, "-m", "annotator.labels.outlines.grabcut"],
        input=line + line,
        capture_output=True,
        text=True,
        timeout=60,
    )
    first, second = map(json.loads, child.stdout.splitlines())
    assert child.returncode == 0
    assert first == second
    assert polygons_area(first["polygons"]) == pytest.approx(np.pi * 400, rel=0.05)


def test_the_child_ends_when_nobody_asks() -> None:
    code = (
        "from annotator.labels.outlines import grabcut as g; g.IDLE_SECONDS = 0.2; exit(g.main())"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert child.wait(timeout=30) == 0  # though its standard input is open
    assert child.stdin
    child.stdin.close()


def labelled_cats(count: int) -> Iterator[tuple[Path, tuple[int, int], list[float]]]:
    """The first object of each labelled picture that is not tiny: picture, size, ring."""
    for label in sorted((CATS / "labels" / "val").glob("*.txt"))[:: 119 // count]:
        rows = label.read_text().splitlines()
        picture = next((CATS / "images" / "val").glob(f"{label.stem}.*"))
        with PillowImage.open(picture) as image:
            size_wh = image.size
        for row in rows[:1]:
            ring = (np.array(row.split()[1:], float).reshape(-1, 2) * size_wh).ravel().tolist()
            if min(np.ptp(ring[0::2]), np.ptp(ring[1::2])) >= 24:
                yield picture, size_wh, ring


@pytest.mark.real_data
@pytest.mark.skipif(not CATS.is_dir(), reason=f"no photographs in {CATS}")
def test_photographs_of_cats() -> None:
    ious = []
    for picture, size_wh, ring in labelled_cats(20):
        xs, ys = ring[0::2], ring[1::2]
        answer = grabcut.answer_request(
            {
                "source": {"size_wh": size_wh, "file": str(picture)},
                "box": [min(xs), min(ys), max(xs), max(ys)],
            }
        )
        ious.append(mask_iou(outline_mask(answer, size_wh), centre_mask([ring], size_wh=size_wh)))
    print(f"{len(ious)} cats: mean IoU {np.mean(ious):.3f}, median {np.median(ious):.3f}")
    assert len(ious) >= 15
    assert np.mean(ious) > 0.6
