"""Exports over the API: what goes out, going on after a break, prepared ones, what is lost."""

import io
import json
import zipfile
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from annotator import paths
from annotator.exports import jobs
from annotator.exports.downloads import forget_downloads
from annotator.exports.exports import write_export
from annotator.exports.selection import Selection
from annotator.kernel.errors import DiskFullError
from annotator.labels.formats import FORMATS
from annotator.labels.formats.yolo.dataset import Yolo
from annotator.models import DatasetExport, Image
from tests.annotator.conftest import MakeInstance, Pond, client_of, square

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drawn(pond: Pond, make_instance: MakeInstance) -> dict[str, Image]:
    """Of each kind: finished in two splits, empty, in progress with an object, not looked at."""
    images: dict[str, Image] = {}
    swan = pond.swan.pk
    for stem, split, objects, status in (
        ("cam1/a", "train", [make_instance(), make_instance(class_id=swan)], "done"),
        ("b", "val", [make_instance(class_id=swan)], "done"),
        ("empty", "train", [], "done"),
        ("open", "train", [make_instance(note="why?"), make_instance()], "in_progress"),
        ("new", "val", None, "unlabelled"),
    ):
        image = pond.add_image(stem.replace("/", "-"), split=split)
        if objects is not None:
            url = f"/api/images/{image.pk}/annotation/"
            body = {"upsert": objects, "status": status}
            answer = client_of(pond.annotator).patch(
                url, body, format="json", headers={"If-Match": '"0"'}
            )
            assert answer.status_code == 200, answer.data
        images[stem] = image
    return images


def get(pond: Pond, query: str = "", **headers: str) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/export/"
    return client_of(pond.reviewer).get(f"{url}{query}", headers=headers)


def unzip(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(files: dict[str, bytes]) -> dict[str, int]:
    """Objects of each label file."""
    return {
        name.removeprefix("labels/"): len(data.splitlines())
        for name, data in files.items()
        if name.startswith("labels/")
    }


def test_done_leaves_out_what_nobody_finished(pond: Pond, drawn: dict[str, Image]) -> None:
    files = unzip(get(pond))
    assert rows(files) == {"train/cam1-a.txt": 2, "train/empty.txt": 0, "val/b.txt": 1}
    preview = (
        client_of(pond.reviewer).get(f"/api/datasets/{pond.dataset.slug}/export/preview/").data
    )
    assert preview["counts"]["images"] == 3
    assert preview["counts"]["objects"] == 3
    assert (preview["counts"]["left_out_images"], preview["counts"]["left_out_objects"]) == (1, 2)
    assert preview["losses"]["next"] is None
    assert preview["losses"]["objects"] == 3


def test_all_means_all(pond: Pond, drawn: dict[str, Image]) -> None:
    files = unzip(get(pond, "?status=all"))
    assert rows(files)["unlabelled/open.txt"] == 2
    assert sum(rows(files).values()) == 5
    assert "images/unlabelled/new.png" in files
    assert "labels/unlabelled/new.txt" not in files, "nobody said that nothing is in it"
    preview = (
        client_of(pond.reviewer)
        .get(f"/api/datasets/{pond.dataset.slug}/export/preview/?status=all")
        .data
    )
    counts = preview["counts"]
    assert (counts["images"], counts["objects"]) == (5, 5)
    assert (counts["unfinished_images"], counts["unfinished_objects"]) == (1, 2)
    assert (counts["left_out_images"], counts["left_out_objects"]) == (0, 0)
    assert counts["with_attributes"] == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?split=val", {"val/b.txt": 1}),
        ("?split=train&split=val", {"train/cam1-a.txt": 2, "train/empty.txt": 0, "val/b.txt": 1}),
        ("?search=cam", {"train/cam1-a.txt": 2}),
        ("?status=in_progress", {"unlabelled/open.txt": 2}),
        ("?classes={swan}", {"train/cam1-a.txt": 1, "train/empty.txt": 0, "val/b.txt": 1}),
        (
            "?status=all&classes={swan}&class={duck}",
            {"train/cam1-a.txt": 1, "unlabelled/open.txt": 0},
        ),
        ("?assignee=none&ground_truth=false&split=val", {"val/b.txt": 1}),
    ],
)
def test_filtered_as_the_grid_is(
    pond: Pond, drawn: dict[str, Image], query: str, expected: dict[str, int]
) -> None:
    files = unzip(get(pond, query.format(swan=pond.swan.pk, duck=pond.duck.pk)))
    assert rows(files) == expected
    assert b"0: duck\n  1: swan" in files["data.yaml"], "the order of classes is the dataset's"


def test_a_chosen_class_keeps_its_index_and_its_rows(pond: Pond, drawn: dict[str, Image]) -> None:
    lying = paths.label_path(Image.objects.get(pk=drawn["cam1/a"].pk)).read_bytes()
    files = unzip(get(pond, f"?classes={pond.swan.pk}"))
    assert files["labels/train/cam1-a.txt"] in lying
    assert files["labels/train/cam1-a.txt"].startswith(b"1 ")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?format=nonsense", 400),
        ("?status=nonsense", 400),
        ("?split=nonsense", 400),
        ("?classes=999999", 400),
        ("?version=7", 400),
        ("?colour=red", 400),
        ("?version=1&status=all", 400),
    ],
)
def test_what_is_not_there_is_refused(pond: Pond, query: str, status: int) -> None:
    assert get(pond, query).status_code == status


@pytest.mark.parametrize("format", sorted(FORMATS))
def test_each_format_goes_out(pond: Pond, drawn: dict[str, Image], format: str) -> None:
    files = unzip(get(pond, f"?format={format}&status=all"))
    assert sum(name.endswith(".png") for name in files) >= 5


def test_a_label_that_lags_behind_comes_from_the_database(
    pond: Pond, drawn: dict[str, Image]
) -> None:
    image = Image.objects.get(pk=drawn["b"].pk)
    paths.label_path(image).write_bytes(b"")
    Image.objects.filter(pk=image.pk).update(label_pending=True)
    assert rows(unzip(get(pond)))["val/b.txt"] == 1


def test_a_broken_download_goes_on(pond: Pond, drawn: dict[str, Image]) -> None:
    first = get(pond)
    assert first["Accept-Ranges"] == "bytes"
    whole = b"".join(first.streaming_content)
    begun = get(pond)
    etag = begun["ETag"]
    got = next(begun.streaming_content) + next(begun.streaming_content, b"")
    begun.close()
    got = got[:300]
    answer = get(pond, "", Range="bytes=300-", **{"If-Range": etag})
    assert answer.status_code == 206
    assert answer["Content-Range"] == f"bytes 300-{len(whole) - 1}/{len(whole)}"
    assert answer["ETag"] == etag
    rest = b"".join(answer.streaming_content)
    assert int(answer["Content-Length"]) == len(rest)
    assert set(unzip_bytes(got + rest)) == set(unzip_bytes(whole))
    without = get(pond, "", Range=f"bytes=300-{len(whole) + 5}")  # as curl and wget ask
    assert without.status_code == 206
    assert len(b"".join(without.streaming_content)) == len(whole) - 300


def unzip_bytes(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_download_of_what_changed_begins_anew(
    pond: Pond, drawn: dict[str, Image], make_instance: MakeInstance
) -> None:
    begun = get(pond)
    b"".join(begun.streaming_content)
    image = Image.objects.get(pk=drawn["empty"].pk)
    answer = client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(polygons=square(30, 30))]},
        format="json",
        headers={"If-Match": f'"{image.revision}"'},
    )
    assert answer.status_code == 200
    again = get(pond, "", Range="bytes=300-", **{"If-Range": begun["ETag"]})
    assert again.status_code == 200
    assert again["ETag"] != begun["ETag"]
    assert rows(unzip(again))["train/empty.txt"] == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=100-", "If-Range": '"0123456789abcdef"'},
        {"Range": "bytes=100-", "If-Range": '"../../x"'},
        {"Range": "bytes=100-", "If-Range": "Mon, 30 Nov 2026 10:00:00 GMT"},
        {"Range": "bytes=100-200,300-400"},
        {"Range": "lines=1-"},
        {"Range": "bytes=99999999999-"},
    ],
)
def test_ranges_of_nothing_known_get_everything(
    pond: Pond, drawn: dict[str, Image], headers: dict[str, str]
) -> None:
    b"".join(get(pond).streaming_content)
    answer = get(pond, "", **headers)
    assert answer.status_code == 200
    unzip(answer)


def test_nobody_goes_on_with_the_download_of_another(pond: Pond, drawn: dict[str, Image]) -> None:
    begun = get(pond)
    b"".join(begun.streaming_content)
    url = f"/api/datasets/{pond.dataset.slug}/export/"
    headers = {"Range": "bytes=100-", "If-Range": begun["ETag"]}
    answer = client_of(pond.lead).get(url, headers=headers)
    assert answer.status_code == 200
    assert forget_downloads() == 0
    assert forget_downloads(older_than_seconds=-1) >= 1
    assert get(pond, "", **headers).status_code == 200


def test_a_range_under_asgi(pond: Pond, drawn: dict[str, Image]) -> None:
    async def read() -> tuple[bytes, bytes]:
        client = AsyncClient()
        await client.aforce_login(pond.lead)
        url = f"/api/datasets/{pond.dataset.slug}/export/"
        whole: Any = await client.get(url)
        data = b"".join([piece async for piece in whole.streaming_content])
        part: Any = await client.get(url, headers={"range": "bytes=50-99"})
        assert part.status_code == 206
        return data[50:100], b"".join([piece async for piece in part.streaming_content])

    expected, got = async_to_sync(read)()
    assert len(got) == 50
    assert got == expected or len(expected) == 50  # the second archive may carry another second


def start(pond: Pond, **choice: Any) -> Any:
    url = f"/api/datasets/{pond.dataset.slug}/exports/"
    return client_of(pond.reviewer).post(url, choice, format="json")


def test_an_export_is_prepared_and_its_file_answers_ranges(
    pond: Pond, drawn: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, Any]] = []
    monkeypatch.setattr(
        jobs, "publish_event", lambda kind, **values: told.append((kind, values["id"]))
    )
    answer = start(pond, status="all", split=["train"])
    assert (answer.status_code, answer.data["state"]) == (202, "queued")
    assert answer.data["image_count"] == 3
    pk = answer.data["id"]
    file_url = f"/api/dataset-exports/{pk}/file/"
    client = client_of(pond.reviewer)
    assert client.get(file_url).status_code == 409
    job = jobs.run_export(pk)
    assert job is not None
    assert jobs.run_export(pk) is None, "a second message does nothing"
    assert told[-1] == ("export.ready", pk)
    read = client.get(f"/api/dataset-exports/{pk}/").data
    assert (read["state"], read["object_count"], read["loss_count"]) == ("finished", 4, 0)
    assert read["selection"]["splits"] == ["train"]
    assert [item["id"] for item in client.get(
        f"/api/datasets/{pond.dataset.slug}/exports/"
    ).data["results"]] == [pk]  # fmt: skip

    async def take(**headers: str) -> tuple[int, dict[str, str], bytes]:
        agent = AsyncClient()
        await agent.aforce_login(pond.reviewer)
        got: Any = await agent.get(file_url, headers=headers)
        body = b"".join([piece async for piece in got.streaming_content]) if got.streaming else b""
        return got.status_code, dict(got.headers), body

    code, headers, whole = async_to_sync(take)()
    assert (code, int(headers["Content-Length"])) == (200, len(whole))
    assert rows(unzip_bytes(whole))["unlabelled/open.txt"] == 2
    for asked, expected in (
        ("bytes=0-", whole),
        ("bytes=100-", whole[100:]),
        ("bytes=100-199", whole[100:200]),
        ("bytes=-22", whole[-22:]),
    ):
        code, got, part = async_to_sync(take)(range=asked, **{"if-range": headers["ETag"]})
        assert (code, part) == (206, expected)
        assert got["Content-Range"].endswith(f"/{len(whole)}")
    assert async_to_sync(take)(range="bytes=5-", **{"if-range": '"other"'})[0] == 200
    modified = headers["Last-Modified"]
    assert async_to_sync(take)(range="bytes=5-", **{"if-range": modified})[0] == 206
    code, got, _ = async_to_sync(take)(range=f"bytes={len(whole)}-")
    assert (code, got["Content-Range"]) == (416, f"bytes */{len(whole)}")

    assert client.delete(f"/api/dataset-exports/{pk}/").status_code == 204
    assert not paths.export_path(pk).exists()
    assert not DatasetExport.objects.exists()


def test_one_that_waits_or_runs_is_stopped(
    pond: Pond, drawn: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = start(pond).data["id"]
    client = client_of(pond.reviewer)
    assert client.delete(f"/api/dataset-exports/{waiting}/").status_code == 204
    assert not DatasetExport.objects.exists()
    running = start(pond).data["id"]
    monkeypatch.setattr(jobs, "_REPORT_SECONDS", 0.0)
    write = write_export

    def cancel_meanwhile(*args: Any, **kwargs: Any) -> int:
        client.delete(f"/api/dataset-exports/{running}/")
        return write(*args, **kwargs)

    monkeypatch.setattr(jobs, "write_export", cancel_meanwhile)
    job = jobs.run_export(running)
    assert job is not None
    assert job.state == "cancelled"
    assert list(paths.exports_dir().iterdir()) == []


def test_a_full_disk_and_an_empty_choice_are_refused_at_once(
    pond: Pond, drawn: dict[str, Image], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert start(pond, search="no such name").data["code"] == "nothing_chosen"

    def full(needed_bytes: int = 0) -> None:
        raise DiskFullError("The disk is full.")

    monkeypatch.setattr(jobs, "check_disk_space", full)
    assert start(pond).status_code == 507
    assert not DatasetExport.objects.exists()


def test_old_exports_and_files_of_none_go(
    pond: Pond, drawn: dict[str, Image], settings: Any
) -> None:
    pk = start(pond).data["id"]
    jobs.run_export(pk)
    stray = paths.exports_dir() / "999.zip"
    stray.write_bytes(b"x")
    assert jobs.remove_expired_exports() == 0
    settings.EXPORT_DAYS = 0
    assert jobs.remove_expired_exports() == 1
    assert not paths.export_path(pk).exists()
    assert stray.exists(), "it may be on its way"


class Clumsy(Yolo):
    """A format that keeps one part of an object, and nothing of what is below 500 px²."""

    name = "clumsy"

    def kept(self, polygons: Any, *, size_wh: tuple[int, int]) -> Any:
        return polygons[:1] if polygons[0][0][2] - polygons[0][0][0] > 22 else []


def test_what_a_format_cannot_hold_is_told_object_by_object(
    pond: Pond,
    drawn: dict[str, Image],
    make_instance: MakeInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(FORMATS, "yolo", Clumsy())
    image = Image.objects.get(pk=drawn["b"].pk)
    two = [*square(5, 5, 30), *square(60, 5, 30)]
    client_of(pond.annotator).patch(
        f"/api/images/{image.pk}/annotation/",
        {"upsert": [make_instance(polygons=two)]},
        format="json",
        headers={"If-Match": f'"{image.revision}"'},
    )
    url = f"/api/datasets/{pond.dataset.slug}/export/preview/"
    losses = client_of(pond.reviewer).get(url).data["losses"]
    assert (losses["changed"], losses["left_out"]) == (1, 3)
    changed = [item for item in losses["listed"] if item["done"] == "changed"]
    assert [(item["image"], item["class_name"], item["iou"]) for item in changed] == [
        ("b.png", "duck", 0.5)
    ]
    monkeypatch.setattr("annotator.api.exports.PREVIEW_SECONDS", -1.0)
    cursor: str | None = ""
    seen = pages = 0
    while cursor is not None:
        answer = client_of(pond.reviewer).get(url, {"cursor": cursor}).data
        assert (answer["counts"] is None) == (pages > 0)
        seen += answer["losses"]["changed"] + answer["losses"]["left_out"]
        cursor, pages = answer["losses"]["next"], pages + 1
    assert (seen, pages) == (4, 4), "an image an answer, none twice, none forgotten"
    job = jobs.run_export(start(pond).data["id"])
    assert job is not None
    assert (job.loss_count, json.loads(json.dumps(job.losses))["left_out"]) == (4, 3)


def test_formats_are_listed(pond: Pond) -> None:
    rows = client_of(pond.annotator).get("/api/formats/").data
    assert {row["name"] for row in rows} == set(FORMATS)
    assert all(row["title"] for row in rows)


ENDPOINTS = [
    ("get", "/api/datasets/{slug}/export/preview/"),
    ("get", "/api/datasets/{slug}/exports/"),
    ("post", "/api/datasets/{slug}/exports/"),
    ("get", "/api/dataset-exports/{pk}/"),
    ("get", "/api/dataset-exports/{pk}/file/"),
    ("delete", "/api/dataset-exports/{pk}/"),
]


@pytest.mark.parametrize(("method", "url"), ENDPOINTS)
def test_who_may(pond: Pond, drawn: dict[str, Image], method: str, url: str) -> None:
    job = DatasetExport.objects.create(
        dataset=pond.dataset, format="yolo", selection=Selection().store()
    )
    address = url.format(slug=pond.dataset.slug, pk=job.pk)
    for who, expected in (
        (None, {401, 403}),
        (pond.stranger, {404}),
        (pond.annotator, {403}),
        (pond.reviewer, {200, 202, 204, 409}),
    ):
        assert getattr(client_of(who), method)(address).status_code in expected
