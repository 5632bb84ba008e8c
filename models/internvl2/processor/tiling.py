"""Dynamic tiling: into which grid of square tiles an image is cut."""

from dataclasses import dataclass
from functools import lru_cache

# The most tiles a grid may have; larger numbers are a mistake and would take long to list.
MAX_TILES = 256

Grid = tuple[int, int]
"""Columns and rows."""

# Primes of xxHash64, see `_pair_hash`.
_PRIME_1, _PRIME_2, _PRIME_5 = 11400714785074694791, 14029467366897019727, 2870177450012600261
_BITS_64 = (1 << 64) - 1


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
        raise ValueError(f"an image of {width} × {height} pixels cannot be tiled")
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
def candidate_grids(min_tiles: int, max_tiles: int) -> tuple[Grid, ...]:
    """All `(cols, rows)` of `min_tiles` to `max_tiles` tiles, in the order in which the reference looks at them.

    That is by number of tiles, and for one number of tiles in the order of the set that the reference collects them
    in. The order matters only for exact ties between grids of as many tiles, which need `min_tiles` above 1.
    """
    grids = [
        (cols, rows)
        for cols in range(1, max_tiles + 1)
        for rows in range(1, max_tiles // cols + 1)
        if cols * rows >= min_tiles
    ]
    # The reference lets both sides grow together from min_tiles on: a grid first comes up when its longer side does.
    grids.sort(key=lambda grid: (max(*grid, min_tiles), grid))
    return tuple(sorted(_set_order(grids), key=lambda grid: grid[0] * grid[1]))


def _set_order(grids: list[Grid]) -> list[Grid]:
    """`list(set(grids))` of different grids, as CPython 3.11 (64 bits) orders it, on any interpreter.

    Open addressing of CPython's Objects/setobject.c: a table grows to the first power of two above 4 × its entries
    once three fifths are taken; a search looks at 10 neighbouring slots, then jumps.
    """
    table: list[Grid | None] = [None] * 8
    for count, grid in enumerate(grids, start=1):
        _insert(table, grid)
        if count * 5 >= (len(table) - 1) * 3:
            entries = [entry for entry in table if entry is not None]
            table = [None] * (1 << (4 * count).bit_length())
            for entry in entries:
                _insert(table, entry)
    return [entry for entry in table if entry is not None]


def _insert(table: list[Grid | None], grid: Grid) -> None:
    mask = len(table) - 1
    perturb = _pair_hash(grid)
    slot = perturb & mask
    while True:
        for place in range(slot, slot + 10 if slot + 9 <= mask else slot + 1):
            if table[place] is None:
                table[place] = grid
                return
        perturb >>= 5
        slot = (slot * 5 + 1 + perturb) & mask


def _pair_hash(grid: Grid) -> int:
    """CPython's hash of a pair of small whole numbers: xxHash64's mixing (Objects/tupleobject.c, since 3.8)."""
    total = _PRIME_5
    for side in grid:
        total = (total + side * _PRIME_2) & _BITS_64
        total = ((total << 31) | (total >> 33)) & _BITS_64
        total = total * _PRIME_1 & _BITS_64
    return (total + (2 ^ _PRIME_5 ^ 3527539)) & _BITS_64
