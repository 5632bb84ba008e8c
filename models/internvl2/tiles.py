"""From an image of any mode to the uint8 tiles that the vision tower sees."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .tiling import TileGrid

_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")


def rgb_image(image: Image.Image) -> Image.Image:
    """`image` as RGB, bit for bit `image.convert("RGB")` except where that gives rubbish on documents.

    Transparent pixels lie on white, as on paper (the reference shows whatever colour lies beneath, mostly black).
    Grey levels of 16 bits are scaled to 8 (Pillow clips them, so that nearly all becomes white). Of an animation the
    frame at hand is taken: the first one of a freshly opened file. EXIF orientation is ignored, as by the reference.

    Raises:
        ValueError: the image has no pixels, or its file is damaged.
    """
    if image.width < 1 or image.height < 1:
        raise ValueError(f"an image of {image.width} × {image.height} pixels has nothing to read")
    try:
        image.load()
    except (OSError, SyntaxError) as error:
        raise ValueError(f"the image can not be decoded: {error}") from error
    if image.mode in _SIXTEEN_BITS:
        return _from_levels(np.asarray(image).astype(np.float64), 65535.0)
    if image.mode == "F":
        return _from_levels(np.asarray(image).astype(np.float64), 1.0)
    if image.has_transparency_data:
        opaque = image.convert("RGBA")
        if opaque.getchannel("A").getextrema() != (255, 255):
            return Image.alpha_composite(Image.new("RGBA", image.size, "white"), opaque).convert("RGB")
    return image.convert("RGB")


def cut_tiles(image: Image.Image, grid: TileGrid, tile_size: int = 448) -> NDArray[np.uint8]:
    """The tiles of an RGB `image`: uint8 of shape (tiles, tile_size, tile_size, 3), row by row, the thumbnail last.

    The whole image is stretched over the grid, bicubic and without padding.
    """
    whole = np.asarray(image.resize((tile_size * grid.cols, tile_size * grid.rows), Image.Resampling.BICUBIC))
    cells = whole.reshape(grid.rows, tile_size, grid.cols, tile_size, 3).swapaxes(1, 2)
    tiles = np.empty((grid.tiles, tile_size, tile_size, 3), np.uint8)
    tiles[: grid.cols * grid.rows] = cells.reshape(-1, tile_size, tile_size, 3)
    if grid.thumbnail:
        tiles[-1] = np.asarray(image.resize((tile_size, tile_size), Image.Resampling.BICUBIC))
    return tiles


def _from_levels(levels: NDArray[np.float64], white: float) -> Image.Image:
    """Grey levels as RGB: those that fit 8 bits are taken as they are, all others as shares of `white`."""
    top = levels.max()
    if white > 255 >= top or (white == 1.0 and top > 1.0):
        white = 255.0
    grey = np.nan_to_num(levels / white * 255.0).round().clip(0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")
