"""A source whose images and objects were spooled; shared by the formats in JSON."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from ..base import FolderProblem, FoundImage, ReadLabels
from ..class_lists import ClassList
from ..spool import Spool
from ..trees import Tree

UNNAMED = "unnamed"
_MOST_NAMES = 50
_MOST_SHOWN = 12

ReadImage = Callable[[FoundImage, tuple[int, int], int], ReadLabels]


class Classes(ClassList):
    """Class names; an object without one is of the class :data:`UNNAMED`."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        super().__init__()
        for name in names:
            self.add(name)

    def add(self, name: str) -> int:
        return super().add(name if name.strip() else UNNAMED)

    def index_of(self, name: str) -> int:
        """-1 for a class that is not there."""
        found = self.find(name if name.strip() else UNNAMED)
        return -1 if found is None else found


@dataclass(slots=True)
class Leftovers:
    """What a format holds and Segloop has no place for, counted by name."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, times: int = 1) -> None:
        if name in self.counts or len(self.counts) < _MOST_NAMES:
            self.counts[name[:60]] += times

    def add_all(self, other: "Leftovers") -> None:
        for name, times in other.counts.items():
            self.add(name, times)

    def note(self) -> list[str]:
        """One sentence, none where nothing was left out."""
        if not self.counts:
            return []
        shown = [f"{name} ({count:,}×)" for name, count in self.counts.most_common(_MOST_SHOWN)]
        more = len(self.counts) - len(shown)
        rest = f" and {more} more" if more > 0 else ""
        return [f"Left out, as images and objects here do not have it: {', '.join(shown)}{rest}."]


def is_structured(value: object) -> bool:
    """Whether an attribute is a list or an object that holds something: no text, number or flag,
    which are all that is read of an attribute."""
    return isinstance(value, list | dict) and bool(value)


class JsonSource:
    """See :class:`annotator.labels.formats.base.Source`.

    ``tree``: where the images' pixels are read from.
    """

    names_are_known = True

    def __init__(
        self,
        tree: Tree,
        spool: Spool,
        *,
        class_names: list[str],
        notes: list[str],
        files: Sequence[str],
        read_image: ReadImage,
    ) -> None:
        self.tree = tree
        self.class_names = class_names
        self.notes = notes
        self._spool = spool
        self._files = tuple(files)
        self._read_image = read_image

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        return self._spool.entries()

    def files(self) -> Iterator[str]:
        return iter(self._files)

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return self._read_image(image, size_wh, class_count)

    def count_classes_used(self) -> int:
        return len(self.class_names)
