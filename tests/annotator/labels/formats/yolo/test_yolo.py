"""Label rows: what is taken, what is repaired, what is refused and with which words."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.formats.yolo.rows import format_labels, format_row, parse_labels
from annotator.labels.polygons.oriented_boxes import rows_are_oriented_boxes

SIZE_WH = (200, 100)
TRIANGLE = "0.1 0.1 0.5 0.1 0.5 0.9"


def parse(text: str | bytes, *, class_count: int = 3):  # type: ignore[no-untyped-def]
    data = text.encode() if isinstance(text, str) else text
    return parse_labels(data, size_wh=SIZE_WH, class_count=class_count)


def test_a_row_becomes_a_ring_in_pixels() -> None:
    parsed = parse(f"2 {TRIANGLE}\n")
    assert parsed.is_unchanged
    assert parsed.rows[0].class_index == 2
    assert parsed.rows[0].ring == pytest.approx([20, 10, 100, 10, 100, 90])


def test_a_repeated_first_point_is_no_point_of_the_ring() -> None:
    parsed = parse(f"0 {TRIANGLE} 0.1 0.1")
    assert parsed.is_unchanged
    assert len(parsed.rows[0].ring) == 6


def test_an_empty_file_is_a_background_image() -> None:
    assert parse("") == parse(" \n\n")
    assert parse("").is_unchanged
    assert parse("").rows == []


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_and_a_byte_order_mark(ending: str) -> None:
    parsed = parse(b"\xef\xbb\xbf" + f"0 {TRIANGLE}{ending}1 {TRIANGLE}{ending}".encode())
    assert [(row.line, row.class_index) for row in parsed.rows] == [(1, 0), (2, 1)]


REFUSED = {
    "two points": ("0 0.1 0.1 0.5 0.5 0.1 0.1", "at least three points; this row has 2"),
    "one point": ("0 0.1 0.1", "at least three points; this row has 1"),
    "no point": ("0", "at least three points; this row has 0"),
    "box": ("0 0.5 0.5 0.2 0.2", "A box, not a polygon"),
    "odd": ("0 0.1 0.1 0.5 0.1 0.5 0.9 0.3", "odd count"),
    "not a number": (f"0 {TRIANGLE} a 0.3", "“a” is not a number"),
    "NaN": (f"0 {TRIANGLE} nan 0.3", "not a finite number"),
    "infinity": (f"0 {TRIANGLE} 0.2 -inf", "not a finite number"),
    "too large": (f"0 {TRIANGLE} 1e999 0.3", "not a finite number"),
    "far right": (f"0 {TRIANGLE} 1.011 0.3", "1.011 lies outside the image"),
    "far left": (f"0 {TRIANGLE} -0.02 0.3", "-0.02 lies outside the image"),
    "pixels": ("0 12 14 120 140 12 90", "lies outside the image"),
    "class beyond": (f"3 {TRIANGLE}", "class 3 is not in the list of classes (known: 0 to 2)"),
    "class below": (f"-1 {TRIANGLE}", "class -1 is not in the list"),
    "class a fraction": (f"0.5 {TRIANGLE}", "“0.5” is not a whole number"),
    "class a word": (f"cat {TRIANGLE}", "“cat” is not a whole number"),
    "class NaN": (f"nan {TRIANGLE}", "is not a whole number"),
    "underscore": (f"0 {TRIANGLE} 0.1_1 0.3", "not a plain decimal number"),
    "other digits": (f"0 {TRIANGLE} ٠ 0.3", "not a plain decimal number"),
    "on a line": ("0 0.1 0.1 0.2 0.2 0.3 0.3", "encloses nothing"),
}


@pytest.mark.parametrize(("row", "reason"), REFUSED.values(), ids=REFUSED)
def test_a_bad_row_is_refused_alone_with_its_line(row: str, reason: str) -> None:
    parsed = parse(f"0 {TRIANGLE}\n\n{row}\n1 {TRIANGLE}\n")
    assert [kept.line for kept in parsed.rows] == [1, 4]
    (problem,) = parsed.problems
    assert (problem.outcome, problem.line) == ("refused", 3)
    assert reason in problem.reason


def test_a_hair_outside_is_clipped_and_said() -> None:
    parsed = parse("0 -0.01 0.1 1.01 0.1 0.5 0.9")
    assert parsed.rows[0].ring == pytest.approx([0, 10, 200, 10, 100, 90])
    assert [problem.outcome for problem in parsed.problems] == ["repaired"]


def test_a_repeated_row_is_taken_once() -> None:
    parsed = parse(f"0 {TRIANGLE}\n1 {TRIANGLE}\n0 {TRIANGLE}\n")
    assert len(parsed.rows) == 2
    assert parsed.problems[0][:2] == ("repaired", 3)


@pytest.mark.parametrize("data", [b"\xff\xfe0\x00 ", b"0 0.1\x00", b"\x89PNG\r\n"])
def test_a_file_that_is_no_text_is_refused_whole(data: bytes) -> None:
    parsed = parse(data)
    assert parsed.rows == []
    assert [(p.outcome, p.line) for p in parsed.problems] == [("refused", None)]


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    parsed = parse(data)
    assert all(len(row.ring) >= 6 for row in parsed.rows)


@given(
    st.lists(
        st.lists(
            st.sampled_from(["0", "1", "9", "0.5", "nan", "-1e400", "1.005", "-0.5", "x", "1e-9"]),
            max_size=12,
        ).map(" ".join),
        max_size=8,
    ).map("\n".join)
)
def test_every_row_is_taken_or_refused(text: str) -> None:
    parsed = parse(text)
    rows = {row.strip() for row in text.split("\n") if row.strip()}
    assert len(parsed.rows) + parsed.refused_count == len(rows)
    for row in parsed.rows:
        assert all(math.isfinite(number) for number in row.ring)
        assert 0 <= min(row.ring) <= max(row.ring) <= 200


@pytest.mark.parametrize("size_wh", [(320, 240), (4032, 3024), (16_000, 12_345)])
def test_pixels_survive_the_label_file(size_wh: tuple[int, int]) -> None:
    rng = np.random.default_rng(7)
    points = rng.uniform(0, 1, (50, 2)) * size_wh
    ring = points.ravel().tolist()
    data = format_labels([(0, [[ring]])], size_wh=size_wh)
    back = parse_labels(data, size_wh=size_wh, class_count=1)
    assert back.is_unchanged
    assert np.abs(np.array(back.rows[0].ring) - ring).max() < 0.001
    assert format_labels([(0, [[back.rows[0].ring]])], size_wh=size_wh) == data


def test_writing_clips_and_writes_plain_decimals() -> None:
    row = format_row(4, [[[-1e-9, 0.0, 200.0000001, 50.0, 0.00001, 100.0]]], size_wh=SIZE_WH)
    assert row == "4 0 0 1 0.5 0.00000005 1"


# --- oriented boxes -------------------------------------------------------------------------

TURNED = (
    "2 0.146731 0.151795 0.319936 0.301795 0.186603 0.648205 0.013397 0.498205\n"
    "4 0.557735 0.090192 0.357735 0.609808 0.242265 0.509808 0.442265 -0.009808\n"
)
UPRIGHT = "0 0.1 0.1 0.5 0.1 0.5 0.6 0.1 0.6\n1 0.2 0.2 0.4 0.2 0.4 0.5 0.2 0.5\n"
QUADRILATERAL = "0 0.1 0.1 0.5 0.15 0.6 0.6 0.1 0.7\n"

ORIENTED = {
    "turned rectangles": (TURNED, True),
    "one row tells nothing": (TURNED.split("\n", maxsplit=1)[0], False),
    "upright rectangles mean the same either way": (UPRIGHT, False),
    "some turned": (UPRIGHT + TURNED, True),
    "a polygon of five points among them": (TURNED + f"0 {TRIANGLE} 0.3 0.9 0.2 0.7", False),
    "any quadrilateral among them": (TURNED + QUADRILATERAL, False),
    "nothing": ("", False),
    "rubbish": ("a b c d e f g h i\n" * 3, False),
}


@pytest.mark.parametrize(("text", "expected"), ORIENTED.values(), ids=ORIENTED)
def test_oriented_boxes_are_told_by_the_whole_set(text: str, expected: bool) -> None:
    assert rows_are_oriented_boxes([(text.encode(), (15, 10))]) is expected
