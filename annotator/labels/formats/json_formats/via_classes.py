"""Which attribute of a VIA region is its class: VIA has attributes and no classes."""

from collections import Counter
from collections.abc import Callable, Iterable

from .json_source import UNNAMED, Classes

_USUAL = (
    *("class", "label", "category", "classname", "class_name", "object", "object_name"),
    *("species", "name", "type", "kind"),
)
NOTES = frozenset(("note", "notes", "description", "comment", "comments"))
FLAGS = frozenset(("occluded", "truncated", "is_box", "flags"))
_MOST_ATTRIBUTES = 50


class ClassAttribute:
    """Values of attributes as they are met, until one is chosen for the class."""

    def __init__(self) -> None:
        self._values: dict[str, Classes] = {}
        self._options: dict[str, list[str]] = {}
        self._counts: Counter[str] = Counter()
        self._regions = 0
        self.chosen = ""

    def add_options(self, name: str, values: Iterable[str]) -> None:
        """The choices that a project offers, in its order."""
        if self._list(name) is not None:
            self._options.setdefault(name, []).extend(values)

    def add_region(self, values: Iterable[tuple[str, str]]) -> None:
        self._regions += 1
        for name, value in values:
            listed = self._list(name) if value.strip() else None
            if listed is not None:
                listed.add(value)
                self._counts[name] += 1

    def choose(
        self, rename: Callable[[str, str], str] = lambda _, value: value
    ) -> tuple[Classes, list[str]]:
        """The classes, and what a person should know of it.

        ``rename``: what a value of an attribute is called.
        """
        names = [name for name in self._values if name.lower() not in NOTES | FLAGS]
        used = [name for name in names if self._counts[name]] or names
        if used:
            self.chosen = min(used, key=lambda name: self._rank(name, used))
        values = self._values[self.chosen].names if used else []
        offered = self._options.get(self.chosen, [])
        classes = Classes(rename(self.chosen, value) for value in (*offered, *values))
        notes: list[str] = []
        others = [name for name in used if name != self.chosen and self._counts[name]]
        if others:
            shown = ", ".join(f"“{name}”" for name in others[:5])
            notes.append(
                f"The class is the attribute “{self.chosen}”; other attributes are left out: "
                f"{shown}."
            )
        if without := self._regions - self._counts[self.chosen]:
            classes.add(UNNAMED)
            what = f"no “{self.chosen}”" if used else "no attribute that could be a class"
            notes.append(
                f"{without:,} objects have {what}; their class is “{UNNAMED}” here. Map it to "
                "another class if it is one."
            )
        return classes, notes

    def _list(self, name: str) -> Classes | None:
        if name not in self._values and len(self._values) < _MOST_ATTRIBUTES:
            self._values[name] = Classes()
        return self._values.get(name)

    def _rank(self, name: str, used: list[str]) -> tuple[int, int, int]:
        lower = name.lower()
        usual = _USUAL.index(lower) if lower in _USUAL else len(_USUAL)
        return usual, -self._counts[name], used.index(name)
