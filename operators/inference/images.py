"""Prepares images of a page and of its regions for engines."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...models.engine import ImageInput, ImageProcessor
from ...schemas.geometry import Box
from .request import Request
from .work import ImageRequests

RgbImage = NDArray[np.uint8]

# Pixels of the page around a region, since models read letters at the edge of an image less well.
_MARGIN = 8
_JPEG_QUALITY = 95


def image_requests(
    page: RgbImage, region: Box | None, max_tiles: int, requests: tuple[Request, ...], processor: ImageProcessor
) -> ImageRequests:
    """The requests about one region, with its image in the engine's form.

    Args:
        page: the page as displayed, (height, width, 3) RGB.
        region: in shares of the page; None for the whole page.
        max_tiles: upper limit of the tiles that the processor cuts the image into.
    """
    pixels = page if region is None else _crop(page, region)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return ImageRequests(processor(pixels, max_tiles), buffer.getvalue(), max_tiles, requests)


def coarser(image: ImageRequests, processor: ImageProcessor) -> ImageInput:
    """The same image with half the tile limit."""
    with Image.open(io.BytesIO(image.source)) as pixels:
        return processor(np.asarray(pixels.convert("RGB")), max(1, image.max_tiles // 2))


def _crop(page: RgbImage, region: Box) -> RgbImage:
    height, width = page.shape[:2]
    x0, y0, x1, y1 = region
    left, top = max(0, int(x0 * width) - _MARGIN), max(0, int(y0 * height) - _MARGIN)
    right, bottom = min(width, int(np.ceil(x1 * width)) + _MARGIN), min(height, int(np.ceil(y1 * height)) + _MARGIN)
    return np.ascontiguousarray(page[top:bottom, left:right])
