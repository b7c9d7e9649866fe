"""The report of a run: one file with everything in it."""

import re

from training.models import Evaluation, Run
from training.services.report_charts import line_chart

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
    assert f"{mask['map50']:.3f}" in text
    for name in ("disc", "diamond", "yolov8n-seg.yaml", "Confusion of masks", "Losses in training"):
        assert name in text
    assert text.count("data:image/webp;base64,") == 4  # all of val
    assert text.count('<polygon class="label') == trained.evaluation.instance_count


def test_without_an_evaluation_there_is_no_report(trained: Trained) -> None:
    Evaluation.objects.all().delete()
    answer = client_of(trained.pond.lead).get(f"/api/runs/{trained.run.pk}/report.html")
    assert (answer.status_code, answer.json()["code"]) == (409, "evaluation_not_finished")


def test_a_chart_fills_its_picture() -> None:
    chart = line_chart("Loss", "epoch", [1.0, 2.0, 3.0], [("seg", [4.0, 2.0, 0.0])])
    assert chart["lines"][0]["points"] == "44.0,10.0 226.0,103.0 408.0,196.0"
    assert [tick["label"] for tick in chart["y_ticks"]] == ["0", "1", "2", "3", "4"]
    flat = line_chart("Loss", "epoch", [1.0], [("seg", [0.0])])
    assert flat["lines"][0]["points"] == "226.0,196.0"
