"""The formats that are read and written. A new one: a module in the package of its kind, and a line
here."""

from .base import AmbiguousFormatError, Format, ReadLimits, Source
from .json_formats.coco import Coco
from .json_formats.label_studio import LabelStudio
from .json_formats.labelme import Labelme
from .json_formats.supervisely import Supervisely
from .json_formats.via2 import Via2
from .json_formats.via3 import Via3
from .json_formats.x_anylabeling import XAnyLabeling
from .leftovers import with_leftovers
from .mask_formats.masks import InstanceMasks, Masks
from .mask_formats.open_images import OpenImages
from .trees import Tree, TreeError
from .unread import refuse_unread
from .xml_formats.cvat import Cvat
from .xml_formats.labelme_xml import LabelmeXml
from .xml_formats.voc import Voc
from .yolo.boxes import YoloBoxes
from .yolo.dataset import Yolo, YoloSource

YOLO = Yolo()
FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Coco(),
        LabelStudio(),
        Labelme(),
        XAnyLabeling(),
        Supervisely(),
        Via2(),
        Via3(),
        Cvat(),
        Voc(),
        Masks(),
        InstanceMasks(),
        LabelmeXml(),
        OpenImages(),
        YoloBoxes(),
        YOLO,
    )
}


def find_format(tree: Tree, *, format: str = "") -> Format:
    """The format of the dataset in ``tree``: ``format`` where one is named, else by content.

    What no format claims is YOLO's, which also takes images without labels and says what is amiss.
    Raises AmbiguousFormatError where several claim it, and TreeError for a name that no format has
    and for labels of a kind that is not read.
    """
    if format:
        if format not in FORMATS:
            raise TreeError(f"There is no format “{format}”; there are {', '.join(FORMATS)}.")
        return FORMATS[format]
    claiming = [each for each in FORMATS.values() if each.sniff(tree)]
    if len(claiming) > 1:
        raise AmbiguousFormatError(sorted(each.name for each in claiming))
    if claiming:
        return claiming[0]
    refuse_unread(tree)
    return YOLO


def read_dataset(tree: Tree, *, limits: ReadLimits, format: str = "") -> Source:
    """The dataset in ``tree``, whose entries end with what is left over (:mod:`.leftovers`).

    ``format``: a name of ``FORMATS``; "" recognises it. Raises TreeError: of it
    AmbiguousFormatError where a person has to choose.
    """
    found = find_format(tree, format=format)
    if limits.also and found is not YOLO:
        raise TreeError(f"{found.title} lists its images: no folder can be taken beside them.")
    source = found.read(tree, limits=limits)
    # YOLO's own tells what is left over by itself, knowing more of why.
    return source if isinstance(source, YoloSource) else with_leftovers(source, tree)
