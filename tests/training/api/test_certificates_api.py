"""No export leaves without a certificate; a red one only for who says so."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from training import paths
from training.checkpoints.exporting import Exporting
from training.checkpoints.usable import find_model
from training.jobs.engine_job import work_off
from training.models import Checkpoint, Evaluation, Export, Prediction, Worker, WorkerQueue

from ...annotator.conftest import client_of
from ..conftest import Engine, Trained
from .test_training_api import get


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


def make_export(trained: Trained, lead: APIClient, format: str = "onnx") -> Export:
    url = f"/api/checkpoints/{trained.best.pk}/exports/"
    export = lead.post(url, {"format": format}).json()
    Exporting.take_up(export["id"])
    return Export.objects.get(pk=export["id"])


def measure(export: Export) -> Evaluation:
    evaluation = Evaluation.objects.get(export=export)
    work_off(evaluation)
    return Evaluation.objects.get(pk=evaluation.pk)


def certified(trained: Trained, lead: APIClient, engine: Engine, loses: float = 0.0) -> Export:
    engine.follow({}, {"loses": loses})
    export = make_export(trained, lead)
    measure(export)
    export.refresh_from_db()
    return export


def certificate_of(export: Export) -> dict[str, Any]:
    assert export.certificate is not None
    return export.certificate


def file_of(client: APIClient, export: Export, query: str = "") -> tuple[int, str]:
    answer = client.get(f"/api/exports/{export.pk}/file/{query}")
    code = "" if answer.status_code == 200 else answer.json().get("code", "")
    return answer.status_code, code


def test_an_export_asks_for_its_certificate_and_waits_for_it(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    export = make_export(trained, lead)
    assert (export.state, export.certificate) == ("finished", None)
    assert file_of(lead, export) == (409, "certificate_missing")
    told = get(lead, f"/api/exports/{export.pk}/")
    assert (told["measuring"]["state"], told["measuring"]["split"]) == ("queued", "val")
    evaluation = measure(export)
    assert (evaluation.state, evaluation.error) == ("finished", "")
    told = get(lead, f"/api/exports/{export.pk}/")
    certificate = told["certificate"]
    assert (certificate["grade"], certificate["difference"]) == ("green", 0)
    assert certificate["evaluation"] == evaluation.pk
    assert (certificate["split"], certificate["version"]["id"]) == ("val", trained.version.pk)
    assert certificate["speed"]["ratio"] == 2
    assert certificate["size"] == {"checkpoint_bytes": 6, "export_bytes": 8}
    assert len(certificate["worst_image"]["checkpoint"]) == 2
    assert file_of(lead, export) == (200, "")


@pytest.mark.parametrize(
    ("loses", "grade", "status"),
    [(0.002, "green", 200), (-0.002, "green", 200), (0.0021, "amber", 200), (0.01, "amber", 200),
     (0.011, "red", 409), (-0.02, "red", 409)],
)  # fmt: skip
def test_a_red_one_has_to_be_asked_for(
    trained: Trained, lead: APIClient, engine: Engine, loses: float, grade: str, status: int
) -> None:
    export = certified(trained, lead, engine, loses)
    assert certificate_of(export)["grade"] == grade
    assert file_of(lead, export)[0] == status
    assert file_of(lead, export, "?anyway=1") == (200, "")
    if grade == "red":
        assert file_of(lead, export) == (409, "certificate_red")
        assert file_of(lead, export, "?anyway=perhaps")[0] == 400


@pytest.mark.parametrize(
    ("then", "says", "consent"),
    [("not_runnable", "Core ML models run on macOS only", False),
     ("oom", "The memory of the GPU 0 was not enough", True)],
)  # fmt: skip
def test_what_could_not_be_measured_says_so(
    trained: Trained, lead: APIClient, engine: Engine, then: str, says: str, consent: bool
) -> None:
    engine.follow({}, {"then": then})
    export = make_export(trained, lead)
    assert measure(export).state == "failed"
    export.refresh_from_db()
    assert certificate_of(export)["grade"] == "unmeasured"
    assert certificate_of(export)["sentence"].startswith(f"Not measured here: {says}")
    assert certificate_of(export)["needs_consent"] is consent
    assert file_of(lead, export)[0] == (409 if consent else 200)
    assert file_of(lead, export, "?anyway=1") == (200, "")


def test_a_version_without_val_images_is_said_at_once(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    type(trained.version).objects.filter(pk=trained.version.pk).update(val_count=0)
    export = make_export(trained, lead)
    assert "no image in its val split" in certificate_of(export)["sentence"]
    assert not Evaluation.objects.filter(export=export).exists()
    assert file_of(lead, export) == (200, "")


def test_a_certificate_on_demand_and_on_another_split(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    export = certified(trained, lead, engine)
    url = f"/api/exports/{export.pk}/certificate/"
    for role in (trained.pond.reviewer, trained.pond.annotator):
        assert client_of(role).post(url, {}).status_code == 403
    assert client_of(trained.pond.stranger).post(url, {}).status_code == 404
    assert lead.post(url, {"split": "nowhere"}).status_code == 400
    assert lead.post(url, {"spilt": "val"}).status_code == 400
    told = lead.post(url, {"split": "test"})
    assert (told.status_code, told.json()["certificate"]) == (202, None)
    assert file_of(lead, export) == (409, "certificate_missing")
    busy = lead.post(url, {"split": "test"})
    assert (busy.status_code, busy.json()["code"]) == (409, "certificate_busy")
    work_off(Evaluation.objects.get(export=export, split="test"))
    told = get(lead, f"/api/exports/{export.pk}/")
    assert (told["certificate"]["split"], told["certificate"]["grade"]) == ("test", "green")


def test_an_evaluation_on_another_split_leaves_the_certificate(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    export = certified(trained, lead, engine)
    engine.follow({}, {}, {"loses": 0.1}, {"then": "oom"})
    url = f"/api/runs/{trained.run.pk}/evaluations/"
    answer = lead.post(url, {"split": "test", "export": export.pk})
    assert (answer.status_code, answer.json()["export_name"]) == (202, "ONNX")
    work_off(Evaluation.objects.get(pk=answer.json()["id"]))
    export.refresh_from_db()
    assert (certificate_of(export)["split"], certificate_of(export)["grade"]) == ("val", "green")
    # One that fails does not take the figures away either.
    answer = lead.post(url, {"split": "val", "export": export.pk, "again": True})
    work_off(Evaluation.objects.get(pk=answer.json()["id"]))
    export.refresh_from_db()
    assert certificate_of(export)["grade"] == "green"
    both = {"split": "val", "export": export.pk, "checkpoint": trained.best.pk}
    assert lead.post(url, both).status_code == 400
    assert lead.post(url, {"split": "val", "export": export.pk + 1}).status_code == 400


def say_formats(**reasons: str) -> None:
    from django.utils import timezone

    Worker.objects.create(
        hostname="here",
        pid=1,
        queue=WorkerQueue.GPU,
        heartbeat_at=timezone.now(),
        export_formats=[{"format": name, "reason": reason} for name, reason in reasons.items()],
    )


def test_the_table_of_formats_recommends_the_fastest_that_is_as_good(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    say_formats(onnx="", openvino="", torchscript="needs nothing", ncnn="needs ncnn")
    url = f"/api/checkpoints/{trained.best.pk}/"
    for person in trained.pond.members:
        assert client_of(person).get(f"{url}formats/").status_code == 200
    assert client_of(trained.pond.stranger).get(f"{url}formats/").status_code == 404
    table = get(lead, f"{url}formats/")
    assert (table["can_make"], table["recommended"]) == (2, None)
    assert client_of(trained.pond.reviewer).post(f"{url}exports/all/").status_code == 403
    assert client_of(trained.pond.stranger).post(f"{url}exports/all/").status_code == 404
    assert lead.post(f"{url}exports/all/").json() == {"count": 2}
    assert lead.post(f"{url}exports/all/").json() == {"count": 0}
    engine.follow({}, {}, {"loses": 0.1})
    exports = {item.format: item for item in Export.objects.all()}
    for export in exports.values():
        Exporting.take_up(export.pk)
    measure(exports["onnx"])
    measure(exports["openvino"])
    table = get(lead, f"{url}formats/")
    rows = {row["format"]: row for row in table["rows"]}
    assert rows["ncnn"]["reason"] == "needs ncnn"
    assert table["can_make"] == 0
    grades = [rows[name]["exports"][0]["certificate"]["grade"] for name in ("onnx", "openvino")]
    assert grades == ["red", "green"]
    recommended = table["recommended"]
    assert recommended["sentence"] == "OpenVINO is 2.0 × as fast here, same figures."
    assert recommended["reference"] == f"export:{exports['openvino'].pk}"


def test_the_table_asks_as_little_for_many_exports(
    trained: Trained, lead: APIClient, count_queries: object
) -> None:
    url = f"/api/checkpoints/{trained.best.pk}/formats/"
    count = count_queries(lambda: get(lead, url))  # type: ignore[operator]
    for _ in range(5):
        Export.objects.create(checkpoint=trained.best, format="onnx", image_size=64)
    assert count_queries(lambda: get(lead, url)) <= count + 4  # type: ignore[operator]


def test_an_export_is_a_model_like_a_checkpoint(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    export = make_export(trained, lead, "openvino")
    model = find_model(f"export:{export.pk}", trained.pond.annotator)
    assert model.path == paths.export_dir(export) / "best.openvino"
    assert model.path.is_dir()
    assert model.name == f"{trained.run.name} · best · OpenVINO"
    assert get(lead, f"/api/exports/{export.pk}/")["reference"] == model.reference


def test_an_export_in_use_is_not_deleted(trained: Trained, lead: APIClient, engine: Engine) -> None:
    export = certified(trained, lead, engine)
    prediction = Prediction.objects.create(
        export=export, dataset=trained.pond.dataset, confidence=0.5, device="cpu"
    )
    url = f"/api/exports/{export.pk}/"
    answer = lead.delete(url)
    assert (answer.status_code, answer.json()["code"]) == (409, "export_in_use")
    told = get(lead, f"/api/checkpoints/{trained.best.pk}/dependants/")
    assert (told["prediction_count"], told["blocking"]) == (1, True)
    prediction.delete()
    folder = paths.evaluation_dir(Evaluation.objects.get(export=export))
    assert folder.is_dir()
    assert lead.delete(url).status_code == 204
    assert not folder.exists()
    assert not Evaluation.objects.filter(export__isnull=False).exists()
    assert Checkpoint.objects.filter(pk=trained.best.pk).exists()
