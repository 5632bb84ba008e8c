"""Images of a page and of its regions as engines take them."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...models.engine import ImageInput, ImageProcessor
from ...schemas.geometry import Box
from .request import Request
from .work import ImageRequests

RgbImage = NDArray[np.uint8]

# White around a region, in pixels: letters that touch the edge of an image are read worse.
_MARGIN = 8
_JPEG_QUALITY = 95


def image_requests(
    page: RgbImage, region: Box | None, max_tiles: int, requests: tuple[Request, ...], processor: ImageProcessor
) -> ImageRequests:
    """Requests with the image that they are about.

    Args:
        page: the page as seen, (height, width, 3) RGB.
        region: in shares of the page; None for the whole page.
    """
    pixels = page if region is None else _crop(page, region)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return ImageRequests(processor(pixels, max_tiles), buffer.getvalue(), max_tiles, requests)


def coarser(image: ImageRequests, processor: ImageProcessor) -> ImageInput:
    """The same image cut into at most half as many tiles."""
    with Image.open(io.BytesIO(image.source)) as pixels:
        return processor(np.asarray(pixels.convert("RGB")), max(1, image.max_tiles // 2))


def _crop(page: RgbImage, region: Box) -> RgbImage:
    height, width = page.shape[:2]
    x0, y0, x1, y1 = region
    left, top = max(0, int(x0 * width) - _MARGIN), max(0, int(y0 * height) - _MARGIN)
    right, bottom = min(width, int(np.ceil(x1 * width)) + _MARGIN), min(height, int(np.ceil(y1 * height)) + _MARGIN)
    return np.ascontiguousarray(page[top:bottom, left:right])
