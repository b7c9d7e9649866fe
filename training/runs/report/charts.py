"""Small line charts as SVG, for a report that has to live without scripts."""

import math
import re
from collections.abc import Sequence
from typing import TypedDict

WIDTH, HEIGHT = 420, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 10, 34
COLORS = ("#0072b2", "#d55e00", "#009e73", "#aa4499")


_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def printable(text: str) -> str:
    """Return the text without what XML 1.0 forbids, escaped or not (section 2.2, Char)."""
    return _NOT_IN_XML.sub("\ufffd", text)


class Line(TypedDict):
    name: str
    color: str
    points: str


class Tick(TypedDict):
    """``at``: the place on its axis in the picture; ``label``: the number there."""

    at: float
    label: str


class Drawing(TypedDict):
    """``svg`` stands alone; ``keys`` are the lines of a chart: name and colour."""

    title: str
    words: str
    svg: str
    keys: list[tuple[str, str]]


class LineChart(TypedDict):
    """What the template draws; ``points`` are those of an SVG polyline."""

    title: str
    x_label: str
    width: int
    height: int
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]


def line_chart(
    title: str,
    x_label: str,
    xs: Sequence[float],
    lines: Sequence[tuple[str, Sequence[float | None]]],
    *,
    y_max: float | None = None,
    width: int = WIDTH,
    whole: bool = False,
) -> LineChart:
    """Lay lines over the same ``xs`` into the picture; from 0 to ``y_max`` or the highest value.

    A line has no point where its value is None: nothing was found, or there was nothing to measure.
    ``whole``: there is nothing between two numbers of ``xs``, as with epochs.
    """
    low, high = min(xs), max(xs)
    top = (
        y_max
        or max((value for _, ys in lines for value in ys if value is not None), default=1.0)
        or 1.0
    )

    def x_of(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return round(_LEFT + share * (width - _LEFT - _RIGHT), 1)

    def y_of(value: float) -> float:
        share = min(1.0, max(0.0, value / top))
        return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)

    return {
        "title": title,
        "x_label": x_label,
        "width": width,
        "height": HEIGHT,
        "lines": [
            {
                "name": name,
                "color": COLORS[index % len(COLORS)],
                "points": " ".join(
                    f"{x_of(x)},{y_of(y)}" for x, y in zip(xs, ys, strict=True) if y is not None
                ),
            }
            for index, (name, ys) in enumerate(lines)
        ],
        "x_ticks": [
            {"at": x_of(value), "label": f"{value:g}"}
            for value in round_numbers(low, high, whole=whole)
        ],
        "y_ticks": [
            {"at": y_of(value), "label": f"{value:g}"} for value in round_numbers(0.0, top)
        ],
    }


def round_numbers(low: float, high: float, *, whole: bool = False) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten from ``low`` to ``high``, six at most."""
    if high <= low:
        return [low]
    least = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(least))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * (1 - 1e-9))
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]
