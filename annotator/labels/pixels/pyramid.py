"""The arithmetic of a Deep Zoom pyramid: a picture halved until it fits in one tile.

https://learn.microsoft.com/previous-versions/windows/silverlight/dotnet-windows-silverlight/cc645077(v=vs.95)
"""

from typing import NamedTuple

TILE_SIZE_PX = 512
TILE_EXTENSION = "jpg"


class Level(NamedTuple):
    """One level: 0 fits in one tile, the last has every pixel of the picture."""

    level: int
    width: int
    height: int


def pyramid_levels(size_wh: tuple[int, int]) -> list[Level]:
    """Return the levels of a picture, the smallest first. Sides are halved and rounded up."""
    sizes = [size_wh]
    while max(sizes[-1]) > TILE_SIZE_PX:
        width, height = sizes[-1]
        sizes.append(((width + 1) // 2, (height + 1) // 2))
    return [Level(level, *size) for level, size in enumerate(reversed(sizes))]
