"""Trained elsewhere: a version goes out, the run folder or a checkpoint comes back as a run."""

import io
import json
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from rest_framework.test import APIClient

from training import paths
from training.checkpoints.run_importing import RunImporting
from training.jobs.engine_job import work_off
from training.models import Evaluation, Run, RunImport

from ...annotator.conftest import client_of
from ..conftest import Engine, Trained
from .test_training_api import get

PLAN = "?base_model=yolov8n-seg.yaml&epochs=2&image_size=64&batch=4"
CHECKPOINT = {"class_names": ["disc", "diamond"], "imgsz": 96}
HEAD = (
    "epoch,time,train/box_loss,train/seg_loss,train/cls_loss,train/dfl_loss,metrics/precision(B),"
    "metrics/recall(B),metrics/mAP50(B),metrics/mAP50-95(B),metrics/precision(M),"
    "metrics/recall(M),metrics/mAP50(M),metrics/mAP50-95(M),val/box_loss,val/seg_loss,"
    "val/cls_loss,val/dfl_loss,lr/pg0\n"
)
ROWS = [
    "1,10,1,2,3,4,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.10,1,1,1,1,0.001\n",
    "2,20,1,2,3,4,0.1,0.1,0.1,0.3,0.1,0.1,0.4,0.20,1,1,1,1,0.001\n",
    "3,30,1,2,3,4,0.1,0.1,0.1,0.1,0.1,0.1,0.1,0.15,1,1,1,1,0.001\n",
]
ARGUMENTS = {"model": "yolov8n-seg.pt", "epochs": 5, "imgsz": 100, "batch": 8, "seed": 7}


@pytest.fixture
def lead(trained: Trained) -> APIClient:
    return client_of(trained.pond.lead)


def pack(files: dict[str, bytes | str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def run_folder(**changes: bytes | str) -> dict[str, bytes | str]:
    return {
        "train/weights/best.pt": json.dumps(CHECKPOINT),
        "train/weights/last.pt": json.dumps(CHECKPOINT),
        "train/results.csv": HEAD + "".join(ROWS),
        "train/args.yaml": yaml.safe_dump(ARGUMENTS),
        "train/results.png": b"picture",
        "train/notes.exe": b"not taken",
        **changes,
    }


def bring_back(lead: APIClient, trained: Trained, name: str, content: bytes) -> Any:
    url = f"/api/versions/{trained.version.pk}/run-imports/"
    return lead.post(url, {"file": SimpleUploadedFile(name, content)}, format="multipart")


def take_in(lead: APIClient, trained: Trained, name: str, content: bytes) -> dict[str, Any]:
    answer = bring_back(lead, trained, name, content)
    assert answer.status_code == 202, answer.content
    RunImporting.take_up(answer.json()["id"])
    assert not paths.run_import_path(RunImport.objects.get()).exists()
    told: dict[str, Any] = get(lead, f"/api/run-imports/{answer.json()['id']}/")
    return told


def test_a_run_folder_becomes_a_run(trained: Trained, lead: APIClient, engine: Engine) -> None:
    told = take_in(lead, trained, "night on a rented GPU.zip", pack(run_folder()))
    assert (told["state"], told["error"]) == ("finished", "")
    run = get(lead, f"/api/runs/{told['run']}/")
    assert (run["name"], run["origin"]) == ("night on a rented GPU", "elsewhere")
    assert (run["state"], run["base_model"], run["epoch"]) == ("finished", "yolov8n-seg.pt", 3)
    parameters = run["parameters"]
    assert (parameters["epochs"], parameters["image_size"], parameters["seed"]) == (5, 128, 7)
    assert run["best"]["epoch"] == 2
    assert run["sparkline"] == [0.1, 0.2, 0.15]
    assert run["duration_seconds"] == 30
    epochs = get(lead, f"/api/runs/{told['run']}/epochs/")
    assert [row["train"]["seg"] for row in epochs] == [2, 2, 2]
    files = {item["name"] for item in get(lead, f"/api/runs/{told['run']}/files/")}
    assert {"best.pt", "last.pt", "results.csv", "args.yaml", "results.png"} <= files
    assert "notes.exe" not in files
    best, last = Run.objects.get(pk=told["run"]).checkpoints.order_by("kind")
    assert (best.epoch, last.epoch) == (2, 3)
    assert best.mask == run["best"]["mask"]
    assert run["best"]["mask"]["map50"] == 0.4
    assert Evaluation.objects.get(checkpoint=best).state == "queued"


def test_a_checkpoint_alone_becomes_a_run(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    told = take_in(lead, trained, "ducks.pt", json.dumps(CHECKPOINT).encode())
    assert (told["state"], told["error"]) == ("finished", "")
    (checkpoint,) = get(lead, f"/api/checkpoints/?run={told['run']}")["results"]
    assert (checkpoint["kind"], checkpoint["origin"]) == ("best", "uploaded")
    assert (checkpoint["run_name"], checkpoint["image_size"]) == ("ducks", 96)
    assert get(lead, f"/api/runs/{told['run']}/epochs/") == []
    assert get(lead, f"/api/runs/{told['run']}/")["best"] is None
    figures = {"precision": 0.5, "recall": 0.5, "map50": 0.25, "map50_95": 0.125}
    measured = Evaluation.objects.filter(checkpoint=checkpoint["id"], split="val")
    measured.update(state="finished", box=figures, mask=figures, instance_count=3)
    best = get(lead, f"/api/runs/{told['run']}/")["best"]
    assert (best["epoch"], best["mask"], best["reason"]) == (None, figures, "")


@pytest.mark.parametrize(
    ("checkpoint", "says"),
    [
        ({"refused": "The file best.pt is refused: it calls os.system."}, "it calls os.system"),
        ({"class_names": ["cat"]}, "knows the classes “cat”"),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(
    trained: Trained, lead: APIClient, engine: Engine, checkpoint: dict[str, Any], says: str
) -> None:
    runs = Run.objects.count()
    bad = json.dumps(checkpoint)
    for name, content, its_name in (
        ("evil.pt", bad.encode(), "evil.pt"),
        ("run.zip", pack(run_folder(**{"train/weights/best.pt": bad})), "best.pt"),
    ):
        told = take_in(lead, trained, name, content)
        assert told["state"] == "failed"
        assert says in told["error"]
        assert its_name in told["error"]
        RunImport.objects.all().delete()
    assert Run.objects.count() == runs


def test_a_run_of_another_version_is_refused(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    marker = json.dumps({"content_sha256": "0" * 64})
    told = take_in(lead, trained, "run.zip", pack(run_folder(**{"train/segloop.json": marker})))
    assert told["state"] == "failed"
    assert "choose the version" in told["error"]
    marker = json.dumps({"content_sha256": trained.version.content_sha256})
    RunImport.objects.all().delete()
    told = take_in(lead, trained, "run.zip", pack(run_folder(**{"train/segloop.json": marker})))
    assert told["state"] == "finished"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("run.tar", b"", "bring a run folder as .zip"),
        ("run.zip", b"nothing", "not a .zip archive"),
        ("run.zip", pack({"train/results.csv": HEAD}), "no weights/best.pt"),
        ("run.zip", pack({"a/weights/best.pt": "", "b/weights/best.pt": ""}), "several runs"),
        ("run.zip", pack({"../weights/best.pt": ""}), "leads out of it"),
        ("run.zip", pack(run_folder(**{"train/results.csv": "epoch\nmany\n"})), "a number"),
        ("run.zip", pack(run_folder(**{"train/args.yaml": "a: [b"})), "is not valid YAML"),
    ],
)
def test_what_is_no_run_is_refused_at_once(
    trained: Trained, lead: APIClient, name: str, content: bytes, says: str
) -> None:
    answer = bring_back(lead, trained, name, content or b"x")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_run_file"), answer.content
    assert says in answer.json()["detail"]
    assert not RunImport.objects.exists()


def test_one_that_waits_is_cancelled_and_taken_off_the_list(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    answer = bring_back(lead, trained, "run.zip", pack(run_folder()))
    address = f"/api/run-imports/{answer.json()['id']}/"
    job = RunImport.objects.get()
    assert lead.post(f"{address}cancel/").json()["state"] == "cancelled"
    assert not paths.run_import_path(job).exists()
    RunImporting.take_up(job.pk)  # the message that was on its way does nothing
    again = lead.post(f"{address}cancel/")
    assert (again.status_code, again.json()["code"]) == (409, "run_import_ended")
    assert lead.delete(address).status_code == 204
    assert not RunImport.objects.exists()


def test_one_that_a_worker_has_is_stopped_by_it(
    trained: Trained, lead: APIClient, engine: Engine
) -> None:
    answer = bring_back(lead, trained, "run.zip", pack(run_folder()))
    address, job = f"/api/run-imports/{answer.json()['id']}/", RunImport.objects.get()
    RunImport.objects.update(state="running", lease_until=timezone.now())
    assert lead.delete(address).json()["code"] == "run_import_busy"
    assert lead.post(f"{address}cancel/").json()["state"] == "cancelling"
    RunImporting.take_up(job.pk)
    assert get(lead, address)["state"] == "cancelled"
    assert not paths.run_import_path(job).exists()
    assert Run.objects.count() == 1


def test_the_run_outlives_its_import(trained: Trained, lead: APIClient, engine: Engine) -> None:
    told = take_in(lead, trained, "run.zip", pack(run_folder()))
    assert lead.delete(f"/api/run-imports/{told['id']}/").status_code == 204
    assert lead.get(f"/api/runs/{told['run']}/").status_code == 200


def test_the_archive_holds_the_version_and_a_notebook(trained: Trained, lead: APIClient) -> None:
    url = f"/api/versions/{trained.version.pk}"
    told = get(lead, f"{url}/elsewhere/{PLAN}")
    root = f"{trained.pond.dataset.slug}-v{trained.version.number}"
    assert told["folder"] == root
    assert told["command"] == (
        "yolo segment train data=data.yaml model=yolov8n-seg.yaml epochs=2 imgsz=64 batch=4"
    )
    archive = zipfile.ZipFile(io.BytesIO(b"".join(lead.get(told["archive_url"]))))
    names = set(archive.namelist())
    assert {f"{root}/{name}" for name in ("data.yaml", "train.ipynb", "README.md")} <= names
    pictures = [name for name in names if name.startswith(f"{root}/images/")]
    assert len(pictures) == 14
    assert archive.read(f"{root}/train.ipynb") == lead.get(told["notebook_url"]).content
    assert lead.get(f"{url}/archive.zip?base_model=nonsense.pt").status_code == 400


def test_export_formats_tell_why_not(trained: Trained, lead: APIClient) -> None:
    from training.models import Worker

    nobody = {item["format"]: item["reason"] for item in get(lead, "/api/export-formats/")}
    assert set(nobody.values()) == {"No gpu worker is running."}
    told = [("onnx", "needs onnx"), ("litert", "needs litert-torch"), ("engine", "no GPU")]
    for name, reasons in (("a", told), ("b", [("onnx", ""), ("engine", "no GPU here")])):
        Worker.objects.create(
            name=name,
            hostname=name,
            pid=1,
            queue="gpu",
            heartbeat_at=timezone.now(),
            export_formats=[{"format": key, "reason": reason} for key, reason in reasons],
        )
    formats = {item["format"]: item["reason"] for item in get(lead, "/api/export-formats/")}
    assert (formats["onnx"], formats["engine"]) == ("", "no GPU")


@pytest.mark.slow
def test_there_and_back_with_plain_yolo(trained: Trained, lead: APIClient, tmp_path: Path) -> None:
    """The notebook's own cells, with plain Ultralytics, and everything real on the way back."""
    told = get(lead, f"/api/versions/{trained.version.pk}/elsewhere/{PLAN}")
    content = b"".join(lead.get(told["archive_url"]))
    (tmp_path / f"{told['folder']}.zip").write_bytes(content)
    notebook = json.loads(lead.get(told["notebook_url"]).content)
    sources = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert sources[0].startswith("%pip install")
    program = "\n".join(as_python(source) for source in sources[1:])
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        env={"PATH": str(Path(sys.executable).parent), "YOLO_CONFIG_DIR": str(tmp_path)}
        | {"YOLO_OFFLINE": "1", "HOME": str(tmp_path)},
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    back = tmp_path / f"{told['folder']}-run.zip"
    answer = take_in(lead, trained, back.name, back.read_bytes())
    assert (answer["state"], answer["error"]) == ("finished", "")
    run = get(lead, f"/api/runs/{answer['run']}/")
    assert (run["epoch"], run["base_model"]) == (2, "yolov8n-seg.yaml")
    evaluation = Evaluation.objects.get(run_id=answer["run"])
    work_off(evaluation)
    evaluation.refresh_from_db()
    assert (evaluation.state, evaluation.image_count) == ("finished", 4)
    shutil.rmtree(paths.run_dir(Run.objects.get(pk=answer["run"])))


def as_python(source: str) -> str:
    """``!command {variable}``, as a notebook runs it."""
    if not source.startswith("!"):
        return source
    words = [f"f{word!r}" for word in shlex.split(source[1:])]
    return f"import subprocess\nsubprocess.run([{', '.join(words)}], check=True)"
