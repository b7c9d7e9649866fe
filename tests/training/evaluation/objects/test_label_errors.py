"""Which labels are doubted, and how much."""

from pathlib import Path
from unittest.mock import Mock

import pytest
from hypothesis import given

from training.evaluation.files import loading
from training.evaluation.files.judged import Box, Judged, SuspectKind
from training.evaluation.files.store import EvaluationWriter, Picture, read_records
from training.evaluation.objects import label_errors
from training.evaluation.objects.label_errors import KINDS, list_suspects

from ..files.test_columns import write
from ..files.test_reading import NAMES, picture
from ..scores.test_breakdown import measured
from ..strategies import pictures


def evaluation(folder: Path, images: list[Picture], *, boundary: float = 0.9) -> Path:
    folder.mkdir(exist_ok=True)
    writer = EvaluationWriter(folder)
    for image in images:
        writer.add(measured(image, boundary=boundary))
    writer.finish(class_names=NAMES, split="val")
    return folder


GOOD = picture("good.png", [0], [(0, 0.9)], {(0, 0): 0.9})


@pytest.mark.parametrize(
    ("kind", "image", "score"),
    [
        ("missing", picture("x.png", [0], [(0, 0.8)], {(0, 0): 0.25}), 0.8 * 0.75),
        ("wrong_class", picture("x.png", [1], [(0, 0.8)], {(0, 0): 0.75}), 0.8 * 0.75),
        ("sloppy_outline", picture("x.png", [0], [(0, 0.8)], {(0, 0): 0.6}), 0.8 * 0.4),
    ],
)
def test_a_confident_prediction_doubts_a_label(
    tmp_path: Path, kind: SuspectKind, image: Picture, score: float
) -> None:
    page = list_suspects(evaluation(tmp_path, [GOOD, image]), kind=kind)
    (suspect,) = page["results"]
    assert suspect["score"] == pytest.approx(score, abs=1e-4)
    assert (suspect["file_name"], suspect["key"]) == ("x.png", "1")
    assert suspect["side"] == ("prediction" if kind == "missing" else "label")
    assert suspect["box"] == [0, 0, 4, 4]


@pytest.mark.parametrize("kind", ["missing", "wrong_class", "sloppy_outline"])
def test_an_unsure_prediction_doubts_nothing(tmp_path: Path, kind: SuspectKind) -> None:
    images = [
        picture("a.png", [], [(0, 0.4)], {}),
        picture("b.png", [1], [(0, 0.4)], {(0, 0): 0.9}),
        picture("c.png", [0], [(0, 0.4)], {(0, 0): 0.6}),
    ]
    assert list_suspects(evaluation(tmp_path, images), kind=kind)["total"] == 0


def test_a_ragged_boundary_is_sloppy_too(tmp_path: Path) -> None:
    folder = evaluation(tmp_path, [GOOD], boundary=0.3)
    (suspect,) = list_suspects(folder)["results"]
    assert (suspect["kind"], suspect["boundary_iou"]) == ("sloppy_outline", 0.3)
    assert suspect["score"] == pytest.approx(0.9 * 0.7, abs=1e-4)


def test_a_label_that_was_never_found_weighs_as_its_class_is_found_otherwise(
    tmp_path: Path,
) -> None:
    lost = picture("lost.png", [0, 1], [], {})
    one = evaluation(tmp_path / "one", [GOOD, GOOD, GOOD, lost])
    page = list_suspects(one, kind="extra")
    cat, dog = page["results"]
    assert (cat["side"], cat["index"], cat["class_index"]) == ("label", 0, 0)
    assert cat["score"] == pytest.approx(0.75), "three cats of four are found"
    assert dog["score"] == 0, "no dog is ever found"


def test_a_label_that_another_evaluation_found_is_no_suspect(tmp_path: Path) -> None:
    lost = picture("lost.png", [0], [], {})
    found = picture("lost.png", [0], [(0, 0.6)], {(0, 0): 0.8})
    one = evaluation(tmp_path / "one", [GOOD, lost])
    same = evaluation(tmp_path / "two", [lost, GOOD])
    better = evaluation(tmp_path / "three", [found, GOOD])
    page = list_suspects(one, [same], kind="extra")
    assert page["evaluations"] == 2
    assert page["results"][0]["score"] == pytest.approx(0.75), "1 − ½ · ½"
    assert list_suspects(one, [same, better], kind="extra")["total"] == 0
    old = tmp_path / "old"
    old.mkdir()
    assert list_suspects(one, [write(old, [found, GOOD])])["evaluations"] == 1


def test_arrays_are_read_only_of_evaluations_that_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "other", "old"):
        (tmp_path / name).mkdir()
    new = [evaluation(tmp_path / name, [GOOD]) for name in ("one", "other")]
    old = write(tmp_path / "old", [GOOD])
    opened: list[Path] = []

    def open_folder(folder: Path) -> loading.Loaded:
        opened.append(folder)
        return loading.open_folder(folder)

    monkeypatch.setattr(label_errors, "open_folder", open_folder)
    list_suspects(new[0], [old, new[1]])
    assert opened == new
    opened.clear()
    list_suspects(old, new)
    assert opened == [old], "it does not say which label is which, so nobody is asked"


def test_the_highest_score_comes_first_in_pages(tmp_path: Path) -> None:
    images = [
        picture(f"{index}.png", [], [(index % 2, 0.5 + index / 10)], {}) for index in range(4)
    ]
    folder = evaluation(tmp_path, images)
    names = [item["file_name"] for item in list_suspects(folder, offset=1, limit=2)["results"]]
    assert names == ["2.png", "1.png"]
    assert list_suspects(folder, class_index=1)["counts"]["missing"] == 2


@given(pictures())
def test_scores_are_shares(tmp_path_factory: pytest.TempPathFactory, images: list[Picture]) -> None:
    folder = write(tmp_path_factory.mktemp("evaluation"), images)
    page = list_suspects(folder, limit=200)
    scores = [item["score"] for item in page["results"]]
    assert all(0 <= score <= 1 for score in scores)
    assert scores == sorted(scores, reverse=True)
    counts = [page["counts"][kind] for kind in KINDS]
    assert sum(counts) == page["total"] == len(scores)


HERE, BESIDE, ELSEWHERE = (0, 0, 4, 4), (0, 1, 4, 4), (20, 20, 24, 24)


def missing(name: str, confidence: float) -> Picture:
    return picture(name, [], [(0, confidence)], {})


def test_what_was_judged_is_left_out_before_pages_are_cut(tmp_path: Path) -> None:
    """So that a page is full, and totals and counts say what there is to look at."""
    images = [missing(f"{number}.png", 0.9 - number / 100) for number in range(10)]
    folder = evaluation(tmp_path, images)
    judged: Judged = {f"{number}.png": {"missing": [HERE]} for number in range(6)}
    page = list_suspects(folder, judged=judged, limit=3)
    assert [item["file_name"] for item in page["results"]] == ["6.png", "7.png", "8.png"]
    assert (page["total"], page["judged"], page["counts"]["missing"]) == (4, 6, 4)
    rest = list_suspects(folder, judged=judged, offset=3, limit=3)
    assert [item["file_name"] for item in rest["results"]] == ["9.png"]
    assert list_suspects(folder, kind="extra", judged=judged)["judged"] == 0


@pytest.mark.parametrize(
    ("kind", "box", "left"),
    [
        ("missing", HERE, 0),
        ("missing", BESIDE, 0),
        ("missing", ELSEWHERE, 1),
        ("wrong_class", HERE, 1),
    ],
)
def test_a_verdict_counts_at_its_place_and_for_its_kind(
    tmp_path: Path, kind: SuspectKind, box: Box, left: int
) -> None:
    folder = evaluation(tmp_path, [missing("x.png", 0.8)])
    assert list_suspects(folder, judged={"x.png": {kind: [box]}})["total"] == left


def test_shapes_of_judged_images_are_read_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = [missing(f"{number}.png", 0.9 - number / 100) for number in range(10)]
    folder = evaluation(tmp_path, images)
    reads = Mock(wraps=read_records)
    monkeypatch.setattr("training.evaluation.files.judged.read_records", reads)
    judged: Judged = {"0.png": {"missing": [HERE]}, "1.png": {"extra": [HERE]}}
    for _ in range(3):
        assert list_suspects(folder, judged=judged, limit=2)["total"] == 9
    assert reads.call_count == 1, "that with a verdict of another kind needs no box"
