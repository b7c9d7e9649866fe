"""The classes of a source and of the dataset it goes into."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

from annotator.datasets.datasets import append_classes
from annotator.kernel.turns import write_in_turns
from annotator.labels.formats.trees import FileReadError
from annotator.labels.formats.yolo import MAX_LABEL_BYTES
from annotator.labels.formats.yolo_folder import DatasetScan, FoundImage
from annotator.models import Dataset

_MAX_UNNAMED_CLASSES = 1000


@dataclass(frozen=True, slots=True)
class ClassMap:
    """For each class index of the source: the class id and the class index here."""

    ids: list[int]
    indexes: list[int]

    @property
    def keeps_indexes(self) -> bool:
        """Whether label rows mean the same here as there."""
        return self.indexes == list(range(len(self.indexes)))


def match_classes(dataset: Dataset, scan: DatasetScan) -> ClassMap:
    """Match by name and append what is new; a source without names is matched by index."""
    known = {item.name: item for item in dataset.classes.order_by("index")}
    names = scan.class_names
    if not scan.names_are_known:
        names = list(known) or [f"class_{index}" for index in range(count_classes_used(scan))]
    new = [name for name in dict.fromkeys(names) if name not in known]

    def append(batch: Sequence[str]) -> int:
        known.update(append_classes(dataset, batch))
        return len(batch)

    write_in_turns(new, append)
    matched = [known[name] for name in names]
    return ClassMap([item.pk for item in matched], [item.index for item in matched])


def count_classes_used(scan: DatasetScan) -> int:
    """One more than the highest class index in any label file (of up to 1,000 classes)."""
    count = 0
    for entry in scan.entries():
        if not isinstance(entry, FoundImage) or entry.label is None:
            continue
        try:
            data = scan.tree.read(entry.label, limit_bytes=MAX_LABEL_BYTES)
        except FileReadError:
            continue
        for row in io.BytesIO(data):
            token = row.split(None, 1)[:1]
            if token and token[0].isdigit() and len(token[0]) <= 6:
                index = int(token[0])
                if count <= index < _MAX_UNNAMED_CLASSES:
                    count = index + 1
    return count
