"""Laws of boxes on a page."""

import numpy as np
from docpipe.schemas.geometry import areas, clip, covered, overlaps, to_shares, turn_boxes, turn_points, union_of_runs
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

coordinate = st.floats(-0.5, 1.5, width=32)
box = st.tuples(coordinate, coordinate, coordinate, coordinate).map(
    lambda b: (min(b[0], b[2]), min(b[1], b[3]), max(b[0], b[2]), max(b[1], b[3]))
)
boxes = st.lists(box, min_size=1, max_size=20).map(lambda b: np.array(b, np.float32))
quarters = st.sampled_from([0, 90, 180, 270, 360, -90])


@given(boxes, quarters)
def test_turning_back_gives_the_box_again(values: NDArray[np.float32], degrees: int) -> None:
    np.testing.assert_allclose(turn_boxes(turn_boxes(values, degrees), -degrees), values, atol=1e-6)


@given(boxes, quarters, quarters)
def test_turns_add_up(values: NDArray[np.float32], first: int, second: int) -> None:
    np.testing.assert_allclose(
        turn_boxes(turn_boxes(values, first), second), turn_boxes(values, first + second), atol=1e-6
    )


@given(boxes, quarters)
def test_a_turned_box_is_the_box_of_its_turned_corners(values: NDArray[np.float32], degrees: int) -> None:
    a, b = turn_points(values[:, :2], degrees), turn_points(values[:, 2:], degrees)
    expected = np.concatenate([np.minimum(a, b), np.maximum(a, b)], axis=1)
    np.testing.assert_allclose(turn_boxes(values, degrees), expected, atol=1e-6)


@given(boxes, quarters)
def test_turning_and_clipping_commute(values: NDArray[np.float32], degrees: int) -> None:
    one, kept = clip(turn_boxes(values, degrees))
    other, kept_first = clip(values)
    both = kept & kept_first
    np.testing.assert_allclose(one[both], turn_boxes(other, degrees)[both], atol=1e-6)


def test_a_quarter_turn_takes_the_top_left_to_the_top_right() -> None:
    np.testing.assert_allclose(turn_boxes(np.array([[0, 0, 0.2, 0.1]]), 90), [[0.9, 0, 1, 0.2]], atol=1e-6)
    np.testing.assert_allclose(turn_points(np.array([[0.0, 0.0]]), 90), [[1, 0]])


@given(boxes)
def test_clipped_boxes_are_on_the_page_and_have_an_area(values: NDArray[np.float32]) -> None:
    clipped, keep = clip(values)
    kept = clipped[keep]
    assert ((kept >= 0) & (kept <= 1)).all()
    assert (kept[:, 0] < kept[:, 2]).all()
    assert (kept[:, 1] < kept[:, 3]).all()
    inside = (values >= 0).all(axis=1) & (values <= 1).all(axis=1)
    np.testing.assert_array_equal(clipped[inside], values[inside])


def test_a_box_without_a_number_is_dropped() -> None:
    _, keep = clip(np.array([[np.nan, 0, 1, 1], [0, 0, 0, 1], [2, 2, 3, 3], [0, 0, 1, 1]], np.float32))
    assert keep.tolist() == [False, False, False, True]


@given(boxes, st.floats(1, 5000), st.floats(1, 5000), st.floats(-100, 100), st.floats(-100, 100))
def test_shares_do_not_depend_on_unit_or_origin(
    values: NDArray[np.float32], width: float, height: float, x: float, y: float
) -> None:
    on_page = values * np.array([width, height] * 2)
    moved = on_page + np.array([x, y, x, y])
    np.testing.assert_allclose(to_shares(moved, (x, y, x + width, y + height)), values, atol=1e-3)


@given(boxes)
def test_a_union_holds_its_members(values: NDArray[np.float32]) -> None:
    union = union_of_runs(values, np.array([0]))
    assert (union[0, :2] <= values[:, :2]).all()
    assert (union[0, 2:] >= values[:, 2:]).all()
    np.testing.assert_array_equal(union_of_runs(values, np.arange(len(values))), values)


@given(boxes)
def test_the_overlap_of_a_box_with_itself_is_its_area(values: NDArray[np.float32]) -> None:
    shared = overlaps(values, values)
    np.testing.assert_allclose(np.diag(shared), areas(values), atol=1e-5)
    np.testing.assert_allclose(shared, shared.T, atol=1e-5)


def test_covered_pixels() -> None:
    mask = covered(np.array([[0, 0, 0.5, 0.25]]), 4, 4)
    assert mask.tolist() == [[True, True, False, False], *[[False] * 4] * 3]
    assert not covered(np.empty((0, 4)), 3, 3).any()
