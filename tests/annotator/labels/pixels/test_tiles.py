"""Tiles of big pictures, made by the real child process."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as PillowImage

from annotator.labels.pixels.pyramid import Level, pyramid_levels

Pixels = NDArray[np.uint8]


def run_tiles(*arguments: Path | str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "annotator.labels.pixels.tiles", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, timeout=120)


def smooth_picture(size_wh: tuple[int, int]) -> Pixels:
    """A picture in which every place looks different."""
    xs, ys = np.meshgrid(np.arange(size_wh[0]), np.arange(size_wh[1]))
    waves = [np.sin(xs / 37), np.cos(ys / 53), np.sin((xs + ys) / 91)]
    return np.stack([127 + 120 * wave for wave in waves], axis=-1).astype(np.uint8)


def read_tile(folder: Path, level: int, column: int, row: int) -> Pixels:
    with PillowImage.open(folder / str(level) / f"{column}_{row}.jpg") as tile:
        return np.asarray(tile)


def assert_alike(tile: Pixels, wanted: Pixels) -> None:
    difference = np.abs(tile.astype(int) - wanted)
    assert difference.mean() < 2
    assert difference.max() < 60


@pytest.mark.parametrize(
    ("size_wh", "levels"),
    [
        ((512, 10), [Level(0, 512, 10)]),
        ((513, 10), [Level(0, 257, 5), Level(1, 513, 10)]),
        ((2049, 1), [Level(0, 257, 1), Level(1, 513, 1), Level(2, 1025, 1), Level(3, 2049, 1)]),
    ],
)
def test_levels(size_wh: tuple[int, int], levels: list[Level]) -> None:
    assert pyramid_levels(size_wh) == levels


@pytest.mark.parametrize("kind", ["jpg", "png", "webp", "bmp"])
def test_the_files_are_those_that_the_levels_name(tmp_path: Path, kind: str) -> None:
    pixels = smooth_picture((1301, 777))
    source, target = tmp_path / f"a.{kind}", tmp_path / "cache" / "tiles"
    PillowImage.fromarray(pixels).save(source, quality=100)
    assert run_tiles(source, target).returncode == 0
    expected = {
        f"{level}/{column}_{row}.jpg"
        for level, width, height in pyramid_levels((1301, 777))
        for column in range(-(-width // 512))
        for row in range(-(-height // 512))
    }
    assert {str(p.relative_to(target)) for p in target.rglob("*.*")} == expected
    assert_alike(read_tile(target, 2, 1, 0), pixels[:512, 512:1024])
    assert_alike(read_tile(target, 2, 2, 1), pixels[512:, 1024:])
    assert_alike(read_tile(target, 1, 0, 0)[:384, :500], pixels[:768:2, :1000:2])
    assert [p.name for p in target.parent.iterdir()] == ["tiles"]


def grey_16(pixels: Pixels) -> PillowImage.Image:
    return PillowImage.fromarray(pixels[:, :, 0].astype(np.uint16) * 257)


def with_alpha(pixels: Pixels) -> PillowImage.Image:
    picture = PillowImage.fromarray(pixels).convert("RGBA")
    picture.putalpha(PillowImage.new("L", picture.size, 0))
    return picture


@pytest.mark.parametrize(
    ("make", "shown"),
    [
        (grey_16, lambda pixels: pixels[:, :, 0]),
        (with_alpha, lambda pixels: pixels),
        (lambda p: PillowImage.fromarray(p).convert("L"), lambda p: np.asarray(
            PillowImage.fromarray(p).convert("L"))),
        (lambda p: PillowImage.fromarray(p).quantize(256), lambda p: np.asarray(
            PillowImage.fromarray(p).quantize(256).convert("RGB"))),
    ],
    ids=["16 bits", "transparent", "grey", "palette"],
)  # fmt: skip
def test_every_kind_of_png_is_shown_in_8_bits(
    tmp_path: Path,
    make: Callable[[Pixels], PillowImage.Image],
    shown: Callable[[Pixels], Pixels],
) -> None:
    pixels = smooth_picture((600, 500))
    make(pixels).save(tmp_path / "a.png")
    run_tiles(tmp_path / "a.png", tmp_path / "tiles")
    assert_alike(read_tile(tmp_path / "tiles", 1, 0, 0), shown(pixels)[:, :512])
    thumbnail = run_tiles("--thumbnail", tmp_path / "a.png").stdout
    (tmp_path / "small.webp").write_bytes(thumbnail)
    with PillowImage.open(tmp_path / "small.webp") as small:
        assert (small.size, small.mode) == ((320, 267), "RGB")


def test_cmyk_becomes_rgb(tmp_path: Path) -> None:
    PillowImage.new("CMYK", (600, 400), (0, 0, 0, 0)).save(tmp_path / "a.jpg")
    run_tiles(tmp_path / "a.jpg", tmp_path / "tiles")
    tile = read_tile(tmp_path / "tiles", 1, 0, 0)
    assert tile.shape == (400, 512, 3)
    assert tile.min() > 240


def test_a_damaged_picture_ends_with_a_sentence_and_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    ended = run_tiles(tmp_path / "a.png", tmp_path / "tiles")
    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    assert ended.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


RUN_AND_TELL_PEAK = """
import runpy, sys
sys.argv = ["tiles", *sys.argv[1:]]
try:
    runpy.run_module("annotator.labels.pixels.tiles", run_name="__main__")
finally:
    print(open("/proc/self/status").read())
"""
"""Not ``ru_maxrss``: a child's begins with what its parent held when it forked."""


@pytest.mark.slow
def test_20000_by_20000_pixels_in_little_memory(tmp_path: Path) -> None:
    import pyvips

    side = 20_000
    # repeats after 1000 pixels, which is no multiple of a tile's size
    picture = pyvips.Image.new_from_array(smooth_picture((1000, 1000))).replicate(20, 20)
    source = tmp_path / "big.png"
    picture.pngsave(str(source), compression=1, filter="sub")
    tiles = str(tmp_path / "tiles")
    command = [sys.executable, "-c", RUN_AND_TELL_PEAK, str(source), tiles]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (peak_kb,) = [line.split()[1] for line in told.splitlines() if line.startswith("VmHWM")]
    assert int(peak_kb) < 600 * 1024
    (*_, (last, width, _)) = pyramid_levels((side, side))
    assert width == side
    for column, row in ((0, 0), (17, 23), (39, 39)):
        left, top = column * 512, row * 512
        wanted = picture.crop(left, top, min(512, side - left), min(512, side - top)).numpy()
        assert_alike(read_tile(tmp_path / "tiles", last, column, row), wanted)
