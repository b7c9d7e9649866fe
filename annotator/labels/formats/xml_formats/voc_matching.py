"""Which box of an XML surrounds which region of a mask: they are one object."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotator.labels.polygons.geometry import Polygons

from ..class_lists import ClassList
from ..shapes import Draft, ShapeError, box_of

_MIN_IOU = 0.5
_MIN_IOU_IN_ORDER = 0.1


class VocBox(NamedTuple):
    """An ``<object>``: what is said of it, and how to make it."""

    what: str
    name: str
    make: Callable[[], Draft]


class Region(NamedTuple):
    """What a mask shows as one object; ``number``: its value in the mask of objects."""

    number: int
    class_index: int | None
    polygons: Polygons


def match_boxes(
    boxes: list[VocBox], regions: list[Region], classes: ClassList
) -> Iterator[tuple[str, Callable[[], Draft]]]:
    """Boxes with the region of the same object, and what is left of both."""
    drafts: dict[int, Draft] = {}
    for place, box in enumerate(boxes):
        try:
            drafts[place] = box.make()
        except ShapeError:
            continue
    region_of = _pair_regions(drafts, regions) if regions else {}
    taken = set(region_of.values())
    for place, box in enumerate(boxes):
        if (at := region_of.get(place)) is None:
            yield box.what, box.make
            continue
        draft = drafts[place]._replace(polygons=regions[at].polygons, is_box=False)
        yield box.what, lambda draft=draft: draft  # type: ignore[misc]
    for at, region in enumerate(regions):
        if at not in taken:
            name = "" if region.class_index is None else classes.names[region.class_index]
            what = f"object {region.number or at + 1} of the mask (“{name[:40]}”)"
            yield what, lambda region=region: _region_draft(region)  # type: ignore[misc]


def _region_draft(region: Region) -> Draft:
    if region.class_index is None:
        raise ShapeError("its value in the mask is no class of the list.")
    return Draft(region.class_index, region.polygons)


def _pair_regions(drafts: dict[int, Draft], regions: list[Region]) -> dict[int, int]:
    """For each box the region it surrounds: that with its number, else the one that fits best."""
    corners = np.array([_corners(region.polygons) for region in regions])
    by_number = {region.number: at for at, region in enumerate(regions) if region.number}
    found: dict[int, int] = {}
    taken = np.zeros(len(regions), dtype=bool)
    for place, draft in drafts.items():
        at = by_number.get(place + 1)
        if at is None or not _fits(draft, regions[at]):
            continue
        # of an object that others lie over, the mask may show a corner of its box
        is_near = _box_ious(draft, corners[at : at + 1])[0] >= _MIN_IOU_IN_ORDER
        if is_near or _lies_inside(corners[at], draft):
            found[place] = at
            taken[at] = True
    for place, draft in drafts.items():
        if place in found:
            continue
        ious = _box_ious(draft, corners)
        ious[taken] = 0
        for at in np.argsort(-ious, kind="stable").tolist():
            if ious[at] < _MIN_IOU:
                break
            if _fits(draft, regions[at]):
                found[place] = at
                taken[at] = True
                break
    return found


def _fits(draft: Draft, region: Region) -> bool:
    return region.class_index is None or region.class_index == draft.class_index


def _lies_inside(corners: NDArray[np.float64], draft: Draft) -> bool:
    """Whether a region lies inside a box, but for a pixel that its border cuts."""
    left, top, right, bottom = _corners(draft.polygons)
    return bool((corners >= (left - 1, top - 1, left - 1, top - 1)).all()) and bool(
        (corners <= (right + 1, bottom + 1, right + 1, bottom + 1)).all()
    )


def _corners(polygons: Polygons) -> tuple[float, float, float, float]:
    left, top, width, height = box_of(polygons)
    return left, top, left + width, top + height


def _box_ious(draft: Draft, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    left, top, right, bottom = _corners(draft.polygons)
    width = np.clip(np.minimum(corners[:, 2], right) - np.maximum(corners[:, 0], left), 0, None)
    height = np.clip(np.minimum(corners[:, 3], bottom) - np.maximum(corners[:, 1], top), 0, None)
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    union = areas + (right - left) * (bottom - top) - width * height
    ious: NDArray[np.float64] = np.where(
        union > 0, width * height / np.where(union > 0, union, 1), 0
    )
    return ious
