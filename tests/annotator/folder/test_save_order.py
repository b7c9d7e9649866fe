"""The order in which a save writes: what a power cut, a newer save or another page would find.

Each check is also made on programs with a deliberate fault (``tests.mutants``), and has to notice.
"""

import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import redis as redis_client
from django.conf import settings
from django.db import connection

from annotator import paths
from annotator.annotations import statements, store
from annotator.folder import label_writer, live_folder, placing
from annotator.folder.changing import set_split
from annotator.folder.label_writer import LabelWriter
from annotator.folder.live_folder import sync_pending, take_in_outside_edit
from annotator.folder.saving import save_annotation
from annotator.kernel import publisher
from annotator.kernel.errors import StaleRevisionError
from annotator.kernel.files import write_atomically
from annotator.models import Image
from tests.annotator.conftest import MakeInstance, Pond, square
from tests.effects import Effect, watch
from tests.mutants import MUTANTS, mutated

pytestmark = pytest.mark.django_db(transaction=True)


class Disk:
    """What of the data folder would be there after a power cut at this moment, at the worst.

    A file's content is there once it was synced, its name (a rename, a removal) once a folder that
    takes part in it was; until then either may be so.
    """

    def __init__(self) -> None:
        self.unsynced_content: set[str] = set()
        self.waiting: list[tuple[Effect, bool]] = []
        """Renames and removals that no folder was synced after; whether the target is there, in
        one form or the other, in any case."""
        self._last: tuple[Effect, bool] | None = None

    def before(self, effect: Effect) -> None:
        """The effects before this one have taken place; it is about to."""
        if self._last is not None:
            self._take(*self._last)
        name = Path(settings.DATA_ROOT) / effect.what
        self._last = effect, effect.kind == "replace" and self.has(name)

    def _take(self, effect: Effect, overwrites: bool) -> None:
        if effect.kind == "write":
            self.unsynced_content.add(effect.what)
        elif effect.kind == "fsync":
            self.unsynced_content.discard(effect.what)
            self.waiting = [each for each in self.waiting if effect.what not in _folders(each[0])]
        elif effect.kind in ("replace", "unlink"):
            if effect.source in self.unsynced_content:
                self.unsynced_content.add(effect.what)
            self.waiting.append((effect, overwrites))

    def may_have(self, path: Path) -> bool:
        """It is there, or the rename or removal that took it away may be undone."""
        name = _inside(path)
        taken = {each.source if each.kind == "replace" else each.what for each, _ in self.waiting}
        return path.exists() or name in taken

    def has(self, path: Path) -> bool:
        """It is there whole, new or as it was before the last rename."""
        name = _inside(path)
        comes_late = any(
            each.kind == "replace" and each.what == name and not overwrites
            for each, overwrites in self.waiting
        )
        return path.exists() and not comes_late and name not in self.unsynced_content

    def has_newest(self, path: Path) -> bool:
        return self.has(path) and all(each.what != _inside(path) for each, _ in self.waiting)


def instance(make_instance: MakeInstance, **values: object) -> Any:
    return make_instance(**values)


def _inside(path: Path) -> str:
    return str(path.relative_to(settings.DATA_ROOT))


def _folders(effect: Effect) -> set[str]:
    return {str(Path(name).parent) for name in (effect.what, effect.source) if name}


def check_power_cuts(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    """Save, change, move and take back, with a power cut between any two steps."""
    disk = Disk()
    is_looking = False

    def before(effect: Effect) -> None:
        nonlocal is_looking
        if is_looking:
            return
        is_looking = True
        try:
            disk.before(effect)
            look(effect)
        finally:
            is_looking = False

    def look(effect: Effect) -> None:
        now = Image.objects.select_related("dataset").get(pk=image.pk)
        for split in ("train", "val"):
            picture = paths.dataset_dir(now.dataset) / "images" / split / now.file_name
            label = paths.label_path(now, split=split)
            if disk.may_have(picture):
                assert disk.has(label), f"before {effect}: no label for {picture}"
        if now.is_finished and not now.label_pending:
            label = paths.label_path(now)
            assert disk.has_newest(label), f"before {effect}: {label} is not on disk"

    def save(**values: Any) -> None:
        revision = Image.objects.get(pk=image.pk).revision
        save_annotation(image.pk, base_revision=revision, author=pond.annotator, **values)

    with watch(before):
        save(upsert=[instance(make_instance)], status="done")
        save(upsert=[instance(make_instance, polygons=square(40, 40))])
        set_split(Image.objects.get(pk=image.pk), "val")
        save(status="in_progress")
        save(status="done")
    assert paths.label_path(Image.objects.get(pk=image.pk)).read_bytes().count(b"\n") == 2


def check_newer_save(pond: Pond, image: Image, make_instance: MakeInstance) -> None:
    """A save that comes while the label file of the one before is written, and then a crash."""
    save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)

    def write_and_save(path: Path, content: bytes) -> None:
        write_atomically(path, content)
        with mock.patch("annotator.folder.saving.follow_save"):  # the process dies before
            save_annotation(
                image.pk, base_revision=2, upsert=[instance(make_instance)], author=pond.annotator
            )

    with mock.patch.object(placing, "write_atomically", write_and_save):
        save_annotation(
            image.pk, base_revision=1, upsert=[instance(make_instance)], author=pond.annotator
        )
    sync_pending()
    label = paths.label_path(Image.objects.get(pk=image.pk))
    assert label.read_bytes().count(b"\n") == 2


Check = Callable[[Pond, Image, MakeInstance], None]
NOTICES: dict[str, Check] = {
    "flag cleared although a newer save came": check_newer_save,
    "image moved before its label is written": check_power_cuts,
    "label file not synced": check_power_cuts,
    "folder not synced": check_power_cuts,
}


def test_a_power_cut_between_any_two_steps(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    check_power_cuts(pond, image, make_instance)


def test_a_newer_save_is_not_forgotten(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    check_newer_save(pond, image, make_instance)


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_checks_notice(
    pond: Pond, image: Image, make_instance: MakeInstance, mutant: str
) -> None:
    with mutated(mutant), pytest.raises(AssertionError):
        NOTICES[mutant](pond, image, make_instance)


def test_a_newer_save_is_not_forgotten_by_an_edit_outside(
    pond: Pond, image: Image, make_instance: MakeInstance
) -> None:
    save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
    label = paths.label_path(image)
    label.write_bytes(b"0 0.5 0.5 0.75 0.5 0.75 0.75\n")
    real = live_folder._take_in_outside_edit

    def take_in_and_save(image: Image, *, keep_ours: bool) -> Image | None:
        found = real(image, keep_ours=keep_ours)
        with mock.patch("annotator.folder.saving.follow_save"):  # the process dies before
            save_annotation(
                image.pk, base_revision=2, upsert=[instance(make_instance)], author=pond.annotator
            )
        return found

    with mock.patch.object(live_folder, "_take_in_outside_edit", take_in_and_save):
        take_in_outside_edit(Image.objects.select_related("dataset").get(pk=image.pk))
    assert sync_pending() == 1
    assert label.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("kind", ["order", "unchanged"])
def test_a_save_between_two_reads_of_another_is_a_conflict(
    pond: Pond, image: Image, make_instance: MakeInstance, kind: str
) -> None:
    """What is read of the instances is newer than what was read of the image: all starts anew."""
    mine, theirs = instance(make_instance), instance(make_instance)
    save_annotation(image.pk, base_revision=0, upsert=[mine], author=pond.annotator)
    real = statements.read_instances
    is_first = True

    def read_late(*args: Any, **values: Any) -> Any:
        nonlocal is_first
        if is_first:
            is_first = False
            save_annotation(image.pk, base_revision=1, upsert=[theirs], author=pond.reviewer)
        return real(*args, **values)

    values: dict[str, Any] = {"order": {"order": [mine["id"]]}, "unchanged": {"upsert": [mine]}}
    with mock.patch.object(store, "read_instances", read_late):
        if kind == "order":
            with pytest.raises(StaleRevisionError):
                save_annotation(image.pk, base_revision=1, author=pond.annotator, **values[kind])
        else:
            saved = save_annotation(
                image.pk, base_revision=1, author=pond.annotator, **values[kind]
            )
            assert saved.revision == 2


def test_an_event_goes_out_when_its_label_file_is_on_disk(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the web server, where the label file follows a pause, the event follows it."""
    writer = LabelWriter(pause_seconds=30, most_seconds=30)
    monkeypatch.setattr(label_writer, "_writer", writer)
    steps: list[str] = []
    with watch(lambda effect: steps.append(effect.step)):
        save_annotation(image.pk, base_revision=0, status="done", author=pond.annotator)
        assert steps.index("replace labels/train") < steps.index("replace images/train")
        assert steps.index("fsync images/train/") < steps.index("redis EXECUTE")
        steps.clear()
        item = instance(make_instance)
        save_annotation(image.pk, base_revision=1, upsert=[item], author=pond.annotator)
        assert "redis EXECUTE" not in steps
        writer.start()
        writer.stop()
    assert steps.index("fsync labels/train/") < steps.index("redis EXECUTE")


def test_a_redis_that_never_answers_holds_no_save(
    pond: Pond, image: Image, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = socket.create_server(("127.0.0.1", 0))  # accepts, and that is all
    hanging = redis_client.Redis(port=listener.getsockname()[1], socket_timeout=60)
    monkeypatch.setattr(publisher, "redis_client", lambda: hanging)
    waiting = publisher.Publisher()
    monkeypatch.setattr(publisher, "_publisher", waiting)
    waiting.start()
    is_saved = threading.Event()

    def save_twice() -> None:
        try:
            for revision, status in enumerate(("done", "in_progress")):
                save_annotation(
                    image.pk, base_revision=revision, status=status, author=pond.annotator
                )
            is_saved.set()
        finally:
            connection.close()

    threading.Thread(target=save_twice, daemon=True).start()
    try:
        assert is_saved.wait(30)
        assert Image.objects.get(pk=image.pk).revision == 2
    finally:
        listener.close()
        hanging.connection_pool.disconnect()
