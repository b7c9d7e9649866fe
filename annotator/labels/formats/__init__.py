"""The formats that are read and written. A new one: a module beside ``yolo_dataset``, and a line
here."""

from .base import Format, ReadLimits, Source
from .coco import Coco
from .label_studio import LabelStudio
from .labelme import Labelme
from .supervisely import Supervisely
from .trees import Tree
from .via2 import Via2
from .via3 import Via3
from .x_anylabeling import XAnyLabeling
from .yolo_dataset import Yolo

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
        YOLO,
    )
}


def read_dataset(tree: Tree, *, limits: ReadLimits) -> Source:
    """Recognise the dataset in ``tree``; what nothing recognises is read as YOLO's, which says
    what is amiss. Raises TreeError."""
    chosen = next((each for each in FORMATS.values() if each.sniff(tree)), YOLO)
    return chosen.read(tree, limits=limits)
