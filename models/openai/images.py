"""Images as image files for a server, no larger than the server's own tiling can use."""

import base64
import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..engine import ImageInput
from ..internvl2.processor.tiling import choose_grid

TILE = 448
"""Pixels of the side of a tile of InternVL2."""

# PNG is exact, and smaller than JPEG of quality 95 wherever a page is drawn rather than photographed: 0.11 against
# 0.18 bytes a pixel on rendered pages, 0.07 against 0.32 on clean scans (`benchmarks/serving/image_files.py`). Beyond
# one byte a pixel, as noise in photographs takes, requests of many megabytes cost more than the loss.
_PNG_BYTES_PER_PIXEL = 1.0
_JPEG_QUALITY = 95


def prepare_file(image: NDArray[np.uint8], max_tiles: int) -> ImageInput:
    """`image`, (height, width, 3) RGB, as the bytes of a PNG or JPEG file.

    It is scaled down, never up, to no fewer pixels than `max_tiles` tiles of 448 × 448 have, and to no fewer on either
    side than the grid that InternVL2 would cut it into: a server's own scaling then loses nothing by ours.
    """
    height, width = image.shape[:2]
    scaled = Image.fromarray(image)
    size = bounded_size(width, height, max_tiles)
    if size != (width, height):
        scaled = scaled.resize(size, Image.Resampling.BICUBIC)
    data = _saved(scaled, "PNG", compress_level=1)
    if len(data) > _PNG_BYTES_PER_PIXEL * size[0] * size[1]:
        data = _saved(scaled, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return ImageInput(np.frombuffer(data, np.uint8), tiles=1)


def bounded_size(width: int, height: int, max_tiles: int) -> tuple[int, int]:
    """Width and height to send; InternVL2 cuts an image of this size into the same grid."""
    grid = choose_grid(width, height, max_tiles=max_tiles, tile_size=TILE)
    area = math.sqrt(max_tiles * TILE * TILE / (width * height))
    scale = max(grid.cols * TILE / width, grid.rows * TILE / height, area)
    if scale >= 1:
        return width, height
    size = (math.ceil(width * scale), math.ceil(height * scale))
    # A side that was rounded can make another grid the nearest one.
    same = choose_grid(*size, max_tiles=max_tiles, tile_size=TILE) == grid
    return size if same else (width, height)


def data_url(image: ImageInput) -> str:
    """The image's file as a URL that holds all of it."""
    data = image.data.tobytes()
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _saved(image: Image.Image, kind: str, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()
