"""Reading all rows of a label file at once says the same as reading them one by one."""

from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from annotator.labels.formats.base import FoundImage, ReadLabels
from annotator.labels.formats.yolo import dataset
from annotator.labels.formats.yolo.plain_rows import read_plain_rows

SIZE_WH = (640, 480)
IMAGE = FoundImage("a.jpg", "a.txt", "train")
TRIANGLE = "0.1 0.1 0.5 0.1 0.5 0.9"
SQUARE = "0.2 0.2 0.6 0.2 0.6 0.7 0.2 0.7"
TWO_PARTS = "0.1 0.1 0.2 0.1 0.2 0.2 0.7 0.7 0.9 0.7 0.9 0.9 0.7 0.7 0.2 0.2"


class OneFile:
    """A scan that holds one label file."""

    def __init__(self, data: bytes) -> None:
        self.data, self.tree = data, self
        self.class_names, self.names_are_known, self.notes = ["a", "b"], True, list[str]()

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        return self.data

    def classes_of(self, image: FoundImage) -> list[int]:
        return [0, 1]


def read(data: bytes) -> ReadLabels:
    source = dataset.YoloSource(cast(Any, OneFile(data)))
    return source.read_labels(IMAGE, size_wh=SIZE_WH, class_count=2)


coordinate = st.one_of(
    st.sampled_from(["0", "0.1", "0.25", "0.5", "0.9", "1", "1.0", "1e-1", "-0.001", "1.005", "x"]),
    st.floats(0, 1).map(lambda number: f"{number:.6f}"),
)
row = st.one_of(
    st.sampled_from(
        [
            f"0 {TRIANGLE}",
            f"1 {SQUARE}",
            f"1 {SQUARE} 0.2 0.2",
            f"0 {TWO_PARTS}",
            "0 0.5 0.5 0.2 0.2",
            "",
            "  ",
            f"1\t{SQUARE}",
            f"2 {TRIANGLE}",
            f" 0  {TRIANGLE} ",
            f"0,{TRIANGLE}",
        ]
    ),
    st.tuples(
        st.sampled_from(["0", "1", "1.0", "7", "a"]), st.lists(coordinate, min_size=4, max_size=24)
    ).map(lambda pair: " ".join([pair[0], *pair[1]])),
)


@given(st.lists(row, max_size=5), st.sampled_from(["\n", "\r\n", "\r"]))
@example([f"0 {TRIANGLE}", f"1 {SQUARE}"], "\n")
@example([f"1 {SQUARE} 0.2 0.2", f"0 {TWO_PARTS}"], "\r\n")
def test_both_ways_say_the_same(rows: list[str], ending: str) -> None:
    data = ending.join(rows).encode()
    found = read(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dataset, "read_plain_rows", lambda *_, **__: None)
        expected = read(data)
    assert found.list_problems() == expected.list_problems()
    assert (found.counts, found.yolo) == (expected.counts, expected.yolo)
    for one, other in zip(found.objects, expected.objects, strict=True):
        assert one._replace(polygons=[]) == other._replace(polygons=[])
        assert [[len(ring) for ring in part] for part in one.polygons] == [
            [len(ring) for ring in part] for part in other.polygons
        ]
        for part, same in zip(one.polygons, other.polygons, strict=True):
            for ring, like in zip(part, same, strict=True):
                assert ring == pytest.approx(like, abs=1.1e-4)


@pytest.mark.parametrize(
    "text",
    [
        f"0 {TRIANGLE}\n1 {SQUARE}\n",
        f"0 {TRIANGLE}\r\n\r\n1 {SQUARE} 0.2 0.2",
        f"0 {TRIANGLE} 1e-3 0.5\n",
        "",
        "\n\n",
    ],
)
def test_usual_files_are_read_at_once(text: str) -> None:
    found = read_plain_rows(text.encode(), size_wh=SIZE_WH, class_count=2)
    assert found is not None
    assert [each.line for each in found] == [
        number for number, row in enumerate(text.splitlines(), 1) if row
    ]
    assert all(len(each.ring) in {6, 8} for each in found)


@pytest.mark.parametrize(
    "text",
    [
        f"2 {TRIANGLE}",
        f"0 {TRIANGLE}\n0 {TRIANGLE}",
        f"0 {TRIANGLE} 0.9",
        f"0 {TRIANGLE} nan 0.5",
        f"0 {TRIANGLE} 1.001 0.5",
        f"0 {TRIANGLE} 0.1_0 0.5",
        "0 0.5 0.5 0.2 0.2",
        "0 0.1 0.1 0.2 0.2 0.3 0.3",
        f"{'9' * 5000} {TRIANGLE}",
        "﻿0 0.1 0.1 0.2 0.2 0.3 0.1",
    ],
)
def test_what_is_unusual_is_left_to_the_other_way(text: str) -> None:
    assert read_plain_rows(text.encode(), size_wh=SIZE_WH, class_count=2) is None
