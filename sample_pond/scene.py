"""One picture: water, plants, birds with their reflections, and the outlines of the birds.

Everything is drawn at twice the size and scaled down, so edges are smooth. Birds are drawn
from far to near; the outline of a bird is what is seen of it behind nearer birds, reeds and pads.
"""

import io
import math
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from annotator.labels.polygons.geometry import Polygons, polygons_area

from .outlines import trace_mask
from .shapes import Color, Patch, PointXY, ellipse, make_duck, ribbon, shade, smooth, swan

SCALE = 2
DUCK_CLASS = 0
SWAN_CLASS = 1
_MIN_PART_PX = 10.0
_WATERS: tuple[tuple[Color, Color], ...] = (
    ((118, 172, 186), (34, 92, 118)),
    ((150, 182, 172), (44, 96, 92)),
    ((166, 186, 206), (52, 84, 128)),
    ((206, 178, 152), (74, 86, 110)),
    ((132, 160, 128), (48, 82, 66)),
)


@dataclass(frozen=True, slots=True)
class PondPicture:
    """A picture as JPEG, and its instances as (class index, polygons in pixels)."""

    jpeg: bytes
    size_wh: tuple[int, int]
    instances: list[tuple[int, Polygons]]


@dataclass(slots=True)
class _Thing:
    """Something on the water: where, what is seen of it, and whether it is labelled."""

    layer: Image.Image
    mask: NDArray[np.bool_]
    corner_xy: tuple[int, int]
    waterline: int
    class_index: int | None


def draw_pond(index: int, *, seed: int) -> PondPicture:
    """The picture of that number; the same for the same seed, on any machine with this Pillow."""
    rng = Random(f"{seed}/{index}")  # noqa: S311 - for drawing
    size_wh = rng.choice([(320, 240), (320, 240), (320, 320), (288, 320)])
    canvas = _draw_water(size_wh, rng)
    things = _place_things(size_wh, rng)
    for thing in things:
        _draw_reflection(canvas, thing, rng)
    _draw_glints(canvas, rng)
    for thing in things:
        _draw_ripples(canvas, thing, rng)
        canvas.paste(thing.layer, thing.corner_xy, thing.layer)
    instances = _visible_instances(canvas.size, things)
    small = canvas.resize(size_wh, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    small.save(out, "JPEG", quality=92, subsampling=0)
    return PondPicture(out.getvalue(), size_wh, instances)


# --- water ----------------------------------------------------------------------------------


def _draw_water(size_wh: tuple[int, int], rng: Random) -> Image.Image:
    width, height = size_wh
    far, near = rng.choice(_WATERS)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    depth = y / height
    waves = np.zeros_like(y)
    for _ in range(5):
        length = rng.uniform(3.0, 9.0) * (0.6 + 2.2 * depth)
        slant = rng.uniform(-0.12, 0.12)
        bend = 3.0 * np.sin(x / rng.uniform(14, 60) + rng.uniform(0, 6.3))
        waves += np.sin((y + slant * x + bend) / length * 2 * math.pi + rng.uniform(0, 6.3))
    light = 1.0 + waves[..., None] * (0.012 + 0.022 * depth[..., None])
    mix = (depth ** rng.uniform(0.7, 1.2))[..., None]
    color = (np.array(far) * (1 - mix) + np.array(near) * mix) * light
    image = Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))
    return image.resize((width * SCALE, height * SCALE), Image.Resampling.BICUBIC)


def _draw_glints(canvas: Image.Image, rng: Random) -> None:
    glow = Image.new("L", canvas.size, 0)
    draw = ImageDraw.Draw(glow)
    for _ in range(rng.randint(14, 40)):
        x, y = rng.uniform(0, canvas.width), rng.uniform(0, canvas.height)
        length = rng.uniform(6, 20) * SCALE * (0.4 + y / canvas.height)
        line = [(x, y), (x + length / 2, y + rng.uniform(-2, 2)), (x + length, y)]
        draw.polygon(smooth(ribbon(line, [0.5, 3.2, 0.5]), steps=3), fill=rng.randint(30, 90))
    canvas.paste((250, 252, 250), (0, 0), glow)


# --- things on the water --------------------------------------------------------------------


def _place_things(size_wh: tuple[int, int], rng: Random) -> list[_Thing]:
    """Birds and plants from far to near. Some pictures are empty of birds."""
    width, height = size_wh
    plan: list[tuple[float, str]] = []
    if rng.random() > 0.06:
        plan += [
            (rng.uniform(0.20, 0.95), "duck") for _ in range(rng.choice([1, 2, 2, 3, 3, 4, 5]))
        ]
        if rng.random() < 0.22:
            plan.append((rng.uniform(0.34, 0.92), "swan"))
    plan += [(rng.uniform(0.12, 0.98), "pad") for _ in range(rng.choice([0, 1, 2, 4, 6]))]
    plan += [(rng.uniform(0.16, 0.9), "rock") for _ in range(rng.choice([0, 0, 1]))]
    if rng.random() < 0.55:
        center = rng.uniform(0.1, 0.9)
        depth = rng.uniform(0.5, 1.0)
        plan += [
            (depth + rng.uniform(-0.04, 0.05), f"reed {center}") for _ in range(rng.randint(3, 7))
        ]
    things: list[_Thing] = []
    bird_spots: list[tuple[float, float, float]] = []
    for depth, kind in sorted(plan):
        size = (0.13 + 0.22 * depth) * width * SCALE
        x, y = rng.uniform(0.06, 0.94) * width * SCALE, depth * height * SCALE
        if kind == "duck":
            patches, relative = make_duck(rng)
            things += _bird(patches, (x, y, size * relative), DUCK_CLASS, bird_spots, rng)
        elif kind == "swan":
            things += _bird(swan(rng), (x, y, size * 1.35), SWAN_CLASS, bird_spots, rng)
        elif kind == "pad":
            things.append(_pad(x, y, size * rng.uniform(0.28, 0.5), rng))
        elif kind == "rock":
            things.append(_thing(_rock(rng), x, y, size * 0.5, None, tilt=0.0, flip=False))
        else:
            center = float(kind.split()[1]) * width * SCALE
            things.append(_reed(center + rng.gauss(0, 9) * SCALE, y, size, rng))
    return things


def _bird(
    patches: list[Patch],
    spot: tuple[float, float, float],
    class_index: int,
    spots: list[tuple[float, float, float]],
    rng: Random,
) -> list[_Thing]:
    """A bird at a spot (x, y, size), unless it would all but cover another one."""
    x, y, size = spot
    if any(math.hypot(x - sx, (y - sy) * 1.5) < 0.42 * max(size, other) for sx, sy, other in spots):
        return []
    spots.append(spot)
    tilt = rng.uniform(-0.07, 0.07)
    return [_thing(patches, x, y, size, class_index, tilt=tilt, flip=rng.random() < 0.5)]


def _thing(
    patches: list[Patch],
    x: float,
    y: float,
    size: float,
    class_index: int | None,
    *,
    tilt: float,
    flip: bool,
) -> _Thing:
    """Patches drawn on a layer of their own, lit from above."""
    cos_tilt, sin_tilt = math.cos(tilt), math.sin(tilt)
    sign = -1 if flip else 1
    reach = max(abs(number) for patch in patches for point in patch.points for number in point)
    margin = int(size * reach * 1.08) + 4
    below = int(size * max(py for patch in patches for _, py in patch.points) + size * 0.1) + 4
    corner = (int(x) - margin, int(y) - margin)

    def place(point: PointXY) -> PointXY:
        px, py = sign * point[0] * size, point[1] * size
        return (
            px * cos_tilt - py * sin_tilt + x - corner[0],
            px * sin_tilt + py * cos_tilt + y - corner[1],
        )

    layer_wh = (2 * margin, margin + below)
    color = Image.new("RGB", layer_wh)
    alpha = Image.new("L", layer_wh, 0)
    draw_color, draw_alpha = ImageDraw.Draw(color), ImageDraw.Draw(alpha)
    for patch in patches:
        placed = [place(point) for point in patch.points]
        draw_color.polygon(placed, fill=patch.color)
        if patch.is_body:
            draw_alpha.polygon(placed, fill=255)
    light = np.linspace(1.14, 0.88, layer_wh[1], dtype=np.float32)[:, None, None]
    lit = np.clip(np.asarray(color) * light, 0, 255).astype(np.uint8)
    layer = Image.fromarray(lit).filter(ImageFilter.BoxBlur(0.6))
    layer.putalpha(alpha)
    mask = np.asarray(alpha) > 127
    return _Thing(layer, mask, corner, int(y) - corner[1], class_index)


def _pad(x: float, y: float, size: float, rng: Random) -> _Thing:
    """A lily pad, some with a flower. It lies flat and mirrors nothing."""
    notch = rng.uniform(0, 2 * math.pi)
    rim = [
        (math.cos(notch + t) , 0.38 * math.sin(notch + t))
        for t in (0.22 + (2 * math.pi - 0.44) * step / 30 for step in range(31))
    ]  # fmt: skip
    green = rng.choice([(74, 128, 62), (92, 142, 66), (60, 112, 70), (128, 138, 62)])
    patches = [Patch([(0.0, 0.0), *rim], green)]
    patches += [
        Patch(
            ribbon([(0, 0), (0.86 * px, 0.86 * py)], [0.035, 0.015]),
            shade(green, 1.22),
            is_body=False,
        )
        for px, py in rim[3:-3:5]
    ]
    if rng.random() < 0.3:
        petals = rng.choice([(248, 214, 226), (252, 248, 240), (246, 180, 202)])
        for step in range(7):
            turn = math.pi * (step / 6) * 0.9 + math.pi * 1.05
            tip = (0.34 * math.cos(turn), 0.34 * math.sin(turn) - 0.06)
            petal = smooth(
                [
                    (0, 0),
                    (tip[0] * 0.6 - 0.08, tip[1] * 0.6),
                    tip,
                    (tip[0] * 0.6 + 0.08, tip[1] * 0.6),
                ]
            )
            patches.append(Patch(petal, shade(petals, 0.88 + 0.02 * step)))
        patches.append(Patch(ellipse(0, -0.07, 0.09, 0.06), (246, 206, 78), is_body=False))
    thing = _thing(patches, x, y, size, None, tilt=0.0, flip=False)
    thing.waterline = -1
    return thing


def _rock(rng: Random) -> list[Patch]:
    gray = shade((132, 128, 122), rng.uniform(0.7, 1.15))
    top = [
        (-0.5, 0.05),
        (-0.42, -0.2),
        (-0.1, -0.36 - 0.1 * rng.random()),
        (0.3, -0.26),
        (0.5, 0.0),
        (0.0, 0.1),
    ]
    return [
        Patch(smooth(top), gray),
        Patch(
            smooth([(-0.3, -0.18), (-0.08, -0.3), (0.2, -0.22), (0.0, -0.14)]),
            shade(gray, 1.18),
            is_body=False,
        ),
    ]


def _reed(x: float, y: float, size: float, rng: Random) -> _Thing:
    """A stem with leaves, sometimes a bulrush, standing in front of what is behind it."""
    height, lean = rng.uniform(0.9, 1.25), rng.uniform(-0.16, 0.16)
    green = rng.choice([(96, 124, 62), (122, 138, 72), (84, 112, 66), (150, 140, 86)])
    stem = [(0.0, 0.05), (lean * 0.4, -height * 0.5), (lean, -height)]
    patches = [Patch(ribbon(smooth_line(stem), _taper(len(smooth_line(stem)), 0.045)), green)]
    for _ in range(rng.randint(1, 2)):
        bow = rng.uniform(0.16, 0.4) * rng.choice([-1, 1])
        leaf = smooth_line(
            [(0.0, 0.04), (bow * 0.35, -height * 0.5), (bow, -height * rng.uniform(0.6, 0.85))]
        )
        patches.append(
            Patch(ribbon(leaf, _taper(len(leaf), 0.055)), shade(green, rng.uniform(0.85, 1.15)))
        )
    if rng.random() < 0.45:
        head = ribbon(
            [(lean * 0.86, -height * 0.84), (lean * 0.93, -height * 0.93), (lean, -height * 1.02)],
            [0.06, 0.085, 0.06],
        )
        patches.append(Patch(head, (104, 66, 42)))
    return _thing(patches, x, y, size, None, tilt=0.0, flip=False)


def smooth_line(points: list[PointXY]) -> list[PointXY]:
    """A bent line through three points (a quadratic curve that passes near the middle one)."""
    (ax, ay), (bx, by), (cx, cy) = points
    return [
        ((1 - t) ** 2 * ax + 2 * t * (1 - t) * bx + t * t * cx,
         (1 - t) ** 2 * ay + 2 * t * (1 - t) * by + t * t * cy)
        for t in (step / 12 for step in range(13))
    ]  # fmt: skip


def _taper(count: int, width: float) -> list[float]:
    return [width * (1 - 0.85 * index / count) for index in range(count)]


# --- reflections, ripples, outlines ---------------------------------------------------------


def _draw_reflection(canvas: Image.Image, thing: _Thing, rng: Random) -> None:
    """What is above the waterline, upside down below it: wavy, darker, fading. Never labelled."""
    if thing.waterline < 0:
        return
    above = thing.layer.crop((0, 0, thing.layer.width, thing.waterline))
    mirrored = np.asarray(above.transpose(Image.Transpose.FLIP_TOP_BOTTOM)).copy()
    rows = np.arange(len(mirrored))
    phase = rng.uniform(0, 6.3)
    shifts = np.round((2 + rows * 0.04) * np.sin(rows / 7.0 + phase)).astype(int)
    columns = (np.arange(mirrored.shape[1])[None, :] - shifts[:, None]) % mirrored.shape[1]
    mirrored = mirrored[rows[:, None], columns]
    fade = np.clip(1 - rows / (0.75 * len(rows) + 1), 0, 1)[:, None]
    mirrored[..., 3] = (mirrored[..., 3] * fade * 0.55).astype(np.uint8)
    mirrored[..., :3] = (mirrored[..., :3] * 0.72).astype(np.uint8)
    layer = Image.fromarray(mirrored).filter(ImageFilter.BoxBlur(1))
    corner = (thing.corner_xy[0], thing.corner_xy[1] + thing.waterline)
    canvas.paste(layer.convert("RGB"), corner, layer.getchannel("A"))


def _draw_ripples(canvas: Image.Image, thing: _Thing, rng: Random) -> None:
    if thing.waterline < 0:
        return
    columns = np.flatnonzero(
        thing.mask[max(0, thing.waterline - 3) : thing.waterline + 2].any(axis=0)
    )
    if not len(columns):
        return
    half = max(8.0, (int(columns[-1]) - int(columns[0])) / 2)
    width, height = int(half * 3.6) + 16, int(half * 0.8) + 16
    glow = Image.new("L", (width, height), 0)
    draw = ImageDraw.Draw(glow)
    x, y = width / 2, height / 2
    for ring in range(3):
        rx = half * (1.05 + 0.28 * ring) + 3
        ry = rx * 0.2
        start = rng.uniform(-20, 20)
        box = (x - rx, y - ry, x + rx, y + ry)
        draw.arc(box, start, start + rng.uniform(150, 200), fill=96 - 26 * ring, width=SCALE)
    middle = thing.corner_xy[0] + (int(columns[0]) + int(columns[-1])) // 2
    corner = (middle - width // 2, thing.corner_xy[1] + thing.waterline + 2 - height // 2)
    canvas.paste((244, 250, 252), (*corner, corner[0] + width, corner[1] + height), glow)


def _visible_instances(
    canvas_wh: tuple[int, int], things: list[_Thing]
) -> list[tuple[int, Polygons]]:
    """What is seen of every bird; one that is nearly hidden is not labelled."""
    width, height = canvas_wh
    covered = np.zeros((height, width), dtype=bool)
    instances: list[tuple[int, Polygons]] = []
    for thing in reversed(things):
        x, y = thing.corner_xy
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + thing.mask.shape[1]), min(height, y + thing.mask.shape[0])
        if right <= left or bottom <= top:
            continue
        mask = thing.mask[top - y : bottom - y, left - x : right - x]
        window = covered[top:bottom, left:right]
        if thing.class_index is not None:
            seen = mask & ~window
            polygons = trace_mask(
                seen, scale=SCALE, offset_xy=(left, top), min_area_px=_MIN_PART_PX
            )
            if polygons and polygons_area(polygons) > 0:
                instances.append((thing.class_index, polygons))
        window |= mask
    return instances[::-1]
