"""Figures that are no charts of values: none is answered."""

from collections.abc import Callable

import pymupdf
import pytest
from docpipe.operators.charts.vector.measure import measure_charts
from docpipe.operators.charts.vector.result import MeasuredChart

ACCEPT = 0.9
Draw = Callable[[pymupdf.Shape], None]
LEFT, TOP, RIGHT, BOTTOM = 80.0, 60.0, 320.0, 240.0


def axes(shape: pymupdf.Shape) -> None:
    """A box with numbers and ticks at the left and below."""
    shape.draw_rect(pymupdf.Rect(LEFT, TOP, RIGHT, BOTTOM))
    shape.finish(color=(0, 0, 0), width=0.6)
    for k in range(7):
        x = LEFT + 40 * k
        shape.draw_line((x, BOTTOM), (x, BOTTOM + 3))
        shape.insert_text((x - 3, BOTTOM + 13), str(k), fontsize=8)
    for k in range(7):
        y = BOTTOM - 30 * k
        shape.draw_line((LEFT - 3, y), (LEFT, y))
        shape.insert_text((LEFT - 16, y + 3), str(10 * k), fontsize=8)
    shape.finish(color=(0, 0, 0), width=0.6)


def box(shape: pymupdf.Shape, x: float, y: float, width: float, height: float, grey: float | None) -> None:
    shape.draw_rect(pymupdf.Rect(x, y, x + width, y + height))
    fill = None if grey is None else (grey, 0.4, 1 - grey)
    shape.finish(color=None if fill else (0, 0, 0), fill=fill, width=1)


def heat_map(shape: pymupdf.Shape) -> None:
    axes(shape)
    for i in range(6):
        for j in range(6):
            box(shape, LEFT + 40 * i, TOP + 30 * j, 40, 30, (7 * i + 5 * j) % 11 / 11)


def tiles(shape: pymupdf.Shape) -> None:
    axes(shape)
    for i in range(5):
        for j in range(5):
            box(shape, LEFT + 10 + 45 * i, TOP + 8 + 34 * j, 12, 9, (3 * i + j) % 7 / 7)


def colour_bar(shape: pymupdf.Shape) -> None:
    for k in range(60):
        box(shape, 300, 60 + 3 * k, 12, 3, k / 60)
    for k in range(7):
        shape.draw_line((312, 60 + 30 * k), (315, 60 + 30 * k))
        shape.insert_text((318, 63 + 30 * k), str(60 - 10 * k), fontsize=8)
    shape.finish(color=(0, 0, 0))


def floor_plan(shape: pymupdf.Shape) -> None:
    axes(shape)
    for x, y, width, height in ((90, 70, 120, 80), (210, 70, 90, 80), (90, 150, 80, 80), (170, 150, 130, 80)):
        box(shape, x, y, width, height, None)
    shape.draw_line((210, 95), (210, 120))
    shape.finish(color=(1, 1, 1), width=4)


def arrows(shape: pymupdf.Shape) -> None:
    axes(shape)
    for i in range(6):
        for j in range(5):
            x, y, a, b = LEFT + 20 + 36 * i, TOP + 20 + 34 * j, 1 + 2 * i, 11 - 2 * i + j
            shape.draw_polyline([(x, y), (x + a, y + b), (x + a + 2, y + b / 2), (x + 1, y - 1), (x, y)])
            shape.finish(color=None, fill=(0, 0, 0.5))


def map_of_regions(shape: pymupdf.Shape) -> None:
    axes(shape)
    for k in range(8):
        x, y = LEFT + 20 + 24 * k, TOP + 30 + 37 * k % 110
        shape.draw_polyline([(x, y), (x + 23, y + 6), (x + 30, y + 31), (x + 9, y + 40), (x - 8, y + 22), (x, y)])
        shape.finish(color=(0, 0, 0), fill=(k / 8, 0.6, 0.3))


def flows(shape: pymupdf.Shape) -> None:
    axes(shape)
    for k in range(4):
        y = TOP + 20 + 35 * k
        shape.draw_bezier((LEFT + 20, y), (180, y), (200, 210 - y / 2), (300, 210 - y / 2))
        shape.draw_line((300, 210 - y / 2), (300, 222 - y / 2))
        shape.draw_bezier((300, 222 - y / 2), (200, 222 - y / 2), (180, y + 12), (LEFT + 20, y + 12))
        shape.finish(color=None, fill=(0.2 * k, 0.5, 0.7), closePath=True)


def form(shape: pymupdf.Shape) -> None:
    for k in range(8):
        shape.insert_text((60, 80 + 25 * k), f"{k + 1}. Field", fontsize=9)
        box(shape, 130, 70 + 25 * k, 180, 14, None)


def ruled_table(shape: pymupdf.Shape) -> None:
    for k in range(8):
        shape.draw_line((60, 60 + 20 * k), (340, 60 + 20 * k))
        shape.draw_line((60 + 40 * k, 60), (60 + 40 * k, 200))
    shape.finish(color=(0, 0, 0), width=0.5)
    for row in range(7):
        for column in range(7):
            shape.insert_text((66 + 40 * column, 74 + 20 * row), str(10 * (row + column)), fontsize=8)


def logo(shape: pymupdf.Shape) -> None:
    for k in range(5):
        box(shape, 60 + 14 * k, 120 - 12 * k, 10, 20 + 12 * k, 0.2 * k)
    shape.insert_text((60, 160), "GROWTH 2020", fontsize=12)


def sketch_with_arrows(shape: pymupdf.Shape) -> None:
    shape.draw_line((100, 220), (300, 220))
    shape.draw_line((110, 230), (110, 80))
    for k in (1, 2, 3):
        shape.draw_line((110 + 54 * k, 218), (110 + 54 * k, 222))
        shape.draw_line((108, 220 - 40 * k), (112, 220 - 40 * k))
        shape.insert_text((107 + 54 * k, 236), str(k), fontsize=8)
        shape.insert_text((98, 223 - 40 * k), str(k), fontsize=8)
    shape.finish(color=(0, 0, 0), width=0.4)
    for tip in ([(304, 220), (300, 218), (301, 220), (300, 222)], [(110, 76), (108, 80), (110, 79), (112, 80)]):
        shape.draw_polyline([*tip, tip[0]])
        shape.finish(color=(0, 0, 0), fill=(0, 0, 0), width=0.4)
    for x, y in ((245, 220), (110, 120)):
        shape.draw_line((x - 2, y - 2), (x + 2, y + 2))
        shape.draw_line((x + 2, y - 2), (x - 2, y + 2))
        shape.finish(color=(0, 0, 0), width=0.5)


DECOYS: list[Draw] = [
    axes, heat_map, tiles, colour_bar, floor_plan, arrows, map_of_regions, flows, form, ruled_table, logo,
    sketch_with_arrows,
]  # fmt: skip


@pytest.mark.parametrize("draw", DECOYS, ids=[draw.__name__ for draw in DECOYS])
def test_what_is_no_chart_of_values_is_not_answered(draw: Draw) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        shape = page.new_shape()
        draw(shape)
        shape.commit()
        found = measure_charts(page)
    assert not [chart for chart in found if isinstance(chart, MeasuredChart) and chart.confidence >= ACCEPT]


def test_rulings_below_a_row_of_years_are_no_figure_at_all() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        shape = page.new_shape()
        for y in (100, 130):
            shape.draw_polyline([(120 + 25 * k, y) for k in range(11)])
            shape.finish(color=(0, 0, 0), width=0.5)
        for k, year in enumerate(range(2007, 2002, -1)):
            shape.draw_line((145 + 50 * k, 100), (145 + 50 * k, 130))
            shape.insert_text((136 + 50 * k, 95), str(year), fontsize=8)
        shape.finish(color=(0, 0, 0), width=0.5)
        shape.insert_text((80, 112), "Sample", fontsize=8)
        shape.insert_text((80, 124), "unit", fontsize=8)
        shape.commit()
        assert measure_charts(page) == ()


def test_squares_of_different_sizes_are_points_and_arrows_are_no_series() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=300)
        shape = page.new_shape()
        axes(shape)
        for k, half in enumerate((3, 6, 9, 12, 15)):
            box(shape, LEFT + 40 * (k + 1) - half, BOTTOM - 30 * (k % 3 + 1) - half, 2 * half, 2 * half, 0.2)
        shape.draw_line((120, 90), (180, 170))
        shape.finish(color=(0, 0, 0), width=0.5, closePath=False)
        shape.draw_polyline([(175, 168), (180, 170), (179, 164)])
        shape.finish(color=(0, 0, 0), width=0.5, closePath=False)
        shape.commit()
        (chart,) = measure_charts(page)
    assert isinstance(chart, MeasuredChart)
    values = {value.x: round(value.y, 1) for value in chart.values}
    assert (chart.chart_type, values) == ("scatter", {"1": 10, "2": 20, "3": 30, "4": 10, "5": 20})


def lattice(shape: pymupdf.Shape) -> None:
    axes(shape)
    for i in range(6):
        for j in range(5):
            box(shape, LEFT + 17 + 40 * i, TOP + 12 + 30 * j, 6, 6, 0.5)


def few_points(shape: pymupdf.Shape) -> None:
    axes(shape)
    for k in range(4):
        shape.draw_circle((LEFT + 48 + 40 * k, BOTTOM - 66 + 10 * k), 2)
    shape.finish(color=None, fill=(0.8, 0, 0))


@pytest.mark.parametrize("draw", [lattice, few_points])
def test_patterns_and_sketches_on_axes_of_numbers_are_not_answered(draw: Draw) -> None:
    test_what_is_no_chart_of_values_is_not_answered(draw)
