"""Ignore regions painted out of an image: grey inside, and outside what it was."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from annotator.labels.pixels.painting import GREY, paint_out

REGION = [[[0.0, 0.0, 15.0, 0.0, 15.0, 15.0, 0.0, 15.0]]]


def encode(code: str, mode: str, **options: Any) -> bytes:
    rng = np.random.default_rng(1)
    rough = Image.fromarray(rng.integers(0, 255, (12, 16, 3), dtype=np.uint8))
    written = io.BytesIO()
    rough.resize((128, 96), Image.Resampling.BICUBIC).convert(mode).save(written, code, **options)
    return written.getvalue()


def pixels(data: bytes) -> Any:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"), dtype=int)


@pytest.mark.parametrize(
    ("code", "mode"),
    [("PNG", "RGB"), ("PNG", "P"), ("PNG", "L"), ("PNG", "1"), ("BMP", "RGB"), ("WEBP", "RGB")],
)
def test_without_loss_the_rest_stays_bit_by_bit(code: str, mode: str) -> None:
    data = encode(code, mode)
    painted = paint_out(data, [REGION])
    assert (pixels(painted)[:16, :16] == GREY).all()
    assert (pixels(painted)[16:] == pixels(data)[16:]).all()


@pytest.mark.parametrize("sampling", [0, 2])
@pytest.mark.parametrize("code", ["JPEG", "MPO"])
def test_a_jpeg_keeps_its_tables_also_with_other_images_behind_it(code: str, sampling: int) -> None:
    more: Any = {"save_all": True, "append_images": [Image.new("RGB", (9, 9))]}
    data = encode(code, "RGB", quality=97, subsampling=sampling, **(more if code == "MPO" else {}))
    painted = paint_out(data, [REGION])
    with Image.open(io.BytesIO(painted)) as one, Image.open(io.BytesIO(data)) as other:
        assert isinstance(one, JpegImageFile)
        assert isinstance(other, JpegImageFile)
        assert (one.format, other.format) == ("JPEG", code)
        assert one.quantization == other.quantization
        assert get_sampling(one) == get_sampling(other) == sampling
    assert np.abs(pixels(painted)[24:] - pixels(data)[24:]).mean() < 3
    assert np.abs(pixels(painted)[:8, :8] - GREY).max() < 5


def test_a_jpeg_of_four_colours_keeps_its_colours_sharp() -> None:
    painted = paint_out(encode("JPEG", "CMYK", quality=95), [REGION])
    with Image.open(io.BytesIO(painted)) as image:
        assert image.mode == "RGB"
        assert get_sampling(image) == 0


def test_each_region_is_painted_where_it_lies() -> None:
    """One with a hole, one that reaches out of the image, one outside of it."""
    hole = [70.0, 50.0, 80.0, 50.0, 80.0, 60.0, 70.0, 60.0]
    ring = [60.5, 40.5, 90.5, 40.5, 90.5, 70.5, 60.5, 70.5]
    beyond = [120.0, 90.0, 140.0, 90.0, 140.0, 99.0, 120.0, 99.0]
    away = [200.0, 200.0, 210.0, 200.0, 210.0, 210.0]
    data = encode("PNG", "RGB")
    painted, before = pixels(paint_out(data, [[[ring, hole]], [[beyond]], [[away]]])), pixels(data)
    assert (painted[42:49, 62:89] == GREY).all()
    assert (painted[52:59, 72:79] == before[52:59, 72:79]).all()
    assert (painted[90:, 120:] == GREY).all()
    assert (painted[:40] == before[:40]).all()
    assert (painted[:, :59] == before[:, :59]).all()
    assert (painted[73:90] == before[73:90]).all()
