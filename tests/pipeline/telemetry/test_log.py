"""Log lines carry run, document and page, as text or as JSON, and nobody forges one."""

import json

import pytest
from docpipe.pipeline.telemetry.log import FORMAT_VARIABLE, log_failures, log_line
from docpipe.pipeline.telemetry.progress import reporter
from docpipe.schemas.tables import TABLES

from ..outputs import cli

EVIL = "a\x1b[2J\nforged line.pdf"


@pytest.fixture
def as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FORMAT_VARIABLE, "json")


def errors():  # type: ignore[no-untyped-def]
    row = {"document_id": "d1", "uri": EVIL, "page_number": 3, "stage": "read", "code": "timeout", "attempts": 1}
    return (
        TABLES["errors"]
        .empty_table()
        .from_pylist([{**row, "message": f"{EVIL}: slow", "run_id": "r1", "failed_at": 0}], TABLES["errors"])
    )


def test_a_failed_page_is_a_json_line_with_its_keys(as_json: None, capsys: pytest.CaptureFixture[str]) -> None:
    log_failures(errors())
    (line,) = capsys.readouterr().err.splitlines()
    event = json.loads(line)
    assert {name: event[name] for name in ("level", "run_id", "document_id", "page_number", "code", "stage")} == {
        "level": "warning",
        "run_id": "r1",
        "document_id": "d1",
        "page_number": 3,
        "code": "timeout",
        "stage": "read",
    }
    assert event["uri"] == EVIL
    assert "\x1b" not in line
    assert "chart_id" not in event


def test_a_failed_page_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    log_failures(errors())
    (line,) = capsys.readouterr().err.splitlines()
    assert "\\x1b[2J\\nforged line.pdf: slow run_id=r1 document_id=d1 page_number=3" in line
    assert "\x1b" not in line


def test_progress_is_json_with_numbers(
    as_json: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docpipe.pipeline.telemetry.progress._SECONDS_BETWEEN_LINES", 0.0)
    with reporter() as shown:
        shown.begin("r1")
        shown.say("hello")
        shown.start(2, 10)
        shown.advance(4, 1)
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["message"], first["run_id"]) == ("hello", "r1")
    assert (second["pages_done"], second["pages_failed"], second["pages_planned"], second["documents"]) == (4, 1, 10, 2)


def test_the_time_left_is_told_from_the_second_commit_on_and_without_the_time_before_the_first(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr("docpipe.pipeline.telemetry.progress.time.monotonic", lambda: clock[0])
    with reporter() as shown:
        shown.start(1, 100)
        for clock[0] in (600.0, 610.0):
            shown.advance(10, 0)
    first, second = capsys.readouterr().err.splitlines()
    assert "10/100 pages" in first
    assert "left" not in first
    assert "20/100 pages" in second
    assert second.endswith("1m20s left")


def test_fields_without_a_value_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    log_line("info", "x", run_id=None, pages=0)
    assert capsys.readouterr().err == "x pages=0\n"


def test_errors_of_the_command_are_json_too(as_json: None) -> None:
    ended = cli("inspect", "/nowhere")
    event = json.loads(ended.stderr)
    assert ended.returncode == 4
    assert event["level"] == "error"
    assert "no output of docpipe" in event["message"]
