"""A text that is drawn twice at one place is one text; equal texts beside each other stay."""

from pathlib import Path

import numpy as np
import pytest
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.parser import Parser
from docpipe.operators.text_layer.overprint import overprinted
from hypothesis import given
from hypothesis import strategies as st

from ..raw_pdf import FONTS, one_page, shown, written

DATA = Path(__file__).parents[2] / "data"
BOLD = b" /F2 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold >>"


def lines(path: Path) -> list[str]:
    return Parser().read_page(str(path), 1, ReadSettings(engine="text_layer")).reading.lines.text


def made(tmp_path: Path, *drawn: bytes) -> list[str]:
    resources = FONTS.replace(b"/F1", BOLD + b" /F1")
    return lines(written(tmp_path / "a.pdf", one_page(b"".join(drawn), resources)))


def test_a_page_of_double_strike() -> None:
    found = lines(DATA / "cases" / "07_double_strike.pdf")
    assert [line for line in found if line.startswith("DOUBLE")] == [
        f"DOUBLE STRUCK LINE {i} TOTAL 80.75" for i in range(6)
    ]
    assert found[-1] == "EACH LETTER TWICE 60.25"
    assert len(found) == 12


@pytest.mark.parametrize("size", [6, 12, 30])
@pytest.mark.parametrize(("x", "y"), [(0, 0), (0.1, 0), (0, -0.05), (0.1, 0.1), (-0.1, -0.1)])
def test_the_whole_line(tmp_path: Path, size: float, x: float, y: float) -> None:
    text = "Total amount 1 080.75"
    again = shown(text, 50 + x * size, 700 + y * size, size)
    assert made(tmp_path, shown(text, size=size), again, again) == [text]


def test_a_part_of_a_line_or_of_a_word(tmp_path: Path) -> None:
    assert made(tmp_path, shown("Pay the total now"), shown("total", 50 + 45.4)) == ["Pay the total now"]
    assert made(tmp_path, shown("total", 50 + 45.4), shown("Pay the total now")) == ["Pay the total now"]
    assert made(tmp_path, shown("Grandtotal 12"), shown("total", 50 + 34.2)) == ["Grandtotal 12"]


def test_a_wider_font_over_the_line(tmp_path: Path) -> None:
    bold = shown("Invoice number 12").replace(b"/F1", b"/F2")
    assert made(tmp_path, shown("Invoice number 12"), bold) == ["Invoice number 12"]


@pytest.mark.parametrize("invisible", [0, 1])
def test_of_two_drawings_the_visible_one_stays(invisible: int) -> None:
    boxes = np.array([[50, 50, 90, 62]] * 2, np.float32)
    lines, hidden = np.arange(2), np.arange(2) == invisible
    assert overprinted(["Seen", "Seen"], boxes, lines, np.zeros(2, np.int64), hidden).tolist() == hidden.tolist()


def test_equal_cells_of_a_table_stay(tmp_path: Path) -> None:
    cells = [shown("0.00", 50 + 40 * column, 700 - 7 * row, 7) for row in range(5) for column in range(4)]
    assert " ".join(made(tmp_path, *cells)).split() == ["0.00"] * 20
    ones = [shown("1", 50 + 9 * column, 700, 8) for column in range(6)]
    assert "".join(made(tmp_path, *ones)).replace(" ", "") == "1" * 6


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.integers(0, 9)), max_size=12, unique=True),
    st.floats(0, 0.1),
)
def test_a_second_drawing_adds_nothing_and_takes_nothing(cells: list[tuple[str, int, int]], offset: float) -> None:
    """Of cells that do not overlap all stay; drawn again with an offset, just the second drawing goes."""
    words = [text for text, _, _ in {(x, y): (text, x, y) for text, x, y in cells}.values()]
    places = [(x, y) for _, x, y in {(x, y): (text, x, y) for text, x, y in cells}.values()]
    boxes = np.array([(12 * x, 12 * y, 12 * x + 10, 12 * y + 10) for x, y in places], np.float32).reshape(-1, 4)
    n = len(words)
    both = np.concatenate([boxes, boxes + np.float32(10 * offset)])
    numbers = np.arange(2 * n, dtype=np.int64)
    zeros = np.zeros(2 * n, np.int64)
    found = overprinted(words * 2, both, numbers, zeros, zeros.astype(bool))
    assert found.tolist() == [False] * n + [True] * n
