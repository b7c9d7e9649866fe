"""Ducks, swans and what else is on a pond, as coloured polygons.

Coordinates are in body lengths: x to the front, y down, the waterline at y = 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

Color = tuple[int, int, int]
PointXY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Patch:
    """One filled polygon. ``is_body`` says that it belongs to the silhouette."""

    points: list[PointXY]
    color: Color
    is_body: bool = True


@dataclass(frozen=True, slots=True)
class Plumage:
    """The colours of one kind of duck."""

    body: Color
    wing: Color
    head: Color
    beak: Color
    breast: Color
    has_collar: bool = False


MALLARD = Plumage(
    (176, 170, 160), (138, 128, 118), (22, 106, 66), (232, 184, 44), (106, 62, 40), True
)
HEN = Plumage((158, 118, 78), (118, 84, 54), (140, 102, 66), (206, 136, 56), (170, 128, 86))
WHITE = Plumage((244, 242, 234), (222, 220, 212), (248, 246, 240), (240, 158, 40), (250, 248, 242))
TUFTED = Plumage((38, 40, 50), (236, 236, 238), (28, 26, 40), (126, 150, 178), (44, 44, 56))
TEAL = Plumage((146, 150, 152), (60, 128, 112), (146, 72, 40), (58, 60, 64), (200, 176, 146))
DUCKLING = Plumage((248, 214, 84), (228, 184, 60), (250, 220, 96), (226, 128, 48), (252, 226, 118))
SWAN = Plumage((250, 250, 250), (232, 236, 242), (252, 252, 252), (236, 112, 40), (248, 248, 250))
PLUMAGES = (MALLARD, MALLARD, HEN, HEN, WHITE, TUFTED, TEAL)


def smooth(points: Sequence[PointXY], *, steps: int = 8) -> list[PointXY]:
    """A closed curve through the points (Catmull and Rom 1974)."""
    curve: list[PointXY] = []
    count = len(points)
    for index in range(count):
        a, b, c, d = (points[(index + shift) % count] for shift in (-1, 0, 1, 2))
        for step in range(steps):
            t = step / steps
            curve.append((_spline(a[0], b[0], c[0], d[0], t), _spline(a[1], b[1], c[1], d[1], t)))
    return curve


def _spline(a: float, b: float, c: float, d: float, t: float) -> float:
    return 0.5 * (
        2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3
    )


def ellipse(x: float, y: float, rx: float, ry: float, *, tilt: float = 0.0) -> list[PointXY]:
    cos_tilt, sin_tilt = math.cos(tilt), math.sin(tilt)
    return [
        (x + rx * cos_tilt * math.cos(t) - ry * sin_tilt * math.sin(t),
         y + rx * sin_tilt * math.cos(t) + ry * cos_tilt * math.sin(t))
        for t in (2 * math.pi * step / 28 for step in range(28))
    ]  # fmt: skip


def shade(color: Color, factor: float) -> Color:
    """Darker below 1, lighter above."""
    red, green, blue = (min(255, max(0, round(channel * factor))) for channel in color)
    return red, green, blue


def ribbon(line: Sequence[PointXY], widths: Sequence[float]) -> list[PointXY]:
    """A band along a line, as wide at each point as said."""
    left: list[PointXY] = []
    right: list[PointXY] = []
    for index, (x, y) in enumerate(line):
        ahead, behind = line[min(index + 1, len(line) - 1)], line[max(index - 1, 0)]
        dx, dy = ahead[0] - behind[0], ahead[1] - behind[1]
        length = math.hypot(dx, dy) or 1.0
        nx, ny = -dy / length * widths[index] / 2, dx / length * widths[index] / 2
        left.append((x + nx, y + ny))
        right.append((x - nx, y - ny))
    return left + right[::-1]


def _body(plumage: Plumage, *, roundness: float) -> list[Patch]:
    r = roundness
    outline = smooth(
        [(-0.66, -0.30 * r), (-0.40, -0.20 * r), (-0.10, -0.30 * r), (0.20, -0.31 * r),
         (0.45, -0.26), (0.52, -0.08), (0.38, 0.05), (-0.05, 0.07), (-0.42, 0.03), (-0.56, -0.14)]
    )  # fmt: skip
    breast = smooth([(0.18, -0.28), (0.45, -0.26), (0.515, -0.08), (0.38, 0.045), (0.20, 0.05)])
    wing = smooth(
        [(-0.46, -0.13), (-0.18, -0.23 * r), (0.12, -0.25 * r), (0.25, -0.13), (0.02, -0.04),
         (-0.26, -0.04)]
    )  # fmt: skip
    feathers = [
        Patch(smooth([(x - 0.20, -0.10), (x, -0.14), (x + 0.12, -0.09), (x - 0.04, -0.065)]),
              shade(plumage.wing, 0.86), is_body=False)
        for x in (-0.18, 0.0)
    ]  # fmt: skip
    return [
        Patch(outline, plumage.body),
        Patch(breast, plumage.breast, is_body=False),
        Patch(wing, plumage.wing, is_body=False),
        *feathers,
    ]


def _head(plumage: Plumage, x: float, y: float, *, radius: float) -> list[Patch]:
    beak = smooth(
        [(x + radius * 0.7, y - radius * 0.35), (x + radius * 1.5, y + radius * 0.02),
         (x + radius * 2.05, y + radius * 0.28), (x + radius * 1.5, y + radius * 0.50),
         (x + radius * 0.7, y + radius * 0.45)]
    )  # fmt: skip
    patches = [
        Patch(beak, plumage.beak),
        Patch(ellipse(x, y, radius * 1.08, radius, tilt=-0.2), plumage.head),
    ]
    eye = (x + radius * 0.38, y - radius * 0.22)
    is_dark = sum(plumage.head) < 330
    rim = (238, 214, 90) if is_dark else shade(plumage.head, 0.82)
    patches.append(Patch(ellipse(*eye, radius * 0.21, radius * 0.21), rim, is_body=False))
    patches.append(Patch(ellipse(*eye, radius * 0.13, radius * 0.13), (16, 14, 16), is_body=False))
    return patches


def swimming_duck(plumage: Plumage, rng: Random) -> list[Patch]:
    """The usual duck, head up."""
    lift = rng.uniform(0.46, 0.62)
    reach = rng.uniform(0.36, 0.48)
    neck = ribbon([(0.30, -0.12), (0.37, -0.28), (reach - 0.01, -lift + 0.08)], [0.34, 0.23, 0.19])
    patches = [Patch(smooth(neck, steps=4), plumage.head if plumage.has_collar else plumage.breast)]
    patches += _body(plumage, roundness=rng.uniform(0.92, 1.12))
    if plumage.has_collar:
        collar = ribbon([(0.255, -0.30), (0.36, -0.335), (0.475, -0.29)], [0.035, 0.05, 0.035])
        patches.append(Patch(collar, (246, 246, 242), is_body=False))
    return patches + _head(plumage, reach, -lift, radius=rng.uniform(0.135, 0.155))


def sleeping_duck(plumage: Plumage, rng: Random) -> list[Patch]:
    """Head laid on the back, beak among the feathers."""
    patches = _body(plumage, roundness=rng.uniform(1.05, 1.2))
    patches.append(Patch(ellipse(0.10, -0.34, 0.17, 0.125, tilt=0.15), plumage.head))
    patches.append(
        Patch(smooth([(-0.02, -0.33), (-0.16, -0.27), (-0.02, -0.27)]), plumage.beak, is_body=False)
    )
    lid = ribbon([(0.05, -0.36), (0.11, -0.345), (0.16, -0.36)], [0.012, 0.022, 0.012])
    return [*patches, Patch(lid, shade(plumage.head, 0.35), is_body=False)]


def dabbling_duck(plumage: Plumage, rng: Random) -> list[Patch]:
    """Tail up, head under water."""
    lean = rng.uniform(-0.08, 0.08)
    outline = smooth(
        [(-0.30, 0.04), (-0.24, -0.24), (-0.06 + lean, -0.50), (0.02 + lean, -0.66),
         (0.09 + lean, -0.50), (0.22, -0.24), (0.28, 0.04), (0.0, 0.09)]
    )  # fmt: skip
    belly = smooth(
        [(-0.08, 0.02), (-0.04, -0.26), (0.03 + lean, -0.46), (0.14, -0.22), (0.16, 0.02)]
    )
    foot = smooth([(0.20, -0.14), (0.38, -0.24), (0.42, -0.16), (0.24, -0.06)])
    return [
        Patch(foot, plumage.beak),
        Patch(outline, plumage.body),
        Patch(belly, shade(plumage.body, 1.12), is_body=False),
    ]


def swan(rng: Random) -> list[Patch]:
    """Larger, white, with a long bent neck."""
    lift = rng.uniform(0.72, 0.86)
    line = smooth_open(
        [(0.30, -0.05), (0.47, -0.22), (0.36, -0.46), (0.35, -lift + 0.10), (0.47, -lift)]
    )
    widths = [0.26 - 0.17 * min(1.0, 1.6 * index / len(line)) for index in range(len(line))]
    body = smooth(
        [(-0.68, -0.26), (-0.44, -0.30), (-0.12, -0.38), (0.20, -0.30), (0.44, -0.20),
         (0.48, -0.04), (0.30, 0.06), (-0.10, 0.08), (-0.46, 0.03), (-0.58, -0.12)]
    )  # fmt: skip
    wing = smooth(
        [
            (-0.58, -0.24),
            (-0.30, -0.38),
            (0.02, -0.40),
            (0.24, -0.26),
            (0.14, -0.10),
            (-0.20, -0.08),
        ]
    )
    second = smooth([(-0.52, -0.20), (-0.24, -0.28), (0.02, -0.26), (0.10, -0.16), (-0.18, -0.12)])
    x, y = 0.50, -lift
    beak = smooth(
        [(x + 0.04, y - 0.035), (x + 0.19, y + 0.045), (x + 0.17, y + 0.075), (x + 0.03, y + 0.05)]
    )
    knob = smooth(
        [(x + 0.02, y - 0.05), (x + 0.075, y - 0.03), (x + 0.06, y + 0.015), (x + 0.02, y + 0.02)]
    )
    return [
        Patch(beak, SWAN.beak),
        Patch(ribbon(line, widths), SWAN.head),
        Patch(body, SWAN.body),
        Patch(wing, SWAN.wing, is_body=False),
        Patch(second, shade(SWAN.wing, 0.93), is_body=False),
        Patch(ellipse(x - 0.01, y, 0.085, 0.066, tilt=0.25), SWAN.head),
        Patch(knob, (26, 24, 26), is_body=False),
        Patch(ellipse(x + 0.005, y - 0.016, 0.014, 0.014), (16, 14, 16), is_body=False),
    ]


def smooth_open(points: Sequence[PointXY], *, steps: int = 8) -> list[PointXY]:
    """A curve through the points from the first to the last."""
    padded = [points[0], *points, points[-1]]
    curve: list[PointXY] = []
    for (ax, ay), (bx, by), (cx, cy), (dx, dy) in zip(
        padded, padded[1:], padded[2:], padded[3:], strict=False
    ):
        for step in range(steps):
            t = step / steps
            curve.append((_spline(ax, bx, cx, dx, t), _spline(ay, by, cy, dy, t)))
    return [*curve, points[-1]]


def make_duck(rng: Random) -> tuple[list[Patch], float]:
    """A duck in some pose and plumage, and how large it is beside the others."""
    kind = rng.random()
    if kind < 0.16:
        return swimming_duck(DUCKLING, rng), 0.62
    plumage = rng.choice(PLUMAGES)
    if kind < 0.74:
        return swimming_duck(plumage, rng), 1.0
    if kind < 0.89:
        return sleeping_duck(plumage, rng), 1.0
    return dabbling_duck(plumage, rng), 0.95
