"""Counts of an import that add up: each image and each object of a source is counted once."""

from collections import Counter
from typing import Literal, NamedTuple, TypedDict

from annotator.models import Import

Outcome = Literal["taken", "repaired", "refused"]


class Finding(NamedTuple):
    """One line of the report; ``times``: how many rows of a file it stands for.

    ``changed``: the image that was here before, and the revision that the import made of it.
    """

    outcome: Outcome
    file: str
    line: int | None
    reason: str
    times: int = 1
    changed: "tuple[str, int] | None" = None


class Tally(TypedDict):
    """Of images or of objects: ``source = taken + repaired + refused``."""

    source: int
    taken: int
    repaired: int
    refused: int


class Counts:
    """What has been counted of a batch, by the names of the fields of ``Import``."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add_image(self, outcome: Outcome, times: int = 1) -> None:
        self._counts["images_source"] += times
        self._counts[f"images_{outcome}"] += times

    def add_update(self) -> None:
        """An image that was here already has another annotation."""
        self._counts["images_updated"] += 1

    def add_objects(self, *, taken: int = 0, repaired: int = 0, refused: int = 0) -> None:
        self._counts["objects_source"] += taken + repaired + refused
        self._counts["objects_taken"] += taken
        self._counts["objects_repaired"] += repaired
        self._counts["objects_refused"] += refused

    def add_line(self, finding: Finding) -> None:
        self._counts[finding.outcome] += finding.times

    def __iadd__(self, other: "Counts") -> "Counts":
        self._counts.update(other._counts)
        return self

    def of(self, kind: Literal["images", "objects"]) -> Tally:
        get = self._counts.__getitem__
        return {
            "source": get(f"{kind}_source"),
            "taken": get(f"{kind}_taken"),
            "repaired": get(f"{kind}_repaired"),
            "refused": get(f"{kind}_refused"),
        }

    def by_field(self) -> dict[str, int]:
        """By the fields of ``Import``; those that did not grow are left out."""
        return {name: count for name, count in self._counts.items() if count}


COUNT_FIELDS = (
    *("taken", "repaired", "refused", "images_updated"),
    *(
        f"{kind}_{what}"
        for kind in ("images", "objects")
        for what in ("source", "taken", "repaired", "refused")
    ),
)


def tally_of(job: Import, kind: Literal["images", "objects"]) -> Tally:
    """Return what an import has counted."""
    return {
        "source": getattr(job, f"{kind}_source"),
        "taken": getattr(job, f"{kind}_taken"),
        "repaired": getattr(job, f"{kind}_repaired"),
        "refused": getattr(job, f"{kind}_refused"),
    }
