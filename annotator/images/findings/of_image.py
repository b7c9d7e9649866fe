"""What is wrong with one image, and with which of its objects."""

from typing import TypedDict

from annotator.images.insight_filters import with_finding
from annotator.models import FindingKind, Image, ImageFinding, SetAside

from .kinds import KINDS
from .measuring import MOST_OBJECTS_SHOWN


class FindingOfImage(TypedDict):
    """``object_ids``: of the first of the ``objects`` that are meant."""

    kind: str
    title: str
    why: str
    objects: int
    object_ids: list[str]
    is_fine: bool


def list_findings_of(image: Image) -> list[FindingOfImage]:
    """Return the findings of an image, in the order of the kinds."""
    rows = ImageFinding.objects.filter(image=image)
    found: dict[str, tuple[int, list[str]]] = {
        kind: (count, ids)
        for kind, count, ids in rows.values_list("kind", "objects_count", "object_ids")
    }
    boxes = [str(pk) for pk in image.instances.filter(is_box=True).values_list("pk", flat=True)]
    if boxes:
        found[FindingKind.BOX] = (len(boxes), boxes[:MOST_OBJECTS_SHOWN])
    this = Image.objects.filter(pk=image.pk)
    if with_finding(this, image.dataset, FindingKind.UNSEEN, set_aside=None).exists():
        found[FindingKind.UNSEEN] = (0, [])
    fine = set(
        SetAside.objects.filter(
            image=image, revision=image.revision, split=image.split
        ).values_list("kind", flat=True)
    )
    return [
        {
            "kind": kind,
            "title": words.title,
            "why": words.why,
            "objects": found[kind][0],
            "object_ids": found[kind][1],
            "is_fine": kind in fine,
        }
        for kind, words in KINDS.items()
        if kind in found
    ]
