"""Metrics on boxes obey their definitions."""

import numpy as np
import pytest
from docpipe.evaluation.metrics.boxes import best_iou, iou, matched_ious
from hypothesis import given
from hypothesis import strategies as st

SIDE = st.floats(0, 1, width=32)
BOX = st.builds(lambda x, y, w, h: (x, y, x + w + 0.01, y + h + 0.01), SIDE, SIDE, st.floats(0, 0.5), st.floats(0, 0.5))


@given(BOX, BOX)
def test_iou_is_symmetric_and_a_share(a: tuple[float, ...], b: tuple[float, ...]) -> None:
    forth, back = iou(np.array([a]), np.array([b]))[0, 0], iou(np.array([b]), np.array([a]))[0, 0]
    assert forth == pytest.approx(back)
    assert 0 <= forth <= 1 + 1e-9


@given(BOX)
def test_a_box_is_itself(box: tuple[float, float, float, float]) -> None:
    assert best_iou([box], [box]) == pytest.approx(1)


@given(st.lists(BOX, max_size=5), st.lists(BOX, max_size=5))
def test_each_found_box_is_paired_once(
    wanted: list[tuple[float, float, float, float]], found: list[tuple[float, float, float, float]]
) -> None:
    values = matched_ious(wanted, found)
    assert len(values) == len(wanted)
    assert sum(value > 0 for value in values) <= len(found)


def test_a_half_of_a_box_has_an_iou_of_a_half() -> None:
    assert best_iou([(0, 0, 2, 1)], [(0, 0, 1, 1)]) == pytest.approx(0.5)
    assert best_iou([], [(0, 0, 1, 1)]) == 0
    assert matched_ious([(0, 0, 1, 1), (0, 0, 1, 1)], [(0, 0, 1, 1)]) == [1, 0]
