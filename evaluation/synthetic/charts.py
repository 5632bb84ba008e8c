"""Bar, line and pie charts, drawn with their labels and values."""

import math
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from .canvas import Canvas, text_width
from .chart_data import ChartData, chart_data
from .chart_questions import chart_questions
from .fonts import Face
from .labels import Box, Chart, SyntheticPage
from .writing import Writer

_PALETTES = (
    ((76, 120, 168), (245, 133, 24), (228, 87, 86), (114, 183, 178), (84, 162, 75), (238, 202, 59)),
    ((31, 119, 180), (255, 127, 14), (44, 160, 44), (214, 39, 40), (148, 103, 189), (140, 86, 75)),
    ((60, 60, 60), (120, 120, 120), (170, 170, 170), (205, 205, 205), (90, 90, 90), (145, 145, 145)),
    ((0, 114, 178), (230, 159, 0), (0, 158, 115), (204, 121, 167), (213, 94, 0), (86, 180, 233)),
)
Colour = tuple[int, int, int]


def bar_chart(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    return _Plot(writer, writer.pick(faces), chart_data(writer, "bar")).drawn()


def line_chart(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    return _Plot(writer, writer.pick(faces), chart_data(writer, "line")).drawn()


def pie_chart(writer: Writer, faces: Sequence[Face]) -> SyntheticPage:
    return _Pie(writer, writer.pick(faces), chart_data(writer, "pie")).drawn()


class _Drawing:
    """What all charts have: paper, colours, a title above and a legend at the right."""

    def __init__(self, writer: Writer, face: Face, data: ChartData) -> None:
        self.writer, self.face, self.data = writer, face, data
        self.size = writer.whole(13, 19)
        self.width, self.height = self._shape()
        self.ink: Colour = (writer.whole(0, 80),) * 3
        palette = writer.pick(_PALETTES)
        shift = writer.whole(0, 5)
        self.colours = [palette[(shift + index) % 6] for index in range(6)]
        self.pixels = np.full((self.height, self.width, 3), writer.pick((255, 255, 255, 245)), np.uint8)

    def _shape(self) -> tuple[int, int]:
        """Mostly near a square, which is one tile; else broad."""
        height = self.writer.whole(380, 460)
        return round(height * self.writer.pick((1.0, 1.1, 1.2, 1.33, 1.5))), height

    def _page(self, canvas: Canvas, boxes: dict[tuple[int, int], Box], plot: Box) -> SyntheticPage:
        data = self.data
        one = data.series == ("",)
        order = [(s, c) for s in range(len(data.series)) for c in range(len(data.categories))]
        x_name, y_name = data.x_title or "category", data.y_title or "value"
        chart = Chart(
            kind=data.kind,
            title=data.title,
            x_title=data.x_title,
            y_title=data.y_title,
            legend_title=data.legend_title,
            header=(x_name, y_name) if one else (x_name, y_name, data.legend_title or "series"),
            rows=tuple(
                (data.categories[c], data.printed(data.values[s][c]), *(() if one else (data.series[s],)))
                for s, c in order
            ),
            row_boxes=tuple(boxes[place] for place in order),
            columns=(data.x_title, data.y_title) if one else (data.x_title, *data.series),
            table=tuple(
                (name, *(data.printed(row[c]) for row in data.values)) for c, name in enumerate(data.categories)
            ),
            box=plot,
        )
        questions = chart_questions(self.writer, data, chart)
        return SyntheticPage(
            data.kind, self.writer.language.code, canvas.pixels(), tuple(canvas.lines), questions, chart
        )

    def _printed_title(self, canvas: Canvas) -> None:
        if self.data.title:
            canvas.text(self.width / 2, 8, self.data.title, self.face, self.size + 4, self.ink, "middle")

    def _legend(self, canvas: Canvas, x: float, y: float, names: Sequence[str]) -> None:
        if self.data.legend_title:
            canvas.text(x, y, self.data.legend_title, self.face, self.size, self.ink)
            y += 1.4 * self.size
        for name, colour in zip(names, self.colours, strict=False):
            canvas.box((x, y + 2, x + self.size - 3, y + self.size - 1), fill=colour)
            canvas.text(x + self.size + 4, y, name, self.face, self.size, self.ink)
            y += 1.4 * self.size


class _Plot(_Drawing):
    """Bars or lines over two axes."""

    def drawn(self) -> SyntheticPage:
        data, writer, size = self.data, self.writer, self.size
        self.sideways = data.kind == "bar" and writer.chance(0.3)
        legend = max(
            (text_width(name, self.face, size) for name in (*data.series, data.legend_title) if name), default=0
        )
        names = data.categories if self.sideways else [data.tick(i) for i in range(round(data.top / data.step) + 1)]
        labels = max(text_width(name, self.face, size) for name in names)
        left = 12 + labels + (1.6 * size if (self._beside()) else 0)
        x0, x1 = left + 6, self.width - 14 - (legend + 2.2 * size if len(data.series) > 1 else 0)
        y0 = 18 + (1.8 * size if data.title else 0)
        y1 = self.height - 12 - 1.5 * size - (1.6 * size if self._below() else 0)
        self.plot: Box = (x0, y0, x1, y1)
        self.grid = writer.chance(0.6)
        self._axes_shapes()
        boxes = self._bars() if data.kind == "bar" else self._lines()
        canvas = Canvas.over(self.pixels)
        self._printed_title(canvas)
        self._labels(canvas, boxes)
        if len(data.series) > 1:
            self._legend(canvas, x1 + 12, y0 + 4, data.series)
        return self._page(canvas, boxes, self.plot)

    def _below(self) -> str:
        return self.data.y_title if self.sideways else self.data.x_title

    def _beside(self) -> str:
        return self.data.x_title if self.sideways else self.data.y_title

    def _along(self, value: float) -> float:
        """The position of a value on the value axis."""
        x0, y0, x1, y1 = self.plot
        share = value / self.data.top
        return x0 + share * (x1 - x0) if self.sideways else y1 - share * (y1 - y0)

    def _slot(self, category: float) -> float:
        """The position of a category on the other axis; whole numbers are the left ends of their slots."""
        x0, y0, x1, y1 = self.plot
        share = category / len(self.data.categories)
        return y0 + share * (y1 - y0) if self.sideways else x0 + share * (x1 - x0)

    def _axes_shapes(self) -> None:
        x0, y0, x1, y1 = (round(side) for side in self.plot)
        for index in range(round(self.data.top / self.data.step) + 1):
            at = round(self._along(index * self.data.step))
            if self.grid:
                ends = ((at, y0), (at, y1)) if self.sideways else ((x0, at), (x1, at))
                cv2.line(self.pixels, *ends, (222, 222, 222), 1)
            ends = ((at, y1), (at, y1 + 4)) if self.sideways else ((x0 - 4, at), (x0, at))
            cv2.line(self.pixels, *ends, self.ink, 1)
        cv2.line(self.pixels, (x0, y1), (x1, y1), self.ink, 1)
        if self.writer.chance(0.8) or self.sideways:
            cv2.line(self.pixels, (x0, y0), (x0, y1), self.ink, 1)

    def _bars(self) -> dict[tuple[int, int], Box]:
        data, boxes = self.data, dict[tuple[int, int], Box]()
        gap = self.writer.rng.uniform(0.1, 0.4)
        share = (1 - gap) / len(data.series)
        by_category = len(data.series) == 1 and self.writer.chance(0.15)
        for s, row in enumerate(data.values):
            for c, value in enumerate(row):
                a, b = self._slot(c + gap / 2 + s * share), self._slot(c + gap / 2 + (s + 1) * share)
                zero, end = self._along(0), self._along(value)
                box: Box = (zero, a, end, b) if self.sideways else (a, end, b, zero)
                corner, other = (round(box[0]), round(box[1])), (round(box[2]) - 1, round(box[3]) - 1)
                cv2.rectangle(self.pixels, corner, other, self.colours[c % 6 if by_category else s], -1)
                boxes[s, c] = box
        return boxes

    def _lines(self) -> dict[tuple[int, int], Box]:
        data, boxes = self.data, dict[tuple[int, int], Box]()
        marked, thick = self.writer.chance(0.6), self.writer.whole(1, 3)
        for s, row in enumerate(data.values):
            points = [(self._slot(c + 0.5), self._along(value)) for c, value in enumerate(row)]
            fine = [(round(x * 16), round(y * 16)) for x, y in points]
            for start, end in pairwise(fine):
                cv2.line(self.pixels, start, end, self.colours[s], thick, cv2.LINE_AA, 4)
            for c, ((x, y), at) in enumerate(zip(points, fine, strict=True)):
                if marked:
                    cv2.circle(self.pixels, at, 16 * (thick + 2), self.colours[s], -1, cv2.LINE_AA, 4)
                boxes[s, c] = (x - 5, y - 5, x + 5, y + 5)
        return boxes

    def _labels(self, canvas: Canvas, boxes: dict[tuple[int, int], Box]) -> None:
        data, size, (x0, y0, x1, y1) = self.data, self.size, self.plot
        ticks = [(self._along(i * data.step), data.tick(i)) for i in range(round(data.top / data.step) + 1)]
        names = [(self._slot(c + 0.5), name) for c, name in enumerate(data.categories)]
        vertical, horizontal = (names, ticks) if self.sideways else (ticks, names)
        for at, name in vertical:
            canvas.text(x0 - 7, at - 0.55 * size, name, self.face, size, self.ink, "right")
        room = (x1 - x0) / max(1, len(horizontal))
        small = max(10, min(size, int(size * room / (1 + max(text_width(n, self.face, size) for _, n in horizontal)))))
        for at, name in horizontal:
            canvas.text(at, y1 + 6, name, self.face, small, self.ink, "middle")
        if self._below():
            canvas.text((x0 + x1) / 2, y1 + 10 + 1.3 * size, self._below(), self.face, size, self.ink, "middle")
        if self._beside():
            canvas.upward(6, (y0 + y1) / 2, self._beside(), self.face, size, self.ink)
        if self.writer.chance(0.3) and len(data.series) == 1:
            self._values(canvas, boxes)

    def _values(self, canvas: Canvas, boxes: dict[tuple[int, int], Box]) -> None:
        """Values printed at the ends of the bars or next to the points."""
        for (s, c), (left, top, right, bottom) in boxes.items():
            text, small = self.data.printed(self.data.values[s][c]), max(10, self.size - 3)
            width = text_width(text, self.face, small)
            if self.sideways:
                x = right + 4 if right + 4 + width < self.width else right - width - 4
                canvas.text(x, (top + bottom - small) / 2, text, self.face, small, self.ink)
            elif width < self._slot(1) - self._slot(0) - 2:
                canvas.text((left + right) / 2, max(0, top - 1.2 * small), text, self.face, small, self.ink, "middle")


class _Pie(_Drawing):
    """Slices clockwise from the top, labelled next to them or in a legend; percentages printed on most."""

    def drawn(self) -> SyntheticPage:
        data, size = self.data, self.size
        names = max(text_width(name, self.face, size) for name in data.categories)
        legend = self.writer.chance(0.6) or names > 0.22 * self.width
        top = 14 + (1.8 * size if data.title else 0)
        side = names + 2.5 * size
        room = self.width - side - 20 if legend else self.width - 2 * names - 40
        radius = min(room, self.height - top - (12 if legend else 3 * size)) / 2
        x, y = (14 + room / 2 if legend else self.width / 2), (top + self.height - 8) / 2
        hole = self.writer.chance(0.2)
        angles, boxes = self._slices(x, y, radius, hole)
        canvas = Canvas.over(self.pixels)
        self._printed_title(canvas)
        percent = self.writer.chance(0.7)
        for name, angle, value in zip(data.categories, angles, data.values[0], strict=True):
            if percent:
                at = 0.75 * radius
                colour = self.pixels[round(y - at * math.cos(angle)), round(x + at * math.sin(angle))]
                ink = (255, 255, 255) if int(colour.sum()) < 380 else (0, 0, 0)
                text = f"{data.printed(value)}%"
                across = x + at * math.sin(angle), y - at * math.cos(angle) - size / 2
                canvas.text(*across, text, self.face, max(10, size - 2), ink, "middle")
            if not legend:
                out = radius + 6
                align = "left" if math.sin(angle) > 0.1 else "right" if math.sin(angle) < -0.1 else "middle"
                lift = size * (0.5 + 0.6 * math.cos(angle))
                across = x + out * math.sin(angle), y - out * math.cos(angle) - lift
                canvas.text(*across, name, self.face, size, self.ink, align)
        if legend:
            self._legend(canvas, self.width - side, top + 6, data.categories)
        return self._page(canvas, boxes, (x - radius, y - radius, x + radius, y + radius))

    def _slices(self, x: float, y: float, radius: float, hole: bool) -> tuple[list[float], dict[tuple[int, int], Box]]:
        boxes, middles, start = dict[tuple[int, int], Box](), list[float](), 0.0
        edge = self.writer.chance(0.5)
        for c, value in enumerate(self.data.values[0]):
            end = start + 2 * math.pi * value / 100
            turns = np.linspace(start, end, 40)
            rim = np.stack([x + radius * np.sin(turns), y - radius * np.cos(turns)], axis=1)
            outline = np.concatenate([rim, [[x, y]]])
            _fill(self.pixels, outline, self.colours[c % 6], edge)
            boxes[0, c] = (*outline.min(0).tolist(), *outline.max(0).tolist())
            middles.append((start + end) / 2)
            start = end
        if hole:
            paper = tuple(int(value) for value in self.pixels[0, 0])
            cv2.circle(self.pixels, (round(16 * x), round(16 * y)), round(16 * radius * 0.5), paper, -1, cv2.LINE_AA, 4)
        return middles, boxes


def _fill(pixels: NDArray[np.uint8], outline: NDArray[np.float64], colour: Colour, edge: bool) -> None:
    fine = np.round(outline * 16).astype(np.int32)
    cv2.fillPoly(pixels, [fine], colour, cv2.LINE_AA, 4)
    if edge:
        cv2.polylines(pixels, [fine], True, (255, 255, 255), 1, cv2.LINE_AA, 4)
