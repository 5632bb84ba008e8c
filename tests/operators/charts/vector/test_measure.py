"""Charts of real plotting programs, with the values that they plot."""

import json
import math
from pathlib import Path

import pymupdf
import pytest
from docpipe.evaluation.chart_rows import Point, score_points
from docpipe.operators.charts.vector import extract
from docpipe.operators.charts.vector.measure import measure_charts
from docpipe.operators.charts.vector.result import DeclinedChart, MeasuredChart

DATA = Path(__file__).parents[3] / "data"
RECORDS = [json.loads(line) for line in (DATA / "charts" / "charts.jsonl").read_text().splitlines()]
FURTHER = [json.loads(line) for line in (DATA / "charts" / "further.jsonl").read_text().splitlines()]


def measured(path: Path) -> MeasuredChart:
    with pymupdf.open(path) as document:
        (chart,) = measure_charts(document[0])
    assert isinstance(chart, MeasuredChart), chart
    return chart


@pytest.mark.parametrize("record", RECORDS, ids=[record["file"] for record in RECORDS])
def test_every_plotted_value_is_measured_and_no_other(record: dict) -> None:
    chart = measured(DATA / "charts" / record["file"])
    points = [Point(value.series, value.x, value.x_number, value.y) for value in chart.values]
    score = score_points(record, points)
    assert (score.found, score.wrong) == (score.rows, 0)
    assert chart.confidence >= 0.9


@pytest.mark.parametrize("record", RECORDS, ids=[record["file"] for record in RECORDS])
def test_titles_are_those_that_are_printed(record: dict) -> None:
    chart = measured(DATA / "charts" / record["file"])
    assert (chart.title or "") == record["title"]
    if record["type"] != "pie" and chart.x_label is not None:
        assert {chart.x_label, chart.y_label} <= {record["x_title"], record["y_title"], None}


@pytest.mark.parametrize("record", FURTHER, ids=[record["kind"] for record in FURTHER])
def test_two_axes_facets_and_bins_of_one_outline_are_measured_whole(record: dict) -> None:
    with pymupdf.open(DATA / "charts" / record["file"]) as document:
        charts = [chart for chart in measure_charts(document[0]) if isinstance(chart, MeasuredChart)]
    facets = record["series_are"] == "charts"
    assert len(charts) == (len({row[2] for row in record["rows"]}) if facets else 1)
    points = [
        Point(chart.title if facets else value.series, value.x, value.x_number, value.y)
        for chart in charts
        for value in chart.values
    ]
    score = score_points(record, points)
    assert (score.found, score.wrong) == (score.rows, 0)
    assert min(chart.confidence for chart in charts) >= 0.9


def test_boxes_of_marks_lie_on_the_page_within_the_chart() -> None:
    chart = measured(DATA / "charts" / "r-grouped.pdf")
    for value in chart.values:
        assert chart.box[0] - 1 <= value.box[0] < value.box[2] <= chart.box[2] + 1
        assert chart.box[1] - 1 <= value.box[1] < value.box[3] <= chart.box[3] + 1


def test_a_turned_page_gives_the_values_of_the_same_page_unturned(tmp_path: Path) -> None:
    source = DATA / "charts" / "ggplot2-stacked.pdf"
    upright = measured(source)
    with pymupdf.open(source) as document:
        box = document[0].rect
        turned = pymupdf.open()
        page = turned.new_page(width=box.height, height=box.width)
        page.show_pdf_page(page.rect, document, 0, rotate=-90)
        page.set_rotation(270)
        turned.save(tmp_path / "turned.pdf")
    chart = measured(tmp_path / "turned.pdf")
    known = {(value.series, value.x): value.y for value in upright.values}
    assert len(chart.values) == len(known)
    for value in chart.values:
        assert value.y == pytest.approx(known[value.series, value.x], rel=0.01)


def test_documents_without_charts_have_none() -> None:
    for name in ("table.pdf", "invoice.pdf", "docling__amt_handbook_sample.pdf"):
        with pymupdf.open(DATA / "documents" / name) as document:
            for page in document:
                assert measure_charts(page) == (), f"{name}, page {page.number + 1}"


def drawn(content: str) -> tuple[MeasuredChart | DeclinedChart, ...]:
    """The charts of a page of PDF operators, 300 by 200 points, with Helvetica as /helv."""
    document = pymupdf.open()
    page = document.new_page(width=300, height=200)
    page.insert_font(fontname="helv")
    number = document.get_new_xref()
    document.update_object(number, "<<>>")
    document.update_stream(number, content.encode())
    page.set_contents(number)
    return measure_charts(document.reload_page(page))


def text(x: float, y: float, words: str) -> str:
    return f"BT /helv 8 Tf {x} {y} Td ({words}) Tj ET\n"


def frame(ticks: list[str], names: list[str]) -> str:
    """A plot from (50, 30) to (250, 180) with labels at the left from the bottom, and below."""
    content = "50 30 200 150 re S\n"
    for k, words in enumerate(ticks):
        y = 30 + 150 * k / (len(ticks) - 1)
        content += text(30, y - 3, words) + f"46 {y} m 50 {y} l S\n"
    for k, words in enumerate(names):
        content += text(50 + 200 * (k + 0.5) / len(names) - 2, 18, words)
    return content


BARS = "0.2 0.4 0.7 rg 60 30 40 75 re f 125 30 40 150 re f 190 30 40 30 re f 0 g\n"


def test_bars_of_plain_operators() -> None:
    (chart,) = drawn(frame(["0", "50", "100"], ["A", "B", "C"]) + BARS)
    assert isinstance(chart, MeasuredChart)
    assert [(value.x, value.y) for value in chart.values] == [("A", 50), ("B", 100), ("C", 20)]


def test_a_grid_without_data_is_no_chart() -> None:
    lines = "".join(f"50 {y} m 250 {y} l S\n" for y in range(30, 181, 30))
    assert drawn(frame(["0", "50", "100"], ["A", "B", "C"]) + lines) == ()


@pytest.mark.parametrize("ticks", [["7", "7", "7"], ["3", "19", "20"], ["x", "y", "z"]])
def test_labels_that_are_no_scale_give_no_chart(ticks: list[str]) -> None:
    assert not [chart for chart in drawn(frame(ticks, ["A", "B", "C"]) + BARS) if isinstance(chart, MeasuredChart)]


def test_bars_at_labels_that_were_left_out_are_not_given_to_their_neighbours() -> None:
    content = frame(["0", "50", "100"], ["A", "", "", "D"])
    bars = "".join(f"{55 + 50 * k} 30 40 {30 + 20 * k} re f\n" for k in range(4))
    for chart in drawn(content + "0.2 0.4 0.7 rg\n" + bars):
        assert isinstance(chart, DeclinedChart) or chart.confidence < 0.9


def test_years_at_the_left_of_dots_are_what_the_values_are_plotted_against() -> None:
    content = frame(["2012", "2013", "2014"], [])
    for k in range(5):
        x, words = 50 + 50 * k, str(10 * k)
        content += text(x - 2.22 * len(words), 18, words) + f"{x} 26 m {x} 30 l S\n"
    dots = "".join(f"{x - 2} {y - 2} 4 4 re f\n" for x, y in ((75, 30), (200, 105), (150, 180)))
    (chart,) = drawn(content + "0.2 0.4 0.7 rg\n" + dots)
    assert isinstance(chart, MeasuredChart)
    assert [(value.x, value.y) for value in chart.values] == [("2012", 5), ("2013", 30), ("2014", 20)]


def test_a_smooth_curve_in_short_lines_says_why_it_is_not_sure() -> None:
    knots = [(50 + 2 * k, 105 + 60 * math.sin(k / 16)) for k in range(101)]
    curve = (
        "0.8 0.2 0.1 RG 1 w "
        + " ".join(f"{x:.2f} {y:.2f} {'l' if k else 'm'}" for k, (x, y) in enumerate(knots))
        + " S\n"
    )
    (chart,) = drawn(frame(["0", "50", "100"], ["A", "B", "C"]) + curve)
    assert isinstance(chart, MeasuredChart)
    assert chart.confidence < 0.9
    assert "smooth curve" in chart.objections


LEVEL_BARS = "0.2 0.4 0.7 rg " + "".join(f"50 {40 + 50 * k} {50 + 30 * k} 30 re f " for k in range(3)) + "0 g\n"


def level(names: list[str]) -> str:
    """A plot for `LEVEL_BARS` with names that end right before it."""
    content = "50 30 200 150 re S\n"
    for k, words in enumerate(("0", "50", "100")):
        content += text(50 + 100 * k - 2.2 * len(words), 18, words) + f"{50 + 100 * k} 26 m {50 + 100 * k} 30 l S\n"
    for k, words in enumerate(names):
        content += text(47 - pymupdf.get_text_length(words, fontsize=8), 52 + 50 * k, words)
    return content + LEVEL_BARS


@pytest.mark.parametrize("clip", ["", "q 20 0 280 200 re W n "])
def test_a_name_that_is_cut_off_by_the_page_or_its_clip_is_doubtful(clip: str) -> None:
    close = "Q" if clip else ""
    (whole,) = drawn(clip + level(["Bonn", "Bern", "Berlin"]) + close)
    assert isinstance(whole, MeasuredChart)
    assert whole.confidence >= 0.9
    (chart,) = drawn(clip + level(["Bonn", "Bern", "Stratford upon Avon"]) + close)
    assert isinstance(chart, MeasuredChart)
    assert chart.confidence < 0.9
    assert "cut off" in chart.objections


def test_labels_that_nobody_sees_name_nothing() -> None:
    """The labels of an axis are below the page, as in a figure that was cropped."""
    (chart,) = drawn(frame(["0", "50", "100"], ["A", "B", "C"]) + BARS)
    assert [value.x for value in chart.values] == ["A", "B", "C"]
    content = "q 0 28 300 172 re W n " + frame(["0", "50", "100"], ["A", "B", "C"]) + BARS + "Q"
    for found in drawn(content):
        assert isinstance(found, DeclinedChart) or (
            found.confidence < 0.9 and not any(value.x for value in found.values)
        )


def test_a_plot_that_goes_on_beyond_the_page_is_doubtful() -> None:
    content = frame(["0", "50", "100"], ["A", "B", "C"]) + BARS
    for found in drawn("1 0 0 1 60 0 cm " + content):
        assert isinstance(found, DeclinedChart) or (found.confidence < 0.9 and "cut off" in found.objections)


@pytest.mark.parametrize("beside", [0, 13])
def test_slanted_dates_that_end_beside_their_ticks_are_doubtful(beside: int) -> None:
    """As in SVG files whose font is not there, so that words are shorter than the program took them for."""
    content, days = frame(["0", "50", "100"], []), ((60, "05-01"), (97, "05-15"), (142, "06-01"), (179, "06-15"))
    for x, day in days:
        words = f"2008-{day}"
        length = pymupdf.get_text_length(words, fontsize=8)
        left, low = x - beside - 0.866 * length - 1.5, 20 - 0.5 * length
        content += f"BT /helv 8 Tf 0.866 0.5 -0.5 0.866 {left} {low} Tm ({words}) Tj ET {x} 26 m {x} 30 l S\n"
    knots = [(60 + 2.65 * 5 * k, 60 + 30 * (k % 3)) for k in range(10)]
    line = "0.8 0.2 0.1 RG " + " ".join(f"{x:.2f} {y} {'l' if k else 'm'}" for k, (x, y) in enumerate(knots)) + " S\n"
    (chart,) = drawn(content + line)
    assert isinstance(chart, MeasuredChart)
    if beside:
        assert chart.confidence < 0.9
    else:
        assert [value.x for value in chart.values][:3] == ["2008-05-01", "2008-05-06", "2008-05-11"]
        assert chart.confidence >= 0.9


def test_box_plots_are_declined() -> None:
    boxes = "".join(
        f"0.8 g {60 + 65 * k} 70 40 50 re f 0 g {60 + 65 * k} 90 m {100 + 65 * k} 90 l S "
        f"{80 + 65 * k} 40 m {80 + 65 * k} 70 l S {80 + 65 * k} 120 m {80 + 65 * k} 160 l S\n"
        for k in range(3)
    )
    (chart,) = drawn(frame(["0", "50", "100"], ["A", "B", "C"]) + boxes)
    assert isinstance(chart, DeclinedChart)
    assert "box plots" in chart.reason


def outlined(x: float, y: float) -> str:
    """A character as the outline of a ring."""
    return f"{x} {y} m {x} {y + 6} {x + 5} {y + 6} {x + 5} {y} c {x + 5} {y - 4} {x} {y - 4} {x} {y} c f\n"


def test_a_chart_whose_labels_are_outlines_is_declined_and_a_plot_without_any_is_none() -> None:
    ticks = frame(["", "", "", ""], []) + "".join(f"{60 + 45 * k} 27 m {60 + 45 * k} 30 l S\n" for k in range(5))
    labels = "".join(outlined(38 + 5 * j, 30 + 50 * k) for j in (0, 1) for k in range(4))
    labels += "".join(outlined(58 + 45 * k, 16) for k in range(5))
    (chart,) = drawn(ticks + BARS + labels)
    assert isinstance(chart, DeclinedChart)
    assert (chart.chart_type, "outlines" in chart.reason) == ("bar", True)
    assert drawn(ticks + BARS) == ()
    assert drawn(ticks + labels) == ()


def test_a_page_of_too_many_paths_is_declined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extract, "MAX_PATHS", 100)
    (chart,) = drawn("".join(f"{k} 0 m {k} 10 l S\n" for k in range(101)))
    assert isinstance(chart, DeclinedChart)
    assert "too many paths" in chart.reason


@pytest.mark.parametrize(
    "content",
    [
        "1e30 0 0 1e30 0 0 cm 0 0 m 1 1 l S",
        "0 0 0 0 0 0 cm 10 10 50 50 re f",
        "50 30 0 150 re S 50 30 200 0 re f",
    ],
)
def test_hostile_paths_are_no_charts(content: str) -> None:
    assert drawn(content) == ()
