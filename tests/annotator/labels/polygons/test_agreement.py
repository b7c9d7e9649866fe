"""How far two annotations agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.polygons.agreement import (
    MIN_IOU,
    Shape,
    cohens_kappa,
    compare_annotations,
    disagreement,
    measure_agreement,
)
from tests.annotator.conftest import square

shapes = st.lists(
    st.builds(
        lambda class_id, x, y, side: Shape(class_id, square(x, y, side)),
        st.integers(1, 3),
        st.integers(0, 60),
        st.integers(0, 60),
        st.integers(5, 40),
    ),
    max_size=5,
)
labels = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=30)


def test_two_people_draw_a_pond() -> None:
    first = [Shape(1, square(0, 0)), Shape(1, square(50, 0)), Shape(2, square(0, 50))]
    second = [Shape(1, square(0, 0)), Shape(2, square(52, 0)), Shape(2, square(90, 90))]
    comparison = compare_annotations(first, second)
    assert [match[:2] for match in comparison["matches"]] == [(0, 0), (1, 1)]
    whole = measure_agreement([comparison])
    assert (whole["first"], whole["second"], whole["matched"]) == (3, 3, 2)
    assert whole["f1"] == pytest.approx(2 / 3)
    assert whole["mean_iou"] == pytest.approx((1 + 18 / 22) / 2, abs=0.02)
    ducks = measure_agreement([comparison], class_id=1)
    assert (ducks["first"], ducks["second"], ducks["matched"]) == (2, 1, 1)
    assert disagreement(comparison) == pytest.approx(3 / 4, abs=0.01)


def test_the_better_pair_goes_first() -> None:
    near, nearer = Shape(1, square(2, 0)), Shape(1, square(1, 0))
    comparison = compare_annotations([Shape(1, square(0, 0))], [near, nearer])
    assert [match[:2] for match in comparison["matches"]] == [(0, 1)]


def test_known_kappas() -> None:
    pairs = [(1, 1)] * 20 + [(1, 2)] * 5 + [(2, 1)] * 10 + [(2, 2)] * 15
    assert cohens_kappa(pairs) == pytest.approx(0.4)
    assert cohens_kappa([(1, 2), (2, 1)]) == pytest.approx(-1)
    assert cohens_kappa([(1, 1)]) is None
    assert cohens_kappa([]) is None


def test_nothing_on_both_sides_is_agreement() -> None:
    nothing = compare_annotations([], [])
    assert disagreement(nothing) == 0
    assert measure_agreement([nothing])["f1"] is None
    assert disagreement(compare_annotations([Shape(1, square())], [])) == 1


@given(shapes, shapes)
def test_matches_are_one_to_one_and_the_sides_may_change(a: list[Shape], b: list[Shape]) -> None:
    comparison, other = compare_annotations(a, b), compare_annotations(b, a)
    matches = comparison["matches"]
    assert len({match.first for match in matches}) == len(matches) <= min(len(a), len(b))
    assert len({match.second for match in matches}) == len(matches)
    assert all(MIN_IOU <= match.iou <= 1 for match in matches)
    assert 0 <= disagreement(comparison) <= 1
    assert sorted(m.iou for m in matches)[-1:] == sorted(m.iou for m in other["matches"])[-1:]


@given(labels)
def test_kappa_is_at_most_one_and_the_sides_may_change(pairs: list[tuple[int, int]]) -> None:
    kappa = cohens_kappa(pairs)
    assert kappa == pytest.approx(cohens_kappa([(b, a) for a, b in pairs]))
    if kappa is not None:
        assert kappa <= 1
        assert (kappa == pytest.approx(1)) == all(a == b for a, b in pairs)
