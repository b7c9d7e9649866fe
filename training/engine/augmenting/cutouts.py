"""Objects cut out of images along their masks, and which of them are good enough to paste.

After Dwibedi, Misra, Hebert, "Cut, Paste and Learn" (2017): what is pasted has to be whole. So an
object that touches the border of its image, or that another one covers, is left where it is.
"""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

LEAST_SIDE_PX = 12
"""Smaller objects have too few pixels to tell a model anything where they are pasted."""
MOST_OVERLAP = 0.05
"""Of an object's pixels, how many another object's mask may have: by more, it may be covered."""
RING_SHARE = 0.25
"""Width of the ground looked at around an object, as a share of its longer side."""


class Box(NamedTuple):
    """In pixels; right and bottom are behind the last one."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Cutout:
    """``bgr``: shape (height, width, 3). ``mask``: the same height and width. ``ground_lab``: mean
    colour of the ground around the object in its image (OpenCV's 8-bit Lab), None without one.
    """

    class_index: int
    bgr: Pixels
    mask: Mask
    ground_lab: npt.NDArray[np.float64] | None

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.bgr.shape[1], self.bgr.shape[0]


def box_of(mask: Mask) -> Box | None:
    """Return the smallest box around the pixels of a mask; None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def why_not(mask: Mask, others: Mask) -> str:
    """Return why an object cannot be cut out, "" if it can. ``others``: pixels of other objects."""
    box = box_of(mask)
    if box is None or min(box.width, box.height) < LEAST_SIDE_PX:
        return "small"
    height, width = mask.shape
    if box.left == 0 or box.top == 0 or box.right == width or box.bottom == height:
        return "border"
    if (mask & others).sum() > MOST_OVERLAP * mask.sum():
        return "covered"
    return ""


def cut_out(bgr: Pixels, mask: Mask, others: Mask, class_index: int) -> Cutout | None:
    """Cut an object out of its image; None for one that :func:`why_not` names a reason for."""
    if why_not(mask, others):
        return None
    box = box_of(mask)
    assert box is not None  # noqa: S101 - an empty mask is "small"
    window = (slice(box.top, box.bottom), slice(box.left, box.right))
    return Cutout(
        class_index,
        bgr[window].copy(),
        mask[window].copy(),
        ground_color(bgr, mask, taken=mask | others),
    )


def ground_color(bgr: Pixels, mask: Mask, *, taken: Mask) -> npt.NDArray[np.float64] | None:
    """Mean Lab colour of the ring around ``mask``, without the pixels of ``taken``.

    None where objects lie all around.
    """
    box = box_of(mask)
    if box is None:
        return None
    margin = max(3, round(RING_SHARE * max(box.width, box.height)))
    top, left = max(0, box.top - margin), max(0, box.left - margin)
    window = (slice(top, box.bottom + margin), slice(left, box.right + margin))
    ground = ~taken[window]
    if ground.sum() < 16:
        return None
    lab = cv2.cvtColor(np.ascontiguousarray(bgr[window]), cv2.COLOR_BGR2LAB)
    mean: npt.NDArray[np.float64] = lab[ground].astype(np.float64).mean(axis=0)
    return mean
