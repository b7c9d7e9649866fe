"""Bins, masks and the rule for outliers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotator.labels.figures import bins, outliers

ALL = (
    bins.SIZES, bins.POINTS, bins.ASPECTS, bins.OBJECTS, bins.BRIGHTNESS, bins.SHARPNESS,
    bins.PIXELS, bins.SHAPES,
)  # fmt: skip


@pytest.mark.parametrize("kind", ALL)
def test_each_bin_has_a_label_and_they_do_not_overlap(kind: bins.Bins) -> None:
    assert len(kind.labels) == len(kind.limits) + 1
    assert list(kind.limits) == sorted(set(kind.limits))
    for place in range(len(kind)):
        low, high = kind.bounds(place)
        if low is not None:
            assert kind.places([low])[0] == place
        if high is not None:
            assert kind.places([high])[0] == place + 1


@given(st.lists(st.integers(0, bins.CELLS - 1), max_size=20))
def test_a_mask_has_the_bits_of_its_bins_and_fits_into_64(places: list[int]) -> None:
    mask = bins.mask_of(np.array(places, dtype=np.intp))
    assert -(2**63) <= mask < 2**63
    assert {n for n in range(bins.CELLS) if mask & bins.bit_of(n)} == set(places)


def test_a_position_on_the_border_is_in_the_last_cell() -> None:
    assert bins.cells_of([0, 1, 0.5], [0, 1, 0]).tolist() == [0, 63, 4]


def test_usual_is_what_lies_near_the_median_of_its_class() -> None:
    rng = np.random.default_rng(1)
    values = 0.01 * np.exp(0.2 * rng.standard_normal(500))
    counts = np.bincount(outliers.log_bins(values), minlength=outliers.BINS)
    bounds = outliers.usual_bounds(counts, factor=3)
    assert bounds is not None
    assert bounds.low == pytest.approx(0.01 / 3, rel=0.1)
    assert bounds.high == pytest.approx(0.03, rel=0.1)


def test_few_objects_have_no_outliers() -> None:
    counts = np.bincount(outliers.log_bins(np.full(19, 0.1)), minlength=outliers.BINS)
    assert outliers.usual_bounds(counts, factor=3) is None
