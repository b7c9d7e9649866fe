"""Pasting cut-out objects onto an image, so that the paste itself gives nothing away.

- The colour follows the light: as the ground at the new place differs from the ground at the old
  one, so the object is changed, by half and within limits (Lab, as Reinhard et al. 2001).
- The edge is feathered over a pixel or two, or blended by Poisson's equation (Pérez et al. 2003);
  which of them is drawn for each object, so that no way of blending becomes a mark of the class
  (Dwibedi et al. 2017).
- What stands lower in the image stands in front: objects are pasted by their bottom edge.
- No object that is there may lose more than a share of its pixels; what is left of it becomes its
  new mask.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .cutouts import Cutout, Mask, Pixels, box_of, ground_color

Blend = Literal["feather", "poisson", "none"]

MOST_COVERED = 0.4
"""Of the pixels of an object that is there, how many may be covered."""
LEAST_SEEN = 0.6
"""Of a pasted object, how much must lie inside the image and stay in front of later ones."""
LIGHT_STRENGTH = 0.5
MOST_LIGHT = np.array([40.0, 12.0, 12.0])
"""By how much the colour of a pasted object may change: L, a, b of OpenCV's 8-bit Lab."""
FEATHER_PX = 1.2
MOST_DRIFT = 24.0
"""Of 255: by how much Poisson's equation may change an object's own colours, on average. Beyond it
the object takes on its ground and can hardly be seen; it is feathered then."""
LEAST_SCALE, MOST_SCALE = 0.25, 1.5
"""Enlarged by more, an object would be blurred beside its image."""


class Place(NamedTuple):
    """Where the centre of an object goes (px), how much larger it becomes, whether mirrored."""

    center_xy: tuple[float, float]
    scale: float
    mirrored: bool


@dataclass(frozen=True)
class Layer:
    """An object that is there: its mask in the image; ``source`` None: it was there before."""

    class_index: int
    mask: Mask
    area: int
    source: Cutout | None = None

    @property
    def is_changed(self) -> bool:
        """Whether the mask is not the one that it began with."""
        return int(self.mask.sum()) != self.area


class Pasted(NamedTuple):
    """An image with what was pasted: ``layers`` are all of its objects, the pasted ones last."""

    bgr: Pixels
    layers: list[Layer]


def paste(
    bgr: Pixels, layers: Sequence[Layer], cutout: Cutout, place: Place, blend: Blend
) -> Pasted | None:
    """Paste one object in front of all; None where it would cover or lose too much."""
    body, mask = _transform(cutout, place)
    image_mask, window, inner = _lay_out(mask, place, bgr.shape)
    seen = int(image_mask.sum())
    if not seen or seen < LEAST_SEEN * mask.sum():
        return None
    kept = [replace(layer, mask=layer.mask & ~image_mask) for layer in layers]
    for layer in kept:
        least = LEAST_SEEN if layer.source is not None else 1 - MOST_COVERED
        if layer.area and layer.mask.sum() < least * layer.area:
            return None
    taken = (
        np.logical_or.reduce([layer.mask for layer in layers])
        if layers
        else ~np.ones_like(image_mask)
    )
    body = _relight(body, cutout, ground_color(bgr, image_mask, taken=taken | image_mask))
    blended = _blend(bgr, body[inner], mask[inner], window, blend)
    new = Layer(cutout.class_index, image_mask, seen, cutout)
    return Pasted(blended, [*kept, new])


def _transform(cutout: Cutout, place: Place) -> tuple[Pixels, Mask]:
    """Scale and mirror an object and its mask."""
    width = max(1, round(cutout.size_wh[0] * place.scale))
    height = max(1, round(cutout.size_wh[1] * place.scale))
    how = cv2.INTER_AREA if place.scale < 1 else cv2.INTER_LINEAR
    body = cv2.resize(cutout.bgr, (width, height), interpolation=how)
    soft = cv2.resize(cutout.mask.astype(np.float32), (width, height), interpolation=how)
    mask = soft >= 0.5
    if place.mirrored:
        body, mask = body[:, ::-1], mask[:, ::-1]
    return np.ascontiguousarray(body), np.ascontiguousarray(mask)


def _lay_out(
    mask: Mask, place: Place, shape: tuple[int, ...]
) -> tuple[Mask, tuple[slice, slice], tuple[slice, slice]]:
    """The mask in the image, where its window lies there, and which part of the object shows."""
    height, width = mask.shape
    left = round(place.center_xy[0] - width / 2)
    top = round(place.center_xy[1] - height / 2)
    rows = slice(max(0, top), min(shape[0], top + height))
    columns = slice(max(0, left), min(shape[1], left + width))
    inner = (
        slice(rows.start - top, max(rows.start, rows.stop) - top),
        slice(columns.start - left, max(columns.start, columns.stop) - left),
    )
    image_mask = np.zeros(shape[:2], dtype=bool)
    if rows.start < rows.stop and columns.start < columns.stop:
        image_mask[rows, columns] = mask[inner]
    return image_mask, (rows, columns), inner


def _relight(body: Pixels, cutout: Cutout, ground: npt.NDArray[np.float64] | None) -> Pixels:
    """Change an object as the light differs between the ground it stood on and the new one."""
    if ground is None or cutout.ground_lab is None:
        return body
    shift = np.clip(LIGHT_STRENGTH * (ground - cutout.ground_lab), -MOST_LIGHT, MOST_LIGHT)
    lab = cv2.cvtColor(body, cv2.COLOR_BGR2LAB).astype(np.float64) + shift
    changed: Pixels = cv2.cvtColor(np.clip(lab, 0, 255).round().astype(np.uint8), cv2.COLOR_LAB2BGR)
    return changed


def _blend(
    bgr: Pixels, body: Pixels, mask: Mask, window: tuple[slice, slice], blend: Blend
) -> Pixels:
    """Put ``body`` where ``mask`` is; nothing outside the window changes."""
    result = bgr.copy()
    if blend == "poisson":
        cloned = _poisson(bgr, body, mask, window)
        if cloned is not None:
            return cloned
        blend = "feather"
    alpha = mask.astype(np.float64)
    if blend == "feather":
        # Blurred and cut at the mask: the edge of the object becomes soft, the ground stays.
        alpha = np.minimum(alpha, cv2.GaussianBlur(alpha, (0, 0), FEATHER_PX) * 1.25)
    alpha = np.clip(alpha, 0, 1)[..., None]
    under = result[window].astype(np.float64)
    result[window] = (under * (1 - alpha) + body * alpha).round().astype(np.uint8)
    return result


def _poisson(bgr: Pixels, body: Pixels, mask: Mask, window: tuple[slice, slice]) -> Pixels | None:
    """OpenCV's seamless clone; None where the object touches the border, which it cannot do."""
    box = box_of(mask)
    rows, columns = window
    if box is None or rows.start + box.top < 2 or columns.start + box.left < 2:
        return None
    if rows.start + box.bottom > bgr.shape[0] - 2 or columns.start + box.right > bgr.shape[1] - 2:
        return None
    source, whole = bgr.copy(), np.zeros(bgr.shape[:2], dtype=np.uint8)
    source[window] = np.where(mask[..., None], body, source[window])
    whole[window] = mask.astype(np.uint8) * 255
    outside = whole == 0  # the clone changes its mask
    x, y, width, height = cv2.boundingRect(whole)
    try:
        cloned: Pixels = cv2.seamlessClone(
            source, bgr, whole, (x + width // 2, y + height // 2), cv2.NORMAL_CLONE
        )
    except cv2.error:
        return None
    cloned[outside] = bgr[outside]
    drift = np.abs(cloned[window][mask].astype(np.float64) - body[mask])
    return None if drift.size and drift.mean() > MOST_DRIFT else cloned
