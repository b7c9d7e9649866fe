"""The kinds of findings in words: what it is, why it matters, what the repair does."""

from typing import NamedTuple

from annotator.labels.figures.objects import DUPLICATE_IOU, TINY_PX
from annotator.labels.figures.outliers import ASPECT_FACTOR, DEVIATIONS, FEWEST, SIZE_FACTOR
from annotator.models import FindingKind


class Kind(NamedTuple):
    """``repair``: what the bulk repair does, "" where there is none."""

    title: str
    why: str
    repair: str = ""


_ODD = (
    f"more than {DEVIATIONS} robust deviations from the median of its class, in classes of "
    f"{FEWEST} objects or more"
)

KINDS: dict[FindingKind, Kind] = {
    FindingKind.LEAK: Kind(
        "Near-duplicates across splits",
        "The model is tested on what it was trained on, so its figures look better than it is.",
        "Move them into one split, where most of them lie",
    ),
    FindingKind.DUPLICATE: Kind(
        "The same file twice",
        "An image that is there twice counts twice in training, and its labels may contradict.",
        "Move the extra ones to the trash; the one with the most work stays",
    ),
    FindingKind.TORN_GROUP: Kind(
        "A group in several splits",
        "Images of one video, folder or place resemble each other: across splits they leak.",
        "Move each group into one split, where most of it lies",
    ),
    FindingKind.CLASS_ABSENT: Kind(
        "A class is absent from a split",
        "What is absent from train is never learned; what is absent from val or test is never "
        "measured.",
    ),
    FindingKind.CLASS_EMPTY: Kind(
        "A class without objects",
        "The model gets an output that it never learns, and its average counts a class of nothing.",
    ),
    FindingKind.OVERLAPPING: Kind(
        "Two outlines of one object",
        f"Two objects of one class overlap by more than {DUPLICATE_IOU:g} (IoU): one of them "
        "teaches the model to answer twice.",
        "Delete the smaller of each two",
    ),
    FindingKind.OUTSIDE: Kind(
        "Objects that reach outside the image",
        "What lies outside cannot be learned, and other tools refuse such a label.",
        "Clip them to the image",
    ),
    FindingKind.CROSSING: Kind(
        "Outlines that cross themselves",
        "Where an outline crosses itself, tools disagree about what is inside.",
        "Cut them at their crossings: the same pixels, by outlines that do not cross",
    ),
    FindingKind.TINY: Kind(
        "Tiny objects",
        f"Objects of fewer than {TINY_PX} px² are mostly slips of the hand, and too small to "
        "learn.",
        "Delete those below a size that you choose",
    ),
    FindingKind.BOX: Kind(
        "Boxes that nobody outlined",
        "They are trained on as rectangles, with their corners as object.",
    ),
    FindingKind.SIZE_OUTLIER: Kind(
        "Objects of an odd size",
        "Often a wrong class or a slip. Odd is "
        f"{SIZE_FACTOR:g} times smaller or larger and {_ODD}.",
    ),
    FindingKind.ASPECT_OUTLIER: Kind(
        "Objects of an odd shape",
        "Often two objects in one outline, or half of one. Odd is "
        f"{ASPECT_FACTOR:g} times flatter or steeper and {_ODD}.",
    ),
    FindingKind.UNSEEN: Kind(
        "Images that nobody has looked at",
        "They are not trained on; an image with nothing in it is to be marked done.",
    ),
}
