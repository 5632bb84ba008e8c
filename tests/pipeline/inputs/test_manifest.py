"""Manifests in three formats mean the same, and what can't be used is named."""

import json
import math
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from docpipe.operators.inference.work import Question
from docpipe.pipeline.inputs.manifest import ManifestRow, read_manifest
from docpipe.pipeline.inputs.questions import from_json
from docpipe.schemas.errors import InvalidJobError, MissingResourceError

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
    assert read_manifest(write(tmp_path, suffix, ROWS), Path("/base")) == WANTED


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
