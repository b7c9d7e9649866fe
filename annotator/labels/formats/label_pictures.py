"""Images that are no photographs: masks, previews and other pictures of labels.

They lie beside the photographs or in a folder of their own, and taken for photographs they would
be trained on. Nothing is decided by a name alone: a picture is one of labels when it has no label
of its own and repeats a photograph's name, or lies in a folder for such pictures and looks like
one. Each gets a line of the report.
"""

import re
from collections import Counter
from collections.abc import Callable

from .names import join, key_of, stem_of
from .split_names import is_images_part
from .trees import FileReadError, Tree

_FOLDER = re.compile(
    r"(?:(?:seg(?:mentation)?|sem(?:antic)?|inst(?:ance)?|colou?r|gray|grey|label|binary|png|panoptic)"
    r"[-_ ]?)?(?:masks?|labels?|annotations?|annots?|ann|gt|ground[-_ ]?truths?|gtfine|gtcoarse"
    r"|segmentations?|segmentation(?:class|object)(?:raw|visuali[sz]ation|png)?|segmaps?"
    r"|vis|viz|visuali[sz]ations?|previews?|overlays?|thumbs|thumbnails|drawn|plots)"
    r"(?:[-_ ]?(?:vis|viz|png|images?|colou?r|train|val|test|instances?|\d+))*",
    re.IGNORECASE,
)
_SUFFIX = re.compile(
    r"(?:[-_. ]+(?:masks?|labels?|seg|segm|segmentation|gt|ground[-_ ]?truth|annotated|annotation"
    r"|vis|viz|overlay|preview|label[-_]?ids|train[-_]?ids|instance[-_]?ids|instances?"
    r"|thumb|thumbnail|polygons|prediction)(?:[-_]?\d+)?)+$",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:mask|label|seg|gt)[-_. ]+", re.IGNORECASE)
_PNG = b"\x89PNG\r\n\x1a\n"
_GREY, _INDEXED = 0, 3
_JPEG = (".jpg", ".jpeg")

IsKnown = Callable[[str], bool]
"""Whether an image has this stem (as a key)."""


class LabelPictures:
    """Tells the pictures of labels among the images of a source.

    ``is_photograph``: of the stems of images outside folders for pictures; ``is_jpeg``: of those
    that are JPEGs.
    """

    def __init__(self, tree: Tree, *, is_photograph: IsKnown, is_jpeg: IsKnown) -> None:
        self._tree, self._is_photograph, self._is_jpeg = tree, is_photograph, is_jpeg

    def find(
        self, folder: str, names: list[str], has_label: Callable[[str], bool]
    ) -> dict[str, str]:
        """Of the images of one folder those that are no photographs, each with the reason."""
        keys = [key_of(stem_of(name)) for name in names]
        counts = Counter(keys)
        is_for_pictures = is_picture_folder(folder)
        found: dict[str, str] = {}
        for name, stem in zip(names, keys, strict=True):
            is_alone = counts[stem] == 1
            is_apart = is_for_pictures and self._is_photograph(stem)
            if is_alone and has_label(name) and not is_apart:
                continue
            reason = self._repeats_base(stem, counts)
            if not reason and not is_alone:
                reason = self._is_mask_beside(folder, name, names)
            if not reason and is_for_pictures:
                reason = self._is_in_its_folder(folder, name, stem)
            if not reason and not is_for_pictures and is_alone:
                reason = self._is_mask_of_jpeg(folder, name, stem)
            if reason:
                found[name] = reason
        return found

    def _repeats_base(self, stem: str, counts: Counter[str]) -> str:
        base = _base_of(stem)
        if base == stem or not (base in counts or self._is_photograph(base)):
            return ""
        return f"A picture of labels, not a photograph: it repeats the name of “{base}”."

    def _is_mask_beside(self, folder: str, name: str, names: list[str]) -> str:
        stem = key_of(stem_of(name))
        is_jpeg_there = any(
            key_of(stem_of(each)) == stem and each.lower().endswith(_JPEG) for each in names
        )
        if is_jpeg_there and self._is_flat(folder, name, {_INDEXED, _GREY}):
            return "A mask, not a photograph: a PNG of few colours beside a JPEG of its name."
        return ""

    def _is_in_its_folder(self, folder: str, name: str, stem: str) -> str:
        if self._is_photograph(stem) or self._is_flat(folder, name, {_INDEXED, _GREY}):
            return "A picture of labels, not a photograph: it lies in a folder for such."
        return ""

    def _is_mask_of_jpeg(self, folder: str, name: str, stem: str) -> str:
        is_png = name[-4:].lower() == ".png"
        if is_png and self._is_jpeg(stem) and self._is_flat(folder, name, {_INDEXED}):
            return "A mask, not a photograph: a PNG of indexed colours with a photograph's name."
        return ""

    def _is_flat(self, folder: str, name: str, kinds: set[int]) -> bool:
        """Whether a PNG says in its header that its pixels are indexes, or one channel."""
        try:
            with self._tree.open(join(folder, name), limit_bytes=1 << 50) as stream:
                head = stream.read(26)
        except FileReadError:
            return False
        return head.startswith(_PNG) and len(head) == 26 and head[25] in kinds


def is_picture_folder(folder: str) -> bool:
    """Whether a folder is called what folders of masks are, with no folder of images below it."""
    for part in reversed(folder.split("/")):
        if is_images_part(part):
            return False
        if _FOLDER.fullmatch(part):
            return True
    return False


def _base_of(stem: str) -> str:
    """The stem that a picture of labels repeats: ``a`` of ``a_mask`` or ``mask_a``."""
    return _PREFIX.sub("", _SUFFIX.sub("", stem)) or stem
