"""From an image of any mode to the uint8 tiles that the vision tower sees."""

import struct

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from .tiling import TileGrid

# What Pillow's decoders raise for a damaged file, by format.
_DAMAGE = (OSError, EOFError, SyntaxError, RuntimeError, ValueError, IndexError, KeyError, TypeError, struct.error)
# The white level if the mode does not define it: the lowest of these that no pixel exceeds.
_WHITES = {"I": (255.0, 65535.0), "F": (1.0, 255.0, 65535.0)}


def rgb_image(image: Image.Image) -> Image.Image:
    """`image` as RGB, bit for bit `image.convert("RGB")` except where that makes documents unusable.

    Transparent pixels are composited on white, as on paper (the reference shows the colour beneath, mostly black).
    Grey levels of 16 bits are scaled to 8 (Pillow clips them, so that nearly everything becomes white). Levels
    of 32 bits or floating point, whose white level no file defines, are interpreted as shares of 1 (floating point
    only), else of 255, else of 65,535, else of the highest level. Of an animation or a file of several pages the
    current frame is used: the first one of a freshly opened file. EXIF orientation is ignored, as by the reference.

    Raises:
        ValueError: the image has no pixels, or its file is damaged.
    """
    _check_size(image)
    try:
        image.load()
    except _DAMAGE as error:
        raise ValueError(f"the image cannot be decoded: {error}") from error
    if image.mode.startswith("I;16"):
        levels = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((levels + 128) // 257).astype(np.uint8)).convert("RGB")
    if image.mode in _WHITES:
        return _from_levels(np.asarray(image), _WHITES[image.mode])
    if not image.has_transparency_data:
        return image.convert("RGB")
    # Pillow has no way from premultiplied grey (La) to RGBA but through LA.
    rgba = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
    if rgba.getchannel("A").getextrema() != (255, 255):
        rgba = Image.alpha_composite(Image.new("RGBA", image.size, "white"), rgba)
    return rgba.convert("RGB")


def cut_tiles(image: Image.Image, grid: TileGrid, tile_size: int = 448) -> NDArray[np.uint8]:
    """The tiles of an RGB `image`: uint8 of shape (tiles, tile_size, tile_size, 3), row by row, the thumbnail last.

    The whole image is stretched over the grid, bicubic and without padding; so is the thumbnail, from the image itself.

    Raises:
        ValueError: the image is not RGB, or has no pixels.
    """
    _check_size(image)
    if image.mode != "RGB":
        raise ValueError(f"tiles are cut from RGB, not {image.mode}: pass the image through rgb_image first")
    # Pillow resizes each channel by itself, so a grey page may be resized as one channel: a third of the work.
    source = image.getchannel(0) if _is_grey(image) else image
    cells = _stretched(source, tile_size * grid.cols, tile_size * grid.rows)
    cells = cells.reshape(grid.rows, tile_size, grid.cols, tile_size, 3).swapaxes(1, 2)
    tiles = np.empty((grid.tiles, tile_size, tile_size, 3), np.uint8)
    tiles[: grid.cols * grid.rows] = cells.reshape(-1, tile_size, tile_size, 3)
    if grid.thumbnail:
        tiles[-1] = _stretched(source, tile_size, tile_size)
    return tiles


def _stretched(image: Image.Image, width: int, height: int) -> NDArray[np.uint8]:
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC).convert("RGB"))


def _is_grey(image: Image.Image) -> bool:
    """Whether the channels of an RGB image are equal; a sparse sample, checked first, detects most coloured pages."""
    sparse = image.resize((image.width // 8 + 1, image.height // 8 + 1), Image.Resampling.NEAREST)
    return all(_equal_channels(look) for look in (sparse, image))


def _equal_channels(image: Image.Image) -> bool:
    red = image.getchannel(0)
    return all(ImageChops.difference(red, image.getchannel(other)).getbbox() is None for other in (1, 2))


def _check_size(image: Image.Image) -> None:
    if image.width < 1 or image.height < 1:
        raise ValueError(f"an image of {image.width} × {image.height} pixels has nothing to read")


def _from_levels(levels: NDArray[np.int32] | NDArray[np.float32], whites: tuple[float, ...]) -> Image.Image:
    """Grey levels as RGB; levels below 0 and those that are no number are black."""
    top = float(levels.max(initial=0, where=np.isfinite(levels)))
    white = next((white for white in whites if top <= white), top)
    shares = np.nan_to_num(levels / white, nan=0.0, posinf=1.0, neginf=0.0)
    return Image.fromarray((shares * 255).round().clip(0, 255).astype(np.uint8)).convert("RGB")
