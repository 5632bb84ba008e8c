"""Labels of axes: numbers in their locale, dates, and the scales on which they lie."""

import itertools
import math
from dataclasses import replace

import pytest
from docpipe.operators.charts.vector.axes.axis import Tick
from docpipe.operators.charts.vector.axes.bins import even_bins
from docpipe.operators.charts.vector.axes.labels import common_shift
from docpipe.operators.charts.vector.axes.periods import are_categories, with_skipped
from docpipe.operators.charts.vector.axes.pixels import half_pixel
from docpipe.operators.charts.vector.axes.scales import ScaleKind, fit_numbers
from docpipe.operators.charts.vector.axes.tick_numbers import tick_numbers
from docpipe.operators.charts.vector.axes.tick_times import readings_of_labels
from docpipe.operators.charts.vector.marks.mark import Mark, Style
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("labels", "values", "unit"),
    [
        (["0", "1,000", "2,000"], (0, 1000, 2000), ""),
        (["0", "1.000", "2.000"], (0, 1000, 2000), ""),
        (["0,0", "0,5", "1,0"], (0, 0.5, 1), ""),
        (["0", "1 000", "2 000"], (0, 1000, 2000), ""),
        (["−10", "0", "10"], (-10, 0, 10), ""),
        (["0%", "50%", "100%"], (0, 50, 100), "%"),
        (["$0", "$50k", "$100k"], (0, 50e3, 100e3), ""),
        (["0", "1.5M", "3M"], (0, 1.5e6, 3e6), ""),
        (["1e+05", "2e+05"], (1e5, 2e5), ""),
        (["10^-2", "10^0", "10^2"], (0.01, 1, 100), ""),
        (["10⁻²", "10⁰"], (0.01, 1), ""),
        (["2×10^3", "4×10^3"], (2000, 4000), ""),
        (["0 km", "5 km"], (0, 5), "km"),
    ],
)
def test_numbers_of_labels(labels: list[str], values: tuple[float, ...], unit: str) -> None:
    reading = tick_numbers(labels)[0]
    assert reading.values == pytest.approx(values)
    assert reading.unit == unit


@pytest.mark.parametrize("labels", [["Q1", "Q2"], ["01 Jan", "03 Jan"], ["1.2.3", "1.2.4"], ["A", "B"]])
def test_what_is_no_number_is_none(labels: list[str]) -> None:
    assert tick_numbers(labels) == []


def test_a_locale_that_is_not_certain_has_two_readings() -> None:
    assert {reading.values for reading in tick_numbers(["1.125", "1.250"])} == {(1.125, 1.25), (1125, 1250)}


@pytest.mark.parametrize(
    ("labels", "steps"),
    [
        (["2009", "March", "May", "July"], (59, 61, 61)),
        (["Jan 2005", "Feb 2005", "Mar 2005"], (31, 28)),
        (["2009−07", "2010−01"], (184,)),
        (["Oct", "2012", "Apr"], (92, 91)),
        (["12/31/2020", "01/31/2021"], (31,)),
        (["00:00", "06:00", "12:00", "18:00", "00:00"], (0.25, 0.25, 0.25, 0.25)),
    ],
)
def test_dates_of_labels(labels: list[str], steps: tuple[float, ...]) -> None:
    days = readings_of_labels(labels)[0].days
    assert tuple(b - a for a, b in itertools.pairwise(days)) == pytest.approx(steps)


@pytest.mark.parametrize("labels", [["2012", "2011"], ["North", "South"]])
def test_years_that_fall_and_other_words_are_no_dates(labels: list[str]) -> None:
    assert not readings_of_labels(labels)


def test_months_and_days_without_a_year_are_instants_of_any_year() -> None:
    for labels in (["June", "July", "August"], ["Jun 15", "Jul 01", "Jul 15"], ["Dec 25", "Jan 01", "Jan 08"]):
        assert all(reading.yearless for reading in readings_of_labels(labels)), labels


def test_a_number_after_each_month_is_a_year_a_day_or_either() -> None:
    assert [reading.yearless for reading in readings_of_labels(["Jan 21", "Feb 21", "Mar 21"])] == [False]
    assert {reading.yearless for reading in readings_of_labels(["May 01", "Jun 01", "Jul 01"])} == {True}
    assert {reading.yearless for reading in readings_of_labels(["Jan 12", "Feb 12", "Mar 12"])} == {False, True}


def test_quarters_are_categories_and_months_without_a_label_are_filled_in() -> None:
    assert are_categories(["Q1 2021", "Q2 2021"])
    assert not are_categories(["Jan 2021", "Feb 2021"])
    ticks = [Tick(text, 10.0 + 40 * k, ()) for k, text in enumerate(("Jan 2021", "Mar 2021", "May 2021"))]
    filled = [(tick.text, tick.position) for tick in with_skipped(ticks)]
    assert filled[:3] == [("2021-01", 10.0), ("2021-02", 30.0), ("2021-03", 50.0)]
    assert len(filled) == 6


def test_ticks_in_the_middles_of_pixels_stand_half_a_pixel_beside_the_marks() -> None:
    places = [0.375 + 0.75 * k for k in (10, 52, 95, 137)]
    assert half_pixel(places, places[:2]) == 0.375
    assert half_pixel([place + 0.1 for place in places], places) == 0.0
    assert half_pixel(places[:2], places[:2]) == 0.0


def test_bins_of_one_width_have_round_edges_although_bars_leave_gaps_at_one_side() -> None:
    scale = fit_numbers([0, 5, 10], [[100.0], [150.0], [200.0]])
    assert scale is not None
    starts = (100, 125, 150, 175)
    marks = [Mark(Style((0, 0, 0)), low + 0.9, low + 24.9, 1.0, 0.0, 0.1, (low, 0, low + 25, 9)) for low in starts]
    assert even_bins(marks, scale) == [(0, 2.5), (2.5, 5), (5, 7.5), (7.5, 10)]
    assert even_bins([*marks[:3], replace(marks[3], low=185.0, high=199.0)], scale) is None


def test_labels_stand_beside_dense_ticks_by_one_distance() -> None:
    ticks = [10.0, 12.7, 30.0, 32.7, 50.0, 52.7]
    assert common_shift([11.3, 31.4, 51.3], ticks) == pytest.approx(-1.3)
    assert common_shift([11.3, 35.0, 51.3], ticks) == 0.0


@given(
    st.integers(-1000, 1000),
    st.sampled_from([1, 2, 5, 10, 25, 0.5, 1000]),
    st.integers(3, 12),
    st.floats(5, 60),
    st.floats(-0.4, 0.4),
)
def test_a_linear_scale_gives_back_its_ticks(first: int, step: float, count: int, spacing: float, off: float) -> None:
    values = [first + step * k for k in range(count)]
    positions = [[100 + spacing * k + (off if k % 2 else -off)] for k in range(count)]
    scale = fit_numbers(values, positions)
    assert scale is not None
    assert scale.kind == ScaleKind.LINEAR
    for value, (position,) in zip(values, positions, strict=True):
        assert scale.value(position) == pytest.approx(value, abs=step)
        place = scale.position(value)
        assert place is not None
        assert scale.value(place) == pytest.approx(value, abs=1e-6 * max(1, abs(value)))


def test_powers_of_ten_at_equal_distances_are_a_log_scale() -> None:
    scale = fit_numbers([1, 10, 100, 1000], [[0], [50], [100], [150]])
    assert scale is not None
    assert scale.kind == ScaleKind.LOG
    assert scale.value(75) == pytest.approx(10 * math.sqrt(10))


@given(st.lists(st.floats(1, 999), min_size=4, max_size=8, unique=True))
def test_numbers_in_a_column_of_a_table_are_no_scale(values: list[float]) -> None:
    values = [round(value, 1) + 0.037 * k * k for k, value in enumerate(values)]
    scale = fit_numbers(values, [[20.0 * k] for k in range(len(values))])
    assert scale is None or scale.residual < 1
