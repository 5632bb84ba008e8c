"""Manifests in three formats mean the same, and what can't be used is named."""

import csv
import io
import json
import math
import struct
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from docpipe.operators.inference.work import Question
from docpipe.pipeline.inputs.manifest import ManifestRow, read_manifest
from docpipe.pipeline.inputs.manifest_rows import csv_rows, json_rows, json_text, parquet_rows
from docpipe.pipeline.inputs.questions import from_json
from docpipe.schemas.errors import InvalidJobError, MissingResourceError
from hypothesis import given
from hypothesis import strategies as st

CASES = Path(__file__).parents[2] / "data/cases"
ROWS = [
    {"uri": "a.pdf", "document_id": "007", "year": 2024},
    {"uri": "s3://bucket/b.pdf", "document_id": "x", "year": 2025},
]
WANTED = [ManifestRow("/base/a.pdf", "007", '{"year": 2024}'), ManifestRow("s3://bucket/b.pdf", "x", '{"year": 2025}')]


def write(folder: Path, suffix: str, rows: list[dict[str, object]]) -> str:
    path = folder / f"m{suffix}"
    if suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif suffix == ".csv":
        pyarrow.csv.write_csv(pa.Table.from_pylist(rows), path)
    else:
        pyarrow.parquet.write_table(pa.Table.from_pylist(rows), path)
    return str(path)


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_ids_and_other_columns_are_kept(tmp_path: Path, suffix: str) -> None:
    # A cell of a CSV is text.
    wanted = [
        replace(row, attributes=json.dumps({"year": year})) for row, year in zip(WANTED, ("2024", "2025"), strict=True)
    ]
    assert read_manifest(write(tmp_path, suffix, ROWS), Path("/base")) == (wanted if suffix == ".csv" else WANTED)


def read(path: Path) -> list[tuple[str, str | None, str | None]]:
    return [(row.uri, row.document_id, row.attributes) for row in read_manifest(str(path), Path("/base"))]


def test_a_csv_is_text_as_it_is_written() -> None:
    assert read(CASES / "11_manifest_types.csv") == [
        ("/base/docs/x1.pdf", "007", '{"batch": "0012", "flag": "yes", "when": "2024-05-12"}'),
        ("/base/docs/x2.pdf", "1e5", '{"batch": "3.10", "flag": "no", "when": "12.05.2024"}'),
        ("/base/docs/x3.pdf", "NA", '{"batch": "NULL", "flag": "", "when": ""}'),
    ]


def test_json_lines_keep_numbers_digit_for_digit_and_the_keys_of_each_row() -> None:
    assert read(CASES / "11_manifest_types.jsonl") == [
        (
            "/base/docs/x1.pdf",
            "d1",
            '{"d": "2024-05-12", "e": "1e5", "f": 1.10, "n": 12345678901234567890, "nested": {"a": [1, 2]}}',
        ),
        ("/base/docs/x2.pdf", "2", '{"nested": null}'),
        ("/base/docs/x3.pdf", None, '{"extra": null}'),
    ]


@pytest.mark.parametrize("name", ["13_manifest_bom.jsonl", "13_manifest_int_id.jsonl"])
def test_a_byte_order_mark_and_numbers_as_ids_are_read(name: str) -> None:
    assert [row[1] for row in read(CASES / name)] == ["d1", "2", None]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_encodings_of_unicode_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("uri,note\r\na.pdf,Café\r\n".encode(encoding))
    assert read(path) == [("/base/a.pdf", None, '{"note": "Café"}')]
    assert [row[1] for row in read(CASES / "13_manifest_utf16.csv")] == ["d1", "d2"]


def test_another_encoding_is_refused_with_its_name_and_the_line() -> None:
    with pytest.raises(InvalidJobError, match=r"12_manifest_latin1\.csv: .*line 2 is not UTF-8 .*Latin-1.*save"):
        read(CASES / "12_manifest_latin1.csv")


@pytest.mark.parametrize(
    "text",
    [
        'uri;note\na.pdf;"x;y"\n',
        "uri\tnote\na.pdf\tx;y\n",
        "sep=|\nuri|note\na.pdf|x;y\n",
        '"uri", note ,\r\na.pdf,"x;y",\r\n\r\n',
        'note,uri\n"x;y",a.pdf',
        "\n\r\nuri,note\ra.pdf,x;y\r",
    ],
)
def test_forms_of_csv_mean_the_same(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(text.encode())
    assert read(path) == [("/base/a.pdf", None, '{"note": "x;y"}')]


def test_a_quoted_cell_keeps_its_lines_and_quotes(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(b'uri,note\na.pdf,"one\r\ntwo ""x"""\n')
    assert read(path) == [("/base/a.pdf", None, json.dumps({"note": 'one\r\ntwo "x"'}))]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("m.csv", "uri,a,a\nx,1,2\n", "the column 'a' more than once"),
        ("m.csv", "uri,a\nx,1\ny,1,2\n", "line 3 has 3 cells and the header 2"),
        ("m.csv", "uri,a\nx\n", "line 2 has 1 cells and the header 2"),
        ("m.csv", 'uri,a\nx,"1\n', "not CSV"),
        ("m.csv", "uri,\nx,1\n", "line 2 has a value in a column without a name"),
        ("m.csv", "uri,a\nx,1\x00\n", "line 2 contains a NUL"),
        ("m.jsonl", '{"uri": "x"}\n[1]\n', "line 2 is not a JSON object"),
        ("m.jsonl", '[\n{"uri": "x"}\n]\n', "line 1 is not a JSON object"),
        ("m.jsonl", '{"uri": "x", "a": 1, "a": 2}', "line 1: the key 'a' stands more than once"),
        ("m.jsonl", '{"uri": "x", "a": "\\ud800"}', "line 1 contains half of a"),
        ("m.jsonl", '{"uri": "x", "document_id": 1.0}', "row 1: document_id 1.0 is neither text nor a whole number"),
        ("m.jsonl", '{"uri": "x", "document_id": true}', "row 1: document_id true is neither"),
        ("m.jsonl", '{"uri": "x"}\n{"url": "y"}', "row 2: 'uri' is empty or not text"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_line(tmp_path: Path, name: str, text: str, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(text.encode())
    with pytest.raises(InvalidJobError, match=rf"{name}: .*{says}"):
        read(path)


def test_types_of_parquet_are_kept(tmp_path: Path) -> None:
    moment = datetime(2024, 5, 12, 8, 30, 0, 120000, tzinfo=UTC)
    columns = {
        "uri": pa.array(["a.pdf"]).dictionary_encode(),
        "document_id": pa.array([7], pa.uint64()),
        "batch": pa.array(["0012"]),
        "big": pa.array([12345678901234567890], pa.uint64()),
        "money": pa.array([Decimal("3.10")]),
        "single": pa.array([1.1], pa.float32()),
        "zoned": pa.array([moment], pa.timestamp("ns", "Europe/Berlin")),
        "plain": pa.array([datetime(2024, 5, 12)], pa.timestamp("ms")),
        "clock": pa.array([time(8, 5)], pa.time64("us")),
        "nested": pa.array([[{"x": 1.5, "y": None}, None]]),
        "map": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int8())),
        "flag": pa.array([True]),
    }
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "m.parquet")
    ((uri, name, attributes),) = read(tmp_path / "m.parquet")
    assert (uri, name) == ("/base/a.pdf", "7")
    assert attributes == (
        '{"batch": "0012", "big": 12345678901234567890, "clock": "08:05:00", "flag": true, "map": {"k": 1}, '
        '"money": 3.10, "nested": [{"x": 1.5, "y": null}, null], "plain": "2024-05-12T00:00:00", "single": 1.1, '
        '"zoned": "2024-05-12T10:30:00.12+02:00"}'
    )


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (pa.array(["Café 0012".encode()]), '"Café 0012"'),
        (pa.array([b"\xff\xfe"]), '"//4="'),
        (pa.array([b"a\x00b"]), '"YQBi"'),
        (pa.array([b"AB"], pa.binary(2)), '"AB"'),
        (pa.array([90_061], pa.duration("s")), "90061"),
        (pa.array([-1_500], pa.duration("ms")), "-1.500"),
        (pa.array([1], pa.duration("ns")), "0.000000001"),
    ],
)
def test_bytes_that_are_text_and_durations_of_parquet(tmp_path: Path, column: pa.Array, written: str) -> None:
    pyarrow.parquet.write_table(pa.table({"uri": ["a.pdf"], "x": column}), tmp_path / "m.parquet")
    assert read(tmp_path / "m.parquet") == [("/base/a.pdf", None, f'{{"x": {written}}}')]


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r\n"), max_size=12)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")


@given(
    rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(ENCODINGS),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_any_cell_of_a_csv_is_read_as_it_is_written(
    rows: Sequence[tuple[str, str]], delimiter: str, encoding: str, end: str
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["uri", "note", "0"])
    writer.writerows(("a.pdf", *row) for row in rows)
    read_back = list(csv_rows(text.getvalue().encode(encoding)))
    assert read_back == [{"uri": "a.pdf", "note": one, "0": other} for one, other in rows]


JSON_NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,3})?", fullmatch=True)


@given(number=JSON_NUMBERS, text=CELLS, encoding=st.sampled_from(ENCODINGS), escaped=st.booleans())
def test_json_lines_keep_numbers_and_texts_of_any_kind(number: str, text: str, encoding: str, escaped: bool) -> None:
    line = f'{{"uri": "a.pdf", "n": [{number}], "t": {json.dumps(text, ensure_ascii=escaped)}}}\n'
    (row,) = json_rows(line.encode(encoding))
    assert json_text(row["n"]) == f"[{number}]"
    assert row["t"] == text


@given(
    decimals=st.lists(st.decimals(-(10**20), 10**20, places=6), min_size=1, max_size=4),
    integer=st.integers(-(2**63), 2**63 - 1),
    number=st.floats(allow_nan=False, allow_infinity=False),
    single=st.floats(width=32, allow_nan=False, allow_infinity=False),
    moment=st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31)),
    text=CELLS,
)
def test_values_of_parquet_read_back_as_they_are(
    decimals: list[Decimal], integer: int, number: float, single: float, moment: datetime, text: str
) -> None:
    columns = {
        "uri": pa.array(["a.pdf"]),
        "decimals": pa.array([decimals], pa.list_(pa.decimal128(38, 6))),
        "integer": pa.array([integer], pa.int64()),
        "number": pa.array([number]),
        "single": pa.array([single], pa.float32()),
        "moment": pa.array([moment], pa.timestamp("us")),
        "text": pa.array([text], pa.large_string()),
    }
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(columns), file)
    (row,) = parquet_rows(file)
    assert [Decimal(one) for one in row["decimals"]] == decimals
    assert (str(row["integer"]), float(row["number"])) == (str(integer), number)
    assert struct.pack("f", float(row["single"])) == struct.pack("f", single)
    assert datetime.fromisoformat(row["moment"]) == moment
    assert row["text"] == text
    json.loads(json_text({name: value for name, value in row.items() if name != "uri"}))


@pytest.mark.parametrize(
    ("start", "says"),
    [
        (b"PK\x03\x04", "is a ZIP archive or an Excel workbook; save it as CSV"),
        (b"\x1f\x8b\x08", "is compressed with gzip; unpack it first"),
        (b"PAR1", "is a Parquet file; its name must end in .parquet"),
    ],
)
def test_a_file_of_another_kind_says_what_it_is(tmp_path: Path, start: bytes, says: str) -> None:
    (tmp_path / "m.csv").write_bytes(start + b"\xff" * 9)
    with pytest.raises(InvalidJobError, match=f"inputs.manifest {says}"):
        read(tmp_path / "m.csv")


def test_two_columns_of_one_name_in_parquet_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array(["a.pdf"]), pa.array([1]), pa.array([2])], names=["uri", "a", "a"])
    pyarrow.parquet.write_table(table, tmp_path / "m.parquet")
    with pytest.raises(InvalidJobError, match="the column 'a' more than once"):
        read(tmp_path / "m.parquet")


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_column_uri_must_be_there(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(InvalidJobError, match="no column 'uri', only path"):
        read_manifest(write(tmp_path, suffix, [{"path": "a.pdf"}]), Path("/base"))


def test_one_id_for_two_files_is_refused_with_both(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"uri": "a.pdf", "document_id": "x"}, {"uri": "b.pdf", "document_id": "x"}]
    with pytest.raises(InvalidJobError, match=r"'x' names 2 files: /base/a.pdf, /base/b.pdf"):
        read_manifest(write(tmp_path, ".jsonl", rows), Path("/base"))


def test_one_file_in_two_different_rows_is_refused(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"uri": "a.pdf", "document_id": "x"}, {"uri": "a.pdf", "document_id": "y"}]
    with pytest.raises(InvalidJobError, match="is in 2 different rows"):
        read_manifest(write(tmp_path, ".jsonl", rows), Path("/base"))


def test_the_same_row_twice_is_one(tmp_path: Path) -> None:
    assert len(read_manifest(write(tmp_path, ".jsonl", [*ROWS, *ROWS]), Path("/base"))) == 2


def test_an_empty_cell_of_a_csv_gives_no_id(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("uri,document_id,year\na.pdf,,2024\nb.pdf,7,2025\n")
    assert [row.document_id for row in read_manifest(str(path), Path("/base"))] == [None, "7"]


def test_attributes_are_json_whatever_a_column_holds(tmp_path: Path) -> None:
    values = {"score": math.nan, "most": [math.inf, 1.5], "raw": b"\xff", "when": date(2024, 3, 5), "n": {"x": None}}
    (row,) = read_manifest(write(tmp_path, ".parquet", [{"uri": "a.pdf", **values}]), Path("/base"))
    assert row.attributes is not None
    strict = json.loads(row.attributes, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert strict == {"score": None, "most": [None, 1.5], "raw": "/w==", "when": "2024-03-05", "n": {"x": None}}


@pytest.mark.parametrize("bad", ["", "a\x00b", "n\nl", "x" * 201])
def test_unusable_ids_are_named_with_their_row(tmp_path: Path, bad: str) -> None:
    with pytest.raises(InvalidJobError, match="row 1: document_id"):
        read_manifest(write(tmp_path, ".jsonl", [{"uri": "a.pdf", "document_id": bad}]), Path("/base"))


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_questions_are_read_from_nested_values_and_from_json_text(tmp_path: Path, suffix: str) -> None:
    question = {"id": "total", "ask": "What is the total?", "type": "money"}
    rows = [{"uri": "a.pdf", "questions": [question]}, {"uri": "b.pdf", "questions": None}]
    first, second = read_manifest(write(tmp_path, suffix, rows), Path("/base"))
    assert from_json(first.questions) == (Question("total", "What is the total?", "money"),)
    assert second.questions is None
    text = [{"uri": "a.pdf", "questions": json.dumps([question, "Who wrote it?"])}]
    (row,) = read_manifest(write(tmp_path, ".jsonl", text), Path("/base"))
    assert from_json(row.questions) == (*from_json(first.questions), Question("who-wrote-it", "Who wrote it?"))


@pytest.mark.parametrize(
    ("questions", "why"),
    [
        ('{"id": "a"}', "is not a list"),
        ("not json", "a JSON list"),
        ('[{"id": "a", "ask": "b", "type": "colour"}]', "0.type"),
        ('[{"id": "a"}]', "0.ask"),
        ('[{"id": "a", "ask": "b", "wanted": 1}]', "0.wanted"),
        ('[{"id": "a", "ask": "b"}, {"id": "a", "ask": "c"}]', "more than once: a"),
        ("[7]", "is not a question"),
    ],
)
def test_unusable_questions_are_named_with_their_row(tmp_path: Path, questions: str, why: str) -> None:
    with pytest.raises(InvalidJobError, match=f"row 1: column 'questions'.*{why}"):
        read_manifest(write(tmp_path, ".jsonl", [{"uri": "a.pdf", "questions": questions}]), Path("/base"))


@pytest.mark.parametrize(("name", "content"), [("m.csv", b"\xff\xfe"), ("m.parquet", b"no"), ("m.jsonl", b"{")])
def test_rubbish_is_an_error_with_the_name_of_the_file(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InvalidJobError, match=name):
        read_manifest(str(path), Path("/base"))


def test_missing_manifest(tmp_path: Path) -> None:
    with pytest.raises(MissingResourceError, match=r"gone\.csv"):
        read_manifest(str(tmp_path / "gone.csv"), Path("/base"))
