"""The engine `vector` on a page: its charts by figure, or by their own regions."""

from collections import defaultdict

import numpy as np

from ...schemas.geometry import Box, areas, overlaps
from ...schemas.job.tasks import Use
from ..charts.measured import chart_of
from ..charts.vector.read_labels import with_read_labels
from ..charts.vector.result import DeclinedChart, PageCharts
from ..inference.request import RequestId
from ..inference.results import Chart
from ..inference.tasks import Cascade
from ..inference.work import Found, ReadPage
from ..reading.collect import collected
from .regions import blocks_of

ENGINE = "vector"
VERSION = "4"
FIGURES = frozenset({"figure", "chart"})
_INSIDE = 0.6
"""Share of a chart that lies in the block whose chart it is."""


def find(page: ReadPage, cascade: Cascade) -> list[Found]:
    """The charts that were measured on a page, and those that were declined.

    A chart that is the only one in a block of the layout is about that block; others are about their own region.
    """
    data = collected(page.reading, ENGINE)
    if data is None:
        return []
    assert isinstance(data, PageCharts)
    number = page.reading.page_number
    of_page = data.charts if data.outlined is None else with_read_labels(data, page.reading.lines)
    charts = [chart_of(one, data.size, number, ENGINE, of_figure=cascade.of_regions) for one in of_page]
    blocks = _blocks(page, charts) if cascade.of_regions else {}
    found = []
    for place, (measured, chart) in enumerate(zip(of_page, charts, strict=True)):
        block = blocks.get(place)
        about = RequestId(Use.CHART, block) if block is not None else RequestId(Use.CHART, region=chart.region)
        reason = measured.reason if isinstance(measured, DeclinedChart) else ""
        found.append(Found(about, chart, reason))
    return found


def _blocks(page: ReadPage, charts: list[Chart]) -> dict[int, int]:
    """The block of each chart that is the only one in it, by the chart's place."""
    blocks = blocks_of(page.reading, FIGURES)
    if not blocks or not charts:
        return {}
    regions = np.array([chart.region or Box(0, 0, 0, 0) for chart in charts], np.float32)
    shared = overlaps(regions, page.reading.blocks.boxes[blocks])
    share = shared / np.maximum(areas(regions), 1e-9)[:, None]
    owners: dict[int, list[int]] = defaultdict(list)
    for place, of_blocks in enumerate(share):
        best = int(of_blocks.argmax())
        if of_blocks[best] >= _INSIDE:
            owners[blocks[best]].append(place)
    return {places[0]: block for block, places in owners.items() if len(places) == 1}
