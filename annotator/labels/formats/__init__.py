"""The formats that are read and written. A new one: a module beside ``yolo_dataset``, and a line
here."""

from .base import Format, ReadLimits, Source
from .trees import Tree
from .yolo_dataset import Yolo

YOLO = Yolo()
FORMATS: dict[str, Format] = {each.name: each for each in (YOLO,)}


def read_dataset(tree: Tree, *, limits: ReadLimits) -> Source:
    """Recognise the dataset in ``tree``; what nothing recognises is read as YOLO's, which says
    what is amiss. Raises TreeError."""
    chosen = next((each for each in FORMATS.values() if each.sniff(tree)), YOLO)
    return chosen.read(tree, limits=limits)
