"""The API of served models: names, moving them, asking them in each form, limits and figures."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, cast

import pytest
import redis as redis_client
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import Settings
from rest_framework.test import APIClient

from annotator.kernel.accounts.tokens import create_token
from annotator.kernel.errors import ConflictError
from tests.annotator.conftest import client_of
from tests.training.conftest import QueryCounter, Trained
from training.checkpoints.exports import delete_export
from training.checkpoints.registry import delete_checkpoint, find_dependants
from training.checkpoints.usable import as_usable
from training.dataset_follower import prepare_deletion
from training.models import Checkpoint, Export, ServedModel, ServedMove, Weights
from training.paths import export_dir
from training.runs.runs import delete_run
from training.serving import served as service

from .conftest import ToldEngine, hold_until, jpeg, wait_for

MakeEngine = Callable[..., ToldEngine]
PREDICT = "/api/models/ponds/predict/"


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


@pytest.fixture
def last(trained: Trained) -> Checkpoint:
    return trained.run.checkpoints.get(kind="last")


@pytest.fixture
def served(trained: Trained, engine: ToldEngine, lead: APIClient) -> ServedModel:
    answer = lead.post("/api/served/", {"name": "ponds", "model": f"checkpoint:{trained.best.pk}"})
    assert answer.status_code == 201, answer.content
    return ServedModel.objects.get(name="ponds")


def ask_bytes(client: APIClient, content: bytes, query: str = "", **headers: str) -> Any:
    return client.generic(
        "POST", PREDICT + query, cast(Any, content), content_type="image/jpeg", headers=headers
    )


# --- names ---------------------------------------------------------------------------------------


def test_a_name_says_what_is_behind_it(served: ServedModel, lead: APIClient) -> None:
    (item,) = lead.get("/api/served/").json()["results"]
    best = Checkpoint.objects.get(servedmodels=served)
    assert item["model"]["reference"] == f"checkpoint:{best.pk}"
    assert (item["model"]["run"], item["model"]["run_name"]) == (best.run_id, best.run.name)
    assert item["model"]["sha256"] == best.sha256
    assert (item["url"], item["former"]) == (PREDICT, None)


def test_the_model_is_loaded_before_its_name_exists(
    served: ServedModel, engine: ToldEngine
) -> None:
    assert engine.models["best.pt"].warmed == 1


@pytest.mark.parametrize("name", ["12", "Ponds", "a b", "run:3", "ü", "-x", "a" * 61])
def test_names_that_are_none(name: str, trained: Trained, lead: APIClient) -> None:
    body = {"name": name, "model": f"checkpoint:{trained.best.pk}"}
    assert lead.post("/api/served/", body).status_code == 400


def test_a_name_is_given_once(served: ServedModel, lead: APIClient, last: Checkpoint) -> None:
    answer = lead.post("/api/served/", {"name": "ponds", "model": f"checkpoint:{last.pk}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "name_taken")


def test_without_a_worker_a_name_is_given_nevertheless(
    trained: Trained, lead: APIClient, client: "redis_client.Redis"
) -> None:
    body = {"name": "ponds", "model": f"checkpoint:{trained.best.pk}"}
    assert lead.post("/api/served/", body).status_code == 201
    answer = ask_bytes(lead, jpeg())
    assert (answer.status_code, answer.json()["code"]) == (503, "no_worker")
    assert answer.json()["detail"].endswith(".")


def test_a_model_that_cannot_be_loaded_gets_no_name(
    trained: Trained, lead: APIClient, engine: ToldEngine
) -> None:
    def fail(pictures: list[Any]) -> None:
        raise RuntimeError("a layer is missing")

    engine.before = fail
    body = {"name": "ponds", "model": f"checkpoint:{trained.best.pk}"}
    answer = lead.post("/api/served/", body)
    assert answer.status_code == 503
    assert "a layer is missing" in answer.json()["detail"]
    assert not ServedModel.objects.exists()


def test_everybodys_weights_need_a_dataset_and_others_are_refused(
    trained: Trained, lead: APIClient, engine: ToldEngine, data_root: Any
) -> None:
    weights = Weights.objects.create(
        name="all", file_name="best.pt", origin="uploaded", size_bytes=1,
        sha256=trained.best.sha256, class_names=["disc", "diamond"], state="finished",
    )  # fmt: skip
    path = data_root / "models" / str(weights.pk) / "model.pt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(as_usable(trained.best).path.read_bytes())
    body = {"name": "ponds", "model": f"weights:{weights.pk}"}
    assert lead.post("/api/served/", body).status_code == 400
    answer = lead.post("/api/served/", {**body, "dataset": trained.pond.dataset.slug})
    assert answer.status_code == 201, answer.content
    stranger = client_of(trained.pond.stranger)
    assert ask_bytes(stranger, jpeg()).status_code == 404


def test_moving_and_moving_back(
    served: ServedModel, lead: APIClient, last: Checkpoint, engine: ToldEngine
) -> None:
    assert lead.post("/api/served/ponds/back/").status_code == 409, "it was never moved"
    moved = lead.post("/api/served/ponds/move/", {"model": f"checkpoint:{last.pk}"})
    assert moved.status_code == 200, moved.content
    assert moved.json()["model"]["reference"] == f"checkpoint:{last.pk}"
    assert engine.models["last.pt"].warmed == 1, "loaded before the name moved"
    assert ask_bytes(lead, jpeg()).json()["checkpoint"] == f"checkpoint:{last.pk}"
    back = lead.post("/api/served/ponds/back/").json()
    assert back["model"]["reference"] == f"checkpoint:{served.checkpoint_id}"
    assert back["former"]["reference"] == f"checkpoint:{last.pk}"
    moves = lead.get("/api/served/ponds/moves/").json()["results"]
    assert [item["model"]["reference"] for item in moves] == [
        f"checkpoint:{served.checkpoint_id}",
        f"checkpoint:{last.pk}",
        f"checkpoint:{served.checkpoint_id}",
    ]


def test_a_name_moved_during_requests_drops_none(
    served: ServedModel, lead: APIClient, last: Checkpoint, trained: Trained, engine: ToldEngine
) -> None:
    """The request that is under way ends with the model that it began with."""
    from training.checkpoints.usable import model_of
    from training.serving.asking import ask

    gate = threading.Event()
    before = model_of(service.served_rows().get(name="ponds"))
    engine.before = lambda pictures: hold_until(gate) if pictures else None
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(ask, before, jpeg())
        wait_for(lambda: engine.engine._busy_since)
        moving = threading.Timer(0.2, gate.set)
        moving.start()
        lead.post("/api/served/ponds/move/", {"model": f"checkpoint:{last.pk}"})
        moving.join()
        assert under_way.result().model.reference == f"checkpoint:{trained.best.pk}"
    assert ask_bytes(lead, jpeg()).json()["checkpoint"] == f"checkpoint:{last.pk}"


def test_two_who_move_at_once_do_not_overwrite_each_other(
    served: ServedModel, trained: Trained, last: Checkpoint
) -> None:
    stale = service.served_rows().get(name="ponds")
    service.move_served(
        service.served_rows().get(name="ponds"), as_usable(last), moved_by=trained.pond.lead
    )
    export = _finished_export(trained)
    with pytest.raises(ConflictError, match="somebody else"):
        service.move_served(stale, as_usable(export), moved_by=trained.pond.lead)


def _finished_export(trained: Trained) -> Export:
    export = Export.objects.create(
        checkpoint=trained.best, format="onnx", image_size=64, file_name="best.onnx",
        state="finished",
    )  # fmt: skip
    folder = export_dir(export)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "best.onnx").write_bytes(b"an exported model")
    return export


# --- what is served stays ------------------------------------------------------------------------


def test_what_is_served_is_not_deleted(served: ServedModel, trained: Trained) -> None:
    assert find_dependants(trained.best)["served"] == ["ponds"]
    deletions: list[Callable[[], object]] = [
        partial(delete_checkpoint, trained.best),
        partial(delete_run, trained.run),
        partial(prepare_deletion, trained.pond.dataset),
    ]
    for delete in deletions:
        with pytest.raises(ConflictError, match="served as “ponds”"):
            delete()
    assert Checkpoint.objects.filter(pk=trained.best.pk).exists()


def test_a_served_export_is_not_deleted_and_keeps_its_checkpoint(
    served: ServedModel, trained: Trained
) -> None:
    export = _finished_export(trained)
    row = service.served_rows().get(name="ponds")
    service.move_served(row, as_usable(export), moved_by=trained.pond.lead)
    with pytest.raises(ConflictError, match="served as “ponds”"):
        delete_export(export)
    assert find_dependants(trained.best)["served"] == ["ponds"]


def test_what_a_name_pointed_at_once_may_be_deleted(
    served: ServedModel, trained: Trained, last: Checkpoint, lead: APIClient
) -> None:
    """The history forgets it; “move back” then leads nowhere."""
    path, content = as_usable(trained.best).path, as_usable(trained.best).path.read_bytes()
    lead.post("/api/served/ponds/move/", {"model": f"checkpoint:{last.pk}"})
    trained.run.evaluations.all().delete()
    try:
        delete_checkpoint(trained.best)
    finally:
        path.write_bytes(content)
    assert not ServedMove.objects.filter(checkpoint_id=trained.best.pk).exists()
    assert lead.post("/api/served/ponds/back/").status_code == 409


def test_a_name_that_is_not_served_any_more(served: ServedModel, lead: APIClient) -> None:
    assert lead.delete("/api/served/ponds/").status_code == 204
    assert ask_bytes(lead, jpeg()).status_code == 404


# --- asking --------------------------------------------------------------------------------------


def test_the_bytes_of_an_image(served: ServedModel, trained: Trained, lead: APIClient) -> None:
    answer = ask_bytes(lead, jpeg((50, 30)))
    body = answer.json()
    assert answer.status_code == 200
    assert (body["model"], body["checkpoint"]) == ("ponds", f"checkpoint:{trained.best.pk}")
    assert (body["sha256"], body["run_name"]) == (trained.best.sha256, trained.run.name)
    assert (body["width"], body["height"]) == (50, 30)
    assert body["instances"][0]["class_name"] == "diamond"
    assert set(body["milliseconds"]) == {
        "decode", "wait", "load", "model", "masks", "answer", "whole",
    }  # fmt: skip


def test_a_form_and_label_text(served: ServedModel, lead: APIClient) -> None:
    answer = lead.post(
        PREDICT,
        {"file": SimpleUploadedFile("a.jpg", jpeg((10, 10)))},
        format="multipart",
        headers={"Accept": "text/plain"},
    )
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain")
    assert answer.content == b"1 0.1 0.1 0.9 0.1 0.9 0.9\n"


@pytest.fixture
def image_server() -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = jpeg((60, 40)) if self.path == "/a.jpg" else b"<html>"
            self.send_response(404 if self.path == "/gone" else 200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def test_a_url(served: ServedModel, lead: APIClient, image_server: str, settings: Settings) -> None:
    refused = lead.post(PREDICT, {"url": f"{image_server}/a.jpg"})
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_address")
    settings.IMPORT_PRIVATE_URLS = True
    assert lead.post(PREDICT, {"url": f"{image_server}/a.jpg"}).json()["width"] == 60
    assert lead.post(PREDICT, {"url": f"{image_server}/page"}).status_code == 422
    gone = lead.post(PREDICT, {"url": f"{image_server}/gone"})
    assert (gone.status_code, "answered 404" in gone.json()["detail"]) == (400, True)


def test_an_image_that_is_too_large(
    served: ServedModel, lead: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("training.api.serving.MOST_IMAGE_BYTES", 1000)
    assert ask_bytes(lead, b"x" * 1001).status_code == 413
    form = {"file": SimpleUploadedFile("a.jpg", b"x" * 1001)}
    assert lead.post(PREDICT, form, format="multipart").status_code == 413


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?conf=0.01", "conf"),
        ("?conf=2", "conf"),
        ("?iou=x", "iou"),
        ("?imgsz=1", "imgsz"),
        ("?classes=goose", "goose"),
        ("?confidence=0.5", "conf"),
    ],
)
def test_odd_options_are_refused(
    served: ServedModel, lead: APIClient, query: str, says: str
) -> None:
    answer = ask_bytes(lead, jpeg(), query)
    assert answer.status_code == 400
    assert says in answer.json()["detail"]


def test_classes_by_name(served: ServedModel, lead: APIClient, engine: ToldEngine) -> None:
    ask_bytes(lead, jpeg(), "?classes=diamond")
    ask_bytes(lead, jpeg(), "?classes=disc&classes=diamond")
    ask_bytes(lead, jpeg(), "?classes=disc,diamond")
    assert [told["classes"] for told in engine.models["best.pt"].options] == [[1], [0, 1], [0, 1]]


@pytest.mark.parametrize("body", [{}, {"url": "https://a.org/x.jpg", "file": "x"}, {"uri": "x"}])
def test_a_body_without_one_image(
    served: ServedModel, lead: APIClient, body: dict[str, str]
) -> None:
    assert lead.post(PREDICT, body).status_code == 400


def test_a_bad_image_and_an_empty_one(served: ServedModel, lead: APIClient) -> None:
    assert ask_bytes(lead, b"rubbish").status_code == 422
    assert ask_bytes(lead, b"").status_code == 400


def test_a_model_that_has_no_name(trained: Trained, lead: APIClient, engine: ToldEngine) -> None:
    address = f"/api/predict-once/?model=checkpoint:{trained.best.pk}"
    answer = lead.generic("POST", address, cast(Any, jpeg()), content_type="image/png")
    assert answer.json()["checkpoint"] == f"checkpoint:{trained.best.pk}"
    stranger = client_of(trained.pond.stranger)
    refused = stranger.generic("POST", address, cast(Any, jpeg()), content_type="image/png")
    assert refused.status_code == 404


# --- limits and figures --------------------------------------------------------------------------


def test_a_token_has_so_many_requests_a_minute(
    served: ServedModel, trained: Trained, lead: APIClient
) -> None:
    lead.patch("/api/served/ponds/", {"requests_per_minute": 2})
    tokens = [create_token(trained.pond.annotator, name=name, days=1) for name in ("one", "two")]
    clients = []
    for token in tokens:
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Token {token.key}")
        clients.append(client)
    assert [ask_bytes(clients[0], jpeg()).status_code for _ in range(3)] == [200, 200, 429]
    refused = ask_bytes(clients[0], jpeg())
    assert 1 <= int(refused["Retry-After"]) <= 61
    assert "2 requests a minute" in refused.json()["detail"]
    assert ask_bytes(clients[1], jpeg()).status_code == 200, "each token has its own"


def test_figures_count_requests_errors_and_times(served: ServedModel, lead: APIClient) -> None:
    for content in (jpeg(), jpeg(), b"rubbish"):
        ask_bytes(lead, content)
    stats = lead.get("/api/served/ponds/stats/").json()
    assert (stats["requests"], stats["error_count"]) == (3, 1)
    assert stats["errors"] == [{"code": "unreadable_image", "count": 1}]
    parts = {item["part"]: item for item in stats["parts"]}
    assert parts["model"]["p50"] == pytest.approx(4.0, rel=0.07)
    assert parts["whole"]["p99"] >= parts["whole"]["p50"] > 0
    assert len(stats["slots"]) == 144
    assert stats["slots"][-1]["requests"] == 3
    assert stats["days"][-1]["requests"] == 3
    (item,) = lead.get("/api/served/").json()["results"]
    assert (item["today"]["requests"], item["today"]["errors"]) == (3, 1)


def test_the_list_costs_the_same_for_many_names(
    served: ServedModel, trained: Trained, lead: APIClient, count_queries: QueryCounter
) -> None:
    one = count_queries(lambda: lead.get("/api/served/"))
    for number in range(5):
        row = ServedModel.objects.create(
            name=f"more-{number}", dataset=trained.pond.dataset, checkpoint=trained.best
        )
        ServedMove.objects.create(served=row, checkpoint=trained.best)
    assert count_queries(lambda: lead.get("/api/served/")) == one


def test_the_faster_of_a_checkpoint_and_its_exports(
    served: ServedModel, trained: Trained, lead: APIClient, engine: ToldEngine
) -> None:
    export = _finished_export(trained)
    told = lead.get("/api/served/ponds/candidates/").json()
    assert [item["model"]["reference"] for item in told] == [
        f"checkpoint:{trained.best.pk}",
        f"export:{export.pk}",
    ]
    assert all(item["speeds"] == [] and not item["is_fastest"] for item in told)
    for item in told:
        body = {"model": item["model"]["reference"]}
        answer = lead.post("/api/served/ponds/candidates/measure/", body)
        assert answer.status_code == 200, answer.content
    measured = answer.json()
    assert [item["speeds"][0]["count"] for item in measured] == [5, 5]
    assert sum(item["is_fastest"] for item in measured) == 1
    other = lead.post("/api/served/ponds/candidates/measure/", {"model": "checkpoint:999"})
    assert other.status_code == 400
    export.refresh_from_db()
    assert len(export.file_sha256) == 64
    (export_dir(export) / "best.onnx").write_bytes(b"something else")
    engine.engine.models.forget_others("", "")
    changed = lead.post("/api/served/ponds/candidates/measure/", body)
    assert changed.status_code == 503
    assert "was changed since" in json.dumps(changed.json())
