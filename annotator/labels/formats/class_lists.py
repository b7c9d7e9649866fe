"""Classes of a source as they are found, each name once."""

from annotator.labels.encodings import decode_text

from .trees import FileReadError, Tree, TreeError

_MAX_CLASSES = 10_000
_MAX_LIST_BYTES = 4 * 1024**2
BACKGROUND_NAMES = frozenset(
    {"background", "_background_", "__ignore__", "__background__", "bg", "__void__"}
)


class ClassList:
    """Names in the order in which they came first."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._index_of: dict[str, int] = {}

    def add(self, name: str) -> int:
        """The index of a class, which is new or known. Raises TreeError."""
        text = " ".join(name.split())
        if (known := self._index_of.get(text)) is not None:
            return known
        if len(self.names) >= _MAX_CLASSES:
            raise TreeError(f"There are more than {_MAX_CLASSES:,} classes.")
        shown = text[:80] if text[:80] not in self._index_of else f"{text[:70]} ({len(self.names)})"
        self._index_of[text] = self._index_of[shown] = len(self.names)
        self.names.append(shown)
        return len(self.names) - 1

    def find(self, name: str) -> int | None:
        return self._index_of.get(" ".join(name.split()))


def read_lines(tree: Tree, path: str) -> list[str]:
    """The lines of a small text file that say something. Raises TreeError."""
    try:
        data = tree.read(path, limit_bytes=_MAX_LIST_BYTES)
        text = decode_text(data)
    except FileReadError as error:
        raise TreeError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise TreeError(f"{path} is not text in UTF-8; save it as UTF-8.") from error
    return [line.strip() for line in text.splitlines() if line.strip()]
