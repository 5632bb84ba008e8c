"""Measured charts as findings, and as evidence for a model's chart."""

from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from docpipe.operators.charts.measured import AGREEING, DIFFERING, UNMEASURED, chart_of, checked_against
from docpipe.operators.charts.vector.collect import collect
from docpipe.operators.grounding.ground import Grounding, GroundingKind
from docpipe.operators.inference.results import Chart, ChartValue
from docpipe.schemas.page import PageReading

DATA = Path(__file__).parents[2] / "data" / "charts"


def chart(name: str) -> Chart:
    with pymupdf.open(DATA / name) as document:
        collected = collect(document[0], None, PageReading(1, 1, 1, 0, None, ""))
    assert collected is not None
    (one,) = collected.charts
    return chart_of(one, collected.size, 1, "vector", of_figure=True)


def said(*values: tuple[str | None, str, float]) -> Chart:
    """A chart as a model gave it, whose values were not found in the text."""
    nothing = Grounding(GroundingKind.NONE, 0.02)
    return Chart("m", "m", "1", "figure", None, values=tuple(ChartValue(s, x, None, y, nothing) for s, x, y in values))


def test_an_image_file_has_no_vector_graphics() -> None:
    assert collect(None, None, PageReading(1, 1, 1, 0, None, "")) is None


def test_every_value_has_the_box_of_its_mark_in_shares_of_the_page() -> None:
    found = chart("r-grouped.pdf")
    assert found.values
    for value in found.values:
        assert value.grounding.kind is GroundingKind.MARK
        assert value.grounding.support == found.confidence
        (place,) = value.grounding.places
        assert 0 <= place.box.x0 < place.box.x1 <= 1
        assert 0 <= place.box.y0 < place.box.y1 <= 1


def test_the_table_has_a_column_for_each_series() -> None:
    found = chart("r-grouped.pdf")
    names = dict.fromkeys(value.series for value in found.values)
    assert list(found.columns[1:]) == list(names)
    assert sum(cell != "" for row in found.rows for cell in row[1:]) == len(found.values)


def test_a_models_values_are_held_against_the_marks() -> None:
    marks = chart("r-grouped.pdf")
    right, wrong = marks.values[0], marks.values[1]
    assert right.x
    assert wrong.x
    assert right.y is not None
    assert wrong.y is not None
    model = said(
        (right.series, right.x, right.y * 1.001), (wrong.series, wrong.x, wrong.y * 2 + 5), (None, "nowhere", 1.0)
    )
    checked = checked_against(model, marks)
    kinds = [(value.grounding.kind, value.grounding.support) for value in checked.values]
    assert kinds[0] == (GroundingKind.MARK, AGREEING)
    assert checked.values[0].grounding.places == right.grounding.places
    assert kinds[1][0] is GroundingKind.NONE
    assert kinds[1][1] <= DIFFERING
    assert kinds[2][1] <= UNMEASURED
    assert checked.support == pytest.approx(sum(support or 0 for _, support in kinds) / 3)


def test_a_value_that_is_printed_keeps_its_place() -> None:
    marks = chart("r-grouped.pdf")
    printed = Grounding(GroundingKind.EXACT, 0.99)
    model = said((None, "A", -1.0))
    model = replace(model, values=tuple(replace(value, grounding=printed) for value in model.values))
    assert checked_against(model, marks).values[0].grounding == printed


def test_a_printed_number_that_the_mark_of_its_name_does_not_have_is_doubted() -> None:
    marks = chart("r-grouped.pdf")
    mark = marks.values[0]
    assert mark.y is not None
    tick = Grounding(GroundingKind.EXACT, 0.99)
    model = said((mark.series, mark.x or "", mark.y + 20))
    model = replace(model, values=tuple(replace(value, grounding=tick) for value in model.values))
    grounding = checked_against(model, marks).values[0].grounding
    assert (grounding.kind, grounding.support) == (GroundingKind.EXACT, DIFFERING)


def test_a_small_value_of_a_log_scale_agrees_only_with_its_own_size() -> None:
    marks = chart("vega-log.pdf")
    mark = min(marks.values, key=lambda value: value.y or 0.0)
    assert mark.y is not None
    model = said((mark.series, mark.x or "", 3 * mark.y), (mark.series, mark.x or "", 1.01 * mark.y))
    wrong, right = checked_against(model, marks).values
    assert (wrong.grounding.support or 0.0) <= UNMEASURED
    assert right.grounding.support == AGREEING


def test_marks_that_are_doubtful_themselves_say_nothing_against_a_model() -> None:
    marks = replace(chart("r-grouped.pdf"), confidence=0.02)
    mark = marks.values[0]
    assert mark.y is not None
    nothing = Grounding(GroundingKind.NONE, 0.8)
    model = said((mark.series, mark.x or "", mark.y + 20))
    model = replace(model, values=tuple(replace(value, grounding=nothing) for value in model.values))
    assert checked_against(model, marks).values[0].grounding.support == UNMEASURED
