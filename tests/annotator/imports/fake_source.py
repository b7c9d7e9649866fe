"""A source that holds what a test says, as formats hand it over."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from annotator.imports import dry_run, imports
from annotator.labels.formats.base import (
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadObject,
    RowProblem,
)
from annotator.labels.polygons.geometry import Polygons
from annotator.models import Import
from tests.annotator.conftest import Pond
from tests.annotator.sources import lay_out


def box(x: float = 4, y: float = 4, side: float = 12) -> Polygons:
    return [[[x, y, x + side, y, x + side, y + side, x, y + side]]]


def thing(class_index: int = 0, polygons: Polygons | None = None, **values: object) -> ReadObject:
    return ReadObject(None, class_index, polygons or box(), **values)  # type: ignore[arg-type]


@dataclass
class FakeSource:
    """``labels``: label file → objects. ``refusals``: how many rows of it are refused besides."""

    found: list[FoundImage | FolderProblem]
    labels: dict[str, list[ReadObject]] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    class_names: list[str] = field(default_factory=lambda: ["duck", "swan"])
    names_are_known: bool = True
    notes: list[str] = field(default_factory=list)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        return iter(self.found)

    def files(self) -> Iterator[str]:
        return iter(())

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        name = image.label or ""
        refused, repaired = self.refusals.get(name, 0), self.repairs.get(name, 0)
        problems = [RowProblem("refused", None, "No polygon.", refused)] if refused else []
        problems += [RowProblem("repaired", None, "Clipped.", repaired)] if repaired else []
        return ReadLabels(
            objects=list(self.labels[name]),
            problems=problems,
            counts=Counter({"refused": refused, "repaired": repaired}),
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)


def offer(monkeypatch: pytest.MonkeyPatch, source: FakeSource) -> None:
    """Let whatever is imported be recognised as this source."""
    for module in (imports, dry_run):
        monkeypatch.setattr(module, "recognise", lambda tree, **_: ("yolo", source))


def start(
    pond: Pond, root: Path, files: dict[str, bytes], *, is_dry_run: bool = False, **options: Any
) -> Import:
    """Import files, or look at them, to the end."""
    lay_out(root, files or {"readme.txt": b""})
    row = imports.create_import(
        pond.dataset,
        source_path=str(root),
        source_name="source",
        created_by=pond.lead,
        options=options,
        is_dry_run=is_dry_run,
    )
    job = imports.run_import(row.pk)
    assert job is not None
    return job
