"""The engine `vector` in the parser's process: the charts of a page, for the reading worker."""

from typing import Any

from ....schemas.page import PageReading
from .measure import measure_charts
from .result import PageCharts


def collect(page: Any, image: Any, reading: PageReading) -> PageCharts | None:
    """The charts of a `pymupdf.Page`; None for an image file, which has no vector graphics."""
    del image, reading
    if page is None:
        return None
    return PageCharts((float(page.rect.width), float(page.rect.height)), measure_charts(page))
