"""Writing COCO JSON: one file a split, as a stream."""

from collections.abc import Iterable, Iterator, Mapping

from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import polygons_area

from ..base import WrittenImage, WrittenObject
from ..rle import encode_coco
from ..shapes import (
    box_of,
    is_plain_box,
)
from .coco_annotations import CROWD_NOTE
from .json_write import (
    attributes_of,
    class_names,
    dump,
    dump_list,
    rounded,
)


def write_split(
    split: str, classes: Mapping[int, str], images: Iterable[WrittenImage]
) -> Iterator[bytes]:
    """One file, walking the images once for each of its two lists."""
    categories = [
        {"id": place + 1, "name": name, "supercategory": ""}
        for place, name in enumerate(class_names(classes))
    ]
    yield b'{"info": {"description": "Exported by Segloop"}, "licenses": [],\n"categories": '
    yield dump(categories)
    yield b',\n"images": '
    yield from dump_list(
        {
            "id": place,
            "file_name": image.name,
            "width": image.size_wh[0],
            "height": image.size_wh[1],
        }
        for place, image in _of_split(split, images)
    )
    yield b',\n"annotations": '
    yield from dump_list(_annotations(split, classes, images))
    yield b"}\n"


def _of_split(split: str, images: Iterable[WrittenImage]) -> Iterator[tuple[int, WrittenImage]]:
    labelled = (
        image for image in images if image.folder == split and image.read_objects is not None
    )
    return enumerate(labelled, 1)


def _annotations(
    split: str, classes: Mapping[int, str], images: Iterable[WrittenImage]
) -> Iterator[dict[str, object]]:
    ids = {index: place + 1 for place, index in enumerate(sorted(classes))}
    count = 0
    for image_id, image in _of_split(split, images):
        for each in image.read_objects() if image.read_objects is not None else ():
            count += 1
            yield {
                "id": count,
                "image_id": image_id,
                "category_id": ids[each.class_index],
                **_shape_of(each, image.size_wh),
            }
        for region in image.read_regions():
            mask = mask_of_polygons(region, size_wh=image.size_wh)
            if not mask.any():
                continue
            count += 1
            yield {
                "id": count,
                "image_id": image_id,
                "category_id": min(ids.values(), default=1),
                "segmentation": encode_coco(mask),
                "area": int(mask.sum()),
                "bbox": [round(side, 4) for side in box_of(region)],
                "iscrowd": 1,
                "attributes": {"ignore": True},
            }


def _shape_of(each: WrittenObject, size_wh: tuple[int, int]) -> dict[str, object]:
    is_box = each.is_box and is_plain_box(each.polygons)
    area: float = polygons_area(each.polygons)
    segmentation: object = [rounded(polygon[0]) for polygon in each.polygons]
    if any(len(polygon) > 1 for polygon in each.polygons):
        mask = mask_of_polygons(each.polygons, size_wh=size_wh)
        if mask.any():
            segmentation = encode_coco(mask)
            area = int(mask.sum())
    attributes = attributes_of(each)
    is_crowd = attributes.get("note") == CROWD_NOTE
    if is_crowd:
        del attributes["note"]
    if each.is_box and not is_box:
        attributes["is_box"] = True
    found: dict[str, object] = {
        "segmentation": [] if is_box else segmentation,
        "area": round(area, 4),
        "bbox": [round(side, 4) for side in box_of(each.polygons)],
        "iscrowd": int(is_crowd),
    }
    return found | ({"attributes": attributes} if attributes else {})
