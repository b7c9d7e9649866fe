"""Taking in one image file: what it really is, whether it is whole, and which way up.

What is shown is what is trained. Kept byte for byte: JPEG, PNG, WebP and BMP, which browsers show
and OpenCV reads. Stored as PNG, pixel for pixel (CMYK as RGB): TIFF and AVIF, which one of the
two does not. Stored as JPEG of quality 95 without chroma subsampling: HEIC. All else is refused
(:mod:`annotator.labels.pixels.image_kinds`).

An EXIF orientation is baked into the pixels, since Ultralytics turns only JPEGs and browsers turn
everything. Transparent parts are filled with white, since training would see the hidden colours
that lie under them. PNG and WebP come out without loss; a JPEG is encoded anew at quality 95
without chroma subsampling. Values of more than 8 bits are rendered through a window
(:mod:`annotator.labels.pixels.deep_images`). A JPEG that does not end in its end marker, which
Ultralytics would encode anew in place while training, gets the marker appended here if its
image is complete.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from . import deep_images
from .deep_images import DeepImageError, ValueRange, Window
from .image_kinds import HEIC, JPEG, READ_KINDS, ImageKind, recognise_kind

Image.MAX_IMAGE_PIXELS = None  # the limit here is ours, checked before anything is decoded

MIN_SIDE_PX = 10
"""Ultralytics ignores smaller images."""

MAX_SIDE_PX = 65_500
"""The most that libjpeg holds."""

THUMBNAIL_SIDE_PX = 320

_ORIENTATION_TAG = 0x0112
_JPEG_END = b"\xff\xd9"
_JUNK = bytes(range(1, 255)) * 64
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA"}
_JPEG_MODES = {"L", "RGB", "CMYK", "YCbCr"}
_PNG_KEPT = ("transparency", "gamma", "dpi")
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class ImageError(ValueError):
    """The file cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class DeepOriginal:
    """The file of an image of more than 8 bits a value, as it came, and how it was rendered."""

    data: bytes
    extension: str
    values: ValueRange
    window: Window


@dataclass(frozen=True, slots=True)
class TakenImage:
    """An image ready to be stored. ``repairs`` says, in sentences, what was changed.

    ``original``: kept beside the image where it was rendered through a window.
    """

    data: bytes
    extension: str
    width: int
    height: int
    sha256: str
    upload_sha256: str
    repairs: tuple[str, ...]
    original: DeepOriginal | None = None


class _Prepared(NamedTuple):
    data: bytes
    size_wh: tuple[int, int]
    extension: str
    repairs: list[str]
    original: DeepOriginal | None = None


def take_image(
    data: bytes, *, max_megapixels: float = 200.0, window: Window | None = None
) -> TakenImage:
    """Check one image file and make it what is stored. Raises ImageError.

    ``window``: through which values of more than 8 bits are seen; without one, the image's own
    percentiles make it.
    """
    kind = _recognise(data)
    upload_sha256 = hashlib.sha256(data).hexdigest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            made = _prepare(data, kind, max_megapixels, window)
        except ImageError:
            raise
        except DeepImageError as error:
            raise ImageError(str(error)) from error
        except Exception as error:  # on damaged files Pillow's readers raise almost anything
            raise ImageError("The image is damaged or cut short.") from error
    sha256 = upload_sha256 if made.data is data else hashlib.sha256(made.data).hexdigest()
    return TakenImage(
        data=made.data,
        extension=made.extension,
        width=made.size_wh[0],
        height=made.size_wh[1],
        sha256=sha256,
        upload_sha256=upload_sha256,
        repairs=tuple(made.repairs),
        original=made.original,
    )


def _recognise(data: bytes) -> ImageKind:
    """The format by the first bytes, whatever the name says."""
    if not data:
        raise ImageError("The file is empty (0 bytes).")
    if kind := recognise_kind(data):
        return kind
    if data[:4] == b"GIF8":
        raise ImageError("GIF images are not taken; convert them to PNG.")
    if data.startswith(b"version https://git-lfs.github.com/"):
        raise ImageError(
            "A pointer of Git LFS, not the image itself: fetch it with “git lfs pull”."
        )
    raise ImageError(f"The file is not an image that Segloop reads ({READ_KINDS}).")


def _prepare(
    data: bytes, kind: ImageKind, max_megapixels: float, window: Window | None
) -> _Prepared:
    if kind is HEIC:
        return _prepare_heic(data, max_megapixels)
    formats = ["JPEG", "MPO"] if kind is JPEG else [kind.code]
    stored_format, extension = kind.stored_as
    with _open(data, formats) as image:
        _check_size(image.size, max_megapixels)
        repairs: list[str] = []
        whole = _CHECKS[kind.code](data, image)
        if whole is not data:
            repairs.append("The end marker of the JPEG was missing and has been appended.")
        orientation = _orientation(image, whole, kind.code)
        is_deep = deep_images.is_deep(image, data)
        hides = not is_deep and _hides_pixels(image)
        size_wh = image.size
    if is_deep:
        return _prepare_deep(data, kind, orientation, max_megapixels, window)
    if stored_format == kind.code and orientation == 1 and not hides:
        return _Prepared(whole, size_wh, extension, repairs)
    with _open(whole, formats) as image:
        shown = _flatten(image) if hides else image
        upright = shown.transpose(_TURNS[orientation]) if orientation > 1 else shown
        stored = _encode(image, upright, stored_format)
    if hides:
        repairs.append(FLATTENED)
    if stored_format != kind.code:
        repairs.append(f"The {kind.name} was stored as {stored_format}.")
    elif orientation > 1:
        repairs.append("The EXIF orientation was baked into the pixels.")
    return _Prepared(stored, upright.size, extension, repairs)


def _prepare_heic(data: bytes, max_megapixels: float) -> _Prepared:
    """The primary image of a HEIC, upright, as JPEG."""
    import pillow_heif  # 8 MB of memory that few need

    opened = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    _check_size(opened.size, max_megapixels)
    image = opened.to_pillow()
    repairs = ["The HEIC was stored as JPEG."]
    if _hides_pixels(image):
        repairs.insert(0, FLATTENED)
    return _Prepared(_encode(image, _flatten(image), "JPEG"), image.size, "jpg", repairs)


def _prepare_deep(
    data: bytes,
    kind: ImageKind,
    orientation: int,
    max_megapixels: float,
    window: Window | None,
) -> _Prepared:
    """An 8-bit PNG, seen through the window, and the file as it came."""
    values, opacity = deep_images.read_values(data, kind.code)
    if values.size > max_megapixels * 1e6:
        raise ImageError(
            f"The image has {values.size / 1e6:.0f} million values of 16 bits; at most "
            f"{max_megapixels:g} million are taken. Who runs the server can raise that with "
            "SEGLOOP_MAX_IMAGE_MEGAPIXELS."
        )
    ranges = deep_images.measure_values(values)
    seen = window or ranges.window
    image = Image.fromarray(deep_images.render_values(values, seen))
    repairs = [
        f"The image has more than 8 bits a value ({ranges.lowest} to {ranges.highest}): it is "
        f"shown and trained through the window {seen.low} to {seen.high}, and kept as it came."
    ]
    if window and deep_images.cuts_off(ranges, window):
        repairs.append(
            f"Most of its values lie in {ranges.low} to {ranges.high}, in part outside the "
            "dataset's window: see the window in the dataset's settings."
        )
    if opacity is not None and int(opacity.min()) < deep_images.MOST:
        image.putalpha(Image.fromarray((opacity >> 8).astype("uint8")))
        image = _flatten(image)
        repairs.append(FLATTENED)
    if orientation > 1:
        image = image.transpose(_TURNS[orientation])
        repairs.append("The EXIF orientation was baked into the pixels.")
    out = io.BytesIO()
    image.save(out, "PNG")
    original = DeepOriginal(data, kind.extensions[0], ranges, seen)
    return _Prepared(out.getvalue(), image.size, "png", repairs, original)


def _open(data: bytes, formats: list[str]) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=formats)
    except UnidentifiedImageError as error:
        raise ImageError("The image is damaged or cut short.") from error


def _check_size(size_wh: tuple[int, int], max_megapixels: float) -> None:
    width, height = size_wh
    if width * height > max_megapixels * 1e6:
        raise ImageError(
            f"The image has {width * height / 1e6:.0f} megapixels ({width} × {height}); "
            f"at most {max_megapixels:g} are taken. Who runs the server can raise that with "
            "SEGLOOP_MAX_IMAGE_MEGAPIXELS."
        )
    if min(size_wh) < MIN_SIDE_PX:
        raise ImageError(
            f"The image is {width} × {height} pixels; Ultralytics ignores images of fewer than "
            f"{MIN_SIDE_PX} pixels a side."
        )
    if max(size_wh) > MAX_SIDE_PX:
        raise ImageError(f"The image is {width} × {height} pixels; a side has at most 65,500.")


# --- whole or cut short, without decoding where the format allows ---------------------------


def _check_jpeg(data: bytes, image: Image.Image) -> bytes:
    """The data, with an end marker appended where only that was missing."""
    if data.endswith(_JPEG_END):
        return data
    try:
        image.load()
    except OSError:
        whole = data.rstrip(b"\xff") + _JPEG_END
        # A decoder fills what is missing with grey. Were data missing, it would take junk put
        # before the marker for it, and the two pictures would differ.
        with (
            _open(whole, ["JPEG", "MPO"]) as once,
            _open(whole[:-2] + _JUNK + _JPEG_END, ["JPEG", "MPO"]) as again,
        ):
            if once.tobytes() != again.tobytes():
                raise ImageError("The image is cut short.") from None
        return whole
    return data + _JPEG_END  # other bytes follow the end marker; they stay


def _check_png(data: bytes, image: Image.Image) -> bytes:
    at = 8
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">L", data, at)
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            break
        if kind == b"acTL":
            raise ImageError("An animated PNG; save the frames as single images.")
        if zlib.crc32(memoryview(data)[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end]):
            raise ImageError("The image is damaged: a checksum does not match.")
        if kind == b"IEND":
            return data
        at = end
    raise ImageError("The image is cut short.")


def _check_webp(data: bytes, image: Image.Image) -> bytes:
    (length,) = struct.unpack_from("<L", data, 4)
    if length + 8 > len(data):
        raise ImageError("The image is cut short.")
    if getattr(image, "is_animated", False):
        raise ImageError("An animated WebP; save the frames as single images.")
    return data


def _check_by_decoding(data: bytes, image: Image.Image) -> bytes:
    if getattr(image, "n_frames", 1) > 1:
        raise ImageError("The file holds several pages; save them as single images.")
    image.load()
    return data


_CHECKS: dict[str, Callable[[bytes, Image.Image], bytes]] = {
    "JPEG": _check_jpeg,
    "PNG": _check_png,
    "WEBP": _check_webp,
    "BMP": _check_by_decoding,
    "TIFF": _check_by_decoding,
    "AVIF": _check_by_decoding,
}


# --- which way up ---------------------------------------------------------------------------


def _orientation(image: Image.Image, data: bytes, kind: str) -> int:
    """2 to 8 where the pixels must be turned; 1 otherwise, also for values that are invalid.

    Only EXIF counts: nobody turns a picture for what its XMP says.
    """
    if kind == "PNG" and "exif" not in image.info and b"eXIf" in data:
        image.load()  # the chunk may follow the pixels
    raw = image.info.get("exif")
    if not isinstance(raw, bytes):
        return 1
    exif = Image.Exif()
    try:
        exif.load(raw)
        orientation = exif.get(_ORIENTATION_TAG, 1)
    except Exception:  # unreadable EXIF: nobody will turn the picture for it
        return 1
    return orientation if isinstance(orientation, int) and orientation in _TURNS else 1


# --- what is under transparency -------------------------------------------------------------

FLATTENED = (
    "The transparent parts were filled with white: training would have seen the hidden colours "
    "under them."
)


def _hides_pixels(image: Image.Image) -> bool:
    """Whether a pixel is less than opaque; where all are opaque the file can stay as it is."""
    if not image.has_transparency_data:
        return False
    alpha = image.convert("RGBA").getchannel("A") if image.mode != "LA" else image.getchannel("A")
    return alpha.histogram()[255] < alpha.width * alpha.height


def _flatten(image: Image.Image) -> Image.Image:
    """The image on white, grey where it was grey."""
    if not image.has_transparency_data:
        return image
    is_grey = image.mode in {"1", "L", "LA", "La"}
    on_white = Image.new("RGBA", image.size, "white")
    on_white.alpha_composite(image.convert("RGBA"))
    return on_white.convert("L" if is_grey else "RGB")


def _encode(image: Image.Image, shown: Image.Image, stored_format: str) -> bytes:
    """``shown`` as it is stored, with the profile and the EXIF of ``image`` but the orientation."""
    icc_profile = image.info.get("icc_profile")
    exif = _exif_without_orientation(image)
    out = io.BytesIO()
    if shown.mode == "CMYK" and stored_format == "PNG":
        shown, icc_profile = shown.convert("RGB"), None
    if stored_format == "JPEG":
        kept = shown if shown.mode in _JPEG_MODES else shown.convert("RGB")
        kept.save(out, "JPEG", quality=95, subsampling=0, icc_profile=icc_profile, exif=exif)
    elif stored_format == "WEBP":
        shown.save(out, "WEBP", lossless=True, exact=True, icc_profile=icc_profile, exif=exif)
    elif stored_format == "BMP":
        shown.save(out, "BMP")
    else:
        if shown.mode not in _PNG_MODES:
            raise ImageError(
                f"The pixels are stored as “{shown.mode}”; save the image with 8 bits a colour."
            )
        is_flat = not shown.has_transparency_data
        kept_keys = [key for key in _PNG_KEPT if not (is_flat and key == "transparency")]
        shown.info = {key: image.info[key] for key in kept_keys if key in image.info}
        shown.save(out, "PNG", icc_profile=icc_profile, exif=exif)
    return out.getvalue()


def _exif_without_orientation(image: Image.Image) -> bytes:
    raw = image.info.get("exif")
    exif = Image.Exif()
    with suppress(Exception):  # unreadable EXIF is left out
        exif.load(raw if isinstance(raw, bytes) else b"")
    if _ORIENTATION_TAG in exif:
        del exif[_ORIENTATION_TAG]
    return exif.tobytes() if len(exif) else b""


PREVIEW_SIDE_PX = 2048


def encode_preview(data: bytes) -> bytes:
    """A JPEG of at most ``PREVIEW_SIDE_PX`` a side of an image that was taken in."""
    with Image.open(io.BytesIO(data)) as image:
        small = image.convert("RGB" if image.mode != "L" else "L")
        small.thumbnail((PREVIEW_SIDE_PX, PREVIEW_SIDE_PX), reducing_gap=2.0)
        out = io.BytesIO()
        small.save(out, "JPEG", quality=85)
        return out.getvalue()


def make_thumbnail(
    data: bytes, *, side_px: int = THUMBNAIL_SIDE_PX, as_jpeg: bool = False
) -> bytes:
    """A WebP of at most ``side_px`` a side, or a JPEG on white. Raises ImageError."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            image.draft("RGB", (side_px * 2, side_px * 2))
            if image.mode == "I;16":
                small = image.point(lambda value: value / 256).convert("L")
            else:
                has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
                small = image.convert("RGBA" if has_alpha else "RGB")
            small.thumbnail((side_px, side_px), reducing_gap=2.0)
            out = io.BytesIO()
            if not as_jpeg:
                small.save(out, "WEBP", quality=78, method=2)
                return out.getvalue()
            if small.mode == "RGBA":
                white = Image.new("RGBA", small.size, "white")
                small = Image.alpha_composite(white, small).convert("RGB")
            small.save(out, "JPEG", quality=82)
            return out.getvalue()
    except Exception as error:  # as above
        raise ImageError("The image cannot be shown small: it is damaged.") from error
