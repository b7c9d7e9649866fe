"""What differs between two versions, as the API answers it, and as CSV or JSON to take along."""

import json
from collections.abc import Iterator
from typing import Any, Literal, TypedDict
from uuid import UUID

from django.http import Http404

from annotator.imports.present import Shape
from annotator.kernel.plain_text import csv_line
from annotator.models import Image
from training.models import Version

from . import differences
from .differences import Comparison, ObjectReader
from .object_changes import compare_objects

Source = Literal["live", "version"]


class DifferenceSide(TypedDict):
    """``number`` null: the dataset as it is now."""

    id: int | None
    number: int | None
    name: str


class ImageDifferences(TypedDict):
    """Counts of images. ``not_done``: in the version, and not finished now. ``objects``: with other
    objects than before; those that wait to be compared count until they were."""

    same: int
    different: int
    added: int
    removed: int
    not_done: int
    moved: int
    renamed: int
    other_pixels: int
    objects: int
    objects_added: int
    objects_removed: int
    objects_changed: int
    class_changed: int


class ObjectDifferences(TypedDict):
    """Counts of objects in images that are on both sides, and those of images on one side alone.
    ``changed``: another outline; ``class_changed``: another class."""

    added: int
    removed: int
    changed: int
    class_changed: int
    in_added_images: int
    in_removed_images: int


class ClassDifference(TypedDict):
    """``into``: the class that most of its objects became, where it was merged."""

    class_id: int
    change: Literal["added", "gone", "renamed", "merged", "retired", "revived"]
    name_before: str
    name_after: str
    into: str


class ClassMove(TypedDict):
    """How many objects of one class became objects of another."""

    before: str
    after: str
    count: int


class VersionDifferences(TypedDict):
    """``state`` names this comparison in the requests for its images. ``open``: images whose
    objects are not compared yet, of ``to_compare``; each request for this goes on."""

    before: DifferenceSide
    after: DifferenceSide
    state: str
    open: int
    to_compare: int
    images: ImageDifferences
    objects: ObjectDifferences
    classes: list[ClassDifference]
    class_moves: list[ClassMove]


class DrawnChange(TypedDict):
    """One object in a thumbnail: flat rings, normalised to 0..1."""

    kind: Literal["added", "removed", "changed", "reclassed"]
    class_before: str
    class_after: str
    color_before: str
    color_after: str
    before: list[list[float]]
    after: list[list[float]]


class ImageSide(TypedDict):
    name: str
    split: str
    objects: int
    image_url: str
    thumbnail_url: str


class DifferentImage(TypedDict):
    """An image that differs. ``image``: the live image, null where it is gone; ``objects_*`` count
    what became of its objects; ``drawn`` has forty of them at most. Other ignore regions are other
    pixels: a version paints them out."""

    position: int
    image: str | None
    name: str
    width: int
    height: int
    status: str
    kind: Literal["added", "removed", "changed"]
    is_not_done: bool
    is_moved: bool
    is_renamed: bool
    has_other_pixels: bool
    has_other_regions: bool
    is_open: bool
    objects_added: int
    objects_removed: int
    objects_changed: int
    class_changed: int
    before: ImageSide | None
    after: ImageSide | None
    drawn: list[DrawnChange]


class DifferentImages(TypedDict):
    total: int
    results: list[DifferentImage]


class DifferentObject(TypedDict):
    """An object on one side: ``polygons`` in pixels, parts, rings, flat points."""

    key: str
    class_name: str
    color: str
    kind: Literal["same", "added", "removed", "changed", "reclassed"]
    polygons: list[list[list[float]]]


class DifferentImageSides(TypedDict):
    """One image with all its objects on both sides."""

    image: DifferentImage
    before: list[DifferentObject]
    after: list[DifferentObject]
    previous: int | None
    next: int | None


class _Classes:
    """Names and colours of the classes on one side."""

    def __init__(self, comparison: Comparison, version: Version | None) -> None:
        if version is not None:
            rows = [(item["class_id"], item["name"], item["color"]) for item in version.classes]
            self.retired = {
                item["class_id"]: item["is_retired"]
                for item in version.classes
                if "is_retired" in item
            }
        else:
            live = list(comparison.dataset.classes.order_by("index"))
            rows = [(item.pk, item.name, item.color) for item in live]
            self.retired = {item.pk: item.is_retired for item in live}
        self.names = {pk: name for pk, name, _ in rows}
        self.colors = {pk: color for pk, _, color in rows}

    def name(self, pk: int | None) -> str:
        return "" if pk is None else self.names.get(pk, f"class {pk}")

    def color(self, pk: int | None) -> str:
        return self.colors.get(pk, "#888888") if pk is not None else ""


def describe_comparison(comparison: Comparison) -> VersionDifferences:
    """Return the figures of a comparison, as far as it is."""
    counts = differences.read_counts(comparison)
    before, after = _Classes(comparison, comparison.before), _Classes(comparison, comparison.after)
    moves = differences.read_class_moves(comparison)
    images: ImageDifferences = {"same": counts["same"], "different": counts["different"]}  # type: ignore[typeddict-item]
    images |= {kind: counts[kind] for kind in differences.KINDS}  # type: ignore[typeddict-item]
    return {
        "before": _side(comparison.before),
        "after": _side(comparison.after),
        "state": comparison.state,
        "open": counts["open"],
        "to_compare": counts["to_compare"],
        "images": images,
        "objects": {
            "added": counts["object_added"],
            "removed": counts["object_removed"],
            "changed": counts["object_changed"],
            "class_changed": counts["object_reclassed"],
            "in_added_images": counts["objects_of_added"],
            "in_removed_images": counts["objects_of_removed"],
        },
        "classes": list(_class_differences(before, after, moves)),
        "class_moves": [
            {"before": before.name(old), "after": after.name(new), "count": count}
            for old, new, count in moves
        ],
    }


def _side(version: Version | None) -> DifferenceSide:
    if version is None:
        return {"id": None, "number": None, "name": ""}
    return {"id": version.pk, "number": version.number, "name": version.name}


def _class_differences(
    before: _Classes, after: _Classes, moves: list[tuple[int, int, int]]
) -> Iterator[ClassDifference]:
    into: dict[int, int] = {}
    for old, new, _ in moves:
        into.setdefault(old, new)
    for pk in [*before.names, *(pk for pk in after.names if pk not in before.names)]:
        name, other = before.names.get(pk), after.names.get(pk)
        was, is_now = before.retired.get(pk), after.retired.get(pk)
        change: str | None = None
        if name is None:
            change = "added"
        elif other is None:
            change = "gone"
        elif is_now and was is False and pk in into:
            change = "merged"
        elif is_now and was is False:
            change = "retired"
        elif was and is_now is False:
            change = "revived"
        elif name != other:
            change = "renamed"
        if change:
            yield {
                "class_id": pk,
                "change": change,  # type: ignore[typeddict-item]
                "name_before": name or "",
                "name_after": other or "",
                "into": after.name(into[pk]) if change == "merged" else "",
            }


# --- images -------------------------------------------------------------------------------------


def list_images(comparison: Comparison, *, kind: str, offset: int, limit: int) -> DifferentImages:
    rows, total = differences.read_rows(comparison, kind=kind, offset=offset, limit=limit)
    return {"total": total, "results": _payloads(comparison, rows)}


def _payloads(comparison: Comparison, rows: list[dict[str, Any]]) -> list[DifferentImage]:
    before, after = _Classes(comparison, comparison.before), _Classes(comparison, comparison.after)
    ids = {UUID(pk) for row in rows for pk in (row["after_id"], row["before_id"]) if pk}
    live = {str(pk): image for pk, image in comparison.dataset.images.in_bulk(ids).items()}
    return [_payload(comparison, row, live, before, after) for row in rows]


def _payload(
    comparison: Comparison,
    row: dict[str, Any],
    live: dict[str, Image],
    before: _Classes,
    after: _Classes,
) -> DifferentImage:
    image = live.get(row["after_id"] or "") or live.get(row["before_id"] or "")
    return {
        "position": row["position"],
        "image": None if image is None else str(image.pk),
        "name": row["name"],
        "width": row["width"],
        "height": row["height"],
        "status": row["status"],
        "kind": row["kind"],
        "is_not_done": bool(row["not_done"]),
        "is_moved": bool(row["moved"]),
        "is_renamed": bool(row["renamed"]),
        "has_other_pixels": bool(row["other_pixels"]),
        "has_other_regions": bool(row["regions"]),
        "is_open": bool(row["is_open"]),
        "objects_added": row["added"],
        "objects_removed": row["removed"],
        "objects_changed": row["changed"],
        "class_changed": row["reclassed"],
        "before": _image_side(comparison.before, row, "before", image),
        "after": _image_side(comparison.after, row, "after", image),
        "drawn": [
            {
                "kind": item["kind"],
                "class_before": before.name(item["class_before"]),
                "class_after": after.name(item["class_after"]),
                "color_before": before.color(item["class_before"]),
                "color_after": after.color(item["class_after"]),
                "before": item["before"],
                "after": item["after"],
            }
            for item in json.loads(row["outlines"])
        ],
    }


def _image_side(
    version: Version | None, row: dict[str, Any], side: str, image: Image | None
) -> ImageSide | None:
    name, sha = row[f"{side}_name"], row[f"{side}_sha"]
    if name is None:
        return None
    if image is not None and image.sha256 == sha:
        image_url = f"/api/files/images/{image.pk}/{sha}.{image.extension}"
        thumbnail_url = f"/api/files/thumbnails/{image.pk}/{sha}.webp"
    elif version is not None:
        address = f"/api/versions/{version.pk}/files/{sha}"
        image_url = f"{address}.{name.rpartition('.')[2]}"
        thumbnail_url = f"{address}.thumbnail.webp"
    else:
        image_url = thumbnail_url = ""
    return {
        "name": name,
        "split": row[f"{side}_split"],
        "objects": row[f"{side}_objects"],
        "image_url": image_url,
        "thumbnail_url": thumbnail_url,
    }


def read_image(comparison: Comparison, position: int, *, kind: str) -> DifferentImageSides:
    """One image with its objects, and its neighbours in the list. Raises Http404."""
    row = differences.read_row(comparison, position)
    if row is None:
        raise Http404
    old, new = ObjectReader(comparison).read_sides(row)
    before, after = _Classes(comparison, comparison.before), _Classes(comparison, comparison.after)
    was: dict[str, str] = {}
    now: dict[str, str] = {}
    for change in compare_objects(old, new):
        if change.before is not None:
            was[change.before.key] = change.kind
        if change.after is not None:
            now[change.after.key] = change.kind
    previous, following = differences.find_neighbours(comparison, position, kind=kind)
    return {
        "image": _payloads(comparison, [row])[0],
        "before": [_object(shape, was, before) for shape in old],
        "after": [_object(shape, now, after) for shape in new],
        "previous": previous,
        "next": following,
    }


def _object(shape: Shape, kinds: dict[str, str], classes: _Classes) -> DifferentObject:
    return {
        "key": shape.key,
        "class_name": classes.name(shape.class_id),
        "color": classes.color(shape.class_id),
        "kind": kinds.get(shape.key, "same"),  # type: ignore[typeddict-item]
        "polygons": shape.polygons,
    }


# --- taking it along ----------------------------------------------------------------------------

_HEAD = (
    *("name", "change", "not_done", "split_before", "split_after", "name_before", "name_after"),
    *("other_pixels", "objects_before", "objects_after", "objects_added", "objects_removed"),
    *("objects_changed", "class_changed", "other_ignore_regions"),
)


def _facts(row: dict[str, Any]) -> tuple[Any, ...]:
    return (
        *(row["name"], row["kind"], bool(row["not_done"]), row["before_split"] or ""),
        *(row["after_split"] or "", row["before_name"] or "", row["after_name"] or ""),
        *(bool(row["other_pixels"]), row["before_objects"], row["after_objects"], row["added"]),
        *(row["removed"], row["changed"], row["reclassed"], bool(row["regions"])),
    )


def write_csv(comparison: Comparison, *, kind: str = "") -> Iterator[bytes]:
    """One line for each image that differs; what is not compared yet is compared first."""
    yield csv_line(_HEAD)
    for _ in differences.finish(comparison):
        yield b""
    for row in differences.iterate_rows(comparison, kind=kind):
        yield csv_line(_facts(row))


def write_json(comparison: Comparison, *, kind: str = "") -> Iterator[bytes]:
    """The figures, then one object for each image that differs."""
    for _ in differences.finish(comparison):
        yield b""
    head = json.dumps(describe_comparison(comparison), ensure_ascii=False)
    yield f'{{"differences": {head},\n"images": ['.encode()
    separator = b"\n"
    for row in differences.iterate_rows(comparison, kind=kind):
        facts = dict(zip(_HEAD, _facts(row), strict=True))
        yield separator + json.dumps(facts, ensure_ascii=False).encode()
        separator = b",\n"
    yield b"\n]}\n"
