"""Reading order has every line once: row by row in receipts, column by column in running text."""

import numpy as np
from docpipe.operators.layout.reading_order import reading_order
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
_any_boxes = arrays.arrays(
    np.float32, st.tuples(st.integers(0, 30), st.just(4)), elements=st.integers(0, 400).map(float)
)


def _column(x: float, width: float, rows: int, y: float = 0.0) -> list[list[float]]:
    return [[x, y + 12 * row, x + width, y + 12 * row + 10] for row in range(rows)]


@given(_any_boxes)
def test_every_line_comes_exactly_once(boxes: Boxes) -> None:
    assert sorted(reading_order(boxes).tolist()) == list(range(len(boxes)))


@given(st.integers(1, 40), st.randoms())
def test_one_column_reads_downwards_whatever_the_order_found(rows: int, random: "np.random.Generator") -> None:
    boxes = _column(20, 300, rows)
    random.shuffle(boxes)
    order = reading_order(np.array(boxes, np.float32))
    assert [boxes[index][1] for index in order] == sorted(box[1] for box in boxes)


@given(_any_boxes, st.sampled_from([0.5, 2.0, 8.0]))
def test_the_unit_of_the_boxes_does_not_matter(boxes: Boxes, scale: float) -> None:
    assert reading_order(boxes).tolist() == reading_order(boxes * np.float32(scale)).tolist()


@given(st.integers(3, 20), st.integers(3, 20), st.floats(0, 11))
def test_columns_of_running_text_are_read_one_after_the_other(left: int, right: int, shift: float) -> None:
    boxes = np.array(_column(0, 200, left) + _column(215, 200, right, shift), np.float32)
    assert reading_order(boxes).tolist() == list(range(left + right))


def test_a_title_over_three_columns_comes_first_and_a_footer_last() -> None:
    columns = _column(0, 150, 9, 30) + _column(165, 150, 9, 30) + _column(330, 150, 9, 30)
    boxes = np.array([[0, 0, 480, 20], *columns, [0, 150, 480, 160]], np.float32)
    assert reading_order(boxes).tolist() == list(range(len(boxes)))


def test_prices_of_a_receipt_stay_beside_their_items() -> None:
    items, prices = _column(0, 160, 8), _column(240, 40, 8)
    boxes = np.array([box for row in zip(items, prices, strict=True) for box in row], np.float32)
    assert reading_order(boxes).tolist() == list(range(16))


def test_boxes_of_neighbouring_lines_may_overlap_a_little() -> None:
    boxes = np.array([[0, 0, 200, 14], [0, 10, 60, 24], [100, 10, 200, 24], [0, 20, 200, 34]], np.float32)
    assert reading_order(boxes[::-1]).tolist() == [3, 2, 1, 0]


def test_no_lines_no_order() -> None:
    assert reading_order(np.empty((0, 4), np.float32)).tolist() == []
