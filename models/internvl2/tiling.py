"""Dynamic tiling: into which grid of square tiles an image is cut."""

from dataclasses import dataclass
from functools import lru_cache

# The most tiles a grid may have; larger numbers are a mistake and would take long to list.
MAX_TILES = 256


@dataclass(frozen=True)
class TileGrid:
    """A grid of square tiles over the whole image, with or without a tile that shows all of it."""

    cols: int
    rows: int
    thumbnail: bool

    @property
    def tiles(self) -> int:
        """Tiles in all, the thumbnail included."""
        return self.cols * self.rows + self.thumbnail


def choose_grid(
    width: int,
    height: int,
    *,
    min_tiles: int = 1,
    max_tiles: int = 12,
    tile_size: int = 448,
    use_thumbnail: bool = True,
) -> TileGrid:
    """The grid whose shape is nearest to that of an image of `width` × `height` pixels.

    Grids are looked at by growing number of tiles. One that is exactly as near as the best so far takes its place
    where the image has more than half of its pixels (OpenGVLab/InternVL, `find_closest_aspect_ratio`).

    Args:
        min_tiles, max_tiles: bounds of `cols * rows`; the thumbnail is not counted.

    Raises:
        ValueError: a side of the image is below one pixel, or there is no grid between the bounds.
    """
    if width < 1 or height < 1:
        raise ValueError(f"an image of {width} × {height} pixels can not be tiled")
    if not 1 <= min_tiles <= max_tiles <= MAX_TILES:
        raise ValueError(f"min_tiles {min_tiles} and max_tiles {max_tiles}: 1 to {MAX_TILES} in this order are needed")
    aspect, nearest, best = width / height, float("inf"), (1, 1)
    for cols, rows in candidate_grids(min_tiles, max_tiles):
        distance = abs(aspect - cols / rows)
        fills = width * height > 0.5 * tile_size * tile_size * cols * rows
        if distance < nearest or (distance == nearest and fills):
            nearest, best = distance, (cols, rows)
    cols, rows = best
    return TileGrid(cols, rows, thumbnail=use_thumbnail and cols * rows > 1)


@lru_cache(maxsize=64)
def candidate_grids(min_tiles: int, max_tiles: int) -> tuple[tuple[int, int], ...]:
    """All `(cols, rows)` of `min_tiles` to `max_tiles` tiles, in the order in which the reference looks at them.

    That is by number of tiles, and for one number in the order of a CPython set that was filled square by square:
    tuples of whole numbers have the same hash in every run. The order matters only for exact ties between grids of
    as many tiles, which need `min_tiles` above 1.
    """
    seen = {
        (cols, rows)
        for side in range(min_tiles, max_tiles + 1)
        for cols in range(1, side + 1)
        for rows in range(1, side + 1)
        if min_tiles <= cols * rows <= max_tiles
    }
    return tuple(sorted(seen, key=lambda grid: grid[0] * grid[1]))
