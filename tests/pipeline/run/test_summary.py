"""The exit code follows the shares of failures of the whole job."""

from dataclasses import replace

import pytest
from docpipe.pipeline.inputs.inventory import Changes
from docpipe.pipeline.run.documents import DocumentCounts
from docpipe.pipeline.run.summary import (
    RunSummary,
    command_error_in,
    describe_failure,
    exit_code,
    summary_json,
    summary_text,
)
from docpipe.schemas.errors import MissingResourceError
from docpipe.schemas.job.model import OnError

SUMMARY = RunSummary(
    run_id="r",
    output="/out",
    documents=10,
    pages=100,
    pages_ok=60,
    pages_failed=0,
    pages_skipped=40,
    lines=7,
    seconds=2.0,
    changes=Changes(10, 0, 0, 0),
    document_counts=DocumentCounts(10, 0, 0),
    failed_pages=0,
    codes={},
)


@pytest.mark.parametrize(
    ("failed_pages", "failed_documents", "code"),
    [(0, 0, 0), (5, 0, 0), (6, 0, 3), (0, 1, 3), (100, 10, 3)],
)
def test_code_by_failures(failed_pages: int, failed_documents: int, code: int) -> None:
    counts = DocumentCounts(10 - failed_documents, 0, failed_documents)
    summary = replace(SUMMARY, failed_pages=failed_pages, document_counts=counts)
    found, reasons = exit_code(summary, OnError())
    assert found == code
    assert bool(reasons) == (code == 3)


def test_a_failure_is_named_by_the_innermost_cause_that_has_a_message() -> None:
    born_dead = RuntimeError(
        "The actor died because of an error raised in its creation task, ray::X\n  File …\nTypeError: odd"
    )
    wrapped = ValueError()
    wrapped.__cause__ = born_dead
    born_dead.__cause__ = KeyError()
    assert describe_failure(wrapped).startswith("TypeError: odd; ")
    assert describe_failure(AssertionError("first\nsecond\nthird\nfourth")).startswith("AssertionError: first; ")


def test_an_error_of_a_command_comes_out_of_what_ray_wraps_it_in() -> None:
    from ray.exceptions import RayTaskError

    raised = MissingResourceError("engines.x: was not ready")
    wrapped = RayTaskError("read_and_commit_unit", "Traceback (most recent call last): …", raised).as_instanceof_cause()
    assert isinstance(wrapped, MissingResourceError)
    assert command_error_in(wrapped) is command_error_in(raised) is raised
    assert command_error_in(ValueError("odd")) is None


def test_what_an_engine_lacks_as_it_is_loaded_is_missing() -> None:
    """Ray tells what the constructor of an actor raised only as text."""
    said = "The actor died because of an error raised in its creation task, ray::Map() (pid=1)\n  File …\n{}: {}"
    missing = RuntimeError(said.format("docpipe.schemas.errors.MissingResourceError", "engines.x: no weights"))
    found = command_error_in(missing)
    assert isinstance(found, MissingResourceError)
    assert str(found) == "engines.x: no weights"
    assert command_error_in(RuntimeError(said.format("ValueError", "odd"))) is None


def test_failures_of_earlier_runs_count() -> None:
    assert exit_code(replace(SUMMARY, failed_pages=50, pages_failed=0), OnError())[0] == 3


def test_json_has_the_keys_of_the_contract() -> None:
    assert summary_json(SUMMARY) == {
        "documents": 10,
        "pages": 100,
        "pages_ok": 60,
        "pages_failed": 0,
        "pages_skipped": 40,
        "lines": 7,
        "answers": 0,
        "charts": 0,
        "tables": 0,
        "seconds": 2.0,
        "pages_per_second": 30.0,
        "output": "/out",
        "run_id": "r",
    }


def test_summary_offers_three_queries_that_survive_a_quote_in_the_path() -> None:
    text = summary_text(replace(SUMMARY, output="/it's"))
    assert text.count("duckdb -c") == 3
    assert "'/it''s/pages/*.parquet'" in text
