"""The classes of a source and of the dataset it goes into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from annotator.datasets.datasets import append_classes
from annotator.kernel.errors import ServiceError
from annotator.kernel.turns import write_in_turns
from annotator.labels.formats.base import ReadObject, Source
from annotator.models import Dataset


@dataclass(frozen=True, slots=True)
class ClassMap:
    """For each class index of the source: its name there, the class id and the index here.

    None for a class that is ignored as asked. In a dry run a class that is not made yet has a
    negative id. ``regions``: indexes of classes whose objects become ignore regions, as asked;
    ``crowds_are_regions``: so do crowds (COCO's ``iscrowd``), whatever their class.
    """

    names: list[str]
    ids: list[int | None]
    indexes: list[int | None]
    regions: frozenset[int] = frozenset()
    crowds_are_regions: bool = False

    def is_region(self, item: ReadObject) -> bool:
        """Whether an object of the source comes in as an ignore region."""
        is_asked = item.class_index in self.regions or (self.crowds_are_regions and item.is_crowd)
        return item.is_region or is_asked

    @property
    def keeps_indexes(self) -> bool:
        """Whether label rows mean the same here as there."""
        return self.indexes == list(range(len(self.indexes)))


def name_options(dataset: Dataset, source: Source) -> list[str]:
    """The classes of a source by index; without names they are the dataset's own."""
    if source.names_are_known:
        return source.class_names
    known = list(dataset.classes.order_by("index").values_list("name", flat=True))
    return known or [f"class_{index}" for index in range(source.count_classes_used())]


def check_class_map(chosen: Mapping[str, str | None], names: Sequence[str]) -> None:
    """Raise ServiceError for a class map that names a class the source does not have."""
    if unknown := sorted(set(chosen) - set(names)):
        known = ", ".join(names[:20])
        raise ServiceError(
            f"The source has no class “{unknown[0]}”. It has: {known}.", code="bad_classes"
        )


IGNORE = "__ignore__"
"""In a class map: objects of this class become ignore regions (labelme's name for them)."""


def match_classes(
    dataset: Dataset,
    source: Source,
    chosen: Mapping[str, str | None],
    *,
    crowds_are_regions: bool = False,
) -> ClassMap:
    """Match by name, or as ``chosen``, and append what is new. Raises ServiceError."""
    names = name_options(dataset, source)
    check_class_map(chosen, names)
    targets = [chosen.get(name, name) for name in names]
    regions = frozenset(place for place, name in enumerate(targets) if name == IGNORE)
    targets = [None if place in regions else name for place, name in enumerate(targets)]
    known = {item.name: item for item in dataset.classes.all()}
    new = [name for name in dict.fromkeys(targets) if name is not None and name not in known]

    def append(batch: Sequence[str]) -> int:
        known.update(append_classes(dataset, batch))
        return len(batch)

    write_in_turns(new, append)
    matched = [None if name is None else known[name] for name in targets]
    return ClassMap(
        names,
        [None if item is None else item.pk for item in matched],
        [None if item is None else item.index for item in matched],
        regions,
        crowds_are_regions,
    )


def foresee_classes(dataset: Dataset, source: Source) -> ClassMap:
    """Match by name; nothing is written."""
    names = name_options(dataset, source)
    known = {item.name: item for item in dataset.classes.all()}
    new = {name: -1 - place for place, name in enumerate(dict.fromkeys(names))}
    return ClassMap(
        names,
        [known[name].pk if name in known else new[name] for name in names],
        [known[name].index if name in known else new[name] for name in names],
    )
