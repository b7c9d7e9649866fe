"""One annotation of a COCO file: its outline, its attributes, and what it is where it has none."""

import math
from itertools import chain
from typing import Literal

from annotator.labels.polygons.geometry import Polygons, Ring

from ..rle import decode_coco, outline_mask
from ..shapes import (
    Draft,
    ShapeError,
    box_ring,
    flag,
    flat_points,
    join_parts,
    number,
    numbers,
    paired_points,
    plain_text,
    scale_of,
)

CROWD_NOTE = "crowd"
"""The note of an object that COCO calls a crowd: several objects outlined as one."""

Refused = Literal["captions", "panoptic", "keypoints", "image labels", "stuff"]


def is_in_shares(annotation: dict[str, object]) -> bool:
    """Whether the coordinates of an annotation go from 0 to 1."""
    segmentation, box = annotation.get("segmentation"), annotation.get("bbox")
    if isinstance(segmentation, dict):
        return False
    values = segmentation if isinstance(segmentation, list) and segmentation else box
    if not isinstance(values, list) or not values:
        return False
    found = list(chain.from_iterable(values)) if isinstance(values[0], list) else values
    return all(type(each) in {int, float} and 0 <= each <= 1 for each in found) and any(
        type(each) is float and 0 < each < 1 for each in found
    )


def grown(draft: Draft, size_wh: tuple[int, int]) -> Draft:
    """Coordinates from 0 to 1 in pixels."""
    polygons = [
        [[each * size_wh[place % 2] for place, each in enumerate(ring)] for ring in polygon]
        for polygon in draft.polygons
    ]
    repair = f"{draft.repair} its coordinates from 0 to 1 were converted to pixels.".strip()
    return draft._replace(polygons=polygons, repair=repair)


def draft_of(annotation: dict[str, object], index: int, drawn_wh: tuple[int, int]) -> Draft:
    if not annotation:
        raise ShapeError("it is no annotation.")
    is_region = says_ignore(annotation)
    if index < 0 and not is_region:
        raise ShapeError(
            f"its category_id {id_of(annotation.get('category_id'))} is not in the categories."
        )
    polygons, is_box, repair = _outline_or_box(annotation, drawn_wh)
    attributes = annotation.get("attributes")
    both = {**annotation, **attributes} if isinstance(attributes, dict) else annotation
    note = plain_text(both.get("note")) or plain_text(both.get("description"))
    if flag(annotation.get("iscrowd")) and not note:
        note = CROWD_NOTE
    return Draft(
        index,
        polygons,
        is_box or flag(both.get("is_box")),
        flag(both.get("occluded")),
        flag(both.get("truncated")),
        "" if is_region and note == CROWD_NOTE else note,
        repair,
        is_region=is_region,
        is_crowd=flag(annotation.get("iscrowd")),
    )


def says_ignore(annotation: dict[str, object]) -> bool:
    """Whether it says that nothing is to be judged there: ``ignore``, as some tools have it."""
    attributes = annotation.get("attributes")
    inner = attributes.get("ignore") if isinstance(attributes, dict) else None
    return flag(annotation.get("ignore")) or flag(inner)


def _outline_or_box(
    annotation: dict[str, object], drawn_wh: tuple[int, int]
) -> tuple[Polygons, bool, str]:
    """Polygons, whether they are a box, and what was repaired."""
    segmentation = annotation.get("segmentation")
    if not segmentation:
        return _box(annotation)
    polygons, repair = _outline(segmentation, drawn_wh)
    return polygons, False, repair


def _outline(segmentation: object, drawn_wh: tuple[int, int]) -> tuple[Polygons, str]:
    if isinstance(segmentation, list) and len(segmentation) == 1:
        segmentation = segmentation[0] if isinstance(segmentation[0], dict) else segmentation
    if isinstance(segmentation, dict):
        mask = decode_coco(segmentation.get("counts"), segmentation.get("size"))
        polygons = outline_mask(mask)
        size_wh = (mask.shape[1], mask.shape[0])
        x, y = scale_of(size_wh, drawn_wh)
        if (x, y) == (1.0, 1.0):
            return polygons, ""
        grown = [
            [
                [each * (y if place % 2 else x) for place, each in enumerate(ring)]
                for ring in polygon
            ]
            for polygon in polygons
        ]
        return grown, "its mask was scaled to the size of the image."
    if not isinstance(segmentation, list):
        raise ShapeError("its segmentation is neither a list nor a mask.")
    is_flat = not isinstance(segmentation[0], list)
    rings = [segmentation] if is_flat else segmentation
    return join_parts([_ring(ring) for ring in rings])


def _ring(values: object) -> Ring:
    """A ring from ``[x1, y1, …]``, and from points, as some programs write."""
    if isinstance(values, list) and values and isinstance(values[0], list | dict):
        return paired_points(values)
    return flat_points(values)


def _box(annotation: dict[str, object]) -> tuple[Polygons, bool, str]:
    box = annotation.get("bbox")
    if not box:
        raise ShapeError("it has neither a segmentation nor a bbox.")
    sides = numbers(box, "bbox numbers")
    if len(sides) != 4:
        raise ShapeError(f"its bbox has {len(sides)} numbers, not four.")
    x, y, width, height = sides
    attributes = annotation.get("attributes")
    turn = attributes.get("rotation") if isinstance(attributes, dict) else None
    degrees = number(turn, "its rotation") if turn is not None else 0.0
    ring = box_ring(x, y, width, height)
    return [[turn_ring(ring, degrees) if degrees % 360 else ring]], True, ""


def turn_ring(ring: list[float], degrees: float) -> list[float]:
    """A rectangle turned around its centre, clockwise."""
    x, y = (ring[0] + ring[4]) / 2, (ring[1] + ring[5]) / 2
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    turned: list[float] = []
    for px, py in zip(ring[0::2], ring[1::2], strict=True):
        dx, dy = px - x, py - y
        turned += (x + dx * cos - dy * sin, y + dx * sin + dy * cos)
    return turned


def kind_of_annotation(annotation: dict[str, object]) -> Refused | None:
    if annotation.get("segmentation"):
        return None
    if "segments_info" in annotation:
        return "panoptic"
    if "caption" in annotation:
        return "captions"
    if "keypoints" in annotation:
        return "keypoints"
    if (
        "category_id" in annotation
        and "bbox" not in annotation
        and "segmentation" not in annotation
    ):
        return "image labels"
    return None


def id_of(value: object) -> str:
    """An id as text: 7, 7.0 and "7" are the same."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int | str) and not isinstance(value, bool):
        return str(value)[:200] if isinstance(value, str) or abs(value) < 10**30 else "?"
    return "?"
