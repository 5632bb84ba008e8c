"""Renders the images of a report: the file of each document is opened once, each page is rendered once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ...operators.reading.renderer import PageRenderer
from ...schemas.errors import DocumentError
from ...schemas.geometry import Box
from ..inputs.originals import original
from ..tables.records import StoredAnswer, StoredDocument
from .contents import Contents
from .images import DRAWN_SIDE, Crop, EncodedImage, Studio, framed, surroundings
from .survey import PageKey

_WHOLE = Box(0.0, 0.0, 1.0, 1.0)
_PAGES_OF_AN_ANSWER = 3
_TOO_LARGE = "left out: all images together would be too large"


@dataclass
class Drawings:
    """Images of a report.

    Attributes:
        pages: for each page of the contents an image, or the reason why there is none.
        answers: for each answer of the contents, crops by page number.
        charts: for each chart of the contents.
    """

    pages: dict[PageKey, EncodedImage | str] = field(default_factory=dict)
    answers: list[dict[int, Crop]] = field(default_factory=list)
    charts: list[Crop] = field(default_factory=list)


@dataclass(frozen=True)
class _CropOrder:
    page: PageKey
    region: Box


def draw(contents: Contents, passwords: Sequence[str], total_bytes: int) -> Drawings:
    """Images of at most `total_bytes` bytes; a page that cannot be rendered has a reason instead."""
    whole_pages = {shown.key for shown in contents.pages}
    answers = [_answer_orders(sampled.key) for sampled in contents.answers]
    charts = [
        _CropOrder(PageKey(c.key.document_id, c.key.page_number), framed(c.key.box) if c.key.box else _WHOLE)
        for c in contents.charts
    ]
    orders = [*(order for each in answers for order in each), *charts]
    studio = Studio(len(whole_pages), len(orders), total_bytes)
    crops_of: dict[PageKey, list[_CropOrder]] = defaultdict(list)
    for order in orders:
        crops_of[order.page].append(order)
    drawings, crops = Drawings(), dict[_CropOrder, Crop]()
    with PageRenderer(passwords) as painter:
        for document_id, keys in _by_document(whole_pages | crops_of.keys()).items():
            for key, image in _images(painter, contents.documents.get(document_id), keys):
                if key in whole_pages:
                    drawings.pages[key] = image if isinstance(image, str) else studio.page(image) or _TOO_LARGE
                for order in crops_of[key]:
                    crops[order] = _crop(studio, image, order.region)
    drawings.answers = [{order.page.page_number: crops[order] for order in each} for each in answers]
    drawings.charts = [crops[order] for order in charts]
    return drawings


def _answer_orders(answer: StoredAnswer) -> list[_CropOrder]:
    by_page: dict[int, list[Box]] = defaultdict(list)
    for place in answer.evidence:
        by_page[place.page_number].append(place.box)
    pages = list(by_page.items())[:_PAGES_OF_AN_ANSWER]
    return [_CropOrder(PageKey(answer.document_id, number), surroundings(boxes)) for number, boxes in pages]


def _by_document(keys: Iterable[PageKey]) -> dict[str, list[PageKey]]:
    grouped: dict[str, list[PageKey]] = defaultdict(list)
    for key in sorted(keys):
        grouped[key.document_id].append(key)
    return grouped


def _images(
    painter: PageRenderer, document: StoredDocument | None, keys: Sequence[PageKey]
) -> Iterable[tuple[PageKey, NDArray[np.uint8] | str]]:
    """Images of the pages of one document, or reasons why there are none; one image is in memory at a time."""
    if document is None:
        yield from ((key, "its document is not complete yet; run the job again") for key in keys)
        return
    try:
        with original(document) as path:
            for key in keys:
                try:
                    yield key, painter.render(path, key.page_number, DRAWN_SIDE)
                except DocumentError as error:
                    yield key, error.message
    except DocumentError as error:
        yield from ((key, error.message) for key in keys)


def _crop(studio: Studio, image: NDArray[np.uint8] | str, region: Box) -> Crop:
    if isinstance(image, str):
        return Crop(region, None, image)
    encoded = studio.crop(image, region)
    return Crop(region, encoded, None if encoded else _TOO_LARGE)
