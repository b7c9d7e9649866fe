"""Label images: masks, previews and other images that show labels.

They lie beside the images or in a folder of their own, and must not be trained on. Nothing is
decided by a name alone: a file is a label image when it has no label of its own and repeats the
name of an image, or lies in a folder for label images and looks like one. Each gets a line of the
report.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

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
_COPIES = re.compile(
    r"(?:annotated|drawn|depth|heat[-_ ]?maps?|(?:pred|predict|predictions?|detect|detections?"
    r"|inference|results?|outputs?|track|saliency|edges?)\d*)"
    r"(?:[-_ ](?:out|outputs?|images?|imgs?|vis|viz|maps?|masks?|\d+))*",
    re.IGNORECASE,
)
"""Folders of copies, with objects drawn into them or made of the images."""
_PLOT = re.compile(
    r"(?:confusion_matrix(?:_normalized)?|results|(?:box|mask|pose)?_?(?:f1|p|r|pr)_curve"
    r"|labels(?:_correlogram)?|(?:train_batch|val_batch|test_batch)\d+(?:_(?:labels|pred))?"
    r"|opt)\.(?:png|jpe?g)",
    re.IGNORECASE,
)
_TELLING_PLOT = re.compile(
    r"(?:confusion_matrix.*|.*_curve|(?:train|val|test)_batch\d+.*)\.(?:png|jpe?g)", re.IGNORECASE
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


class LabelImages:
    """Decides which image files of a source are label images.

    ``has_image``: knows the stems outside folders for label images; ``has_jpeg``: those of JPEGs.
    """

    def __init__(self, tree: Tree, *, has_image: IsKnown, has_jpeg: IsKnown) -> None:
        self._tree, self._has_image, self._has_jpeg = tree, has_image, has_jpeg

    def find(
        self, folder: str, names: list[str], has_label: Callable[[str], bool]
    ) -> dict[str, str]:
        """The label images of one folder, each with the reason."""
        keys = [key_of(stem_of(name)) for name in names]
        counts = Counter(keys)
        is_for_label_images = is_label_image_folder(folder)
        is_for_copies = is_folder_of_copies(folder)
        plots = plots_of(self._tree.names(folder))
        found: dict[str, str] = {}
        for name, stem in zip(names, keys, strict=True):
            is_alone = counts[stem] == 1
            is_apart = is_for_label_images and self._has_image(stem)
            if name in plots and not has_label(name):
                found[name] = "A plot of a training run."
                continue
            is_copy = is_for_copies and self._has_image(stem)
            if is_copy and (not has_label(name) or _is_of_run(folder)):
                found[name] = "A copy of an image with objects drawn into it, or made of it."
                continue
            if is_alone and has_label(name) and not is_apart:
                continue
            reason = self._repeats_base(stem, counts)
            if not reason and not is_alone:
                reason = self._is_mask_beside(folder, name, names)
            if not reason and is_for_label_images:
                reason = self._is_in_its_folder(folder, name, stem)
            if not reason and not is_for_label_images and is_alone:
                reason = self._is_mask_of_jpeg(folder, name, stem)
            if reason:
                found[name] = reason
        return found

    def _repeats_base(self, stem: str, counts: Counter[str]) -> str:
        base = _base_of(stem)
        if base == stem or not (base in counts or self._has_image(base)):
            return ""
        return f"A label image: it repeats the name of “{base}”."

    def _is_mask_beside(self, folder: str, name: str, names: list[str]) -> str:
        stem = key_of(stem_of(name))
        has_jpeg_there = any(
            key_of(stem_of(each)) == stem and each.lower().endswith(_JPEG) for each in names
        )
        if has_jpeg_there and self._is_flat(folder, name, {_INDEXED, _GREY}):
            return "A mask: a PNG of few colours beside a JPEG of its name."
        return ""

    def _is_in_its_folder(self, folder: str, name: str, stem: str) -> str:
        if self._has_image(stem) or self._is_flat(folder, name, {_INDEXED, _GREY}):
            return "A label image: it lies in a folder for such."
        return ""

    def _is_mask_of_jpeg(self, folder: str, name: str, stem: str) -> str:
        is_png = name[-4:].lower() == ".png"
        if is_png and self._has_jpeg(stem) and self._is_flat(folder, name, {_INDEXED}):
            return "A mask: a PNG of indexed colours with the name of an image."
        return ""

    def _is_flat(self, folder: str, name: str, kinds: set[int]) -> bool:
        """Whether a PNG says in its header that its pixels are indexes, or one channel."""
        try:
            with self._tree.open(join(folder, name), limit_bytes=1 << 50) as stream:
                head = stream.read(26)
        except FileReadError:
            return False
        return head.startswith(_PNG) and len(head) == 26 and head[25] in kinds


def plots_of(names: Iterable[str]) -> set[str]:
    """The plots that Ultralytics draws of a training, among the files of one folder; none where
    no name is one that only Ultralytics gives."""
    plots = {name for name in names if _PLOT.fullmatch(name)}
    return plots if any(map(_TELLING_PLOT.fullmatch, plots)) else set()


def is_folder_of_copies(folder: str) -> bool:
    """Whether a folder is called what folders of predictions and other drawn copies are."""
    parts = folder.split("/")
    if is_images_part(parts[-1]) and len(parts) > 1:
        parts.pop()
    return bool(_COPIES.fullmatch(parts[-1]))


def _is_of_run(folder: str) -> bool:
    return "runs" in folder.lower().split("/")


def is_label_image_folder(folder: str) -> bool:
    """Whether a folder is called what folders of masks are, with no folder of images below it."""
    for part in reversed(folder.split("/")):
        if is_images_part(part):
            return False
        if _FOLDER.fullmatch(part):
            return True
    return False


def _base_of(stem: str) -> str:
    """The stem that a label image repeats: ``a`` of ``a_mask`` or ``mask_a``."""
    return _PREFIX.sub("", _SUFFIX.sub("", stem)) or stem
