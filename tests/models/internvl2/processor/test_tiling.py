"""Images are cut into the grids that the reference chooses."""

import json
import sys

import pytest
from docpipe.models.internvl2.processor.tiling import TileGrid, candidate_grids, choose_grid
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from .. import parity

ROWS = json.loads((parity.DATA / "tiling.json").read_text())
ORDER = json.loads((parity.DATA / "tiling_order.json").read_text())


def test_every_recorded_grid_is_chosen() -> None:
    assert len(ROWS) == 845
    for row in ROWS:
        grid = choose_grid(
            row["width"],
            row["height"],
            min_tiles=row["min_num"],
            max_tiles=row["max_num"],
            tile_size=row["image_size"],
            use_thumbnail=row["use_thumbnail"],
        )
        assert (grid.cols, grid.rows, grid.thumbnail, grid.tiles) == (
            row["cols"],
            row["rows"],
            row["thumbnail"],
            row["tiles"],
        ), row


def test_candidates_are_visited_in_the_recorded_order() -> None:
    assert len(ORDER) == 100
    for bounds, grids in ORDER.items():
        low, high = map(int, bounds.split("-"))
        assert candidate_grids(low, high) == tuple(tuple(grid) for grid in grids), bounds


@pytest.mark.skipif(
    sys.version_info[:2] != (3, 11), reason="the reference ran on CPython 3.11, whose sets are modelled"
)
@given(st.integers(1, 64), st.integers(0, 63))
@example(52, 53)  # the least bounds where a search for a free slot gets to its tenth neighbour
@settings(deadline=None)
def test_candidates_keep_the_order_of_the_set_that_the_reference_fills(low: int, more: int) -> None:
    high = low + more
    filled: set[tuple[int, int]] = set()
    for longer in range(low, high + 1):
        shorter = range(1, longer + 1)
        for cols in shorter:
            filled.update((cols, rows) for rows in shorter if low <= cols * rows <= high)
    assert candidate_grids(low, high) == tuple(sorted(filled, key=lambda grid: grid[0] * grid[1]))


SIDES = st.integers(1, 12_000)


@given(SIDES, SIDES, st.integers(1, 12), st.integers(0, 28))
def test_a_grid_keeps_its_bounds_and_counts_its_thumbnail(width: int, height: int, low: int, more: int) -> None:
    grid = choose_grid(width, height, min_tiles=low, max_tiles=low + more)
    assert low <= grid.cols * grid.rows <= low + more
    assert grid.thumbnail == (grid.cols * grid.rows > 1)
    assert grid.tiles == grid.cols * grid.rows + grid.thumbnail


@given(SIDES, SIDES, st.integers(1, 40))
def test_no_other_grid_is_nearer_to_the_shape_of_the_image(width: int, height: int, high: int) -> None:
    grid = choose_grid(width, height, max_tiles=high)
    nearest = min(abs(width / height - cols / rows) for cols, rows in candidate_grids(1, high))
    assert abs(width / height - grid.cols / grid.rows) == nearest


@given(st.integers(1, 12), st.integers(1, 12), st.integers(1, 1500), st.integers(1, 64))
def test_an_image_of_exactly_the_shape_of_a_grid_is_tiled_alike_when_mirrored(
    cols: int, rows: int, scale: int, high: int
) -> None:
    assume(cols * rows <= high)
    upright = choose_grid(cols * scale, rows * scale, max_tiles=high)
    mirrored = choose_grid(rows * scale, cols * scale, max_tiles=high)
    assert upright.cols * rows == upright.rows * cols
    assert (mirrored.cols, mirrored.rows) == (upright.rows, upright.cols)


def test_other_shapes_are_not_mirrored_because_distance_is_taken_between_ratios() -> None:
    assert choose_grid(1240, 1754) == TileGrid(2, 3, thumbnail=True)
    assert choose_grid(1754, 1240) == TileGrid(4, 3, thumbnail=True)


@pytest.mark.parametrize("sides", [(0, 10), (10, 0), (-1, 5)])
def test_an_image_without_pixels_has_no_grid(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="cannot be tiled"):
        choose_grid(*sides)


@pytest.mark.parametrize("bounds", [(0, 4), (5, 4), (1, 10_000)])
def test_bounds_that_make_no_sense_are_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="are needed"):
        choose_grid(100, 100, min_tiles=bounds[0], max_tiles=bounds[1])
