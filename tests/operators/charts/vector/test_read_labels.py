"""Charts whose text is drawn as outlines are measured with what OCR reads there, and declined where that is unsure."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from docpipe.operators.charts.vector.measure import OUTLINED, measure_charts
from docpipe.operators.charts.vector.read_labels import with_read_labels
from docpipe.operators.charts.vector.result import DeclinedChart, MeasuredChart, PageCharts
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.reader import PageReader
from docpipe.schemas.page import PageReading, TextLines

CHARTS = Path(__file__).parents[3] / "data" / "charts"


@pytest.fixture(scope="module")
def reader() -> Iterator[PageReader]:
    with PageReader(ReadSettings(collect=("vector",)), page_seconds=600) as found:
        yield found


def outlined(name: str, folder: Path) -> Path:
    """A chart of the test data drawn anew, with its text as paths."""
    with pymupdf.open(CHARTS / name) as document:
        drawn = document[0].get_svg_image(text_as_path=True)
    path = folder / name
    with pymupdf.open("svg", drawn.encode()) as image:
        path.write_bytes(image.convert_to_pdf())
    return path


def charts_of(reading: PageReading) -> PageCharts:
    found = reading.collected["vector"]
    assert isinstance(found, PageCharts)
    return found


def measured(reading: PageReading) -> MeasuredChart:
    (chart,) = with_read_labels(charts_of(reading), reading.lines)
    assert isinstance(chart, MeasuredChart), chart
    return chart


@pytest.mark.parametrize("name", ["vega-log.pdf", "matplotlib-negative.pdf"])
def test_values_are_those_of_the_same_chart_with_text(name: str, reader: PageReader, tmp_path: Path) -> None:
    with pymupdf.open(CHARTS / name) as document:
        (plain,) = measure_charts(document[0])
    assert isinstance(plain, MeasuredChart)
    chart = measured(reader.read(str(outlined(name, tmp_path)), 1))
    assert [(value.series, value.x) for value in chart.values] == [(value.series, value.x) for value in plain.values]
    assert [value.y for value in chart.values] == pytest.approx([value.y for value in plain.values], rel=0.01)
    assert 0.9 <= chart.confidence <= plain.confidence


@pytest.fixture(scope="module")
def histogram(reader: PageReader, tmp_path_factory: pytest.TempPathFactory) -> PageReading:
    return reader.read(str(outlined("matplotlib-outlined-histogram.pdf", tmp_path_factory.mktemp("outlined"))), 1)


def test_a_chart_is_declined_until_ocr_has_read_the_page(histogram: PageReading) -> None:
    assert [chart.reason for chart in charts_of(histogram).charts if isinstance(chart, DeclinedChart)] == [OUTLINED]
    assert len(measured(histogram).values) == 20
    assert measured(histogram).confidence >= 0.9


def test_a_number_that_ocr_misreads_does_not_change_the_values(histogram: PageReading) -> None:
    numbers = [at for at, text in enumerate(histogram.lines.word_text) if text.isdigit() and len(text) > 1]
    words = list(histogram.lines.word_text)
    words[numbers[0]] = "7" * len(words[numbers[0]])
    lines = replace(histogram.lines, word_text=words)
    (chart,) = with_read_labels(charts_of(histogram), lines)
    values = [value.y for value in measured(histogram).values]
    told = isinstance(chart, DeclinedChart) or chart.confidence < 0.9
    assert told or [value.y for value in chart.values] == pytest.approx(values, rel=0.01)


def test_powers_are_read_as_powers(reader: PageReader, tmp_path: Path) -> None:
    """OCR reads 10² as 102, and 102, 103, 104 are as even as the powers are."""
    chart = measured(reader.read(str(powers(tmp_path / "powers.pdf")), 1))
    assert [value.y for value in chart.values] == pytest.approx([100.0, 10_000.0, 1000.0, 100_000.0], rel=0.05)


def powers(path: Path) -> Path:
    """Bars on a log axis from ten to a million with labels of ten to a power, as paths."""
    with pymupdf.open() as document:
        page = document.new_page(width=360, height=300)
        for power in range(6):
            y = 250 - 40 * power
            page.draw_line((65, y), (70, y))
            page.insert_text((40, y + 4), "10", fontsize=12)
            page.insert_text((54, y - 4), str(power + 1), fontsize=8)
        page.draw_line((70, 40), (70, 250))
        page.draw_line((70, 250), (330, 250))
        for at, (name, power) in enumerate([("Oslo", 1), ("Rome", 3), ("Bern", 2), ("Lyon", 4)]):
            x = 90 + 60 * at
            page.draw_rect((x, 250 - 40 * power, x + 30, 250), fill=(0.2, 0.4, 0.8), color=None)
            page.draw_line((x + 15, 250), (x + 15, 254))
            page.insert_text((x + 3, 268), name, fontsize=11)
        drawn = page.get_svg_image(text_as_path=True)
    with pymupdf.open("svg", drawn.encode()) as image:
        path.write_bytes(image.convert_to_pdf())
    return path


def test_without_words_of_ocr_it_stays_declined(histogram: PageReading) -> None:
    found = charts_of(histogram)
    unsure = replace(histogram.lines, word_confidence=np.full(len(histogram.lines.word_text), np.nan, np.float32))
    assert with_read_labels(found, TextLines()) == found.charts
    assert with_read_labels(found, unsure) == found.charts


def test_words_where_no_characters_are_drawn_are_none(histogram: PageReading) -> None:
    """Points and lines of a diagram that OCR took for text."""
    moved = replace(
        histogram.lines,
        word_boxes=np.tile(np.array([0.001, 0.001, 0.002, 0.002], np.float32), (len(histogram.lines.word_text), 1)),
    )
    assert with_read_labels(charts_of(histogram), moved) == charts_of(histogram).charts


def test_a_doubtful_name_makes_the_chart_doubtful(reader: PageReader, tmp_path: Path) -> None:
    reading = reader.read(str(outlined("matplotlib-negative.pdf", tmp_path)), 1)
    chart = measured(reading)
    name = next(word for value in chart.values for text in (value.series, value.x) if text for word in text.split())
    sure = np.array(
        [
            0.6 if word == name else found
            for word, found in zip(reading.lines.word_text, reading.lines.word_confidence, strict=True)
        ],
        np.float32,
    )
    doubtful = replace(reading, lines=replace(reading.lines, word_confidence=sure))
    assert measured(doubtful).confidence == pytest.approx(0.6, abs=0.05)


CITIES = ("Oslo", "Rome", "Bern", "Stratford")


def cities(path: Path, edge: float = 0.0, names: tuple[str, ...] = CITIES, title: str = "") -> Path:
    """Level bars with the names of cities at the left, as paths, on a page that begins at `edge`; the title of their
    axis is turned."""
    with pymupdf.open() as document:
        page = document.new_page(width=360, height=300)
        for at in range(6):
            x = 100 + 40 * at
            page.draw_line((x, 250), (x, 255))
            page.insert_text((x - 6, 268), str(10 * at), fontsize=11)
        page.draw_line((100, 40), (100, 250))
        page.draw_line((100, 250), (330, 250))
        for at, name in enumerate(names):
            y = 60 + 50 * at
            page.draw_rect((100, y, 140 + 40 * at, y + 30), fill=(0.2, 0.4, 0.8), color=None)
            page.draw_line((96, y + 15), (100, y + 15))
            page.insert_text((92 - pymupdf.get_text_length(name, fontsize=12), y + 19), name, fontsize=12)
        left = 92 - max(pymupdf.get_text_length(name, fontsize=12) for name in names)
        page.insert_text((left - 7, 53 + 25 * len(names)), title, fontsize=12, rotate=90)
        drawn = page.get_svg_image(text_as_path=True)
    with pymupdf.open("svg", drawn.encode()) as image, pymupdf.open("pdf", image.convert_to_pdf()) as whole:
        whole[0].set_cropbox((edge, 0, 360, 300))
        whole.save(path)
    return path


def test_a_name_that_is_cut_off_at_the_edge_of_the_page_is_not_trusted(reader: PageReader, tmp_path: Path) -> None:
    whole = measured(reader.read(str(cities(tmp_path / "whole.pdf")), 1))
    assert {value.x for value in whole.values} == set(CITIES)
    assert whole.confidence >= 0.9
    # Between two characters, and through one of them.
    for edge in (51.5, 54.0):
        (chart,) = charts_with_labels(reader.read(str(cities(tmp_path / f"{edge}.pdf", edge)), 1))
        assert isinstance(chart, DeclinedChart) or (chart.confidence < 0.9 and "cut off" in chart.objections)


def test_a_name_of_which_ocr_lacks_a_part_or_all_is_not_trusted(reader: PageReader, tmp_path: Path) -> None:
    reading = reader.read(str(cities(tmp_path / "cities.pdf")), 1)
    at = list(reading.lines.word_text).index("Stratford")
    words, boxes, sure = (
        list(reading.lines.word_text),
        reading.lines.word_boxes.copy(),
        [*reading.lines.word_confidence],
    )
    words[at] = "Strat"
    boxes[at, 2] = boxes[at, 0] + (boxes[at, 2] - boxes[at, 0]) * 5 / 9
    sure[at] = np.nan
    for lines in (
        replace(reading.lines, word_text=words, word_boxes=boxes),
        replace(reading.lines, word_confidence=np.array(sure, np.float32)),
    ):
        (chart,) = with_read_labels(charts_of(reading), lines)
        assert isinstance(chart, DeclinedChart) or (chart.confidence < 0.9 and "not read" in chart.objections)


def test_a_turned_letter_beside_a_name_is_the_title_of_the_axis(reader: PageReader, tmp_path: Path) -> None:
    names = ("Oslo", "Rome", "Bern")
    chart = measured(reader.read(str(cities(tmp_path / "titled.pdf", names=names, title="a")), 1))
    assert ({value.x for value in chart.values}, chart.y_label) == (set(names), "a")
    assert chart.confidence >= 0.9


def charts_with_labels(reading: PageReading) -> tuple[MeasuredChart | DeclinedChart, ...]:
    return with_read_labels(charts_of(reading), reading.lines)
