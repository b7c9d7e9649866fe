"""Taking in images: formats, orientation, damage, size."""

import hashlib
import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from annotator.labels.pixels.images import ImageError, make_thumbnail, take_image


def picture(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """Four quarters of different brightness, so that every turn shows."""
    pixels = np.full((height, width, 3), 40, dtype=np.uint8)
    pixels[: height // 2, : width // 2] = (250, 30, 30)
    pixels[: height // 2, width // 2 :] = (30, 240, 40)
    pixels[height // 2 :, : width // 2] = (30, 40, 230)
    pixels[height // 2 :, width // 2 :, 0] = np.linspace(0, 255, width - width // 2)
    return Image.fromarray(pixels).convert(mode)


def encoded(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def exif_with(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "Pond Cameras"
    return exif.tobytes()


@pytest.mark.parametrize(
    ("kind", "extension", "options"),
    [
        ("JPEG", "jpg", {}),
        ("JPEG", "jpg", {"progressive": True}),
        ("PNG", "png", {}),
        ("WEBP", "webp", {}),
        ("BMP", "bmp", {}),
    ],
)
def test_what_needs_no_change_stays_byte_for_byte(kind: str, extension: str, options: Any) -> None:
    data = encoded(kind, **options)
    taken = take_image(data)
    assert taken.data is data
    assert (taken.extension, taken.width, taken.height, taken.repairs) == (extension, 64, 48, ())
    assert taken.sha256 == taken.upload_sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_png_of_every_mode_is_taken(mode: str) -> None:
    data = encoded("PNG", picture(mode=mode))
    assert take_image(data).data is data
    assert make_thumbnail(data)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg_of_every_mode_is_taken(mode: str) -> None:
    data = encoded("JPEG", picture(mode=mode))
    assert take_image(data).data is data
    assert make_thumbnail(data)


@pytest.mark.parametrize(("kind", "mode"), [("TIFF", "RGB"), ("TIFF", "CMYK"), ("AVIF", "RGB")])
def test_what_browsers_or_opencv_do_not_read_becomes_png(kind: str, mode: str) -> None:
    options = {"quality": 100, "subsampling": "4:4:4"} if kind == "AVIF" else {}
    source = picture(mode=mode)
    taken = take_image(encoded(kind, source, **options))
    stored = np.asarray(Image.open(io.BytesIO(taken.data)).convert("RGB")).astype(int)
    assert taken.extension == "png"
    assert len(taken.repairs) == 1
    assert np.abs(stored - np.asarray(source.convert("RGB"))).max() <= (3 if kind == "AVIF" else 0)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_every_orientation_is_baked_in(kind: str, orientation: int) -> None:
    upright = picture()
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the turn that undoes each, for Pillow
    shown = upright
    if orientation > 1:
        shown = upright.transpose(Image.Transpose(inverse[orientation]))
    options: dict[str, Any] = {"exif": exif_with(orientation)}
    if kind == "WEBP":
        options |= {"lossless": True}
    if kind == "JPEG":
        options |= {"quality": 95, "subsampling": 0}
    data = encoded(kind, shown, **options)
    taken = take_image(data)
    stored = Image.open(io.BytesIO(taken.data))
    assert (taken.width, taken.height) == stored.size == upright.size
    assert stored.getexif().get(0x0112, 1) == 1
    difference = np.abs(np.asarray(stored.convert("RGB")).astype(int) - np.asarray(upright)).max()
    assert difference <= (12 if kind == "JPEG" else 0)
    assert (taken.data is data) == (orientation == 1 and kind != "TIFF")
    assert any("orientation" in repair for repair in taken.repairs) == (
        orientation > 1 and kind != "TIFF"
    )


@pytest.mark.parametrize("orientation", [0, 9, 255])
def test_an_invalid_orientation_is_ignored(orientation: int) -> None:
    data = encoded("JPEG", exif=exif_with(orientation))
    assert take_image(data).data is data


def test_other_exif_survives_the_turn() -> None:
    taken = take_image(encoded("JPEG", exif=exif_with(6)))
    assert Image.open(io.BytesIO(taken.data)).getexif()[0x010F] == "Pond Cameras"


JPEG_KINDS: list[dict[str, Any]] = [{}, {"progressive": True}, {"restart_marker_rows": 1}]


@pytest.mark.parametrize("options", JPEG_KINDS)
@pytest.mark.parametrize("missing", [1, 2])
def test_a_missing_end_marker_is_appended(options: Any, missing: int) -> None:
    data = encoded("JPEG", **options)
    taken = take_image(data[:-missing])
    assert taken.data == data
    assert len(taken.repairs) == 1


def test_bytes_after_the_end_marker_stay() -> None:
    data = encoded("JPEG") + b"trailer of a telephone"
    assert take_image(data).data == data + b"\xff\xd9"


def test_ultralytics_finds_nothing_to_repair_in_what_was_taken(tmp_path: Path) -> None:
    files = [encoded("JPEG", **options)[:-cut] for options in JPEG_KINDS for cut in (1, 2)]
    files += [encoded("JPEG") + b"trailer", encoded("JPEG", exif=exif_with(3))]
    for number, data in enumerate(files):
        (tmp_path / f"{number}.jpg").write_bytes(take_image(data).data)
    # In a process of its own: importing Ultralytics replaces PIL.Image.open.
    script = (
        "import sys; from pathlib import Path; from ultralytics.data.utils import check_image\n"
        "print([check_image(str(p)) for p in sorted(Path(sys.argv[1]).iterdir())])"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out.strip().endswith(str([("", (48, 64))] * len(files)))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
def test_a_file_cut_short_is_refused(kind: str, share: float) -> None:
    data = encoded(kind, picture(320, 240))
    with pytest.raises(ImageError):
        take_image(data[: int(len(data) * share)])


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">L", len(body)) + kind + body + struct.pack(">L", zlib.crc32(kind + body))
        )

    header = struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


REFUSED = {
    "empty": (b"", "0 bytes"),
    "text": (b"not an image at all", "not an image"),
    "html": (b"<!doctype html><script>alert(1)</script>", "not an image"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    "pickle": (b"\x80\x04\x95", "not an image"),
    "zip": (b"PK\x03\x04" + b"\0" * 40, "not an image"),
    "gif": (encoded("GIF"), "GIF"),
    "heic": (b"\0\0\0\x18ftypheic" + b"\0" * 40, "damaged"),
    "magic only": (b"\xff\xd8\xff", "damaged or cut short"),
    "201 megapixels": (png_header(20_100, 10_000), "201 megapixels"),
    "too small": (encoded("PNG", picture(9, 30)), "9 × 30"),
    "animated": (
        encoded("WEBP", picture(), save_all=True, append_images=[picture(mode="L")]),
        "animated",
    ),
    "animated png": (
        encoded("PNG", picture(), save_all=True, append_images=[picture(mode="L")]),
        "animated",
    ),
    "pages": (encoded("TIFF", picture(), save_all=True, append_images=[picture()]), "pages"),
}


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(ImageError, match=reason):
        take_image(data)


def test_the_limit_of_megapixels_is_configurable() -> None:
    with pytest.raises(ImageError, match=r"at most 0\.001"):
        take_image(encoded("PNG"), max_megapixels=0.001)


def test_a_damaged_png_is_refused() -> None:
    data = bytearray(encoded("PNG"))
    data[60] ^= 0xFF
    with pytest.raises(ImageError, match="damaged"):
        take_image(bytes(data))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "TIFF", "AVIF"])
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_mutated_images_are_taken_or_refused(kind: str, data: st.DataObject) -> None:
    options = {"exif": exif_with(data.draw(st.integers(0, 9)))} if kind != "BMP" else {}
    mutated = bytearray(encoded(kind, picture(24, 20), **options))
    for _ in range(data.draw(st.integers(1, 6))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        taken = take_image(bytes(mutated), max_megapixels=4)
    except ImageError:
        return
    assert taken.width * taken.height <= 4e6


@pytest.mark.parametrize("size", [(1000, 500), (500, 1000), (100, 50)])
def test_thumbnails_are_small_webp(size: tuple[int, int]) -> None:
    small = Image.open(io.BytesIO(make_thumbnail(encoded("JPEG", picture(*size)))))
    assert small.format == "WEBP"
    assert max(small.size) == min(320, max(size))


@pytest.mark.parametrize(("mode", "color"), [("RGBA", (255, 0, 0, 0)), ("LA", (0, 0)), ("L", 255)])
def test_a_thumbnail_as_jpeg_lies_on_white(mode: str, color: tuple[int, ...] | int) -> None:
    out = io.BytesIO()
    Image.new(mode, (40, 30), color).save(out, "PNG")
    small = Image.open(io.BytesIO(make_thumbnail(out.getvalue(), as_jpeg=True)))
    assert (small.format, small.size) == ("JPEG", (40, 30))
    assert np.asarray(small.convert("L")).min() > 250
