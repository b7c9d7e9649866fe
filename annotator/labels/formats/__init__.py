"""The formats that are read and written. A new one: a module beside ``yolo_dataset``, and a line
here."""

from .base import AmbiguousFormatError, Format, ReadLimits, Source
from .coco import Coco
from .cvat import Cvat
from .label_studio import LabelStudio
from .labelme import Labelme
from .labelme_xml import LabelmeXml
from .leftovers import with_leftovers
from .masks import InstanceMasks, Masks
from .open_images import OpenImages
from .supervisely import Supervisely
from .trees import Tree, TreeError
from .unread import refuse_unread
from .via2 import Via2
from .via3 import Via3
from .voc import Voc
from .x_anylabeling import XAnyLabeling
from .yolo_boxes import YoloBoxes
from .yolo_dataset import Yolo, YoloSource

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
    source = find_format(tree, format=format).read(tree, limits=limits)
    # YOLO's own tells what is left over by itself, knowing more of why.
    return source if isinstance(source, YoloSource) else with_leftovers(source, tree)
