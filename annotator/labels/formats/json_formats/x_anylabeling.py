"""X-AnyLabeling's JSON: labelme's, with turned rectangles and attributes."""

from collections.abc import Mapping

from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons

from ..base import ReadLimits, WrittenObject
from ..shapes import is_plain_box
from ..trees import Tree
from .json_kinds import JsonKind, has_kind
from .json_source import JsonSource
from .json_write import NEVER_WRITTEN, attributes_of, pairs
from .labelme import Labelme, is_four_points
from .labelme_reader import LabelmeReader


class XAnyLabeling(Labelme):
    name = "x_anylabeling"
    title = "X-AnyLabeling JSON"
    kinds: tuple[JsonKind, ...] = ("labelme", "x_anylabeling")
    version = "3.0.0"
    head: Mapping[str, object] = {"flags": {}, "checked": False}
    leaves_out: tuple[str, ...] = NEVER_WRITTEN

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "x_anylabeling")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        return LabelmeReader(tree, split_bridges=True).read(self.title)

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """Parts as they are, holes joined to them by bridges and taken apart again."""
        return [
            part
            for polygon in polygons
            for part in (split_ring(flatten_polygons([polygon])) if len(polygon) > 1 else [polygon])
        ]

    def _shapes_of(self, each: WrittenObject, size_wh: tuple[int, int]) -> list[dict[str, object]]:
        if each.is_box and is_four_points(each.polygons):
            kind = "rectangle" if is_plain_box(each.polygons) else "rotation"
            shape: dict[str, object] = {"points": pairs(each.polygons[0][0]), "shape_type": kind}
            return [shape | ({"direction": 0} if kind == "rotation" else {})]
        return [
            {"points": pairs(flatten_polygons([polygon])), "shape_type": "polygon"}
            for polygon in each.polygons
        ]

    def _attributes(self, each: WrittenObject) -> dict[str, object]:
        found = attributes_of(each)
        note = found.pop("note", "")
        return {
            "score": None,
            "description": note,
            "difficult": False,
            "flags": {},
            "attributes": found,
            "kie_linking": [],
        }
