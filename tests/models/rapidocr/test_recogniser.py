"""Lines are brought to few widths and hardly out of shape; full-width ASCII stays in Chinese and Japanese lines."""

from itertools import pairwise

import pytest
from docpipe.models.rapidocr.detector import STRIDE, TILE, fitting_side
from docpipe.models.rapidocr.recogniser import MAX_WIDTH, WIDTHS, fitting_width, without_wide_ascii
from docpipe.models.rapidocr.recogniser import STRIDE as COLUMN
from hypothesis import given
from hypothesis import strategies as st


def test_widths_are_whole_columns_and_few() -> None:
    assert all(width % COLUMN == 0 for width in WIDTHS)
    assert all(a < b for a, b in pairwise(WIDTHS))
    assert WIDTHS[-1] == MAX_WIDTH
    assert len(WIDTHS) <= 80


@given(st.floats(80, MAX_WIDTH))
def test_a_line_keeps_its_shape_within_a_twentieth(width: float) -> None:
    assert 1 / 1.05 <= fitting_width(width) / width <= 1.05


@given(st.floats(0.01, 100_000))
def test_every_line_has_a_width(width: float) -> None:
    assert fitting_width(width) in WIDTHS


@given(st.floats(0.01, 20_000))
def test_sides_are_multiples_of_the_stride_and_near_the_page(length: float) -> None:
    side = fitting_side(length)
    assert side % STRIDE == 0
    assert side >= STRIDE
    assert abs(side - length) <= max(STRIDE, length / 20)


def test_a_page_of_a_tile_stays_one() -> None:
    assert fitting_side(TILE) == TILE


@pytest.mark.parametrize(
    ("read", "text"),
    [
        ("CB#\uff1a389720", "CB#:389720"),
        ("\uff08\uff32\uff2d\uff09 12\uff0c00", "(RM) 12,00"),
        ("\u5408\u8ba1\uff1a389720", "\u5408\u8ba1\uff1a389720"),
        ("\u30c6\u30ad\u30b9\u30c8\uff1a1", "\u30c6\u30ad\u30b9\u30c8\uff1a1"),
        ("Total: 7.40 \u20ac", "Total: 7.40 \u20ac"),
    ],
)
def test_full_width_ascii_is_plain_in_lines_of_other_scripts(read: str, text: str) -> None:
    assert without_wide_ascii(read) == text
