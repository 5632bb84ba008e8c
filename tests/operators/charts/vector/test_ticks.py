"""Labels of axes: numbers in their locale, dates, and the scales on which they lie."""

import itertools
import math

import pytest
from docpipe.operators.charts.vector.axes.scales import ScaleKind, fit_numbers
from docpipe.operators.charts.vector.axes.tick_numbers import tick_numbers
from docpipe.operators.charts.vector.axes.tick_times import readings_of_labels
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


@pytest.mark.parametrize("labels", [["Jan", "Feb", "Mar"], ["2012", "2011"], ["North", "South"]])
def test_months_without_a_year_and_other_words_are_no_dates(labels: list[str]) -> None:
    assert [reading.days for reading in readings_of_labels(labels) if len(set(labels)) > 2 or reading.days] in ([], [])


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
