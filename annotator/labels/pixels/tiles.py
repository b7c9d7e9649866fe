"""Tiles and thumbnails of big pictures, by libvips, which reads a picture in strips.

Runs as a child process, so that neither libvips' memory nor a crash on a damaged file is in the
web server or a worker::

    python -m annotator.labels.pixels.tiles SOURCE TARGET           a folder of tiles
    python -m annotator.labels.pixels.tiles --thumbnail SOURCE      a WebP on standard output

The tiles lie in ``TARGET/<level>/<column>_<row>.jpg`` (:mod:`annotator.labels.pixels.pyramid`).
They are made in a folder beside it, which takes the name when it is whole.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import pyvips
from PIL import Image

from .images import THUMBNAIL_SIDE_PX
from .pyramid import TILE_EXTENSION, TILE_SIZE_PX

TILE_QUALITY = 90
THUMBNAIL_QUALITY = 78

_SHOWN_AS_IT_IS = ("b-w", "srgb")


def write_tiles(source: Path, target: Path) -> None:
    """Write the tiles of a picture; an embedded colour profile goes into each. Raises vips' Error.

    Transparency is left out, as it is in training.
    """
    making = target.with_name(f".making-{target.name}")
    shutil.rmtree(making, ignore_errors=True)  # what a kill left
    making.mkdir(parents=True)
    try:
        _as_shown(_open(source)).dzsave(
            str(making / "tiles"),
            layout="dz",
            depth="onetile",
            tile_size=TILE_SIZE_PX,
            overlap=0,
            suffix=f".{TILE_EXTENSION}[Q={TILE_QUALITY}]",
            keep="icc",
        )
        (making / "tiles_files" / "vips-properties.xml").unlink(missing_ok=True)
        (making / "tiles_files").rename(target)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def encode_thumbnail(source: Path) -> bytes:
    """Return a WebP of at most ``THUMBNAIL_SIDE_PX`` a side. Raises vips' Error."""
    sides = {"height": THUMBNAIL_SIDE_PX, "size": "down", "no_rotate": True}
    if source.suffix == ".bmp":
        small = _open(source).thumbnail_image(THUMBNAIL_SIDE_PX, **sides)
    else:
        small = pyvips.Image.thumbnail(str(source), THUMBNAIL_SIDE_PX, **sides)
    content: bytes = _as_shown(small).webpsave_buffer(Q=THUMBNAIL_QUALITY, keep="icc")
    return content


def _open(source: Path) -> pyvips.Image:
    if source.suffix == ".bmp":  # which libvips does not read
        with Image.open(source) as image:
            return pyvips.Image.new_from_array(np.asarray(image.convert("RGB")))
    return pyvips.Image.new_from_file(str(source), access="sequential")


def _as_shown(image: pyvips.Image) -> pyvips.Image:
    """The picture in 8 bits, grey or RGB, without transparency."""
    if image.interpretation == "cmyk":
        image = image.icc_transform("srgb", embedded=True, input_profile="cmyk")
    if image.hasalpha():
        image = image.extract_band(0, n=image.bands - 1)
    if image.interpretation not in _SHOWN_AS_IT_IS or image.format != "uchar":
        image = image.colourspace("b-w" if image.bands == 1 else "srgb")
    return image


def main(arguments: list[str]) -> int:
    try:
        if arguments[0] == "--thumbnail":
            sys.stdout.buffer.write(encode_thumbnail(Path(arguments[1])))
        else:
            write_tiles(Path(arguments[0]), Path(arguments[1]))
    except (pyvips.Error, OSError) as error:
        lines = str(error).split("\n")
        sys.stderr.write(" ".join(line.strip() for line in lines if line.strip()))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
