"""The classes of a source and of the dataset it goes into."""

from collections.abc import Sequence
from dataclasses import dataclass

from annotator.datasets.datasets import append_classes
from annotator.kernel.turns import write_in_turns
from annotator.labels.formats.base import Source
from annotator.models import Dataset


@dataclass(frozen=True, slots=True)
class ClassMap:
    """For each class index of the source: the class id and the class index here."""

    ids: list[int]
    indexes: list[int]

    @property
    def keeps_indexes(self) -> bool:
        """Whether label rows mean the same here as there."""
        return self.indexes == list(range(len(self.indexes)))


def match_classes(dataset: Dataset, source: Source) -> ClassMap:
    """Match by name and append what is new; a source without names is matched by index."""
    known = {item.name: item for item in dataset.classes.order_by("index")}
    names = source.class_names
    if not source.names_are_known:
        names = list(known) or [f"class_{index}" for index in range(source.count_classes_used())]
    new = [name for name in dict.fromkeys(names) if name not in known]

    def append(batch: Sequence[str]) -> int:
        known.update(append_classes(dataset, batch))
        return len(batch)

    write_in_turns(new, append)
    matched = [known[name] for name in names]
    return ClassMap([item.pk for item in matched], [item.index for item in matched])
