"""A live folder in which other programs write."""

from pathlib import Path
from typing import Any

import pytest

from annotator import paths
from annotator.folder.outside import comparing, folders
from annotator.folder.saving import save_annotation
from annotator.models import FolderAction, FolderChange, FolderJob, Image
from tests.annotator.conftest import Pond

DUCK = b"0 0.1 0.1 0.5 0.1 0.5 0.5\n"
SWAN = b"1 0.2 0.2 0.6 0.2 0.6 0.7\n"


class Folder:
    """The folder of a pond, and what Segloop makes of it."""

    def __init__(self, pond: Pond) -> None:
        self.pond, self.dataset = pond, pond.dataset
        self.root = paths.dataset_dir(pond.dataset)

    def add(self, stem: str, *, split: str = "train", label: bytes | None = DUCK) -> Image:
        """An image as Segloop has it, finished with this label."""
        (self.root / "images/unlabelled" / stem).parent.mkdir(parents=True, exist_ok=True)
        image = self.pond.add_image(stem, split=split)
        if label is not None:
            save_annotation(image.pk, base_revision=0, status="done", author=self.pond.annotator)
            image = Image.objects.get(pk=image.pk)
            paths.label_path(image).write_bytes(label)
            self.look()
            self.settle(FolderAction.TAKE)
            image = Image.objects.get(pk=image.pk)
            assert image.label_sha256
        return image

    def write(self, name: str, content: bytes) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def look(self) -> list[FolderChange]:
        """Look, and return what waits."""
        job = folders.create_job(self.dataset, FolderAction.LOOK, {}, by=None)
        ended = folders.run_folder_job(job.pk)
        assert ended is not None
        self.last = ended
        return list(folders.list_changes(self.dataset, state="waiting"))

    def told(self) -> list[tuple[str, str, str]]:
        return sorted((row.subject, row.kind, row.path) for row in self.look())

    def settle(self, action: FolderAction, **options: Any) -> FolderJob:
        job = folders.create_job(self.dataset, action, options, by=self.pond.lead)
        ended = folders.run_folder_job(job.pk)
        assert ended is not None
        return ended

    def take(self, **options: Any) -> FolderJob:
        return self.settle(FolderAction.TAKE, **options)

    def put_back(self, **options: Any) -> FolderJob:
        return self.settle(FolderAction.PUT_BACK, **options)

    def files(self) -> set[str]:
        return {
            path.relative_to(self.root).as_posix()
            for kind in ("images", "labels")
            for path in (self.root / kind).rglob("*")
            if path.is_file()
        }


@pytest.fixture
def folder(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setattr(comparing, "SETTLE_SECONDS", 0.0)
    return Folder(pond)
