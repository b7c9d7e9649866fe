"""Pasting objects: what changes, what must not, and what is refused."""

from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.engine.augmenting.compositing import Blend, Layer, Place, paste
from training.engine.augmenting.cutouts import Cutout, Mask, Pixels, cut_out, why_not

SIZE = (80, 120)


def image(value: int = 90) -> Pixels:
    noise = np.random.default_rng(3).integers(-20, 21, (*SIZE, 3))
    clipped: Pixels = np.clip(value + noise, 0, 255).astype(np.uint8)
    return clipped


def disc(x: float, y: float, radius: float) -> Mask:
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    inside: Mask = (columns - x) ** 2 + (rows - y) ** 2 <= radius**2
    return inside


def nobody() -> Mask:
    return np.zeros(SIZE, dtype=bool)


def red_disc() -> Cutout:
    bgr, mask = image(), disc(40, 40, 15)
    bgr[mask] = (20, 20, 220)
    cutout = cut_out(bgr, mask, nobody(), 2)
    assert cutout is not None
    return cutout


def layer_of(mask: Mask, class_index: int = 0) -> Layer:
    return Layer(class_index, mask, int(mask.sum()))


@pytest.mark.parametrize(
    ("mask", "others", "reason"),
    [
        (nobody(), nobody(), "small"),
        (disc(40, 40, 4), nobody(), "small"),
        (disc(5, 40, 15), nobody(), "border"),
        (disc(40, 70, 15), nobody(), "border"),
        (disc(40, 40, 15), disc(50, 40, 10), "covered"),
        (disc(40, 40, 15), disc(90, 40, 10), ""),
    ],
)
def test_only_whole_objects_are_cut_out(mask: Mask, others: Mask, reason: str) -> None:
    assert why_not(mask, others) == reason
    assert (cut_out(image(), mask, others, 0) is None) == bool(reason)


@pytest.mark.parametrize("blend", get_args(Blend))
@settings(max_examples=30, deadline=None)
@given(
    x=st.floats(-10, 130),
    y=st.floats(-10, 90),
    scale=st.floats(0.3, 1.5),
    mirrored=st.booleans(),
)
def test_nothing_outside_the_mask_changes(
    blend: Blend, x: float, y: float, scale: float, mirrored: bool
) -> None:
    before = image(130)
    pasted = paste(before, [], red_disc(), Place((x, y), scale, mirrored), blend)
    assert np.array_equal(before, image(130))
    if pasted is None:
        return
    (layer,) = pasted.layers
    assert layer.class_index == 2
    assert layer.mask.any()
    assert np.array_equal(pasted.bgr[~layer.mask], before[~layer.mask])
    if blend == "none":
        assert (pasted.bgr[layer.mask][:, 2] > 150).mean() > 0.9


def test_an_object_behind_loses_its_covered_pixels() -> None:
    behind = layer_of(disc(60, 40, 18))
    pasted = paste(image(), [behind], red_disc(), Place((78, 40), 0.9, False), "feather")
    assert pasted is not None
    first, second = pasted.layers
    assert not (first.mask & second.mask).any()
    assert first.is_changed
    assert not second.is_changed
    assert np.array_equal(first.mask | second.mask, behind.mask | second.mask)


def test_too_much_is_neither_covered_nor_lost() -> None:
    behind = layer_of(disc(60, 40, 15))
    assert paste(image(), [behind], red_disc(), Place((60, 40), 1, False), "none") is None
    assert paste(image(), [], red_disc(), Place((0, 0), 1, False), "none") is None
    assert paste(image(), [], red_disc(), Place((-99, 40), 1, False), "none") is None


def test_a_pasted_object_is_not_hidden_by_the_next() -> None:
    place = Place((60, 40), 1, False)
    first = paste(image(), [], red_disc(), place, "none")
    assert first is not None
    assert paste(first.bgr, first.layers, red_disc(), place, "none") is None


@pytest.mark.parametrize(("ground", "darker"), [(30, True), (200, False)])
def test_the_object_follows_the_light(ground: int, darker: bool) -> None:
    cutout = red_disc()
    pasted = paste(image(ground), [], cutout, Place((60, 40), 1, False), "none")
    assert pasted is not None
    (layer,) = pasted.layers
    before, after = cutout.bgr[cutout.mask].mean(), pasted.bgr[layer.mask].mean()
    assert (after < before - 5) if darker else (after > before + 5)
