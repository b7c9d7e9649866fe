"""Files of a prediction: every one holds what the cut keeps, and nothing else."""

import csv
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from PIL import Image as PillowImage
from rest_framework.test import APIClient

from annotator.labels.archives import open_tree
from annotator.labels.formats import FORMATS, read_dataset
from annotator.labels.formats.base import FoundImage, ReadLimits
from annotator.labels.safe_zip import ArchiveLimits
from training.models import Prediction

from ....annotator.conftest import client_of
from ...conftest import SIZE_WH, Pond
from .conftest import FOUND, Found, make_prediction

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(pond: Pond) -> APIClient:
    return client_of(pond.lead)


def fetch(client: APIClient, prediction: Prediction, what: str, **query: Any) -> bytes:
    answer: Any = client.get(f"/api/predictions/{prediction.pk}/{what}", query)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    assert answer.status_code == 200, content
    return content


def unzip(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


CUTS: list[tuple[dict[str, str], list[int]]] = [
    ({}, [3, 2, 0, 0, 0]),
    ({"confidence": "0.05"}, [3, 3, 0, 0, 1]),
    ({"confidence": "0.05", "classes": "1"}, [1, 2, 0, 0, 0]),
    ({"confidences": "1:0.6"}, [3, 0, 0, 0, 0]),
]


@pytest.mark.parametrize(("query", "expected"), CUTS)
def test_every_list_has_the_same_objects(
    prediction: Prediction, lead: APIClient, query: dict[str, str], expected: list[int]
) -> None:
    lines = fetch(lead, prediction, "result.jsonl", **query).splitlines()
    assert [len(json.loads(line)["instances"]) for line in lines] == expected
    whole = json.loads(fetch(lead, prediction, "result.json", **query))
    assert whole["images"] == [json.loads(line) for line in lines]
    table = list(
        csv.DictReader(fetch(lead, prediction, "counts.csv", **query).decode().split("\n"))
    )
    assert [int(row["all"]) for row in table] == expected
    assert table[3]["error"] == FOUND[3]
    classes = list(
        csv.DictReader(
            fetch(lead, prediction, "counts.csv", by="class", **query).decode().split("\n")
        )
    )
    for row in classes:
        assert int(row["objects"]) == sum(int(each[row["class"]]) for each in table)
        assert int(row["images"]) == sum(each[row["class"]] != "0" for each in table)
    labels = unzip(fetch(lead, prediction, "labels.zip", **query))
    rows = [labels.get(f"labels/pond-{i}.txt", b"").count(b"\n") for i in range(5)]
    assert rows == expected
    assert "labels/pond-3.txt" not in labels  # could not be read
    crops = unzip(fetch(lead, prediction, "crops.zip", **query))
    assert len(crops) == sum(expected)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_has_the_same_objects(
    prediction: Prediction, lead: APIClient, name: str, tmp_path: Any
) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(fetch(lead, prediction, "export/", format=name))
    with open_tree(path, limits=ArchiveLimits(max_total_bytes=1 << 24), work_dir=tmp_path) as tree:
        source = read_dataset(tree, limits=ReadLimits(1 << 20, 10.0), format=name)
        counts = {}
        for entry in source.entries():
            if isinstance(entry, FoundImage) and entry.path:
                count = 0
                if entry.label is not None:
                    read = source.read_labels(entry, size_wh=SIZE_WH, class_count=2)
                    count = len(read.objects)
                counts[entry.path.rpartition("/")[2].rpartition(".")[0]] = count
    expected = {"pond-0": 3, "pond-1": 2, "pond-2": 0, "pond-4": 0}
    assert counts == expected


def test_overlays_are_the_images_with_masks_in_class_colours(
    prediction: Prediction, lead: APIClient
) -> None:
    drawn = unzip(fetch(lead, prediction, "overlays.zip"))
    plain = unzip(fetch(lead, prediction, "overlays.zip", classes=""))
    assert sorted(drawn) == sorted(plain) == [f"pond-{i}.jpg" for i in (0, 1, 2, 4)]
    assert drawn["pond-2.jpg"] == plain["pond-2.jpg"]  # nothing was found in it
    with (
        PillowImage.open(io.BytesIO(drawn["pond-0.jpg"])) as after,
        PillowImage.open(io.BytesIO(plain["pond-0.jpg"])) as before,
    ):
        assert after.size == before.size == SIZE_WH
        color = prediction_color(prediction, 1)
        inside = (50, 36)  # of the diamond of 0.7
        distances = [
            np.abs(np.asarray(each.convert("RGB"), dtype=int)[inside[::-1]] - color).sum()
            for each in (after, before)
        ]
        assert distances[0] < distances[1]


def prediction_color(prediction: Prediction, index: int) -> tuple[int, ...]:
    from training.checkpoints.usable import model_of

    color = model_of(prediction).colors[index]
    return tuple(int(color[i : i + 2], 16) for i in (1, 3, 5))


def test_crops_have_a_margin_and_may_be_cut_out(pond: Pond, lead: APIClient) -> None:
    prediction = make_prediction(pond.dataset, pond.lead, [[Found(0, 0.9, 20)]])
    for query, size, mode in (
        ({"margin": 0}, (30, 30), "RGB"),
        ({"margin": 0.1}, (36, 36), "RGB"),
        ({"margin": 2}, (96, 64), "RGB"),
        ({"margin": 0.1, "cut_out": True}, (36, 36), "RGBA"),
    ):
        ((name, content),) = unzip(fetch(lead, prediction, "crops.zip", **query)).items()
        assert name.startswith("disc/pond-0-001-0.90.")
        with PillowImage.open(io.BytesIO(content)) as crop:
            assert (crop.size, crop.mode) == (size, mode)
            if mode == "RGBA":
                assert crop.getpixel((0, 0))[3] == 0  # type: ignore[index]
                assert crop.getpixel((18, 18))[3] == 255  # type: ignore[index]


def test_two_images_of_one_name_are_two_files(prediction: Prediction, lead: APIClient) -> None:
    prediction.images.update(file_name="Same.png")
    names = list(unzip(fetch(lead, prediction, "labels.zip")))
    assert names == [f"labels/{n}.txt" for n in ("Same", "Same-2", "Same-3", "Same-4")] + [
        "classes.txt"
    ]
    assert len(unzip(fetch(lead, prediction, "overlays.zip"))) == 4


def test_a_download_that_broke_goes_on(prediction: Prediction, lead: APIClient) -> None:
    address = f"/api/predictions/{prediction.pk}/export/?format=coco"
    first: Any = lead.get(address)
    whole = b"".join(first.streaming_content)
    rest: Any = lead.get(address, headers={"Range": "bytes=100-", "If-Range": first["ETag"]})
    assert rest.status_code == 206
    assert b"".join(rest.streaming_content) == whole[100:]


def test_what_a_format_cannot_hold_is_said(prediction: Prediction, lead: APIClient) -> None:
    url = f"/api/predictions/{prediction.pk}/export/preview/"
    shown = lead.get(url, {"format": "yolo_boxes", "confidence": "0.05"}).json()
    assert shown["counts"]["images"] == 4
    assert shown["counts"]["objects"] == shown["losses"]["objects"] == 7
    assert shown["leaves_out"]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"confidences": "2:0.5"}, "no class with the index"),
        ({"confidences": "0:x"}, "names classes with a confidence each"),
        ({"confidences": "0:nan"}, "names classes with a confidence each"),
        ({"classes": "0,-1"}, "no class with the index"),
        ({"classes": "²"}, "no class with the index"),
        ({"confidence": "1.5"}, "less than or equal to 1"),
        ({"klasses": "0"}, "klasses"),
    ],
)
def test_an_odd_cut_is_refused(
    prediction: Prediction, lead: APIClient, query: dict[str, str], detail: str
) -> None:
    answer = lead.get(f"/api/predictions/{prediction.pk}/counts.csv", query)
    assert answer.status_code == 400
    assert detail in str(answer.json())


def test_some_images(prediction: Prediction, lead: APIClient) -> None:
    url = f"/api/predictions/{prediction.pk}/images/some/"
    images = lead.get(url, {"positions": "4,1,99"}).json()
    assert [image["key"] for image in images] == ["1", "4"]
    assert lead.get(url, {"positions": "1,x"}).status_code == 400
    assert lead.get(url, {"positions": ",".join(map(str, range(101)))}).status_code == 400


def test_counts_by_class_and_confidence(prediction: Prediction, lead: APIClient) -> None:
    counts = lead.get(f"/api/predictions/{prediction.pk}/counts/").json()
    assert (counts["image_count"], counts["error_count"], counts["is_whole"]) == (5, 1, True)
    assert [sum(each["histogram"][25:]) for each in counts["classes"]] == [2, 3]


CARRIED = ("overlays.zip", "crops.zip", "export/", "export/preview/")
SEEN = (
    *("images/", "images/some/?positions=0", "columns/", "counts/", "counts.csv", "labels.zip"),
    *("result.json", "result.jsonl"),
)


@pytest.mark.parametrize("what", [*CARRIED, *SEEN])
def test_who_gets_what(pond: Pond, what: str) -> None:
    of_images = make_prediction(pond.dataset, pond.annotator, [], source_kind="dataset")
    uploaded = make_prediction(pond.dataset, pond.annotator, [])
    for user, of_dataset, of_upload in (
        (pond.lead, 200, 200),
        (pond.reviewer, 200, 200),
        (pond.annotator, 403 if what in CARRIED else 200, 200),
        (pond.stranger, 404, 404),
    ):
        client = client_of(user)
        for prediction, status in ((of_images, of_dataset), (uploaded, of_upload)):
            assert client.get(f"/api/predictions/{prediction.pk}/{what}").status_code == status


def test_a_prediction_without_a_dataset_is_one_persons(pond: Pond) -> None:
    prediction = make_prediction(None, pond.annotator, FOUND)
    url = f"/api/predictions/{prediction.pk}/overlays.zip"
    assert client_of(pond.annotator).get(url).status_code == 200
    assert client_of(pond.lead).get(url).status_code == 404
