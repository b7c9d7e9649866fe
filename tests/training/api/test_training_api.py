"""Each endpoint of the training room: what a member gets, and that a stranger gets 404."""

import gzip
import io
import json
import shutil
import zipfile
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from annotator.datasets.datasets import create_dataset
from annotator.models import Import
from training import paths
from training.models import Evaluation, PredictedImage, Prediction, Run, Version, Worker
from training.versions.versions import preview_version

from ...annotator.conftest import client_of
from ..conftest import QueryCounter, Trained, draw_picture

METRICS = {"precision", "recall", "map50", "map50_95"}


@pytest.fixture
def member(trained: Trained) -> APIClient:
    return client_of(trained.pond.annotator)


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


def read_schemas() -> dict[str, Any]:
    """The components of the API's schema."""
    generator: Any = SchemaGenerator
    schemas: dict[str, Any] = generator().get_schema(public=True)["components"]["schemas"]
    return schemas


def get(client: APIClient, url: str, **query: str | float) -> Any:
    answer: Any = client.get(url, query)
    content = answer.getvalue()  # streamed or not
    assert answer.status_code == 200, content
    return json.loads(content)


def upload(name: str = "a.png", seed: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, draw_picture(np.random.default_rng(seed))[0])


@pytest.fixture
def prediction(trained: Trained) -> Prediction:
    """A finished prediction with one image and two instances."""
    prediction = Prediction.objects.create(
        checkpoint=trained.best,
        dataset=trained.pond.dataset,
        class_names=["disc", "diamond"],
        confidence=0.5,
        device="cpu",
        state="finished",
        image_count=1,
        instance_count=1,
        created_by=trained.pond.annotator,
        finished_at=timezone.now(),
    )
    content = draw_picture(np.random.default_rng(5))[0]
    instances = [
        {
            "class_index": index,
            "confidence": confidence,
            "polygon": [10.0, 10.0, 40.0, 10.0, 40.0, 40.0],
            "box": [10.0, 10.0, 40.0, 40.0],
        }
        for index, confidence in ((1, 0.9), (0, 0.2))
    ]
    image = PredictedImage.objects.create(
        prediction=prediction,
        position=0,
        file_name="pond.png",
        extension="png",
        sha256="a" * 64,
        width=96,
        height=64,
        instances=instances,
        is_done=True,
    )
    path = paths.predicted_image_path(image)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return prediction


# --- versions ---------------------------------------------------------------------------------


def test_versions(trained: Trained, member: APIClient) -> None:
    slug = trained.pond.dataset.slug
    (version,) = get(member, f"/api/datasets/{slug}/versions/")["results"]
    assert version == get(member, f"/api/versions/{version['id']}/")
    assert version["image_counts"] == {"train": 8, "val": 4, "test": 2}
    assert version["class_names"] == ["disc", "diamond"]
    assert version["created_by"]["username"] == trained.pond.lead.username


def test_the_preview_and_a_new_version(trained: Trained, lead: APIClient) -> None:
    slug = trained.pond.dataset.slug
    preview = get(lead, f"/api/datasets/{slug}/versions/preview/")
    assert preview["image_counts"] == {"train": 8, "val": 4, "test": 2}
    assert {item["name"] for item in preview["class_counts"]} == {"disc", "diamond"}
    answer = lead.post(f"/api/datasets/{slug}/versions/", {"notes": "more ducks"})
    assert answer.status_code == 202, answer.content
    assert (answer.json()["number"], answer.json()["state"]) == (2, "queued")
    assert Version.objects.get(pk=answer.json()["id"]).notes == "more ducks"
    assert lead.delete(f"/api/versions/{answer.json()['id']}/").status_code == 204
    used = lead.delete(f"/api/versions/{trained.version.pk}/")
    assert (used.status_code, used.json()["code"]) == (409, "version_in_use")


def test_an_empty_dataset_cannot_be_frozen(trained: Trained, lead: APIClient) -> None:
    trained.pond.dataset.images.filter(split="val").delete()
    assert any(problem["blocking"] for problem in preview_version(trained.pond.dataset)["problems"])
    answer = lead.post(f"/api/datasets/{trained.pond.dataset.slug}/versions/", {})
    assert (answer.status_code, answer.json()["code"]) == (400, "version_no_val")
    assert "val split" in answer.json()["detail"]


# --- runs -------------------------------------------------------------------------------------


def test_a_run_with_epochs_log_and_files(
    trained: Trained, member: APIClient, lead: APIClient
) -> None:
    url = f"/api/runs/{trained.run.pk}/"
    run = get(member, url)
    assert (run["state"], run["epoch"], run["epochs"]) == ("finished", 2, 2)
    assert run["evaluation"] == trained.evaluation.pk
    assert set(run["best"]["mask"]) == METRICS
    assert len(run["sparkline"]) == 2
    assert run["duration_seconds"] > 0

    epochs = get(member, f"{url}epochs/")
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    assert set(epochs[0]["train"]) == {"box", "seg", "cls", "dfl"}
    assert get(member, f"{url}epochs/", after=1) == epochs[1:]

    log = get(member, f"{url}log/", tail=3)
    assert len(log["text"].splitlines()) == 3
    assert log["truncated"] is True

    files = {item["name"]: item for item in get(member, f"{url}files/")}
    kinds = {name: item["kind"] for name, item in files.items()}
    assert kinds["best.pt"] == kinds["last.pt"] == "checkpoint"
    assert (kinds["results.csv"], kinds["args.yaml"]) == ("table", "config")
    for name in ("best.pt", "results.csv"):
        answer = (lead if name == "best.pt" else member).get(files[name]["url"])
        assert len(b"".join(answer)) == files[name]["size_bytes"]
        assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fsecret_key", "%2e%2e", "evaluations", "nothing.txt", ".hidden"]
)
def test_only_listed_files_are_given_out(trained: Trained, member: APIClient, name: str) -> None:
    (paths.run_dir(trained.run) / ".hidden").write_text("x")
    assert member.get(f"/api/runs/{trained.run.pk}/files/{name}").status_code == 404


def test_lists_and_filters_of_runs(trained: Trained, member: APIClient) -> None:
    slug, run = trained.pond.dataset.slug, trained.run
    assert [item["id"] for item in get(member, "/api/runs/")["results"]] == [run.pk]
    assert get(member, "/api/runs/", dataset=slug, state="finished")["results"]
    assert not get(member, "/api/runs/", state="failed")["results"]
    assert not get(member, "/api/runs/", dataset="other")["results"]
    assert get(member, "/api/runs/", search=run.name[:4])["results"]
    assert [item["id"] for item in get(member, "/api/runs/latest/", dataset=slug)] == [run.pk]


REQUEST = {"base_model": "yolov8n-seg.yaml", "epochs": 3, "image_size": 64, "batch": 4}


def test_start_rename_cancel_delete_a_run(trained: Trained, lead: APIClient) -> None:
    body = {**REQUEST, "dataset": trained.pond.dataset.slug, "version": trained.version.pk}
    answer = lead.post("/api/runs/", {**body, "device": "cpu", "seed": 7})
    assert answer.status_code == 202, answer.content
    run = answer.json()
    assert run["state"] == "queued"
    assert run["parameters"] == {
        "epochs": 3,
        "image_size": 64,
        "batch": 4,
        "device": "cpu",
        "seed": 7,
        "learning_rate": None,
        "patience": 100,
        "sample_every": 1,
        "arguments": {},
        "fold": None,
    }
    url = f"/api/runs/{run['id']}/"
    assert lead.patch(url, {"name": "better"}).json()["name"] == "better"
    assert lead.patch(url, {"priority": "high"}).json()["priority"] == "high"
    (waiting,) = get(lead, "/api/runs/queue/")
    assert (waiting["run"], waiting["position"], waiting["priority"]) == (run["id"], 1, "high")
    assert waiting["reason"] == "No worker is running: it waits until one is started."
    assert lead.post(f"{url}cancel/").json()["state"] == "cancelled"
    again = lead.post(f"{url}cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "run_ended")
    assert lead.delete(url).status_code == 204
    assert not Run.objects.filter(pk=run["id"]).exists()


def test_a_run_from_a_checkpoint(trained: Trained, lead: APIClient) -> None:
    body = {**REQUEST, "dataset": trained.pond.dataset.slug, "checkpoint": trained.best.pk}
    del body["base_model"]
    run = lead.post("/api/runs/", body).json()
    assert run["source_checkpoint"] == trained.best.pk
    assert run["source_name"] == f"best.pt of {trained.run.name}"
    assert run["base_model"] == "yolov8n-seg.yaml"
    used = lead.delete(f"/api/runs/{trained.run.pk}/")
    assert (used.status_code, used.json()["code"]) == (409, "run_in_use")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"image_size": 100}, "image_size"),
        ({"epochs": 0}, "epochs"),
        ({"batch": 100_000}, "batch"),
        ({"device": "cuda; rm -rf"}, "device"),
        ({"base_model": ""}, "base_model"),
        ({"checkpoint": 1}, "base_model"),
        ({"learning_rate": 5}, "learning_rate"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_parameters_name_their_field(
    trained: Trained, lead: APIClient, change: dict[str, object], field: str
) -> None:
    body = {**REQUEST, "dataset": trained.pond.dataset.slug, **change}
    answer = lead.post("/api/runs/", body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert Run.objects.count() == 1


def test_base_models_are_only_those_of_the_list(trained: Trained, lead: APIClient) -> None:
    body = {**REQUEST, "dataset": trained.pond.dataset.slug, "base_model": "../../etc/passwd.pt"}
    answer = lead.post("/api/runs/", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_base_model")


# --- checkpoints and evaluations --------------------------------------------------------------


def test_checkpoints(trained: Trained, member: APIClient, lead: APIClient) -> None:
    found = get(member, "/api/checkpoints/", run=trained.run.pk)["results"]
    assert {item["kind"] for item in found} == {"best", "last"}
    best = next(item for item in found if item["kind"] == "best")
    assert best["class_names"] == ["disc", "diamond"]
    assert best["image_size"] == 64
    assert member.get(best["url"]).status_code == 403  # weights are for reviewers and leads
    answer = lead.get(best["url"])
    assert len(b"".join(answer)) == best["size_bytes"]
    assert not get(member, "/api/checkpoints/", dataset="other")["results"]


def test_an_evaluation_with_curves_and_counts(trained: Trained, member: APIClient) -> None:
    url = f"/api/evaluations/{trained.evaluation.pk}/"
    evaluation = get(member, url)
    assert get(member, f"/api/runs/{trained.run.pk}/evaluations/") == [evaluation]
    assert (evaluation["state"], evaluation["split"]) == ("finished", "val")
    assert set(evaluation["mask"]) == METRICS
    assert {item["color"] for item in evaluation["per_class"]} <= {
        item.color for item in trained.pond.classes
    }
    curves = get(member, f"{url}curves/")
    assert len(curves["box"]["f1"]["mean"]) == len(curves["confidence"])
    operating = get(member, f"{url}operating/", confidence=0.001, basis="mask")
    assert operating["labels"] == evaluation["instance_count"]
    assert [item["name"] for item in operating["class_rates"]] == ["disc", "diamond"]
    assert member.get(f"{url}operating/?confidence=7").status_code == 400
    assert member.get(f"{url}operating/?basis=banana").status_code == 400


def test_columns_come_once(trained: Trained, member: APIClient) -> None:
    url = f"/api/evaluations/{trained.evaluation.pk}/columns/"
    plain = member.get(url)
    assert plain["Content-Type"] == "application/octet-stream"
    packed = member.get(url, HTTP_ACCEPT_ENCODING="gzip, br")
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert member.get(url, HTTP_IF_NONE_MATCH=plain["ETag"]).status_code == 304
    other = member.get(f"{url}?iou=0.75&basis=box", HTTP_IF_NONE_MATCH=plain["ETag"])
    assert other.status_code == 200
    assert member.get(url, {"iou": 0.05}).status_code == 400


def test_shapes_of_some_images(trained: Trained, member: APIClient) -> None:
    url = f"/api/evaluations/{trained.evaluation.pk}/shapes/"
    second, first = get(member, url, keys="1,0")
    assert (second["key"], first["key"]) == ("1", "0")
    assert member.get(first["image_url"]).status_code == 200
    assert len(first["labels"][0]["polygon"]) >= 6
    assert member.get(url, {"keys": "0,999"}).status_code == 404
    assert member.get(url, {"keys": ",".join(["0"] * 201)}).status_code == 400


def test_likely_label_errors(trained: Trained, member: APIClient) -> None:
    url = f"/api/evaluations/{trained.evaluation.pk}/suspects/"
    page = get(member, url)
    assert page["evaluations"] == 1
    assert {item["kind"] for item in page["rules"]} == set(page["counts"])
    assert page["total"] == sum(page["counts"].values())
    assert get(member, url, kind="extra")["total"] == page["counts"]["extra"] > 0
    assert member.get(url, {"kind": "banana"}).status_code == 400


def test_comparing_evaluations(trained: Trained, member: APIClient) -> None:
    first = trained.evaluation
    other = Evaluation.objects.get(pk=first.pk)
    # A number that no other test's evaluation gets: the folder of this one stays.
    other.pk, other.checkpoint = 7001, trained.run.checkpoints.get(kind="last")
    other.save()
    shutil.copytree(paths.evaluation_dir(first), paths.evaluation_dir(other), dirs_exist_ok=True)
    query = f"?ids={first.pk},{other.pk}"
    comparison = get(member, f"/api/evaluations/compare/{query}")
    assert [item["id"] for item in comparison["evaluations"]] == [first.pk, other.pk]
    assert (comparison["is_comparable"], comparison["note"]) == (True, "")
    assert comparison["classes"][0]["mask"][0] == comparison["classes"][0]["mask"][1]
    images = get(member, f"/api/evaluations/compare/images/{query}")
    assert (images["better"], images["worse"], images["same"]) == (0, 0, 4)
    assert set(comparison) == set(read_schemas()["Comparison"]["properties"])
    (pair,) = comparison["pairs"]
    assert pair["words"].startswith("Better on 0 images, worse on 0, equal on 4; ")
    assert "4 images are too few" in pair["verdict"]
    own = (first.mask or {})["map50_95"]
    assert pair["figures"][0]["first"] == pair["figures"][0]["other"] == pytest.approx(own)
    assert comparison["points"][0] == comparison["points"][1]
    assert comparison["evaluations"][0]["speed"]["parameters"] > 1_000_000
    assert comparison["evaluations"][0]["speed"]["gflops"] > 0
    stricter = get(member, f"/api/evaluations/compare/{query}&confidence=0.9&basis=box")
    assert (stricter["confidence"], stricter["points"][0]["confidence"]) == (0.9, 0.9)
    for flip in ("lost", "found"):
        objects = get(member, f"/api/evaluations/compare/objects/{query}&flip={flip}")
        assert objects["total"] == pair["flips"][flip] == len(objects["results"]) == 0
    same = get(member, f"/api/evaluations/compare/images/{query}&direction=same")
    assert same["total"] == pair["same"] == len(same["results"])

    Evaluation.objects.filter(pk=other.pk).update(split="test")
    comparison = get(member, f"/api/evaluations/compare/{query}")
    assert comparison["is_comparable"] is False
    assert "val of version 1 and test of version 1" in comparison["note"]
    answer = member.get(f"/api/evaluations/compare/images/{query}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_comparable")


def test_only_ones_own_evaluations_can_be_compared(trained: Trained, member: APIClient) -> None:
    url = "/api/evaluations/compare/"
    assert member.get(url, {"ids": f"{trained.evaluation.pk},999"}).status_code == 404
    for ids in ("1", "1,1", "1,x", ""):
        assert member.get(url, {"ids": ids}).status_code == 400, ids
    stranger = client_of(trained.pond.stranger)
    ids = f"{trained.evaluation.pk},{trained.evaluation.pk + 1}"
    for path in (url, f"{url}images/", f"{url}objects/"):
        values = {"ids": ids} | ({"flip": "lost"} if "objects" in path else {})
        assert stranger.get(path, values).status_code == 404
        assert client_of(None).get(path, values).status_code == 401
    assert member.get(f"{url}objects/", {"ids": "1,2,3", "flip": "lost"}).status_code == 400


def test_evaluated_images_page_by_page(trained: Trained, member: APIClient) -> None:
    url = f"/api/evaluations/{trained.evaluation.pk}/images/"
    first = get(member, url, page_size=3, ordering="name")
    assert first["total"] == 4
    assert first["previous"] is None
    second = get(member, first["next"])
    assert second["next"] is None
    names = [item["file_name"] for item in first["results"] + second["results"]]
    assert names == [f"val-{index:02}.png" for index in range(4)]
    image = first["results"][0]
    live = trained.pond.dataset.images.get(stem="val-00")
    assert image["image"] == str(live.pk)
    assert member.get(image["image_url"]).status_code == 200
    assert image["label_count"] == live.instance_count == len(image["labels"])
    assert get(member, f"{url}{image['key']}/") == image
    assert member.get(f"{url}999/").status_code == 404
    assert member.get(url, {"filter": "banana"}).status_code == 400


def test_the_picture_of_a_deleted_image_comes_from_the_version(
    trained: Trained, member: APIClient
) -> None:
    trained.pond.dataset.images.filter(stem="val-00").delete()
    url = f"/api/evaluations/{trained.evaluation.pk}/images/"
    image = get(member, url, ordering="name")["results"][0]
    assert image["image"] is None
    assert member.get(image["image_url"])["Content-Type"] == "image/png"
    assert member.get(image["thumbnail_url"])["Content-Type"] == "image/webp"


def test_asking_for_an_evaluation(trained: Trained) -> None:
    url = f"/api/runs/{trained.run.pk}/evaluations/"
    answer = client_of(trained.pond.reviewer).post(url, {"split": "test"})
    assert answer.status_code == 202, answer.content
    assert (answer.json()["split"], answer.json()["state"]) == ("test", "queued")
    curves = client_of(trained.pond.reviewer).get(f"/api/evaluations/{answer.json()['id']}/curves/")
    assert (curves.status_code, curves.json()["code"]) == (409, "evaluation_not_finished")


def test_asking_for_an_evaluation_on_another_version(trained: Trained) -> None:
    url = f"/api/runs/{trained.run.pk}/evaluations/"
    reviewer = client_of(trained.pond.reviewer)
    other = Version.objects.get(pk=trained.version.pk)
    other.pk, other.number, other.state = None, 2, "queued"
    other.save()
    answer = reviewer.post(url, {"split": "val", "version": other.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "version_not_ready")
    Version.objects.filter(pk=other.pk).update(state="finished", test_count=0)
    answer = reviewer.post(url, {"split": "test", "version": other.pk})
    assert (answer.status_code, answer.json()["code"]) == (409, "split_empty")
    answer = reviewer.post(url, {"split": "val", "version": other.pk})
    assert answer.status_code == 202, answer.content
    assert answer.json()["version"] == {"id": other.pk, "number": 2}
    assert (answer.json()["is_run_version"], answer.json()["checkpoint_kind"]) == (False, "best")
    assert get(reviewer, f"/api/runs/{trained.run.pk}/")["evaluation"] == trained.evaluation.pk
    found = get(reviewer, "/api/evaluations/", version=other.pk)["results"]
    assert [item["id"] for item in found] == [answer.json()["id"]]
    foreign = create_dataset(owner=trained.pond.reviewer, name="Foreign", classes=[])
    Version.objects.filter(pk=other.pk).update(dataset=foreign, number=1)
    answer = reviewer.post(url, {"split": "val", "version": other.pk})
    assert (answer.status_code, answer.json()["code"]) == (400, "version_missing")


def test_asking_again_queues_a_finished_evaluation(trained: Trained) -> None:
    url = f"/api/runs/{trained.run.pk}/evaluations/"
    reviewer = client_of(trained.pond.reviewer)
    assert reviewer.post(url, {"split": "val"}).json()["state"] == "finished"
    answer = reviewer.post(url, {"split": "val", "again": True})
    assert (answer.json()["id"], answer.json()["state"]) == (trained.evaluation.pk, "queued")
    curves = reviewer.get(f"/api/evaluations/{trained.evaluation.pk}/curves/")
    assert curves.status_code == 200, "the figures of before stay readable"


def test_an_evaluation_says_which_classes_do_not_fit(trained: Trained, member: APIClient) -> None:
    Evaluation.objects.filter(pk=trained.evaluation.pk).update(
        unknown_classes=["diamond"], extra_classes=["star", "moon"]
    )
    evaluation = get(member, f"/api/evaluations/{trained.evaluation.pk}/")
    assert evaluation["class_names"] == ["disc", "diamond", "star", "moon"]
    unknown, extra = evaluation["notes"]
    assert "“diamond”" in unknown
    assert "never found" in unknown
    assert "“star”, “moon”" in extra
    assert "false positives" in extra


# --- predictions ------------------------------------------------------------------------------


def test_start_a_prediction(trained: Trained, member: APIClient) -> None:
    files = [upload("pond/a.png"), upload("b.png", 2), SimpleUploadedFile("c.png", b"not one")]
    body = {"files": files, "checkpoint": trained.best.pk, "confidence": 0.4}
    answer = member.post("/api/predictions/", body, format="multipart")
    assert answer.status_code == 202, answer.content
    prediction = answer.json()
    assert (prediction["state"], prediction["image_count"]) == ("queued", 3)
    assert prediction["checkpoint"]["id"] == trained.best.pk
    url = f"/api/predictions/{prediction['id']}/"
    images = get(member, f"{url}images/")["results"]
    assert [image["file_name"] for image in images] == ["a.png", "b.png", "c.png"]
    assert "not an image" in images[2]["error"]
    assert member.get(images[0]["image_url"])["Content-Type"] == "image/png"
    assert member.post(f"{url}cancel/").json()["state"] == "cancelled"
    assert member.delete(url).status_code == 204


def test_nothing_readable_is_refused_whole(trained: Trained, member: APIClient) -> None:
    body = {"files": [SimpleUploadedFile("empty.jpg", b"")], "checkpoint": trained.best.pk}
    answer = member.post("/api/predictions/", body, format="multipart")
    assert answer.status_code == 400
    assert "empty.jpg: The file is empty" in answer.json()["detail"]
    assert not Prediction.objects.exists()
    assert member.post("/api/predictions/", {}, format="multipart").status_code == 400


def test_results_as_files(prediction: Prediction, member: APIClient) -> None:
    url = f"/api/predictions/{prediction.pk}/"
    (image,) = get(member, f"{url}images/")["results"]
    assert [item["class_name"] for item in image["instances"]] == ["diamond", "disc"]
    assert member.get(image["thumbnail_url"])["Content-Type"] == "image/webp"
    result = get(member, f"{url}result.json")
    assert [item["confidence"] for item in result["images"][0]["instances"]] == [0.9]
    both = get(member, f"{url}result.json", confidence=0.1)
    assert len(both["images"][0]["instances"]) == 2
    zipped: Any = member.get(f"{url}labels.zip")
    with zipfile.ZipFile(io.BytesIO(zipped.getvalue())) as archive:
        assert archive.namelist() == ["labels/pond.txt", "classes.txt"]
        (row,) = archive.read("labels/pond.txt").decode().splitlines()
        assert row.startswith("1 0.1041666")
        assert archive.read("classes.txt") == b"disc\ndiamond\n"


def test_who_deletes_a_prediction(prediction: Prediction, trained: Trained) -> None:
    url = f"/api/predictions/{prediction.pk}/"
    assert client_of(trained.pond.reviewer).delete(url).status_code == 403
    assert client_of(trained.pond.lead).delete(url).status_code == 204
    assert not paths.prediction_dir(prediction).exists()


# --- workers, devices, the tray ---------------------------------------------------------------


def add_worker(**values: object) -> Worker:
    defaults: dict[str, Any] = {
        "name": "pond-host:gpu:77",
        "hostname": "pond-host",
        "pid": 77,
        "queue": "gpu",
        "heartbeat_at": timezone.now(),
        "cpu_count": 2,
        "devices": [
            {"id": "cpu", "kind": "cpu", "name": "CPU", "memory_total_mb": 1, "memory_free_mb": 1}
        ],
    }
    return Worker.objects.create(**{**defaults, **values})


def test_devices_say_what_a_run_will_train_on(member: APIClient) -> None:
    nothing = get(member, "/api/devices/")
    assert (nothing["worker_online"], nothing["devices"]) == (False, [])
    add_worker()
    on_cpu = get(member, "/api/devices/")
    assert on_cpu["message"] == "No GPU found: runs train on the processor (2 cores)."
    assert on_cpu["devices"][0]["worker"] == "pond-host"
    gpu = {"id": "0", "kind": "gpu", "name": "H200", "memory_total_mb": 2, "memory_free_mb": 1}
    add_worker(name="b:gpu:1", hostname="b", devices=[gpu])
    assert get(member, "/api/devices/")["message"] == "One GPU found: H200."
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=31))
    assert get(member, "/api/devices/")["worker_online"] is False


def test_two_workers_of_a_host_tell_of_one_device_and_two_hosts_of_two(member: APIClient) -> None:
    def gpu(free: int) -> list[dict[str, Any]]:
        gpu = {"id": "0", "kind": "gpu", "name": "H200"}
        return [{**gpu, "memory_total_mb": 9, "memory_free_mb": free}]

    before = timezone.now() - timedelta(seconds=3)
    add_worker(name="pond-host:gpu:78", devices=gpu(free=2))
    add_worker(name="pond-host:gpu:77", devices=gpu(free=8), heartbeat_at=before)
    add_worker(name="b:gpu:1", hostname="b", devices=gpu(free=5))

    told = get(member, "/api/devices/")

    assert [(item["worker"], item["memory_free_mb"]) for item in told["devices"]] == [
        ("b", 5),
        ("pond-host", 2),
    ]
    assert (told["gpu_count"], told["message"]) == (2, "2 GPUs found: H200.")


def test_base_models(member: APIClient) -> None:
    models = get(member, "/api/base-models/")
    assert len(models) == 30
    by_id = {model["id"]: model for model in models}
    assert by_id["yolov8n-seg.yaml"]["file_present"] is True
    assert by_id["yolo26x-seg.pt"]["file_present"] is False
    assert by_id["yolo26x-seg.pt"]["expected_path"].endswith("/weights/yolo26x-seg.pt")


def test_only_administrators_pause_and_remove_workers(trained: Trained, lead: APIClient) -> None:
    worker = add_worker()
    url = f"/api/workers/{worker.pk}/"
    assert lead.patch(url, {"mode": "pause"}).status_code == 403
    assert lead.delete(url).status_code == 403
    administrator = client_of(User.objects.create_superuser("root-of-pond", password="x"))
    assert administrator.patch(url, {"mode": "pause"}).status_code == 204
    assert get(lead, "/api/workers/")["workers"][0]["mode"] == "pause"
    assert administrator.patch(url, {"mode": "sleep"}).status_code == 400
    busy = administrator.delete(url)
    assert (busy.status_code, busy.json()["code"]) == (409, "worker_online")
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=31))
    assert administrator.delete(url).status_code == 204
    assert administrator.delete(url).status_code == 404


def test_workers_show_what_they_do_and_hide_what_is_not_yours(trained: Trained) -> None:
    add_worker()
    Run.objects.filter(pk=trained.run.pk).update(
        state="running", lease_owner="pond-host:77:abc", lease_until=timezone.now()
    )
    seen = get(client_of(trained.pond.annotator), "/api/workers/")
    assert seen["workers"][0]["current"][0]["title"] == f"Train {trained.run.name}"
    hidden = get(client_of(trained.pond.stranger), "/api/workers/")
    assert hidden["workers"][0]["current"] == [
        {"kind": "run", "id": trained.run.pk, "title": "Run of another dataset", "url": ""}
    ]


def test_the_tray_holds_jobs_of_all_kinds(trained: Trained, prediction: Prediction) -> None:
    Import.objects.create(
        dataset=trained.pond.dataset, source_name="a.zip", source_path="/a.zip",
        state="finished", finished_at=timezone.now(), refused=1,
    )  # fmt: skip
    tray = get(client_of(trained.pond.annotator), "/api/jobs/")
    assert {item["kind"] for item in tray} == {
        "import",
        "version",
        "run",
        "evaluation",
        "prediction",
    }
    assert all(item["url"].startswith("/") for item in tray)
    assert {item["kind"]: item["ending"] for item in tray}["import"] == "losses"
    assert get(client_of(trained.pond.stranger), "/api/jobs/") == []


# --- cost -------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["/api/runs/", "/api/checkpoints/", "/api/predictions/"])
def test_a_list_costs_the_same_however_long(
    trained: Trained,
    prediction: Prediction,
    member: APIClient,
    count_queries: QueryCounter,
    url: str,
) -> None:
    one = count_queries(lambda: get(member, url))
    for number in range(5):
        run = Run.objects.get(pk=trained.run.pk)
        best = run.checkpoints.get(kind="best")
        run.pk, run.name = None, f"copy {number}"
        run.save()
        best.pk, best.run = None, run
        best.save()
        Prediction.objects.create(
            checkpoint=best, dataset=run.dataset, confidence=0.5, device="cpu"
        )
    assert count_queries(lambda: get(member, url)) == one
    assert one <= 6


def test_the_schema_names_what_the_front_end_uses() -> None:
    assert set(read_schemas()) >= {
        "Version", "VersionPreview", "BaseModel", "Device", "MetricSet", "Run", "Epoch",
        "Evaluation", "EvaluatedImage", "Shape", "Checkpoint", "Prediction", "PredictedImage",
        "Worker", "JobItem", "Curves", "Progress", "User",
    }  # fmt: skip


def test_answers_have_the_fields_of_the_schema(
    trained: Trained, prediction: Prediction, member: APIClient
) -> None:
    schemas = read_schemas()
    evaluation = f"/api/evaluations/{trained.evaluation.pk}/"
    for name, answer in {
        "Run": get(member, f"/api/runs/{trained.run.pk}/"),
        "Version": get(member, f"/api/versions/{trained.version.pk}/"),
        "Evaluation": get(member, evaluation),
        "Curves": get(member, f"{evaluation}curves/"),
        "EvaluatedImage": get(member, f"{evaluation}images/0/"),
        "Figures": get(member, f"{evaluation}figures/"),
        "Suspect": get(member, f"{evaluation}suspects/")["results"][0],
        "ImageShapes": get(member, f"{evaluation}shapes/", keys="0")[0],
        "Prediction": get(member, f"/api/predictions/{prediction.pk}/"),
    }.items():
        assert set(answer) == set(schemas[name]["properties"]), name
