"""The report of a run: one file with everything in it, as HTML and as PDF."""

import html
import io
import json
import re
import subprocess
import sys
from importlib.metadata import version as version_of
from xml.etree import ElementTree

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template.loader import get_template
from PIL import Image
from pypdf import PdfReader

from annotator.models import Dataset
from training.evaluations.shown_figures import figure_words, shown_metrics
from training.models import Evaluation, Run, RunAttempt
from training.runs.report import report as report_service
from training.runs.report.charts import line_chart, printable, round_numbers
from training.runs.report.options import ReportOptions
from training.runs.report.pictures import outline
from training.runs.report.report import Cell, Report, build_report

from ...annotator.conftest import client_of
from ..conftest import Trained


def test_the_report_holds_everything_and_loads_nothing(trained: Trained) -> None:
    Run.objects.filter(pk=trained.run.pk).update(name="<b>night & day</b>")
    answer = client_of(trained.pond.annotator).get(f"/api/runs/{trained.run.pk}/report.html")
    assert answer.status_code == 200, answer.content
    assert "night" in answer.headers["Content-Disposition"]
    text = answer.content.decode()
    assert "&lt;b&gt;night &amp; day&lt;/b&gt;" in text
    assert "<b>night" not in text
    assert not re.findall(r"(?:src|href)=\"(?!data:)", text)
    assert "<script" not in text
    mask = trained.evaluation.mask
    assert mask is not None
    assert figure_words(shown_metrics(mask)["map50"], "nothing_found") in text
    for name in ("disc", "diamond", "yolov8n-seg.yaml", "Confusion of masks", "Losses in training"):
        assert name in text
    assert text.count("data:image/jpeg;base64,") == 4  # all of val
    assert trained.pond.dataset.name in text.partition("</h1>")[0], "it is named by its dataset"
    assert text.count('<polygon class="label') == trained.evaluation.instance_count


def read_pdf(content: bytes) -> tuple[PdfReader, str]:
    """The file and its text, without the places that long words may break at."""
    reader = PdfReader(io.BytesIO(content))
    text = "\n".join(page.extract_text() for page in reader.pages)
    return reader, re.sub("[\u200b\xad]", "", text)


def fetch_pdf(user: User, run: Run) -> tuple[PdfReader, str]:
    answer = client_of(user).get(f"/api/runs/{run.pk}/report.pdf")
    assert answer.status_code == 200, answer.content
    assert answer.headers["Content-Type"] == "application/pdf"
    return read_pdf(answer.content)


def typeset(report: Report) -> tuple[PdfReader, str]:
    template = str(get_template("training/report.typ").origin)  # type: ignore[attr-defined]
    command = [sys.executable, "-m", "training.typesetting", template]
    content = json.dumps(report).encode()
    return read_pdf(subprocess.run(command, input=content, check=True, capture_output=True).stdout)


def test_the_pdf_says_what_the_html_says(trained: Trained) -> None:
    report = build_report(trained.run)
    page = client_of(trained.pond.annotator).get(f"/api/runs/{trained.run.pk}/report.html")
    reader, text = fetch_pdf(trained.pond.annotator, trained.run)
    words = " ".join(text.split())
    cells = [value for row in report["classes"]["rows"] for value in row]
    facts = [value for fact in report["facts"] for value in fact]
    figures = [value for figure in report["figures"] for value in figure]
    further = [
        value
        for table in (report["sizes"], report["errors"], report["data"])
        for row in table["rows"]
        for value in row
    ]
    further += [value for row in report["speed"] for value in row] + report["conclusion"]
    for value in (report["title"], *figures, *cells, *facts, *further, report["position"]):
        assert value in words
        assert value in html.unescape(page.content.decode())
    for drawing in (*report["curves"], *report["losses"], *report["worst"], *report["best"]):
        assert drawing["title"] in words
    assert sum(len(page.images) for page in reader.pages) == 4  # all of val
    pages = len(reader.pages)
    assert f"{pages} / {pages}" in reader.pages[-1].extract_text()
    width, height = (round(float(side) * 25.4 / 72) for side in reader.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)


def test_the_pdf_shows_hostile_names_letter_by_letter(trained: Trained) -> None:
    name = '#panic("x") *b* $x$ <a> @b // #read("/etc/passwd") \\ \u0001'
    Run.objects.filter(pk=trained.run.pk).update(name=name)
    Dataset.objects.filter(pk=trained.pond.dataset.pk).update(name="Кошки, γάτες, #emph[x]")
    _, text = fetch_pdf(trained.pond.lead, trained.run)
    words = " ".join(text.split())
    assert '#panic("x") *b* $x$ <a> @b // #read("/etc/passwd")' in words
    assert "Кошки, γάτες, #emph[x]" in words


def test_letters_without_a_typeface_are_told(trained: Trained) -> None:
    report = build_report(trained.run)
    report["title"] = "Кошки"
    reader, text = typeset(report)
    assert "Boxes stand for" not in text
    assert "pdfaid:part" in str(reader.xmp_metadata and reader.xmp_metadata.stream.get_data())
    report["title"] = "\U00012f90"  # a script in hardly any typeface
    _, text = typeset(report)
    assert "Boxes stand for letters (Cypro-minoan)" in " ".join(text.split())


def test_a_small_object_has_a_fine_line(trained: Trained) -> None:
    names = ["disc"]
    small, large = (
        outline(
            {
                "class_index": 0,
                "polygon": [0, 0, side, 0, side, side],
                "box": [0, 0, side, side],
                "confidence": None,
                "outcome": "fn",
                "iou": None,
                "match": None,
            },
            names,
            4.0,
            8.0,
        )
        for side in (12, 300)
    )
    assert (small["line"], small["dashes"]) == (2.0, "5.00 4.00")
    assert (large["line"], large["dashes"]) == (4.0, "10.00 8.00")


def test_a_name_without_a_space_stays_on_the_page(trained: Trained) -> None:
    report = build_report(trained.run)
    report["title"] = "W" * 120
    reader, _ = typeset(report)
    width = float(reader.pages[0].mediabox.width)
    rights: list[float] = []

    def visit(text: str, _: object, matrix: list[float], __: object, size: float) -> None:
        if "W" in text:
            rights.append(matrix[4] + size * 0.5 * text.count("W"))

    reader.pages[0].extract_text(visitor_text=visit)
    assert rights
    assert max(rights) <= width


def test_eighty_classes_fit(trained: Trained) -> None:
    report = build_report(trained.run)
    names = [f"class number {number}" for number in range(80)]
    cells: list[Cell] = [{"count": "123", "share": 0.5} for _ in names]
    report["confusion"]["labels"] = names
    report["confusion"]["rows"] = [(name, list(cells)) for name in names]
    reader, text = typeset(report)
    sides = [(page.mediabox.width, page.mediabox.height) for page in reader.pages]
    broad = [number for number, (width, height) in enumerate(sides) if width > height]
    assert broad
    assert len(broad) <= 3
    assert "class number 79" in text


def test_the_report_names_what_the_run_was_trained_with(trained: Trained) -> None:
    attempts = RunAttempt.objects.filter(run=trained.run)
    (attempt,) = attempts
    assert attempt.ultralytics_version == version_of("ultralytics")
    assert attempt.torch_version.startswith(version_of("torch"))

    def told() -> str:
        return dict(build_report(trained.run)["facts"])["Ultralytics, PyTorch"]

    attempts.update(ultralytics_version="8.4.1", torch_version="2.9.0")
    assert told() == "8.4.1 and 2.9.0"
    attempts.update(ultralytics_version="", torch_version="")
    assert told() == "not recorded"


def test_drawings_are_xml_whatever_a_name_holds() -> None:
    text = printable("a\x01\ufffe\udcff\tb\U0001f408")
    assert text == "a\ufffd\ufffd\ufffd\tb\U0001f408"
    assert ElementTree.fromstring(f"<a>{text}</a>").text == text


@pytest.mark.parametrize("extension", ["html", "pdf"])
def test_without_an_evaluation_there_is_no_report(trained: Trained, extension: str) -> None:
    Evaluation.objects.all().delete()
    answer = client_of(trained.pond.lead).get(f"/api/runs/{trained.run.pk}/report.{extension}")
    assert (answer.status_code, answer.json()["code"]) == (409, "evaluation_not_finished")


def test_a_chart_fills_its_picture() -> None:
    chart = line_chart("Loss", "epoch", [1.0, 2.0, 3.0], [("seg", [4.0, 2.0, 0.0])])
    assert chart["lines"][0]["points"] == "44.0,10.0 226.0,103.0 408.0,196.0"
    assert [tick["label"] for tick in chart["y_ticks"]] == ["0", "1", "2", "3", "4"]
    assert [tick["label"] for tick in chart["x_ticks"]] == ["1", "1.5", "2", "2.5", "3"]
    flat = line_chart("Loss", "epoch", [1.0], [("seg", [0.0])])
    assert flat["lines"][0]["points"] == "226.0,196.0"


@pytest.mark.parametrize(
    ("low", "high", "whole", "numbers"),
    [
        (1, 24, True, [5, 10, 15, 20]),
        (1, 3, True, [1, 2, 3]),
        (1, 1500, True, [500, 1000, 1500]),
        (1, 1, True, [1]),
        (0, 1, False, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 3.83, False, [0, 1, 2, 3]),
        (0, 0.0007, False, [0, 0.0002, 0.0004, 0.0006]),
    ],
)
def test_axes_have_round_numbers(
    low: float, high: float, whole: bool, numbers: list[float]
) -> None:
    assert round_numbers(low, high, whole=whole) == numbers


def test_a_pdf_that_takes_too_long_is_refused_with_a_sentence(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report_service, "PDF_SECONDS", 0.0)
    answer = client_of(trained.pond.annotator).get(f"/api/runs/{trained.run.pk}/report.pdf")
    assert answer.status_code == 503
    assert "The report as HTML has the same in it" in answer.json()["detail"]


def logo(kind: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 20), "green").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("extension", ["html", "pdf"])
def test_a_report_has_purpose_author_and_logo(trained: Trained, extension: str) -> None:
    answer = client_of(trained.pond.annotator).post(
        f"/api/runs/{trained.run.pk}/report.{extension}",
        {
            "purpose": "counting\nboats",
            "author": "<i>Ann</i> & Co",
            "confidence": 0.2,
            "logo": SimpleUploadedFile("logo.png", logo(), content_type="image/png"),
        },
        format="multipart",
    )
    assert answer.status_code == 200, answer.content
    if extension == "pdf":
        reader, text = read_pdf(answer.content)
        assert len(reader.pages[0].images) == 1
    else:
        text = html.unescape(answer.content.decode())
        assert "<i>Ann" not in answer.content.decode()
    words = " ".join(text.split())
    assert f"{trained.pond.dataset.name}: counting boats" in words
    assert "<i>Ann</i> & Co" in words
    assert "at confidence 0.200" in words.lower()


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><img src=x onerror=alert(1)></html>",
        b"\x89PNG\r\n\x1a\n<svg onload=alert(1)>",
        logo("GIF"),
        logo() + b"x" * (2 * 1024**2),
    ],
    ids=["svg", "html", "damaged", "gif", "large"],
)
def test_a_logo_is_a_png_or_a_jpeg_and_nothing_else(trained: Trained, content: bytes) -> None:
    answer = client_of(trained.pond.lead).post(
        f"/api/runs/{trained.run.pk}/report.html",
        {"logo": SimpleUploadedFile("logo.png", content, content_type="image/png")},
        format="multipart",
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_logo")


def test_one_operating_point_for_everything(trained: Trained) -> None:
    report = build_report(trained.run, ReportOptions(confidence=0.37))
    assert report["position"] == "At confidence 0.370 and mask IoU 0.500."
    for words in (report["basis"], report["confusion"]["words"], report["errors_words"]):
        assert "confidence 0.370" in words
    right = sum(int(row[3]) for row in report["sizes"]["rows"])
    diagonal = [cells[i]["count"] for i, (_, cells) in enumerate(report["confusion"]["rows"][:-1])]
    assert right == sum(map(int, diagonal))
    answer = client_of(trained.pond.lead).get(
        f"/api/runs/{trained.run.pk}/report.html", {"confidence": 0.37}
    )
    assert "At confidence 0.370 and mask IoU 0.500." in answer.content.decode()
    refused = client_of(trained.pond.lead).get(
        f"/api/runs/{trained.run.pk}/report.html", {"confidence": 2}
    )
    assert refused.status_code == 400


def test_a_report_of_a_run_that_was_brought_in_says_so(trained: Trained) -> None:
    Run.objects.filter(pk=trained.run.pk).update(
        origin="uploaded", epoch=0, device_name="elsewhere", batch=None
    )
    report = build_report(Run.objects.get(pk=trained.run.pk))
    told = json.dumps(report)
    assert "trained elsewhere, of which only the checkpoint was brought in" in report["subtitle"]
    for untrue in (r"\b0 epochs", "on elsewhere", r"\(epoch", "chosen by Segloop"):
        assert not re.search(untrue, told)


def test_a_report_has_no_raw_keys(trained: Trained) -> None:
    arguments = {"close_mosaic": 3, "cos_lr": True, "mixup": 0.1}
    Run.objects.filter(pk=trained.run.pk).update(
        parameters={**trained.run.parameters, "arguments": arguments}
    )
    report = build_report(Run.objects.get(pk=trained.run.pk))
    names = [name for name, _ in (*report["facts"], *report["speed"])]
    assert "Last epochs without mosaic" in names
    for name in names:
        assert "_" not in name
        assert name[0].isupper() or name == "best.pt"
    for _, value in report["facts"]:
        assert not re.search(r"[{}\[\]]|None|True|False", value)


def test_class_names_and_confidences_stand_on_the_masks(trained: Trained) -> None:
    report = build_report(trained.run, ReportOptions(confidence=0.05))
    captions = re.findall(r"<text [^>]*>([^<]+)</text>", "".join(x["svg"] for x in report["worst"]))
    assert captions
    assert all(re.match(r"(disc|diamond)( \d\.\d{3})?$", caption) for caption in captions)


def test_epochs_that_found_nothing_have_no_point(trained: Trained) -> None:
    epochs = trained.run.epoch_rows
    nothing = {"precision": 0, "recall": 0, "map50": 0, "map50_95": 0}
    epochs.filter(number=1).update(mask=nothing)
    epochs.filter(number=2).update(mask={**nothing, "map50": 0.5, "map50_95": 0.25})
    masks = build_report(trained.run)["losses"][2]["svg"]
    lines = re.findall(r'<polyline points="([^"]*)"', masks)
    assert [len(points.split()) for points in lines] == [epochs.count() - 1] * 2
