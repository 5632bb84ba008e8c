"""The images of a page that models are asked about: the whole page, its blocks, its figures."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ...models.engine import ImageInput, ImageProcessor
from ...schemas.geometry import Box
from ...schemas.page import PageReading
from .tasks import EngineTasks
from .work import PageImage, Use

RgbImage = NDArray[np.uint8]

_FIGURES = frozenset({"figure", "chart"})
_READ = frozenset({"text", "title", "list", "table", "caption", "formula", "header", "footer"})
# A figure with a side below this share of the page is an icon or a rule.
_LEAST_SHARE = 0.08
# White around a region, in pixels: letters that touch the edge of an image are read worse.
_MARGIN = 8
_JPEG_QUALITY = 95


def wants_image(reading: PageReading, tasks: Sequence[EngineTasks], asked: bool) -> bool:
    """Whether any engine is asked about an image of this page.

    Args:
        asked: whether there are questions to the page.
    """
    return any(
        task.ocr or (task.docvqa and asked) or (task.chart and (not task.figures or _figures(reading)))
        for task in tasks
    )


def page_images(
    image: RgbImage,
    reading: PageReading,
    tasks: Sequence[EngineTasks],
    asked: bool,
    image_processors: Mapping[str, ImageProcessor],
) -> dict[str, tuple[PageImage, ...]]:
    """The images of a page by engine, ready to be asked about.

    Args:
        image: the page as seen, (height, width, 3) RGB.
        asked: whether there are questions to the page.
        image_processors: by the engine's name.
    """
    return {
        task.engine: tuple(
            _prepared(image, wanted, image_processors[task.engine]) for wanted in _merged(_wanted(reading, task, asked))
        )
        for task in tasks
    }


def coarser(image: PageImage, image_processor: ImageProcessor) -> ImageInput:
    """The same image cut into at most half as many tiles."""
    with Image.open(io.BytesIO(image.source)) as pixels:
        return image_processor(np.asarray(pixels.convert("RGB")), max(1, image.max_tiles // 2))


def _wanted(reading: PageReading, task: EngineTasks, asked: bool) -> list[PageImage]:
    wanted = []
    if task.ocr:
        blocks = _blocks(reading, _READ) if task.regions else []
        most = task.ocr.max_tiles
        wanted += [_empty(Use.OCR, most, block, _box(reading, block)) for block in blocks] or [_empty(Use.OCR, most)]
    if task.docvqa and asked:
        wanted.append(_empty(Use.DOCVQA, task.docvqa.max_tiles))
    if task.chart and task.figures:
        wanted += [_empty(Use.CHART, task.chart.max_tiles, block, _box(reading, block)) for block in _figures(reading)]
    elif task.chart:
        wanted.append(_empty(Use.CHART, task.chart.max_tiles))
    return wanted


def _empty(use: Use, max_tiles: int, block: int | None = None, region: Box | None = None) -> PageImage:
    return PageImage((use,), None, b"", 0, max_tiles, region, block)


def _merged(images: Sequence[PageImage]) -> list[PageImage]:
    """Images of the same pixels and the same most tiles as one, so that their visual tokens are computed once."""
    merged: dict[tuple[Box | None, int], PageImage] = {}
    for image in images:
        key = (image.region, image.max_tiles)
        known = merged.get(key)
        merged[key] = image if known is None else replace(known, uses=known.uses + image.uses)
    return list(merged.values())


def _prepared(image: RgbImage, wanted: PageImage, image_processor: ImageProcessor) -> PageImage:
    pixels = image if wanted.region is None else _crop(image, wanted.region)
    prepared = image_processor(pixels, wanted.max_tiles)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=_JPEG_QUALITY)
    return replace(wanted, image=prepared, source=buffer.getvalue(), tiles=prepared.tiles)


def _crop(image: RgbImage, region: Box) -> RgbImage:
    height, width = image.shape[:2]
    x0, y0, x1, y1 = region
    left, top = max(0, int(x0 * width) - _MARGIN), max(0, int(y0 * height) - _MARGIN)
    right, bottom = min(width, int(np.ceil(x1 * width)) + _MARGIN), min(height, int(np.ceil(y1 * height)) + _MARGIN)
    return np.ascontiguousarray(image[top:bottom, left:right])


def _figures(reading: PageReading) -> list[int]:
    found = []
    for block in _blocks(reading, _FIGURES):
        x0, y0, x1, y1 = _box(reading, block)
        if min(x1 - x0, y1 - y0) >= _LEAST_SHARE:
            found.append(block)
    return found


def _blocks(reading: PageReading, kinds: frozenset[str]) -> list[int]:
    return [index for index, kind in enumerate(reading.blocks.kind) if kind in kinds]


def _box(reading: PageReading, block: int) -> Box:
    return Box(*reading.blocks.boxes[block].tolist())
