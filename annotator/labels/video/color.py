"""Video of a high dynamic range as ordinary images: the range is compressed, colours stay.

PQ and HLG (Rec. ITU-R BT.2100) become linear light, BT.2020's primaries BT.709's, and everything is
scaled so that the brightest part of each pixel follows Hable's curve; diffuse white (203 cd/m²,
BT.2408) becomes white. Browsers do much the same when they play such a video.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

PQ, HLG = 16, 18
"""Of ``color_trc`` (ISO/IEC 23091-2)."""

_WHITE_NITS = 203.0
_PEAK = 1000.0 / _WHITE_NITS
_TO_709 = np.array(
    [
        [1.6605, -0.5876, -0.0728],
        [-0.1246, 1.1329, -0.0083],
        [-0.0182, -0.1006, 1.1187],
    ],
    dtype=np.float32,
)


def is_hdr(color_trc: int) -> bool:
    return color_trc in (PQ, HLG)


def compress_range(rgb48: NDArray[np.uint16], *, color_trc: int) -> NDArray[np.uint8]:
    """(height, width, 3) of 16 bits, as coded, as 8 bits in BT.709."""
    linear = _to_linear(color_trc)[rgb48 >> 4]
    linear = np.clip(linear @ _TO_709.T, 0, None)
    brightest = linear.max(axis=2, keepdims=True)
    scale = _hable(brightest) / _hable(np.float32(_PEAK)) / np.maximum(brightest, 1e-6)
    shown = np.clip(linear * scale, 0, 1)
    coded: NDArray[np.uint8] = _to_8_bits()[(shown * 4095).astype(np.uint16)]
    return coded


@lru_cache(maxsize=2)
def _to_linear(color_trc: int) -> NDArray[np.float32]:
    """Of 4,096 codes: light as multiples of diffuse white."""
    code = np.arange(4096, dtype=np.float64) / 4095
    if color_trc == PQ:
        power = code ** (1 / 78.84375)
        part = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
        light = 10_000 * part ** (1 / 0.1593017578125)
    else:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
        light = 1000 * scene**1.2
    return (light / _WHITE_NITS).astype(np.float32)


def _hable(light: NDArray[np.float32] | np.float32) -> NDArray[np.float32]:
    a, b, c, d, e, f = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
    x = light * np.float32(2)
    return np.asarray((x * (a * x + c * b) + d * e) / (x * (a * x + b) + d * f) - e / f)


@lru_cache(maxsize=1)
def _to_8_bits() -> NDArray[np.uint8]:
    """The curve of BT.709's displays, as sRGB has it."""
    light = np.arange(4096, dtype=np.float64) / 4095
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    table: NDArray[np.uint8] = np.rint(coded * 255).astype(np.uint8)
    return table
