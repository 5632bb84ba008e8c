"""Images are cut into the grids that the reference chooses."""

import json

import pytest
from docpipe.models.internvl2.tiling import candidate_grids, choose_grid
from hypothesis import given
from hypothesis import strategies as st

from . import parity

ROWS = json.loads((parity.DATA / "tiling.json").read_text())
ORDER = json.loads((parity.DATA / "tiling_order.json").read_text())


def test_every_recorded_grid_is_chosen() -> None:
    rows = ROWS if isinstance(ROWS, list) else ROWS["rows"]
    assert len(rows) == 845
    for row in rows:
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
    for bounds, grids in ORDER.items():
        if "-" in bounds:
            low, high = map(int, bounds.split("-"))
            assert candidate_grids(low, high) == tuple(tuple(grid) for grid in grids), bounds


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


@pytest.mark.parametrize("sides", [(0, 10), (10, 0), (-1, 5)])
def test_an_image_without_pixels_has_no_grid(sides: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="can not be tiled"):
        choose_grid(*sides)


@pytest.mark.parametrize("bounds", [(0, 4), (5, 4), (1, 10_000)])
def test_bounds_that_make_no_sense_are_refused(bounds: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="are needed"):
        choose_grid(100, 100, min_tiles=bounds[0], max_tiles=bounds[1])
