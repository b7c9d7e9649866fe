"""What holds for every outline of a box: strokes, energy, points, odd boxes."""

from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator.labels.outlines import grabcut
from annotator.labels.outlines.box_segment import correct, inside_ellipse, segment_box
from annotator.labels.outlines.box_trace import (
    SIMPLIFIED_IOU,
    coarse,
    draw_strokes,
    rasterise,
    refine,
    trace,
)
from annotator.labels.polygons.geometry import clean_polygons
from tests.annotator.labels.raster import centre_mask, mask_iou

from .test_grabcut import Inside, disc, square, texture

SIZE_WH = (120, 90)
numbers = st.floats(0, 1, allow_nan=False)


def photograph(seed: int) -> NDArray[np.uint8]:
    """A disc and a block of other colours on a noisy ground; hard for some seeds."""
    rng = np.random.default_rng(seed)
    pixels = texture(SIZE_WH, tuple(rng.integers(40, 210, 3)), seed)
    for make in (disc, square):
        x, y = rng.uniform(0.2, 0.8, 2) * SIZE_WH
        inside = make(SIZE_WH, x, y, rng.uniform(8, 30))
        pixels[inside] = texture(SIZE_WH, tuple(rng.integers(40, 210, 3)), seed + 1)[inside]
    return pixels


def save(pixels: NDArray[np.uint8], path: Path) -> Any:
    PillowImage.fromarray(pixels).save(path)
    return {"size_wh": (pixels.shape[1], pixels.shape[0]), "file": str(path)}


def found(source: Any, **request: Any) -> tuple[list[Any], Inside]:
    answer = grabcut.answer_request(cast("Any", {"source": source, **request}))
    polygons = answer["polygons"]
    if polygons:
        assert polygons == clean_polygons(polygons, size_wh=source["size_wh"])
    mask = np.zeros(source["size_wh"][::-1], dtype=bool)
    for polygon in polygons:
        mask |= centre_mask(polygon, size_wh=source["size_wh"])
    return polygons, mask


def stroke_pixels(line: list[float], radius: float) -> Inside:
    """Pixels whose centre is within the stroke."""
    xs, ys = np.meshgrid(np.arange(SIZE_WH[0]) + 0.5, np.arange(SIZE_WH[1]) + 0.5)
    points = np.reshape(line, (-1, 2))
    near = np.zeros(xs.shape, dtype=bool)
    for start, end in zip(points, [*points[1:], points[-1]], strict=True):
        along = end - start
        share = (xs - start[0]) * along[0] + (ys - start[1]) * along[1]
        share = (share / max(float(along @ along), 1e-9)).clip(0, 1)
        distance = np.hypot(xs - start[0] - share * along[0], ys - start[1] - share * along[1])
        near |= distance <= radius
    return near


@st.composite
def strokes(draw: st.DrawFn) -> list[tuple[str, list[float]]]:
    result = []
    for _ in range(draw(st.integers(1, 4))):
        points = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=3))
        line = [float(n * side) for point in points for n, side in zip(point, SIZE_WH, strict=True)]
        result.append((draw(st.sampled_from(["inside", "outside"])), line))
    return result


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 30), strokes(), st.floats(0.5, 6), st.booleans())
def test_every_pixel_of_a_stroke_is_kept_and_the_newest_wins(
    tmp_path: Path, seed: int, lines: list[tuple[str, list[float]]], radius: float, is_chain: bool
) -> None:
    source = save(photograph(seed), tmp_path / "a.png")
    box = [25.0, 15.0, 95.0, 75.0]
    shown: list[Any] = []
    for count in range(1 if is_chain else len(lines), len(lines) + 1):
        drawn = lines[:count]
        shown, mask = found(
            source,
            box=box,
            inside=[line for side, line in drawn if side == "inside"],
            outside=[line for side, line in drawn if side == "outside"],
            order=[side for side, _ in drawn],
            shown=shown,
            radius=radius,
        )
    keep, remove = np.zeros_like(mask), np.zeros_like(mask)
    for side, line in lines:
        pixels = stroke_pixels(line, radius)
        wide = stroke_pixels(line, radius + 0.4)  # older strokes end a little before a newer one
        if side == "inside":
            keep, remove = keep | pixels, remove & ~wide
        else:
            keep, remove = keep & ~wide, remove | pixels
    assert not (keep & ~mask).any()
    assert not (remove & mask).any()


def test_of_strokes_over_each_other_the_newest_wins(tmp_path: Path) -> None:
    source = save(photograph(3), tmp_path / "a.png")
    line = [50.0, 45.0, 70.0, 45.0]
    request: dict[str, Any] = {"inside": [line], "outside": [line], "radius": 3.0}
    box = [25.0, 15.0, 95.0, 75.0]
    pixels = stroke_pixels(line, 3.0)
    assert found(source, box=box, order=["outside", "inside"], **request)[1][pixels].all()
    assert not found(source, box=box, order=["inside", "outside"], **request)[1][pixels].any()
    assert not found(source, box=box, **request)[1][pixels].any()


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.integers(0, 60), st.lists(numbers, min_size=4, max_size=4))
def test_never_worse_than_the_ellipse_by_its_own_energy(
    tmp_path: Path, seed: int, corners: list[float]
) -> None:
    pixels = photograph(seed)
    (x1, x2), (y1, y2) = sorted(corners[:2]), sorted(corners[2:])
    box = np.array([[x1 * 110, y1 * 80], [x2 * 110 + 8, y2 * 80 + 8]])
    polygons = grabcut.find_outline(pixels, box=box, strokes=[], shown=[], radius=1)
    fine = (pixels.shape[0] * 4, pixels.shape[1] * 4)
    _, model = segment_box(pixels, box)
    nothing = draw_strokes([], shape=(pixels.shape[0], pixels.shape[1]), radius=0, room=0)
    ellipse = trace(refine(inside_ellipse(pixels.shape[:2], box), nothing), nothing)

    def energy(outline: Any) -> float:
        return model.energy(coarse(rasterise(outline, fine)))

    is_ellipse = polygons == ellipse
    assert polygons
    assert is_ellipse or energy(polygons) <= energy(ellipse)
    assert sum(len(ring) for polygon in polygons for ring in polygon) // 2 <= 200


def test_a_stroke_changes_only_what_is_near_it(tmp_path: Path) -> None:
    """The object that a person saw never vanishes, whatever a stroke looks like."""
    size_wh = (300, 200)
    inside = disc(size_wh, 110, 100, 60) | square(size_wh, 190, 100, 40)
    pixels = texture(size_wh, (70, 130, 60), 1)
    pixels[inside] = texture(size_wh, (150, 100, 70), 2)[inside]
    source = save(pixels, tmp_path / "a.png")
    box = [45.0, 35.0, 235.0, 165.0]
    shown, before = found(source, box=box)
    _, after = found(source, box=box, shown=shown, outside=[[225, 70, 225, 130]], radius=4)
    assert after.sum() >= 0.4 * before.sum()
    assert mask_iou(after[:, :120], before[:, :120]) >= 0.97
    assert not (after & ~before)[:, :200].any() or (after & ~before).sum() < 0.01 * before.sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 30), st.integers(0, 8000), st.booleans())
def test_keeping_only_adds_and_taking_away_only_removes(seed: int, place: int, keeps: bool) -> None:
    pixels = photograph(seed)
    shown = disc(SIZE_WH, 60, 45, 25)
    stroke = np.zeros_like(shown)
    row, column = divmod(place % shown.size, SIZE_WH[0])
    stroke[max(0, row - 1) : row + 2, max(0, column - 4) : column + 5] = True
    nothing = np.zeros_like(shown)
    if keeps:
        result = correct(pixels, shown, stroke, nothing, 20)
        assert not ((shown | stroke) & ~result).any()
    else:
        result = correct(pixels, shown, nothing, stroke, 20)
        assert not (result & (stroke | ~shown)).any()
        assert result.sum() >= 0.25 * (shown & ~stroke).sum()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), st.floats(4, 60))
@example(22, 8.0)
def test_few_points_say_the_same(seed: int, radius: float) -> None:
    rng = np.random.default_rng(seed)
    shape = (130, 160)
    mask = disc((160, 130), 80, 65, radius)
    more = int(rng.integers(0, 4))
    for _ in range(more):
        x, y = rng.uniform(20, 110, 2)
        mask |= disc((160, 130), float(x), float(y), float(rng.uniform(5, 25)))
    nothing = draw_strokes([], shape=shape, radius=0, room=0)
    fine = refine(mask, nothing)
    polygons = trace(fine, nothing)
    drawn = rasterise(polygons, fine.shape)
    assert mask_iou(drawn, fine) >= min(0.98, SIMPLIFIED_IOU)
    # approxPolyDP halves the arcs of a disc: 16 points do, or else 32; discs may lie apart
    points = sum(len(ring) for polygon in polygons for ring in polygon) // 2
    assert points <= 32 * (1 + more)


@pytest.mark.parametrize(
    "box",
    [
        [0, 0, 30, 40],
        [90, 60, 120, 90],
        [50, 40, 52, 42],
        [50, 40, 52, 80],
        [0, 0, 120, 90],
        [119, 0, 120, 90],
    ],
)
@pytest.mark.parametrize("is_uniform", [True, False])
def test_degenerate_boxes(tmp_path: Path, box: list[float], is_uniform: bool) -> None:
    pixels = np.full((90, 120, 3), 90, np.uint8) if is_uniform else photograph(5)
    source = save(pixels, tmp_path / "a.png")
    polygons, _ = found(source, box=box)
    assert polygons
    xs = [x for polygon in polygons for ring in polygon for x in ring[0::2]]
    ys = [y for polygon in polygons for ring in polygon for y in ring[1::2]]
    slack = 0.5 + 0.02 * max(box[2] - box[0], box[3] - box[1])
    assert min(xs) >= box[0] - slack
    assert max(xs) <= box[2] + slack
    assert min(ys) >= box[1] - slack
    assert max(ys) <= box[3] + slack


def test_a_box_of_one_colour_gives_its_ellipse(tmp_path: Path) -> None:
    source = save(np.full((90, 120, 3), 90, np.uint8), tmp_path / "a.png")
    _, mask = found(source, box=[20, 10, 100, 80])
    xs, ys = np.meshgrid(np.arange(120) + 0.5, np.arange(90) + 0.5)
    ellipse = ((xs - 60) / 40) ** 2 + ((ys - 45) / 35) ** 2 <= 1
    assert mask_iou(mask, ellipse) >= 0.93


def test_a_box_that_a_block_fills_gives_the_block(tmp_path: Path) -> None:
    pixels = texture(SIZE_WH, (70, 130, 60), 1)
    block = square(SIZE_WH, 60, 45, 28)
    pixels[block] = texture(SIZE_WH, (150, 100, 70), 2)[block]
    polygons, mask = found(save(pixels, tmp_path / "a.png"), box=[32, 17, 88, 73])
    assert mask_iou(mask, block) >= 0.93
    assert sum(len(ring) for polygon in polygons for ring in polygon) // 2 <= 24


def test_strokes_alone_make_an_outline(tmp_path: Path) -> None:
    """Where the box has no area to speak of, the stroke is what is left."""
    source = save(photograph(9), tmp_path / "a.png")
    line = [30.0, 45.0, 90.0, 45.0]
    _, mask = found(source, box=[60, 45, 60, 45], inside=[line], radius=4)
    assert mask[stroke_pixels(line, 4)].all()
