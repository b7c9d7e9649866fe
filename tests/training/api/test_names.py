"""What people wrote, in what they download: reports, YAML, CSV, the notebook, file names."""

import io
import json
import re
import zipfile
from html.parser import HTMLParser

import pytest
import yaml
from pypdf import PdfReader

from annotator.annotations.comments import add_comment
from annotator.models import Import
from tests.probe import ODD_NAMES, PROBE, put_everywhere
from training import paths
from training.models import Export, Prediction, Run
from training.runs.launching import yolo_yaml

from ...annotator.conftest import client_of
from ..conftest import Trained


@pytest.fixture
def probed(trained: Trained) -> Trained:
    """The trained run after every text of the database was overwritten by the probe."""
    dataset = trained.pond.dataset
    job = Import.objects.create(dataset=dataset, source_name="a.zip", source_path="/a.zip")
    job.rows.create(outcome="refused", file="x.png", reason="bad")
    add_comment(dataset.images.get(stem="val-00"), {"text": "?"}, author=trained.pond.lead)
    export = Export.objects.create(
        checkpoint=trained.best, format="onnx", image_size=64, state="finished"
    )
    Prediction.objects.create(
        checkpoint=trained.best,
        dataset=dataset,
        confidence=0.5,
        device="cpu",
        created_by=trained.pond.lead,
    )
    assert put_everywhere() > 40
    Export.objects.filter(pk=export.pk).update(
        file_name="best.onnx", certificate={"needs_consent": False}
    )
    paths.export_dir(export).mkdir(parents=True, exist_ok=True)
    (paths.export_dir(export) / "best.onnx").write_bytes(b"onnx")
    trained.run.refresh_from_db()
    assert trained.run.name.startswith(PROBE)
    return trained


class Elements(HTMLParser):
    """The images of a page, and the text that it shows."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sources: list[str | None] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= {name for name, _ in attrs}
        if tag == "img":
            self.sources.append(dict(attrs).get("src"))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_report_shows_names_as_text(probed: Trained) -> None:
    client = client_of(probed.pond.lead)
    answer = client.get(f"/api/runs/{probed.run.pk}/report.html")
    assert answer.status_code == 200, answer.content
    shown = Elements(answer.content.decode())
    assert "x" not in shown.sources
    assert not {name for name in shown.attributes if name.startswith("on")}
    assert PROBE in shown.text
    answer = client.get(f"/api/runs/{probed.run.pk}/report.pdf")
    assert answer.status_code == 200, answer.content
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert "onerror=ran=1" in re.sub("[\u200b\n ]", "", text)


def test_every_download_has_one_plain_name(probed: Trained) -> None:
    client = client_of(probed.pond.lead)
    run, version, best = probed.run, probed.version, probed.best
    export, prediction = Export.objects.get(), Prediction.objects.get()
    for address in (
        f"/api/runs/{run.pk}/report.html",
        f"/api/runs/{run.pk}/yolo.yaml",
        f"/api/runs/{run.pk}/files/best.pt",
        f"/api/checkpoints/{best.pk}/file/",
        f"/api/exports/{export.pk}/file/",
        f"/api/versions/{version.pk}/archive.zip",
        f"/api/versions/{version.pk}/train.ipynb",
        f"/api/predictions/{prediction.pk}/labels.zip",
        f"/api/predictions/{prediction.pk}/result.json",
        f"/api/datasets/{probed.pond.dataset.slug}/export/",
        f"/api/imports/{Import.objects.get().pk}/report.csv",
    ):
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer)
        header = answer.headers["Content-Disposition"]
        assert re.fullmatch(
            r"""attachment; filename(="[^"/\\<>:]+"|\*=utf-8''[^"'/\\<>]+)""", header
        ), header
        assert answer.headers["Content-Type"].partition(";")[0] != "text/html" or (
            "sandbox" in answer.headers["Content-Security-Policy"]
        )


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_adds_nothing_to_the_arguments(trained: Trained, name: str) -> None:
    plain = yaml.safe_load(yolo_yaml(trained.run))
    trained.run.name = name
    assert yaml.safe_load(yolo_yaml(trained.run)) == plain


def test_the_notebook_and_the_archive(probed: Trained) -> None:
    client = client_of(probed.pond.lead)
    notebook = json.loads(client.get(f"/api/versions/{probed.version.pk}/train.ipynb").content)
    for cell in notebook["cells"]:
        assert "<img" not in cell["source"].replace("\\<", "")
        if cell["cell_type"] == "code":
            assert "onerror" not in cell["source"]
    answer = client.get(f"/api/versions/{probed.version.pk}/archive.zip")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert not [name for name in archive.namelist() if ".." in name or name.startswith("/")]


def test_the_export_names_classes_as_they_are(probed: Trained) -> None:
    answer = client_of(probed.pond.lead).get(f"/api/datasets/{probed.pond.dataset.slug}/export/")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        [name] = [name for name in archive.namelist() if name.endswith("data.yaml")]
        names = yaml.safe_load(archive.read(name))["names"]
    assert all(value.startswith(PROBE) for value in names.values())


def test_the_import_report_is_no_formula(trained: Trained) -> None:
    job = Import.objects.create(dataset=trained.pond.dataset, source_name="=1", source_path="/a")
    job.rows.create(outcome="refused", file="@x.png", reason="=HYPERLINK(1)")
    answer = client_of(trained.pond.lead).get(f"/api/imports/{job.pk}/report.csv")
    rows = b"".join(answer.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    assert rows[1] == "refused,'@x.png,,'=HYPERLINK(1)"


def test_a_name_is_one_line(trained: Trained) -> None:
    client = client_of(trained.pond.lead)
    slug = trained.pond.dataset.slug
    name = "a\nepochs: 9"
    for method, address, body in (
        ("patch", f"/api/runs/{trained.run.pk}/", {"name": name}),
        ("patch", f"/api/checkpoints/{trained.best.pk}/", {"tags": [name]}),
        ("patch", f"/api/datasets/{slug}/", {"name": name}),
        ("post", f"/api/datasets/{slug}/classes/", {"name": name}),
        ("post", "/api/datasets/", {"name": name}),
    ):
        answer = getattr(client, method)(address, body)
        assert answer.status_code == 400, (address, answer.content)
        assert "one line" in answer.json()["detail"]
    assert Run.objects.get(pk=trained.run.pk).name == trained.run.name
