"""Taking in one image file: what it really is, whether it is whole, and which way up.

Kept byte for byte: JPEG, PNG, WebP and BMP, which browsers show and OpenCV reads. Stored as PNG,
pixel for pixel (CMYK as RGB): TIFF and AVIF, which one of the two does not. All else is refused.

An EXIF orientation is baked into the pixels, since Ultralytics turns only JPEGs and browsers turn
everything. PNG and WebP come out without loss; a JPEG is encoded anew at quality 95 without
chroma subsampling. A JPEG that does not end in its end marker, which Ultralytics would encode
anew in place while training, gets the marker appended here if its picture is complete.
"""

import hashlib
import io
import struct
import warnings
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

Image.MAX_IMAGE_PIXELS = None  # the limit here is ours, checked before anything is decoded

MIN_SIDE_PX = 10
"""Ultralytics ignores smaller images."""

MAX_SIDE_PX = 65_500
"""The most that libjpeg holds."""

THUMBNAIL_SIDE_PX = 320

_ORIENTATION_TAG = 0x0112
_JPEG_END = b"\xff\xd9"
_JUNK = bytes(range(1, 255)) * 64
_EXTENSIONS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp", "BMP": "bmp"}
_STORED_AS_PNG = {"TIFF", "AVIF"}
_PNG_MODES = {"1", "L", "LA", "P", "RGB", "RGBA", "I;16"}
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
TurnedImage = tuple[bytes, tuple[int, int]]
"""An encoded image and its width and height."""


class ImageError(ValueError):
    """The file cannot be taken; the message says why."""


@dataclass(frozen=True, slots=True)
class TakenImage:
    """An image ready to be stored. ``repairs`` says, in sentences, what was changed."""

    data: bytes
    extension: str
    width: int
    height: int
    sha256: str
    upload_sha256: str
    repairs: tuple[str, ...]


def take_image(data: bytes, *, max_megapixels: float = 200.0) -> TakenImage:
    """Check one image file and make it what is stored. Raises ImageError."""
    kind = _recognise(data)
    upload_sha256 = hashlib.sha256(data).hexdigest()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stored, size_wh, repairs = _prepare(data, kind, max_megapixels)
        except ImageError:
            raise
        except Exception as error:  # on damaged files Pillow's readers raise almost anything
            raise ImageError("The image is damaged or cut short.") from error
    sha256 = upload_sha256 if stored is data else hashlib.sha256(stored).hexdigest()
    return TakenImage(
        data=stored,
        extension=_EXTENSIONS.get(kind, "png"),
        width=size_wh[0],
        height=size_wh[1],
        sha256=sha256,
        upload_sha256=upload_sha256,
        repairs=tuple(repairs),
    )


def _recognise(data: bytes) -> str:
    """The format by the first bytes, whatever the name says."""
    if not data:
        raise ImageError("The file is empty (0 bytes).")
    head = data[:16]
    if head[:3] == b"\xff\xd8\xff":
        return "JPEG"
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM":
        return "BMP"
    if head[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return "TIFF"
    brand = head[8:12] if head[4:8] == b"ftyp" else b""
    if brand in {b"avif", b"avis"}:
        return "AVIF"
    if brand in {b"heic", b"heix", b"mif1", b"heim", b"heis", b"hevc"}:
        raise ImageError("HEIC images cannot be shown by browsers; convert them to JPEG.")
    if head[:4] == b"GIF8":
        raise ImageError("GIF images are not taken; convert them to PNG.")
    raise ImageError("The file is not an image that Segloop reads (JPEG, PNG, WebP, BMP, TIFF).")


def _prepare(
    data: bytes, kind: str, max_megapixels: float
) -> tuple[bytes, tuple[int, int], list[str]]:
    formats = ["JPEG", "MPO"] if kind == "JPEG" else [kind]
    with _open(data, formats) as image:
        size_wh = image.size
        _check_size(size_wh, max_megapixels)
        repairs: list[str] = []
        whole = _CHECKS[kind](data, image)
        if whole is not data:
            repairs.append("The end marker of the JPEG was missing and has been appended.")
        if kind in _STORED_AS_PNG:
            stored, size_wh = _encode_png(image)
            repairs.append(f"The {kind} was stored as PNG.")
            return stored, size_wh, repairs
        orientation = _orientation(image, whole, kind)
    if orientation == 1:
        return whole, size_wh, repairs
    with _open(whole, formats) as image:
        stored, size_wh = _encode_upright(image, kind, orientation)
    repairs.append("The EXIF orientation was baked into the pixels.")
    return stored, size_wh, repairs


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


def _encode_upright(image: Image.Image, kind: str, orientation: int) -> TurnedImage:
    """The upright picture in the format it is stored in; EXIF other than orientation is kept."""
    upright = image.transpose(_TURNS[orientation])
    icc_profile = image.info.get("icc_profile")
    exif = Image.Exif()
    exif.load(image.info["exif"])
    del exif[_ORIENTATION_TAG]
    out = io.BytesIO()
    if kind == "JPEG":
        upright.save(
            out, "JPEG", quality=95, subsampling=0, icc_profile=icc_profile, exif=exif.tobytes()
        )
    elif kind == "WEBP":
        upright.save(out, "WEBP", lossless=True, exact=True, icc_profile=icc_profile, exif=exif)
    else:
        upright.info = {key: image.info[key] for key in _PNG_KEPT if key in image.info}
        upright.save(out, "PNG", icc_profile=icc_profile, exif=exif)
    return out.getvalue(), upright.size


def _encode_png(image: Image.Image) -> TurnedImage:
    """A TIFF or AVIF as PNG, upright."""
    upright = ImageOps.exif_transpose(image)
    icc_profile = image.info.get("icc_profile")
    if upright.mode == "CMYK":
        upright, icc_profile = upright.convert("RGB"), None
    if upright.mode not in _PNG_MODES:
        raise ImageError(
            f"The pixels are stored as “{upright.mode}”; save the image with 8 bits a colour."
        )
    out = io.BytesIO()
    upright.save(out, "PNG", icc_profile=icc_profile)
    return out.getvalue(), upright.size


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
