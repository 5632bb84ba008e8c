"""Charts drawn again: well-formed for any table, and true to it."""

from xml.etree import ElementTree

import pytest
from docpipe.operators.values.numbers import parse_number
from docpipe.pipeline.report.axes import short, ticks
from docpipe.pipeline.report.charts_svg import plot, table_values
from docpipe.pipeline.tables.records import StoredChart, StoredPoint
from hypothesis import given
from hypothesis import strategies as st

KINDS = ("bar", "line", "pie", "scatter", "area", "table", "other")


def chart(kind: str, columns: list[str], rows: list[list[str]], *points: StoredPoint) -> StoredChart:
    table = tuple(map(tuple, rows))
    return StoredChart(
        "d",
        1,
        "c",
        None,
        kind,
        None,
        None,
        None,
        tuple(columns),
        table,
        "ok",
        None,
        ("e",),
        None,
        None,
        "e",
        "m",
        points,
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12.5", 12.5),
        ("1,234", 1234),
        ("1,234.5", 1234.5),
        ("1.234,5", 1234.5),
        ("0,5", 0.5),
        ("1.234", 1.234),
        ("1.234.567", 1234567),
        ("$ 3", 3),
        ("12 %", 12),
        ("(7)", -7),
        ("−3", -3),
        ("EUR 5", 5),
        ("n/a", None),
        ("", None),
        ("1e400", None),
    ],
)
def test_numbers_are_read_as_charts_print_them(text: str, value: float | None) -> None:
    assert parse_number(text) == value


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_an_axis_spans_its_values_with_few_marks(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    marks = ticks(low, high)
    assert 2 <= len(marks) <= 12
    assert marks == sorted(set(marks))
    assert all(short(mark) for mark in marks)


cell = st.one_of(st.floats(-1e9, 1e9).map(str), st.text(max_size=12), st.just("<b>&\"'"))


@given(st.sampled_from(KINDS), st.lists(st.lists(cell, min_size=1, max_size=4), max_size=20))
def test_any_table_gives_well_formed_svg_or_none(kind: str, rows: list[list[str]]) -> None:
    drawn = chart(kind, ["x", "a", "a", "b"], rows)
    svg = plot(drawn, table_values(drawn), "c0-")
    if svg is not None:
        # XML is stricter about control characters than HTML is.
        ElementTree.fromstring("".join(c for c in svg if c >= " " and c not in "\ufffe\uffff"))


def test_bars_are_as_long_as_their_values_and_say_so() -> None:
    point = StoredPoint("n", "b", None, 20.0, None, "none", 0.01)
    drawn = chart("bar", ["x", "n"], [["a", "10"], ["b", "20"]], point)
    svg = ElementTree.fromstring(plot(drawn, table_values(drawn), "c0-") or "")
    bars = [node for node in svg if node.tag == "rect" and "data-t" in node.attrib]
    assert float(bars[1].attrib["height"]) == pytest.approx(2 * float(bars[0].attrib["height"]), abs=0.2)
    assert [bar.attrib["class"] for bar in bars] == ["c0", "c0 weak"]
    assert bars[1].attrib["data-k"] == "c0-0"
    assert "not supported" in bars[1].attrib["data-t"]
