"""XML files with one ``<annotation>`` an image: Pascal VOC's, and those of the old LabelMe."""

from collections.abc import Iterator
from typing import Literal
from xml.etree.ElementTree import Element

from ..image_index import all_paths
from ..trees import FileReadError, Tree
from .safe_xml import read_xml, root_tag

AnnotationKind = Literal["voc", "labelme_xml"]

_SAMPLE_FILES = 40


def kind_of(root: Element) -> AnnotationKind | None:
    """Whose file it is, by its objects, and without any by how it gives the size."""
    if root.tag != "annotation":
        return None
    for each in root.iterfind("object"):
        if each.find("bndbox") is not None:
            return "voc"
        if each.find("segm") is not None or each.find("polygon/pt") is not None:
            return "labelme_xml"
    if root.find("imagesize") is not None or root.find("source/sourceImage") is not None:
        return "labelme_xml"
    if any(root.find(tag) is not None for tag in ("size", "segmented", "filename", "object")):
        return "voc"
    return None


def xml_paths(tree: Tree) -> Iterator[str]:
    return (path for path in all_paths(tree) if path.lower().endswith(".xml"))


def has_kind(tree: Tree, kind: AnnotationKind) -> bool:
    """Whether one of the first XML files is of this kind."""
    for count, path in enumerate(xml_paths(tree)):
        if count >= _SAMPLE_FILES:
            break
        try:
            is_annotation = root_tag(tree, path)[0] == "annotation"  # without reading the whole
            if is_annotation and kind_of(read_xml(tree, path)) == kind:
                return True
        except FileReadError:
            continue
    return False
