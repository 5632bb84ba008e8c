"""Ink is the pixels that differ from the background around them."""

import numpy as np
import pytest
from docpipe.operators.documents import ink


def page(background: int = 255) -> np.ndarray:
    return np.full((400, 300), background, np.uint8)


def test_an_even_page_is_blank() -> None:
    for background in (0, 90, 255):
        mask = ink.ink_mask(page(background))
        assert ink.is_blank(mask)
        assert ink.share(mask) == 0


def test_paper_grain_is_no_ink() -> None:
    grain = np.random.default_rng(0).normal(230, 8, (400, 300)).clip(0, 255).astype(np.uint8)
    assert ink.is_blank(ink.ink_mask(grain))


def test_uneven_light_is_no_ink() -> None:
    light = np.tile(np.linspace(120, 250, 300), (400, 1)).astype(np.uint8)
    assert ink.is_blank(ink.ink_mask(light))


def test_one_page_number_is_not_blank() -> None:
    image = page()
    image[380:388, 150:154] = 0
    assert not ink.is_blank(ink.ink_mask(image))


@pytest.mark.parametrize(("background", "writing"), [(255, 0), (0, 255), (120, 220)])
def test_ink_inside_and_outside_boxes(background: int, writing: int) -> None:
    image = page(background)
    image[40:44, 30:60] = writing
    image[200:204, 30:60] = writing
    mask = ink.ink_mask(image)
    assert ink.share(mask) == pytest.approx(240 / 120_000)
    first = np.array([[0.1, 0.1, 0.2, 0.11]])
    assert ink.unexplained(mask, first) == pytest.approx(0.5)
    assert ink.unexplained(mask, np.empty((0, 4))) == 1
    assert ink.unexplained(mask, np.array([[0, 0, 1, 1]])) == 0
    assert ink.on_ink(mask, np.array([[0.1, 0.1, 0.2, 0.11], [0.5, 0.5, 0.7, 0.6]])).tolist() == [True, False]


def test_large_images_are_averaged() -> None:
    small = ink.reduced(np.full((3000, 2000, 3), 200, np.uint8))
    assert max(small.shape) <= ink.MAX_SIDE
    assert (small == 200).all()
    assert ink.reduced(np.zeros((1, 5000, 3), np.uint8)).size


def test_tiny_images() -> None:
    assert ink.is_blank(ink.ink_mask(np.full((1, 1), 255, np.uint8)))


def test_ink_of_a_colour_that_has_no_more_green_than_its_background() -> None:
    image = np.zeros((400, 300, 3), np.uint8)
    image[..., 2] = 200
    assert ink.is_blank(ink.image_ink(image))
    image[100:120, 50:200] = (200, 0, 0)
    assert not ink.is_blank(ink.image_ink(image))


def colours(ground: tuple[int, int, int], print_: tuple[int, int, int]) -> np.ndarray:
    image = np.full((400, 300, 3), ground, np.uint8)
    image[100:110, 50:200] = print_
    return image


@pytest.mark.parametrize(
    ("ground", "printed"),
    [
        ((255, 255, 255), (225, 225, 225)),
        ((120, 120, 120), (150, 150, 150)),
        ((0, 0, 0), (25, 25, 25)),
        ((255, 255, 255), (255, 255, 120)),
        ((0, 0, 255), (97, 0, 0)),
    ],
)
def test_faint_print_is_ink_and_is_brought_out(ground: tuple[int, int, int], printed: tuple[int, int, int]) -> None:
    image = colours(ground, printed)
    assert not ink.is_blank(ink.image_ink(image))
    plain = ink.with_contrast(image)
    assert plain is not None
    assert plain[105, 100].tolist() == [0, 0, 0]
    assert plain[300, 100].tolist() == [255, 255, 255]


def test_plain_print_stays_as_it_is_and_grain_is_no_print() -> None:
    assert ink.with_contrast(colours((250, 250, 250), (60, 60, 60))) is None
    grain = np.random.default_rng(0).normal(230, 5, (400, 300)).clip(0, 255).astype(np.uint8)
    paper = np.repeat(grain[..., None], 3, axis=2)
    assert ink.is_blank(ink.image_ink(paper))
    assert ink.is_blank(ink.image_ink(colours((255, 255, 255), (250, 250, 250))))
