"""What a save costs follows what it changes, not what the image holds; its label file follows."""

import sqlite3
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotator import paths
from annotator.folder import label_writer
from annotator.folder.changing import set_status
from annotator.folder.label_writer import LabelWriter
from annotator.folder.live_folder import sync_image, sync_pending
from annotator.folder.saving import save_annotation
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.models import Image, ImageStatus
from tests.annotator.conftest import MakeInstance, Pond, square

pytestmark = pytest.mark.django_db(transaction=True)


def fill(image: Image, pond: Pond, make_instance: MakeInstance, count: int) -> list[dict[str, Any]]:
    items: list[Any] = [
        make_instance(polygons=square(n % 70, n % 50, 5 + n % 9)) for n in range(count)
    ]
    save_annotation(image.pk, base_revision=0, upsert=items, author=pond.annotator)
    return items


def save_one(image: Image, pond: Pond, item: Any) -> Image:
    revision = Image.objects.get(pk=image.pk).revision
    return save_annotation(image.pk, base_revision=revision, upsert=[item], author=pond.annotator)


def work_of(act: Callable[[], object]) -> tuple[int, int, int]:
    """Statements, steps of SQLite's virtual machine, and characters sent to it."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    database = connection.connection
    assert isinstance(database, sqlite3.Connection)
    database.set_progress_handler(count, 10)
    try:
        with CaptureQueriesContext(connection) as queries:
            act()
    finally:
        database.set_progress_handler(None, 10)
    return len(queries), steps, sum(len(query["sql"]) for query in queries.captured_queries)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="counts the steps of SQLite")
@pytest.mark.parametrize("change", ["moved", "added", "deleted"])
def test_one_of_5000_objects_is_saved_with_the_work_of_one_of_100(
    pond: Pond, make_instance: MakeInstance, change: str
) -> None:
    costs = []
    for count in (100, 5000):
        image = pond.add_image(f"{change}-{count}")
        items = fill(image, pond, make_instance, count)
        item = items[count // 2]
        if change == "added":
            values: dict[str, Any] = {"upsert": [make_instance()]}
        elif change == "deleted":
            values = {"delete": [item["id"]]}
        else:
            values = {"upsert": [{**item, "polygons": square(33, 33, 6)}]}

        def act(image: Image = image, values: dict[str, Any] = values) -> None:
            save_annotation(image.pk, base_revision=1, author=pond.annotator, **values)

        costs.append(work_of(act))
    (queries, steps, characters), (many_queries, many_steps, many_characters) = costs
    assert many_queries == queries
    assert many_steps < 1.3 * steps
    assert many_characters < 1.3 * characters


@pytest.fixture
def writer(monkeypatch: pytest.MonkeyPatch) -> LabelWriter:
    """The writer of a web server, without its thread: what it writes is asked for."""
    writer = LabelWriter(pause_seconds=0, most_seconds=0)
    monkeypatch.setattr(label_writer, "_writer", writer)
    return writer


def rows_on_disk(image: Image) -> int:
    image = Image.objects.select_related("dataset").get(pk=image.pk)
    content = paths.label_path(image).read_bytes()
    return len(parse_labels(content, size_wh=(image.width, image.height), class_count=2).rows)


def count_writes(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    written: list[object] = []
    real = sync_image

    def sync(image_id: Any) -> None:
        written.append(image_id)
        real(image_id)

    monkeypatch.setattr(label_writer, "sync_image", sync)
    return written


def test_saves_without_a_pause_write_one_label_file(
    pond: Pond,
    image: Image,
    make_instance: MakeInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(image, pond, make_instance, 3)
    set_status(Image.objects.get(pk=image.pk), ImageStatus.DONE, author=pond.annotator)
    writer = LabelWriter(pause_seconds=30, most_seconds=30)
    monkeypatch.setattr(label_writer, "_writer", writer)
    written = count_writes(monkeypatch)
    writer.start()
    for n in range(4):
        save_one(image, pond, make_instance(polygons=square(10 * n, 50)))
    assert (written, rows_on_disk(image)) == ([], 3)
    assert Image.objects.get(pk=image.pk).label_pending
    writer.stop()
    assert (written, rows_on_disk(image)) == ([image.pk], 7)
    assert not Image.objects.get(pk=image.pk).label_pending


def test_a_save_that_moves_an_image_is_followed_at_once(
    pond: Pond, image: Image, make_instance: MakeInstance, writer: LabelWriter
) -> None:
    fill(image, pond, make_instance, 2)
    done = set_status(Image.objects.get(pk=image.pk), ImageStatus.DONE, author=pond.annotator)
    assert rows_on_disk(image) == 2
    set_status(done, ImageStatus.IN_PROGRESS, author=pond.annotator)
    assert not paths.label_path(Image.objects.select_related("dataset").get(pk=image.pk)).exists()


def test_what_is_due_when_the_process_dies_is_written_by_the_flag(
    pond: Pond, image: Image, make_instance: MakeInstance, writer: LabelWriter
) -> None:
    fill(image, pond, make_instance, 2)
    set_status(Image.objects.get(pk=image.pk), ImageStatus.DONE, author=pond.annotator)
    save_one(image, pond, make_instance(polygons=square(40, 50)))
    assert rows_on_disk(image) == 2  # the thread never ran: as after kill -9
    assert sync_pending(pond.dataset) == 1
    assert rows_on_disk(image) == 3


def test_the_file_follows_without_being_asked_for(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(image, pond, make_instance, 2)
    set_status(Image.objects.get(pk=image.pk), ImageStatus.DONE, author=pond.annotator)
    arrived = threading.Event()
    real = sync_image

    def sync(image_id: Any) -> None:
        real(image_id)
        arrived.set()

    monkeypatch.setattr(label_writer, "sync_image", sync)
    label_writer.start_label_writer()
    try:
        save_one(image, pond, make_instance(polygons=square(40, 50)))
        assert arrived.wait(30)
        assert rows_on_disk(image) == 3
    finally:
        label_writer.stop_label_writer()


def test_a_writer_goes_on_after_an_image_that_cannot_be_written(
    pond: Pond, image: Image, make_instance: MakeInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = pond.add_image("other")
    seen: list[object] = []

    def sync(image_id: Any) -> None:
        seen.append(image_id)
        if image_id == image.pk:
            raise OSError("no space left on device")

    monkeypatch.setattr(label_writer, "sync_image", sync)
    writer = LabelWriter(pause_seconds=0, most_seconds=0)
    writer.start()
    writer.note(image.pk)
    writer.note(other.pk)
    writer.stop()
    assert seen == [image.pk, other.pk]
