"""Columns link segments that are directly below one another, and no others."""

import numpy as np
from docpipe.operators.grounding.evidence_columns import columns, segments
from hypothesis import given, settings
from hypothesis import strategies as st


def test_lines_are_cut_at_wide_gaps_only() -> None:
    boxes = np.array([[0, 0, 4, 1], [5, 0, 9, 1], [14, 0, 18, 1], [0, 2, 4, 3]], float)
    found = segments(boxes, np.full(4, 4, np.int32), np.array([0, 0, 0, 1], np.int32))
    assert [(part.first, part.last) for part in found] == [(0, 1), (2, 2), (3, 3)]


def test_cells_below_one_another_are_chained_across_their_rows() -> None:
    cells = [[x, y, x + 4, y + 1] for y in (0, 1.2, 2.4) for x in (0, 10, 20)]
    assert columns(np.array(cells, float)) == [[0, 3, 6], [1, 4, 7], [2, 5, 8]]


def test_running_text_needs_no_columns() -> None:
    assert columns(np.array([[0, y, 40, y + 1] for y in range(0, 20, 1)], float)) == []


def test_a_large_gap_ends_a_column() -> None:
    cells = [[0, 0, 4, 1], [10, 0, 14, 1], [0, 8, 4, 9], [10, 8, 14, 9]]
    assert columns(np.array(cells, float)) == []


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 30)] * 2, *[st.integers(1, 9)] * 2), max_size=40))
def test_columns_end_and_repeat_little(shapes: list[tuple[int, int, int, int]]) -> None:
    boxes = np.array([[x, y, x + w, y + h] for x, y, w, h in shapes], float).reshape(-1, 4)
    chains = columns(boxes)
    assert sum(map(len, chains)) <= 2 * len(boxes)
    for chain in chains:
        assert len(set(chain)) == len(chain)


def test_thousands_of_boxes_side_by_side_are_no_columns() -> None:
    assert columns(np.tile([[0.0, 0, 1, 1]], (6000, 1))) == []
    many = np.array([[x, y, x + 1, y + 1] for y in range(2) for x in range(2400)], float)
    assert columns(many) == []
