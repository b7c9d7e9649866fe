"""What is shown is what is trained: 16-bit values through a window, nothing hidden under alpha."""

import io
import re
import struct
import zlib
from typing import Any

import cv2
import numpy as np
import pillow_heif
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from annotator.labels.pixels.deep_images import (
    MOST,
    ValueRange,
    Window,
    measure_values,
    pool_windows,
    read_values,
    render_values,
)
from annotator.labels.pixels.image_kinds import (
    IMAGE_KINDS,
    READ_EXTENSIONS,
    READ_KINDS,
    recognise_kind,
)
from annotator.labels.pixels.images import FLATTENED, ImageError, take_image
from tests.services import REPOSITORY

SIZE = (48, 64)


def values_of(channels: int = 1, *, most: int = 4095) -> NDArray[np.uint16]:
    """Every value from 0 to ``most``, in some order."""
    shape = SIZE if channels == 1 else (*SIZE, channels)
    count = int(np.prod(shape))
    spread = np.linspace(0, most, count).astype(np.uint16)
    return np.random.default_rng(channels).permutation(spread).reshape(shape)


def encoded(values: NDArray[Any], suffix: str, *options: int) -> bytes:
    """By OpenCV, which takes colours as BGR."""
    is_done, data = cv2.imencode(suffix, values, list(options))
    assert is_done
    return bytes(data)


def as_trained(data: bytes) -> NDArray[np.uint8]:
    """The pixels as Ultralytics reads them, as RGB."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    return np.ascontiguousarray(pixels[:, :, ::-1]).astype(np.uint8)


def as_shown(data: bytes) -> NDArray[np.uint8]:
    """The pixels as a page shows them, whatever lies behind the image."""
    image = Image.open(io.BytesIO(data))
    assert not image.has_transparency_data or image.convert("RGBA").getchannel(
        "A"
    ).getextrema() == (255, 255)
    return np.asarray(image.convert("RGB"))


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_all_sixteen_bits_are_read(suffix: str, channels: int) -> None:
    values = values_of(channels, most=MOST)
    read, opacity = read_values(encoded(values, suffix), "PNG" if suffix == ".png" else "TIFF")
    colours = values[:, :, 2::-1] if channels > 1 else values
    assert (read == colours).all()
    assert (opacity is None) == (channels < 4)
    if opacity is not None:
        assert (opacity == values[:, :, 3]).all()


def test_grey_with_sixteen_bits_of_opacity_is_read() -> None:
    grey, opacity = values_of(most=MOST), np.full(SIZE, 1000, np.uint16)
    rows = np.dstack([grey, opacity]).astype(">u2")
    read, read_opacity = read_values(_png(rows, color_type=4), "PNG")
    assert (read == grey).all()
    assert read_opacity is not None
    assert (read_opacity == opacity).all()


def _png(rows: NDArray[Any], *, color_type: int) -> bytes:
    """A PNG of big-endian values of 16 bits, without filters."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        length, checksum = len(body), zlib.crc32(kind + body)
        return struct.pack(">L", length) + kind + body + struct.pack(">L", checksum)

    height, width = rows.shape[:2]
    lines = b"".join(b"\0" + line.tobytes() for line in rows)
    header = struct.pack(">LLBBBBB", width, height, 16, color_type, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, body) for kind, body in parts)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_twelve_bit_image_is_not_black(suffix: str, channels: int) -> None:
    data = encoded(values_of(channels), suffix)
    taken = take_image(data)
    pixels = as_trained(taken.data)
    assert (pixels == as_shown(taken.data)).all()
    assert (pixels.min(), pixels.max()) == (0, 255)
    assert 120 < pixels.mean() < 136
    assert taken.original is not None
    assert taken.original.data is data, "the file that came is kept, byte for byte"
    assert taken.extension == "png"
    assert any("more than 8 bits" in repair for repair in taken.repairs)


def test_a_window_is_black_below_and_white_above() -> None:
    values = np.array([[0, 1000, 1500, 2000, 4000]], np.uint16)
    assert render_values(values, Window(1000, 2000)).tolist() == [[0, 0, 128, 255, 255]]


def test_the_window_of_the_dataset_is_used_and_what_it_cuts_off_is_said() -> None:
    data = encoded(values_of(most=4095), ".png")
    taken = take_image(data, window=Window(0, 1000))
    assert (as_trained(taken.data) == 255).mean() > 0.7
    assert any("outside the dataset's window" in repair for repair in taken.repairs)
    whole = take_image(data, window=Window(0, 4095))
    assert not any("outside" in repair for repair in whole.repairs)


@given(st.integers(0, MOST - 1), st.integers(1, MOST), st.integers(0, MOST))
def test_every_window_is_monotonous(low: int, width: int, value: int) -> None:
    window = Window(low, min(low + width, MOST))
    pixels = render_values(np.array([[0, value, MOST]], np.uint16), window)[0]
    assert pixels[0] <= pixels[1] <= pixels[2]


def test_percentiles_leave_out_the_odd_values() -> None:
    values = np.full((100, 100), 500, np.uint16)
    values[:50] = 300
    values[0, :5] = (0, 0, 60_000, 60_000, 60_000)
    assert measure_values(values) == ValueRange(0, 60_000, 300, 500)


def test_a_flat_image_has_a_window() -> None:
    taken = take_image(encoded(np.full(SIZE, 700, np.uint16), ".png"))
    assert taken.original is not None
    assert taken.original.window == Window(700, 701)


def test_one_window_of_several_images_leaves_out_the_odd_one() -> None:
    ranges = [ValueRange(0, 4095, 100 + n, 3000 + n) for n in range(5)]
    assert pool_windows([*ranges, ValueRange(0, MOST, 0, MOST)]) == Window(101, 3002)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.linspace(0, 1, 100, dtype=np.float32), (0, MOST)),
        (np.linspace(0, 4000, 100, dtype=np.float32), (0, 4000)),
        (np.linspace(-3, 3, 100, dtype=np.float32), (0, MOST)),
        (np.linspace(0, 3, 100, dtype=np.float32), (0, MOST)),
        (np.linspace(-1000, 3000, 100).astype(np.int32), (31_768, 35_768)),
        (np.linspace(0, 5_000_000, 100).astype(np.int32), (0, MOST)),
    ],
)
def test_other_numbers_are_brought_to_sixteen_bits(
    values: NDArray[Any], expected: tuple[int, int]
) -> None:
    out = io.BytesIO()
    Image.fromarray(np.tile(values, (20, 1))).save(out, "TIFF")
    read, _ = read_values(out.getvalue(), "TIFF")
    assert (int(read.min()), int(read.max())) == expected


def test_numbers_that_are_none_are_black() -> None:
    values = np.full((20, 20), np.nan, np.float32)
    values[:10] = 0.5
    out = io.BytesIO()
    Image.fromarray(values).save(out, "TIFF")
    read, _ = read_values(out.getvalue(), "TIFF")
    assert set(np.unique(read)) == {0, round(0.5 * MOST)}


def hidden(mode: str) -> Image.Image:
    """Red of which the left half cannot be seen; what lies under it is another colour."""
    pixels = np.zeros((40, 40, 4), np.uint8)
    pixels[:, :20] = (10, 200, 10, 0)
    pixels[:, 20:] = (200, 10, 10, 255)
    image = Image.fromarray(pixels)
    if mode == "P":
        flat = image.convert("RGB").quantize(2)
        flat.info["transparency"] = flat.getpixel((0, 0))
        return flat
    return image.convert(mode)


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("WEBP", "RGBA"),
        ("TIFF", "RGBA"),
        ("AVIF", "RGBA"),
    ],
)
def test_hidden_pixels_are_not_trained_on(kind: str, mode: str) -> None:
    image = hidden(mode)
    out = io.BytesIO()
    options: dict[str, Any] = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    if mode == "P":
        options = {"transparency": image.info["transparency"]}
    image.save(out, kind, **options)
    taken = take_image(out.getvalue())
    pixels = as_trained(taken.data)
    assert (pixels == as_shown(taken.data)).all()
    assert pixels[:, :18].min() > 250, "white, not the hidden green"
    assert FLATTENED in taken.repairs


def test_one_transparent_colour_is_filled() -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 30), (1, 2, 3)).save(out, "PNG", transparency=(1, 2, 3))
    assert as_trained(take_image(out.getvalue()).data).min() == 255


def test_sixteen_bits_with_opacity_are_filled_too() -> None:
    values = values_of(4)
    values[:, :, 3] = 0
    taken = take_image(encoded(values, ".png"))
    assert as_trained(taken.data).min() == 255
    assert FLATTENED in taken.repairs


def test_an_opaque_image_with_an_alpha_channel_stays_byte_for_byte() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (30, 30), (1, 2, 3, 255)).save(out, "PNG")
    assert take_image(out.getvalue()).data == out.getvalue()


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_heic_is_taken_upright(orientation: int) -> None:
    pixels = np.zeros((60, 80, 3), np.uint8)
    pixels[:30, :40] = (240, 20, 20)
    exif = Image.Exif()
    exif[0x0112] = orientation
    out = io.BytesIO()
    heif = pillow_heif.from_pillow(Image.fromarray(pixels))
    heif.save(out, quality=95, exif=exif.tobytes())
    taken = take_image(out.getvalue())
    shown = as_shown(taken.data)
    assert taken.extension == "jpg"
    assert (shown == as_trained(taken.data)).mean() > 0.9
    expected = {1: (15, 20), 3: (45, 60), 6: (20, 45)}[orientation]
    assert shown[expected][0] > 180
    assert shown.mean() < 60
    assert "The HEIC was stored as JPEG." in taken.repairs


def test_a_cut_heic_is_refused() -> None:
    out = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red")).save(out)
    with pytest.raises(ImageError):
        take_image(out.getvalue()[: len(out.getvalue()) // 2])


@pytest.mark.parametrize("document", ["README.md", "docs/operations.md"])
def test_the_list_of_what_is_read_is_the_same_everywhere(document: str) -> None:
    text = re.sub(r"\s+", " ", (REPOSITORY / document).read_text())
    assert READ_KINDS in text


def test_the_pages_name_the_same_kinds_as_the_server() -> None:
    text = (REPOSITORY / "frontend" / "src" / "lib" / "image-kinds.ts").read_text()
    assert READ_KINDS in text
    listed = set(re.findall(r'"\.(\w+)"', text))
    assert listed == set(READ_EXTENSIONS)


def test_every_kind_is_known_by_its_first_bytes() -> None:
    names = {kind.code for kind in IMAGE_KINDS}
    for code in names - {"HEIC"}:
        out = io.BytesIO()
        Image.new("RGB", (16, 16)).save(out, code)
        found = recognise_kind(out.getvalue())
        assert found is not None
        assert found.code == code
    assert recognise_kind(b"GIF89a" + bytes(20)) is None
