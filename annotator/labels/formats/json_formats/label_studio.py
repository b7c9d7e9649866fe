"""Label Studio's JSON: a list of tasks with annotations (JSON), or with their regions (JSON-MIN).

Coordinates are percents of the image. Of several annotations of a task the first that was not
cancelled counts. Images are named by addresses: an upload's has eight random signs before its name,
a file of local storage stands behind ``d=``.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote, unquote
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from annotator.labels.pixels.image_kinds import READ_EXTENSIONS
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons, Ring

from ..base import Content, FoundImage, ReadLabels, ReadLimits, WrittenImage, WrittenObject
from ..rle import decode_label_studio, encode_label_studio, outline_mask
from ..shapes import (
    Draft,
    ShapeError,
    box_ring,
    collect_objects,
    ellipse_ring,
    number,
    paired_points,
    plain_text,
    scale_of,
)
from ..spool import Listed, Spool, split_of_file
from ..trees import FileReadError, Tree, TreeError
from .json_kinds import has_kind, json_files, kind_of
from .json_source import UNNAMED, Classes, JsonSource, Leftovers
from .json_stream import MAX_JSON_BYTES, JsonError, Opened, stream_json
from .json_write import NEVER_WRITTEN, attributes_of, class_names, dump_list, image_path, pairs

_MAX_CONFIG_BYTES = 1 << 20
_UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-")
_USUAL_KEYS = ("image", "img", "photo", "picture", "url", "captioning", "ocr")
_SHAPES = ("polygon", "rectangle", "ellipse", "brush", "keypoint", "vector")
_LABEL_TAGS = frozenset(
    f"{each}Labels" for each in ("Polygon", "Rectangle", "Ellipse", "Brush")
) | {"Labels"}
_FLAGS = frozenset(("occluded", "truncated"))
_NOT_CLOSED = "its outline was not closed; it was closed."


class LabelStudio:
    name = "label_studio"
    title = "Label Studio JSON"
    leaves_out: tuple[str, ...] = (
        "the exact outline of an object with holes or several parts (it is written as a brush "
        "mask of its pixels)",
        *NEVER_WRITTEN,
    )

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "label_studio", "label_studio_min")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        reader = _Reader(tree)
        for path in json_files(tree):
            kind = kind_of(tree, path)
            if kind in {"label_studio", "label_studio_min"}:
                reader.read_file(path, is_min=kind == "label_studio_min")
        return reader.finish()

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """``tasks.json``, ``label_config.xml`` and ``images/<split>/…``, as local storage serves
        them; a task of an image that nobody labelled has no annotation."""
        yield "label_config.xml", _config(class_names(classes))
        for image in images:
            if image.file is not None:
                yield image_path(image), image.file
        yield (
            "tasks.json",
            dump_list(_task(place, image, classes) for place, image in enumerate(images, 1)),
        )

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """One outline as it is; holes and parts as the outline of their pixels."""
        if len(polygons) == 1 and len(polygons[0]) == 1:
            return polygons
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        return outline_mask(mask) if mask.any() else [polygons[0][:1]]


# --- reading --------------------------------------------------------------------------------


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._spool = Spool(tree)
        self._left = Leftovers()
        self._configs: list[str] = []
        self._classes = Classes()
        self._met = Classes()
        self._tasks = self._without_image = self._others = self._predicted = 0

    def read_file(self, path: str, *, is_min: bool) -> None:
        file = self._spool.add_file(path, split=split_of_file(path))
        try:
            with self._tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
                for at, value, _ in stream_json(handle, opens=lambda at: not at):
                    if isinstance(value, Opened):
                        continue
                    self._tasks += 1
                    task = value if isinstance(value, dict) else {}
                    self._add_task(file, at[0], task, is_min=is_min)
        except (JsonError, FileReadError) as error:
            count = self._spool.drop_file(file)
            reason = f"The file cannot be read whole, so nothing of it is taken: {error}"
            self._spool.add_problem(path, reason, count)

    def _add_task(
        self, file: int, place: str | int, task: dict[str, object], *, is_min: bool
    ) -> None:
        regions, is_looked_at = self._regions_of_min(task) if is_min else self._regions(task)
        data = task if is_min else task.get("data")
        address = _address(data) if isinstance(data, dict) else ""
        if not address:
            self._without_image += 1
            if regions:
                self._spool.add_problem(
                    self._spool.files[file],
                    f"Task {task.get('id', place)} names no single image.",
                    len(regions),
                )
            return
        for region in regions:
            self._met.add(str(region["labels"]))
            self._spool.add_object(file, str(place), json.dumps(region))
        self._spool.add_listed(
            Listed(file, str(place), self._name(address), _size_of(regions), is_looked_at)
        )

    def _regions(self, task: dict[str, object]) -> tuple[list[dict[str, object]], bool]:
        """The regions of the annotation that counts, and whether there is one."""
        annotations = task.get("annotations", task.get("completions"))
        listed = annotations if isinstance(annotations, list) else []
        known = [each for each in listed if isinstance(each, dict)]
        valid = [each for each in known if not each.get("was_cancelled")]
        self._others += max(0, len(valid) - 1)
        if cancelled := len(known) - len(valid):
            self._left.add("cancelled annotations", cancelled)
        predictions = task.get("predictions")
        if not valid:
            self._predicted += bool(isinstance(predictions, list) and predictions)
            return [], False
        results = valid[0].get("result")
        return self._join(results if isinstance(results, list) else []), True

    def _regions_of_min(self, task: dict[str, object]) -> tuple[list[dict[str, object]], bool]:
        found: list[object] = []
        for key, value in task.items():
            for region in value if isinstance(value, list) else ():
                if isinstance(region, dict) and ("original_width" in region or key == "label"):
                    found.append({"id": f"{key}{len(found)}", "value": region, **region})
        return self._join(found), True

    def _join(self, results: list[object]) -> list[dict[str, object]]:
        """Results of one id describe one region: its shape, its labels, its attributes."""
        regions: dict[str, dict[str, object]] = {}
        for place, result in enumerate(results):
            known = result if isinstance(result, dict) else {}
            if known.get("type") == "relation":
                self._left.add("relations of objects")
                continue
            key = str(known.get("id") or f"#{place}")
            value = known.get("value")
            inner = value if isinstance(value, dict) else {}
            region = regions.setdefault(
                key, {"id": key[:80], "labels": "", "flags": [], "note": "", "shape": ""}
            )
            if shape := _shape_name(known, inner):
                region |= {
                    "shape": shape,
                    "value": inner,
                    "wh": [known.get("original_width"), known.get("original_height")],
                    "turn": known.get("image_rotation"),
                }
            self._add_attributes(region, known, inner)
        whole = [each for each in regions.values() if not each["shape"] and each["labels"]]
        for _ in whole:
            self._left.add("labels of whole images")
        return [each for each in regions.values() if each["shape"]]

    def _add_attributes(
        self, region: dict[str, object], result: dict[str, object], value: dict[str, object]
    ) -> None:
        for key, each in value.items():
            texts = _texts(each)
            if key.endswith("labels") and texts:
                region["labels"] = texts[0]
                region["more"] = len(texts) > 1
            elif key == "choices":
                region["flags"] = [text.lower() for text in texts if text.lower() in _FLAGS]
                if any(text.lower() not in _FLAGS for text in texts):
                    self._left.add("choices")
            elif key == "text" and (texts or isinstance(each, str)):
                region["note"] = plain_text(each) or texts[0][:500]
            elif key in {"taxonomy", "rating", "number", "datetime", "ranker"}:
                self._left.add(key)
        meta = result.get("meta")
        text = meta.get("text") if isinstance(meta, dict) else None
        region["note"] = plain_text(text) or " ".join(_texts(text))[:500] or region["note"]

    def _name(self, address: str) -> str:
        """The name of the file behind an address: an upload is found with or without the eight
        signs that Label Studio put before it."""
        path = address.split("?d=", 1)[1] if "?d=" in address else address.split("?", 1)[0]
        path = unquote(path.split("&", 1)[0])
        folder, _, base = path.replace("\\", "/").rpartition("/")
        folder = folder if "upload" not in folder.split("/") else ""
        if folder and "://" in folder:
            folder = folder.split("://", 1)[1].partition("/")[2]
        own = _UPLOAD_PREFIX.sub("", base, count=1)
        is_there = self._spool.find_image(base, near="", split=None) is not None
        if is_there or self._spool.is_ambiguous(base) or own == base:
            own = base
        return f"{folder}/{own}" if folder else own

    def finish(self) -> JsonSource:
        if self._tasks and self._without_image == self._tasks:
            raise TreeError(
                "These Label Studio tasks name no images: they are of text, sound or another kind "
                "of data."
            )
        configured = self._read_configs()
        for name in configured:
            self._classes.add(name)
        for name in self._met.names:
            self._classes.add(name)
        notes = self._spool.finish()
        if not self._spool.count_images():
            raise TreeError("Label Studio's JSON was found, but no images that it lists.")
        if self._others:
            notes.append(
                f"{self._others:,} more annotations of the same tasks were left out: the first "
                "that was not cancelled counts."
            )
        if self._predicted:
            notes.append(
                f"{self._predicted:,} tasks have only predictions; these are no labels, and the "
                "images come in without."
            )
        if UNNAMED in self._classes.names and UNNAMED not in configured:
            notes.append(f"Some objects have no label; their class is “{UNNAMED}” here.")
        return JsonSource(
            self._tree,
            self._spool,
            class_names=self._classes.names,
            notes=[*notes, *self._left.note()],
            files=[*self._spool.files, *self._configs],
            read_image=self._read_image,
        )

    def _read_configs(self) -> list[str]:
        """The labels of the project's configuration, in its order."""
        names: list[str] = []
        self._configs = []
        for folder in self._tree.folders():
            for name in self._tree.names(folder):
                if not name.lower().endswith(".xml"):
                    continue
                path = f"{folder}/{name}" if folder else name
                if found := self._labels_of_config(path):
                    self._configs.append(path)
                    names += found
        return names

    def _labels_of_config(self, path: str) -> list[str]:
        with suppress(FileReadError, ElementTree.ParseError, DefusedXmlException, ValueError):
            root = ElementTree.fromstring(self._tree.read(path, limit_bytes=_MAX_CONFIG_BYTES))
            if root.tag != "View":
                return []
            return [
                str(label.get("value"))
                for tag in root.iter()
                if tag.tag in _LABEL_TAGS
                for label in tag.iter("Label")
                if label.get("value")
            ]
        return []

    def _read_image(
        self, image: FoundImage, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return collect_objects(
            self._drafts(image, size_wh), size_wh=size_wh, declared_wh=None, class_count=class_count
        )

    def _drafts(
        self, image: FoundImage, size_wh: tuple[int, int]
    ) -> Iterator[tuple[str, Callable[[], Draft]]]:
        declared_wh = self._spool.size_of(image)
        for each in self._spool.objects_of(image):
            region: dict[str, object] = json.loads(each.body)

            def make(region: dict[str, object] = region) -> Draft:
                scale_of(declared_wh, size_wh)
                return self._draft(region, size_wh, declared_wh or size_wh)

            yield f"region {region['id']}", make

    def _draft(
        self, region: dict[str, object], size_wh: tuple[int, int], drawn_wh: tuple[int, int]
    ) -> Draft:
        if number(region.get("turn") or 0, "image_rotation") % 360:
            raise ShapeError("it was drawn on the image turned (image_rotation): not read.")
        value = region.get("value")
        polygons, is_box, repair = _outline(
            str(region["shape"]), value if isinstance(value, dict) else {}, size_wh, drawn_wh
        )
        if region.get("more"):
            repair = f"{repair} it has several labels; the first counts.".strip()
        flags = region["flags"] if isinstance(region["flags"], list) else []
        return Draft(
            self._classes.index_of(str(region["labels"])),
            polygons,
            is_box,
            "occluded" in flags,
            "truncated" in flags,
            plain_text(region.get("note")),
            repair,
        )


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _address(data: dict[str, object]) -> str:
    """What of a task's data is the address of an image."""
    texts = {key: each for key, each in data.items() if isinstance(each, str)}
    for key in (*(key for key in _USUAL_KEYS if key in texts), *texts):
        end = re.split(r"[?&]", texts[key].split("?d=", 1)[-1])[0].rpartition(".")[2].lower()
        if end in READ_EXTENSIONS:
            return texts[key]
    return texts.get("image", "") if "/" in texts.get("image", "") else ""


def _shape_name(result: dict[str, object], value: dict[str, object]) -> str:
    kind = result.get("type")
    text = kind.lower() if isinstance(kind, str) else ""
    for shape in _SHAPES:
        if text in {shape, f"{shape}labels"} or f"{shape}labels" in value:
            return shape
    if "points" in value:
        return "polygon"
    if "rle" in value:
        return "brush"
    if "radiusX" in value:
        return "ellipse"
    return "rectangle" if "width" in value and "height" in value and "x" in value else ""


def _size_of(regions: list[dict[str, object]]) -> tuple[int, int] | None:
    for region in regions:
        wh = region.get("wh")
        if isinstance(wh, list) and all(type(each) is int and 0 < each < 1 << 20 for each in wh):
            return int(wh[0]), int(wh[1])
    return None


def _outline(
    shape: str, value: dict[str, object], wh: tuple[int, int], drawn_wh: tuple[int, int]
) -> tuple[Polygons, bool, str]:
    """Polygons in pixels of an image of ``wh``, whether they are a box, and what was repaired; a
    mask is as large as the image was when it was drawn."""
    if shape == "polygon":
        ring = _in_pixels(paired_points(value.get("points")), wh)
        return [[ring]], False, _NOT_CLOSED if value.get("closed") is False else ""
    if shape == "brush":
        if value.get("format", "rle") not in ("rle", None):
            raise ShapeError("its mask is not in run lengths (format “rle”).")
        polygons = outline_mask(decode_label_studio(value.get("rle"), size_wh=drawn_wh))
        if drawn_wh == wh:
            return polygons, False, ""
        x, y = scale_of(drawn_wh, wh)
        scaled = [
            [[each * (y if at % 2 else x) for at, each in enumerate(ring)] for ring in polygon]
            for polygon in polygons
        ]
        return scaled, False, "its mask was scaled to the size of the image."
    if shape in {"keypoint", "vector"}:
        raise ShapeError("a point or a line, which encloses no area.")
    degrees = number(value.get("rotation") or 0, "its rotation")
    x, y = (number(value.get(key), key) for key in ("x", "y"))
    keys = ("width", "height") if shape == "rectangle" else ("radiusX", "radiusY")
    across, down = (number(value.get(key), key) for key in keys)
    left, top, across, down = _in_pixels([x, y, across, down], wh)
    if shape == "rectangle":
        return [[box_ring(left, top, across, down, degrees=degrees)]], True, ""
    ring = ellipse_ring(left, top, across, down, radians=math.radians(degrees))
    return [[ring]], False, ""


def _in_pixels(percents: Ring, wh: tuple[int, int]) -> Ring:
    return [each * wh[index % 2] / 100 for index, each in enumerate(percents)]


# --- writing --------------------------------------------------------------------------------


def _config(names: list[str]) -> bytes:
    """One list of labels for each kind of region, all in the order of the dataset."""
    labels = "".join(f"    <Label value={quoteattr(name)}/>\n" for name in names)
    lists = "".join(
        f'  <{tag}Labels name="{tag.lower()}" toName="image">\n{labels}  </{tag}Labels>\n'
        for tag in ("Polygon", "Brush", "Rectangle")
    )
    return (
        f'<View>\n  <Image name="image" value="$image"/>\n{lists}'
        '  <Choices name="state" toName="image" perRegion="true" choice="multiple">\n'
        '    <Choice value="occluded"/>\n    <Choice value="truncated"/>\n  </Choices>\n</View>\n'
    ).encode()


def _task(place: int, image: WrittenImage, classes: Mapping[int, str]) -> dict[str, object]:
    task: dict[str, object] = {
        "id": place,
        "data": {"image": f"/data/local-files/?d={quote(image_path(image))}"},
        "annotations": [],
        "predictions": [],
    }
    if image.read_objects is not None:
        results: list[dict[str, object]] = []
        for index, each in enumerate(image.read_objects(), 1):
            results += _results(f"o{place}_{index}", each, classes[each.class_index], image.size_wh)
        task["annotations"] = [{"id": place, "was_cancelled": False, "result": results}]
    return task


def _results(
    region: str, each: WrittenObject, label: str, wh: tuple[int, int]
) -> list[dict[str, object]]:
    kind, value = _value_of(each, wh)
    attributes = attributes_of(each)
    note = attributes.pop("note", "")
    shared: dict[str, object] = {
        "id": region,
        "to_name": "image",
        "original_width": wh[0],
        "original_height": wh[1],
        "image_rotation": 0,
    }
    shape = {
        **shared,
        "type": f"{kind}labels",
        "from_name": kind,
        "value": {**value, f"{kind}labels": [label]},
        **({"meta": {"text": [note]}} if note else {}),
    }
    if not attributes:
        return [shape]
    chosen = {"choices": list(attributes)}
    return [shape, {**shared, "type": "choices", "from_name": "state", "value": chosen}]


def _value_of(each: WrittenObject, wh: tuple[int, int]) -> tuple[str, dict[str, object]]:
    ring = each.polygons[0][0]
    if each.is_box and (box := _turned_box(ring)) is not None:
        x, y, across, down, degrees = box
        return "rectangle", {
            "x": 100 * x / wh[0],
            "y": 100 * y / wh[1],
            "width": 100 * across / wh[0],
            "height": 100 * down / wh[1],
            "rotation": degrees,
        }
    if len(each.polygons) > 1 or len(each.polygons[0]) > 1:
        mask = mask_of_polygons(each.polygons, size_wh=wh)
        if mask.any():
            return "brush", {"format": "rle", "rle": encode_label_studio(mask)}
    points = [[100 * x / wh[0], 100 * y / wh[1]] for x, y in pairs(ring)]
    return "polygon", {"points": points, "closed": True}


def _turned_box(ring: Ring) -> tuple[float, float, float, float, float] | None:
    """Corner, sides and angle of a rectangle that turns clockwise; None for another ring."""
    if len(ring) != 8:
        return None
    x0, y0, x1, y1, x2, y2, _, _ = ring
    across, down = math.hypot(x1 - x0, y1 - y0), math.hypot(x2 - x1, y2 - y1)
    degrees = math.degrees(math.atan2(y1 - y0, x1 - x0)) % 360
    if not across or not down:
        return None
    again = box_ring(x0, y0, across, down, degrees=degrees)
    is_same = all(abs(a - b) < 1e-3 for a, b in zip(again, ring, strict=True))
    return (x0, y0, across, down, degrees) if is_same else None
