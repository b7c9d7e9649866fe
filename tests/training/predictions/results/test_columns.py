"""Columns of a prediction: kept while it runs, read once, and equal to the rows."""

import json
import struct
from typing import Any

import numpy as np
import pytest

from training import paths
from training.models import PredictedImage, Prediction
from training.predictions.results.columns import pack_columns, read_columns
from training.predictions.results.cut import Cut, parse_cut

from ...conftest import Pond, QueryCounter
from .conftest import FOUND, Found, add_predicted, make_prediction

ALL = Cut(50, {})


def counts(prediction: Prediction, cut: Cut) -> list[int]:
    found: list[int] = read_columns(prediction).counts(cut, 2).tolist()
    return found


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (ALL, [3, 3, 0, 0, 1]),
        (Cut(250, {}), [3, 2, 0, 0, 0]),
        (Cut(251, {}), [3, 1, 0, 0, 0]),
        (Cut(300, {1: 701}), [2, 0, 0, 0, 0]),
        (Cut(50, {}, frozenset({1})), [1, 2, 0, 0, 0]),
        (Cut(50, {}, frozenset()), [0, 0, 0, 0, 0]),
    ],
)
def test_a_cut_counts_the_objects_that_reach_it(
    prediction: Prediction, cut: Cut, expected: list[int]
) -> None:
    assert counts(prediction, cut) == expected
    assert expected == [
        sum(cut.keeps(item) for item in image.instances) for image in prediction.images.all()
    ]


def test_thresholds_are_where_people_read_them() -> None:
    """0.7 and 0.29 are no binary fractions."""
    cut = parse_cut({"confidence": 0.29, "confidences": "1:0.7"}, default=0.25, class_names="ab")
    assert cut.keeps({"class_index": 0, "confidence": 0.29})
    assert not cut.keeps({"class_index": 0, "confidence": 0.28999})
    assert cut.keeps({"class_index": 1, "confidence": 0.7})
    assert not cut.keeps({"class_index": 1, "confidence": 0.69999})


def test_rows_are_read_once(prediction: Prediction, count_queries: QueryCounter) -> None:
    whole = read_columns(prediction)
    assert whole.is_whole
    assert count_queries(lambda: read_columns(prediction)) <= 1  # its state
    PredictedImage.objects.filter(prediction=prediction).update(instances=[])
    assert read_columns(prediction).counts(ALL, 2).tolist() == [3, 3, 0, 0, 1]


def test_they_grow_while_the_job_is_at_work(pond: Pond) -> None:
    prediction = make_prediction(pond.dataset, pond.lead, FOUND[:2], state="running")
    add_predicted(prediction, 2, [Found(0, 0.5)], is_done=False)
    add_predicted(prediction, 3, [Found(0, 0.5)])  # beyond one that is not done
    assert counts(prediction, ALL) == [3, 3]
    prediction.images.filter(position=2).update(is_done=True)
    columns = read_columns(prediction)
    assert (columns.counts(ALL, 2).tolist(), columns.is_whole) == ([3, 3, 1, 1], False)
    Prediction.objects.filter(pk=prediction.pk).update(state="finished")
    columns = read_columns(prediction)
    assert (columns.counts(ALL, 2).tolist(), columns.is_whole) == ([3, 3, 1, 1], True)


def test_what_a_crash_left_behind_is_cut_off(pond: Pond) -> None:
    prediction = make_prediction(pond.dataset, pond.lead, FOUND[:2], state="running")
    read_columns(prediction)
    folder = paths.prediction_results_dir(prediction)
    for name in ("images.bin", "instances.bin"):  # written, and its state was not
        with (folder / name).open("ab") as file:
            file.write(b"\x07" * 333)
    add_predicted(prediction, 2, [Found(1, 0.5)])
    columns = read_columns(prediction)
    assert columns.counts(ALL, 2).tolist() == [3, 3, 1]
    assert columns.class_index.tolist() == [0, 1, 0, 1, 1, 0, 1]


def test_a_job_that_goes_on_after_its_end_is_read_anew(prediction: Prediction) -> None:
    read_columns(prediction)
    add_predicted(prediction, 5, [Found(1, 0.5)])
    Prediction.objects.filter(pk=prediction.pk).update(state="running")
    assert counts(prediction, ALL) == [3, 3, 0, 0, 1, 1]


def test_an_answer_takes_in_a_part(prediction: Prediction, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.predictions.results.columns._BATCH_IMAGES", 2)
    sizes = []
    while not (columns := read_columns(prediction, seconds=0)).is_whole:
        sizes.append(len(columns.position))
    assert sizes == [2, 4, 5]


def test_names_are_in_order(prediction: Prediction) -> None:
    prediction.images.filter(position=4).update(file_name="a.png")
    assert read_columns(prediction).by_name.tolist() == [4, 0, 1, 2, 3]


def test_the_histogram_has_each_object_once(prediction: Prediction) -> None:
    histogram = read_columns(prediction).histogram(2)
    assert histogram.shape == (2, 101)
    assert {place: int(histogram[place]) for place in zip(*np.nonzero(histogram), strict=True)} == {
        (0, 6): 1, (0, 10): 1, (0, 30): 1, (0, 90): 1, (1, 25): 2, (1, 70): 1,
    }  # fmt: skip


def unpack(content: bytes) -> tuple[dict[str, Any], dict[str, list[int]]]:
    (length,) = struct.unpack_from("<I", content)
    header = json.loads(content[4 : 4 + length])
    types = {"uint32": "<u4", "uint16": "<u2", "uint8": "u1"}
    arrays = {
        each["name"]: np.frombuffer(
            content, types[each["type"]], each["length"], 4 + length + each["offset"]
        ).tolist()
        for each in header["arrays"]
    }
    return header, arrays


def test_the_answer_for_the_browser(prediction: Prediction) -> None:
    header, arrays = unpack(pack_columns(prediction, read_columns(prediction)))
    assert header["image_count"] == 5
    assert all(each["offset"] % 4 == 0 for each in header["arrays"])
    assert arrays["start"] == [0, 3, 6, 6, 6, 7]
    assert arrays["thousandths"] == [900, 700, 300, 251, 250, 60, 100]
    assert arrays["has_error"] == [0, 0, 0, 1, 0]
    assert "time_ms" not in arrays


def test_frames_have_times(pond: Pond) -> None:
    prediction = make_prediction(pond.dataset, pond.lead, [])
    add_predicted(prediction, 0, [Found(0, 0.5)], frame=7, time_ms=280)
    _, arrays = unpack(pack_columns(prediction, read_columns(prediction)))
    assert (arrays["frame"], arrays["time_ms"]) == ([7], [280])


def test_a_prediction_of_nothing(pond: Pond) -> None:
    columns = read_columns(make_prediction(pond.dataset, pond.lead, []))
    assert columns.is_whole
    assert columns.histogram(2).sum() == 0
    assert columns.counts(ALL, 2).tolist() == []
