"""Charts in every format that models use."""

import csv
import io
import json

import pytest
from docpipe.operators.charts.parse import ChartParseError, ChartPoint, ChartTable, parse_chart, points
from docpipe.operators.values.answers import AnswerParseError, parse_answer
from docpipe.operators.values.locale import LocaleHint
from hypothesis import assume, given, settings
from hypothesis import strategies as st

WHOLE = (
    '{"type":"bar","title":"Sales","x":"Year","y":"EUR","columns":["Year","A","B"],'
    '"rows":[["2019","1,5",2],["2020",3,""]]}'
)


def cells(table: ChartTable) -> list[list[str]]:
    return [list(table.columns), *map(list, table.rows)]


def test_the_json_that_is_asked_for() -> None:
    rows = (("2019", "1,5", "2"), ("2020", "3", ""))
    assert parse_chart(WHOLE) == ChartTable("bar", "Sales", "Year", "EUR", ("Year", "A", "B"), rows)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{WHOLE}\n```",
        f"Here is the data:\n\n```\n{WHOLE}\n```\nI hope it helps.",
        f"The data are {WHOLE} as one sees.",
        WHOLE.replace('"', "'"),
        WHOLE.replace("]]", "],],"),
        WHOLE.replace("{", "{\n  ").replace(",", ",\n  "),
    ],
)
def test_fences_sentences_other_quotes_and_commas_too_many_do_not_matter(text: str) -> None:
    assert parse_chart(text).rows[0][2] == "2"
    assert parse_chart(text).title == "Sales"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"data": [{"name": "A", "value": "30%"}, {"name": "B", "value": 70}]}',
            [["name", "value"], ["A", "30%"], ["B", "70"]],
        ),
        ('{"data": {"A": 1, "B": 2}}', [["", ""], ["A", "1"], ["B", "2"]]),
        ('{"A": 1, "B": 2}', [["", ""], ["A", "1"], ["B", "2"]]),
        ('{"data": {"Year": [2019, 2020], "A": [1, 2]}}', [["Year", "A"], ["2019", "1"], ["2020", "2"]]),
        ('[["Year", "A"], ["2019", 1]]', [["Year", "A"], ["2019", "1"]]),
        (
            '[{"Year": 2019, "A": 1}, {"Year": 2020, "B": 2}]',
            [["Year", "A", "B"], ["2019", "1", ""], ["2020", "", "2"]],
        ),
        (
            '{"labels": ["a", "b"], "datasets": [{"label": "s", "data": [1, 2]}, {"label": "t", "data": [3, 4]}]}',
            [["", "s", "t"], ["a", "1", "3"], ["b", "2", "4"]],
        ),
        (
            '{"series": [{"name": "s", "data": [{"x": 1, "y": 2}, [3, 4]]}]}',
            [["", "s"], ["1", "2"], ["3", "4"]],
        ),
        (
            '{"series": [{"name": "s", "data": [[1, 2], [1, 3], [2, 5]]}, {"name": "t", "data": [[1, 7]]}]}',
            [["", "s", "t"], ["1", "2", "7"], ["1", "3", ""], ["2", "5", ""]],
        ),
        ("| Year | A |\n|---|--:|\n| **2019** | 1 |\n| a\\|b | 2 |", [["Year", "A"], ["2019", "1"], ["a|b", "2"]]),
        ("Year | A\n--- | ---\n2019 | 1", [["Year", "A"], ["2019", "1"]]),
        ("Year | A <0x0A> 2019 | 1 <0x0A> 2020 | 2", [["Year", "A"], ["2019", "1"], ["2020", "2"]]),
        ("Year | A \\n 2019 | 1", [["Year", "A"], ["2019", "1"]]),
        ('Year,A\n2019,"1,234"', [["Year", "A"], ["2019", "1,234"]]),
        ("Jahr;A\n2019;1,5", [["Jahr", "A"], ["2019", "1,5"]]),
        ("Year\tA\n2019\t1", [["Year", "A"], ["2019", "1"]]),
        ("The data are:\n```csv\nYear,A\n2019,1\n```\nA, B and C.", [["Year", "A"], ["2019", "1"]]),
        ("The data, as seen, are:\nYear,A\n2019,1\n2020,2", [["Year", "A"], ["2019", "1"], ["2020", "2"]]),
        ("a,b,c\n1,2\n3,4,5", [["a", "b", "c"], ["1", "2", ""], ["3", "4", "5"]]),
        ("- Apples: 30%\n- Pears: 70%", [["", ""], ["Apples", "30%"], ["Pears", "70%"]]),
    ],
)
def test_each_form_gives_its_table(text: str, expected: list[list[str]]) -> None:
    assert cells(parse_chart(text)) == expected


def test_titles_stand_in_lines_of_their_own() -> None:
    table = parse_chart("TITLE | Sales <0x0A> Year | A <0x0A> 2019 | 1")
    assert (table.title, table.columns) == ("Sales", ("Year", "A"))
    table = parse_chart("**Title:** Sales\nType: line chart\nX-axis: Year\n\n| Year | A |\n|---|---|\n| 2019 | 1 |")
    assert (table.title, table.chart_type, table.x_label) == ("Sales", "line", "Year")


@pytest.mark.parametrize(
    ("written", "kind"),
    [("Bar chart", "bar"), ("stacked column", "bar"), ("donut", "pie"), ("Scatter plot", "scatter"), ("area", "area"),
     ("table", "table"), ("heat map", "other"), ("", "other"), ("bar|line|pie", "other")],
)  # fmt: skip
def test_chart_types_are_brought_to_the_seven(written: str, kind: str) -> None:
    assert parse_chart(json.dumps({"type": written, "rows": [["a", 1]]})).chart_type == kind


@pytest.mark.parametrize("end", range(WHOLE.index('"2020"') - 1, len(WHOLE) - 1))
def test_json_that_is_cut_keeps_its_whole_rows_and_says_so(end: int) -> None:
    table = parse_chart(WHOLE[:end], cut=True)
    assert table.rows == (("2019", "1,5", "2"), ("2020", "3", ""))[: len(table.rows)]
    assert table.truncated
    assert table.title == "Sales"


def test_json_that_ended_is_whole_even_where_the_model_went_on() -> None:
    assert not parse_chart(WHOLE + " and and and and", cut=True).truncated


def test_a_line_that_is_cut_off_is_dropped() -> None:
    table = parse_chart("| Year | A |\n|---|---|\n| 2019 | 1 |\n| 2020 | 1")
    assert (table.rows, table.truncated) == ((("2019", "1"),), True)
    table = parse_chart("Year,A\n2019,1\n2020,1", cut=True)
    assert (table.rows, table.truncated) == ((("2019", "1"),), True)


def test_rows_that_are_too_short_or_too_long_make_a_rectangle() -> None:
    table = parse_chart('{"columns": ["a", "b"], "rows": [["1"], ["2", "3", "4"]]}')
    assert cells(table) == [["a", "b", ""], ["1", "", ""], ["2", "3", "4"]]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no chart"),
        ("not found", "no chart"),
        ("The chart shows sales, costs, and profit.", "no table"),
        ("First, it rises.\nThen, it falls.", "no table"),
        ('{"title": "Sales"}', "no rows"),
        ('{"columns": ["a", "b"], "rows": []}', "no rows"),
        ('{"rows": [["a"], ["b"]]}', "one column"),
        ('{"columns": ["a", "b"], "rows": [["1', "within its first row"),
        ("[" * 100_000, "cannot be read|too deep"),
        ('{"rows":' * 50_000, "cannot be read|too deep"),
    ],
)
def test_a_text_without_a_table_is_an_error_with_a_reason(text: str, why: str) -> None:
    with pytest.raises(ChartParseError, match=why):
        parse_chart(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"type": "bar", "y": 5, "columns": ["a", "b"], "rows": [["A", 28], "str"]}',
        '{"type": "bar", "title": "Sales in 2020", "rows": "none"}',
        '{"type": "bar", "title": "2020"}',
    ],
)
def test_what_is_said_about_a_chart_is_none_of_its_values(text: str) -> None:
    with pytest.raises(ChartParseError):
        parse_chart(text)


def test_points_have_a_series_and_numbers_in_the_locale_of_the_table() -> None:
    assert points(parse_chart(WHOLE)) == [
        ChartPoint("A", "2019", 2019, 1.5, "1,5"),
        ChartPoint("B", "2019", 2019, 2, "2"),
        ChartPoint("A", "2020", 2020, 3, "3"),
    ]
    table = parse_chart("Jahr;A\n2019;1.234\n2020;2,5")
    assert [point.y for point in points(table)] == [1234, 2.5]
    assert [point.y for point in points(table, LocaleHint(decimal="."))] == [1.234, 2.5]


def test_a_pie_has_names_and_shares() -> None:
    assert points(parse_chart("Name | Value\nA | 30%\nB | n/a\nC | about a half")) == [
        ChartPoint(None, "A", None, 30, "30%"),
        ChartPoint(None, "C", None, None, "about a half"),
    ]


def test_a_long_table_names_its_series_in_the_second_column() -> None:
    table = parse_chart("Year | Country | Value\n2019 | FR | 1\n2019 | DE | 2")
    assert points(table) == [
        ChartPoint("FR", "2019", 2019, 1, "1"),
        ChartPoint("DE", "2019", 2019, 2, "2"),
    ]


WORD = st.text(st.characters(categories=["L", "N"], exclude_characters="…"), min_size=1, max_size=8)
# Names that models use for the first column, and that may also start the line of a title.
NAMES = st.one_of(WORD, st.sampled_from(["x", "Type", "y"]))
SIGNS = st.sampled_from(["", "{} €", "1.234,56", "-{}", "({})", "{} & {}", "{}, {}", '{}"', "{}; {}", "{}/{}"])


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """A header and rows of equal length, with names in the first column and at least one number."""
    width, height = draw(st.integers(2, 4)), draw(st.integers(1, 5))
    cell = st.builds(lambda form, word: form.replace("{}", word), SIGNS, WORD)
    rows = [[draw(WORD), *[draw(cell) for _ in range(width - 1)]] for _ in range(height)]
    rows[-1][-1] = str(draw(st.integers(1, 10**6)))
    header = [draw(NAMES) for _ in range(width)]
    assume(len(set(header)) == width)
    return [header, *rows]


def as_json(table: list[list[str]]) -> str:
    return json.dumps({"type": "bar", "columns": table[0], "rows": table[1:]}, ensure_ascii=False)


def as_records(table: list[list[str]]) -> str:
    return json.dumps([dict(zip(table[0], row, strict=True)) for row in table[1:]])


def as_markdown(table: list[list[str]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table]
    return "\n".join([lines[0], "|" + "---|" * len(table[0]), *lines[1:]])


def as_pipes(table: list[list[str]]) -> str:
    return "\n".join(" | ".join(row) for row in table)


def as_deplot(table: list[list[str]]) -> str:
    return " <0x0A> ".join(" | ".join(row) for row in table)


def separated(delimiter: str, table: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL).writerows(table)
    return out.getvalue()


def as_csv(table: list[list[str]]) -> str:
    return separated(",", table)


def as_tsv(table: list[list[str]]) -> str:
    return separated("\t", table)


FORMS = [as_json, as_records, as_markdown, as_pipes, as_deplot, as_csv, as_tsv]


@given(tables(), st.sampled_from(FORMS), st.booleans())
@settings(max_examples=300)
def test_a_table_written_in_a_form_reads_back(table: list[list[str]], form: object, fenced: bool) -> None:
    assert callable(form)
    assume(form is not as_csv or not any(";" in cell for row in table for cell in row))
    text = f"```\n{form(table)}\n```" if fenced else form(table)
    assert cells(parse_chart(text)) == table


@given(tables(), st.sampled_from(FORMS), st.data())
@settings(max_examples=300)
def test_a_table_cut_anywhere_holds_only_whole_rows(table: list[list[str]], form: object, data: st.DataObject) -> None:
    assert callable(form)
    assume(form is not as_csv or not any(";" in cell for row in table for cell in row))
    text = form(table)
    text = text[: data.draw(st.integers(0, len(text) - 1))]
    try:
        parsed = parse_chart(text, cut=True)
    except ChartParseError:
        return
    if len(parsed.columns) == len(table[0]) and list(parsed.columns) == table[0]:
        assert cells(parsed)[1:] == table[1 : 1 + len(parsed.rows)]


@given(st.text(st.one_of(st.characters(exclude_categories=[]), st.sampled_from("|,;\t\n{}[]\":-'0123456789ab\\`"))))
@settings(max_examples=300)
def test_any_text_is_a_rectangle_or_the_declared_error(text: str) -> None:
    for cut in (False, True):
        try:
            table = parse_chart(text, cut=cut)
        except ChartParseError:
            continue
        assert len(table.columns) >= 2
        assert table.rows
        assert {len(row) for row in table.rows} == {len(table.columns)}
        assert all(cell == cell.strip() and cell.encode() is not None for row in table.rows for cell in row)
        points(table)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["\t", "1 ", "a b ", "a:", "|-", '{"a":', "*", "title: ", "1,234", "the page is not ", "\\"]
)
def test_a_long_text_of_one_piece_does_not_take_for_ever(piece: str) -> None:
    text = f"'{piece * 5000} 7 8"
    with pytest.raises(ChartParseError):
        parse_chart(text)
    with pytest.raises(AnswerParseError):
        parse_answer(text, "money")
