"""The engine `vector` in the parser's process: the charts of a page, for the reading worker."""

from dataclasses import replace
from typing import Any

from ....schemas.page import PageReading
from .extract import read_drawing
from .measure import OUTLINED, measure_charts
from .result import DeclinedChart, PageCharts

_MOST_SHAPES = 20_000
"""Shapes of a drawing that travels to the worker, which measures it again once OCR has read its labels."""


def collect(page: Any, image: Any, reading: PageReading) -> PageCharts | None:
    """The charts of a `pymupdf.Page`; None for an image file, which has no vector graphics."""
    del image, reading
    if page is None:
        return None
    found = PageCharts((float(page.rect.width), float(page.rect.height)), measure_charts(page))
    if not any(isinstance(chart, DeclinedChart) and chart.reason == OUTLINED for chart in found.charts):
        return found
    drawing = read_drawing(page)
    return replace(found, outlined=drawing) if len(drawing.shapes) <= _MOST_SHAPES else found
