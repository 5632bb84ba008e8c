"""Counts for the overview and selects the rows to show, in one pass over each table."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ..tables import records
from ..tables.reader import StoredOutput
from ..tables.records import StoredFailure
from .histogram import Histogram, shares
from .sampling import ANY, EACH, Key, Sample, Sampled

_FAILURES_PER_CODE = 20
_MAX_FAILURES = 200


class PageKey(NamedTuple):
    """A page of a document."""

    document_id: str
    page_number: int


class PageRef(NamedTuple):
    """A page and the name of its batch."""

    file: str
    page: PageKey


class RowRef(NamedTuple):
    """An answer or a chart: the name of its batch, its document and page, and its id there."""

    file: str
    document_id: str
    page_number: int | None
    name: str


@dataclass
class Survey:
    """Counts over whole tables."""

    pages_by_status: Counter[str] = field(default_factory=Counter)
    pages_by_source: Counter[str] = field(default_factory=Counter)
    confidence: Histogram = field(default_factory=Histogram)
    low_confidence: Histogram = field(default_factory=Histogram)
    supported_text: Histogram = field(default_factory=Histogram)
    documents_by_status: Counter[str] = field(default_factory=Counter)
    answers_by_status: Counter[str] = field(default_factory=Counter)
    answers_by_grounding: Counter[str] = field(default_factory=Counter)
    answer_support: Histogram = field(default_factory=Histogram)
    charts_by_status: Counter[str] = field(default_factory=Counter)
    points_by_grounding: Counter[str] = field(default_factory=Counter)
    point_support: Histogram = field(default_factory=Histogram)
    failures_by_code: Counter[str] = field(default_factory=Counter)
    failures_by_stage: Counter[str] = field(default_factory=Counter)


def survey_pages(
    output: StoredOutput, survey: Survey, wanted: Mapping[PageKey, str], limit: int
) -> list[Sampled[PageRef]]:
    """Count pages and choose at most `limit`; pages in `wanted`, which has the reasons, take precedence."""
    sample: Sample[PageRef] = Sample()
    ids = pa.array({key.document_id for key in wanted}, pa.string())
    rank = {key: float(i) for i, key in enumerate(wanted)}
    columns = ["document_id", "page_number", "status", "error_code", "text_source", "confidence", "low_confidence"]
    for file, batch in output.scan("pages", [*columns, "supported_text", "unexplained_ink"]):
        document_id, number = batch.column("document_id"), batch.column("page_number")

        def key(i: int, file: str = file, document_id: pa.Array = document_id, number: pa.Array = number) -> PageRef:
            return PageRef(file, PageKey(document_id[i].as_py(), number[i].as_py()))

        for i in np.flatnonzero(_mask(pc.is_in(document_id, value_set=ids))).tolist():
            if (reason := wanted.get(key(i).page)) is not None:
                only = np.full(batch.num_rows, np.nan)
                only[i] = rank[key(i).page]
                sample.offer(reason, max(1, limit // 2), only, key)
        survey.pages_by_status.update(_tally(batch.column("status")))
        survey.pages_by_source.update(_tally(batch.column("text_source")))
        for name in ("confidence", "low_confidence", "supported_text"):
            getattr(survey, name).add(batch.column(name))
        _offer_each(sample, "failed", 3, batch.column("error_code"), key)
        _offer_each(sample, "text from", 4, batch.column("text_source"), key)
        sample.offer("among the least confident", 6, shares(batch.column("low_confidence")), key)
        sample.offer("among the least supported", 6, shares(batch.column("supported_text")), key)
        unexplained = shares(batch.column("unexplained_ink"))
        sample.offer("much ink without text", 3, np.where(unexplained > 0.2, -unexplained, np.nan), key)
        sample.offer_at_random(ANY, limit, np.ones(batch.num_rows, np.bool_), key)
    return sample.take(limit)


def survey_documents(output: StoredOutput, survey: Survey) -> None:
    for _, batch in output.scan("documents", ["status"]):
        survey.documents_by_status.update(_tally(batch.column("status")))


def survey_answers(output: StoredOutput, survey: Survey, limit: int) -> list[Sampled[RowRef]]:
    """Count answers and choose at most `limit`."""
    sample: Sample[RowRef] = Sample()
    columns = ["document_id", "page_number", "question_id", "status", "error_code", "grounding", "support"]
    for file, batch in output.scan("answers", columns):
        key = _row_key(file, batch, "question_id")
        status = batch.column("status")
        survey.answers_by_status.update(_tally(status))
        answered = _mask(pc.equal(status, "answered"))
        survey.answers_by_grounding.update(_tally(batch.column("grounding").filter(pa.array(answered))))
        survey.answer_support.add(batch.column("support").filter(pa.array(answered)))
        _offer_each(sample, "failed", 3, batch.column("error_code"), key)
        _offer_each(sample, "grounding", 5, batch.column("grounding"), key)
        _offer_each(sample, "status", 3, status, key)
        sample.offer("among the least supported", 15, shares(batch.column("support")), key)
        sample.offer_at_random(ANY, limit, np.ones(batch.num_rows, np.bool_), key)
    return sample.take(limit)


def survey_charts(output: StoredOutput, survey: Survey, limit: int) -> list[Sampled[RowRef]]:
    """Count charts and their points, and choose at most `limit` charts."""
    for _, batch in output.scan("chart_points", ["grounding", "support"]):
        survey.points_by_grounding.update(_tally(batch.column("grounding")))
        survey.point_support.add(batch.column("support"))
    sample: Sample[RowRef] = Sample()
    columns = ["document_id", "page_number", "chart_id", "status", "error_code", "chart_type", "support"]
    for file, batch in output.scan("charts", columns):
        key = _row_key(file, batch, "chart_id")
        survey.charts_by_status.update(_tally(batch.column("status")))
        _offer_each(sample, "failed", 2, batch.column("error_code"), key)
        _offer_each(sample, "type", 2, batch.column("chart_type"), key)
        sample.offer("among the least supported", 8, shares(batch.column("support")), key)
        sample.offer_at_random(ANY, limit, np.ones(batch.num_rows, np.bool_), key)
    return sample.take(limit)


def survey_failures(output: StoredOutput, survey: Survey) -> list[StoredFailure]:
    """Count failures and choose some of each code."""
    sample: Sample[StoredFailure] = Sample()
    for _, batch in output.scan("errors", records.FAILURE_COLUMNS):

        def key(i: int, batch: pa.RecordBatch = batch) -> StoredFailure:
            return records.failure(batch.slice(i, 1).to_pylist()[0])

        survey.failures_by_code.update(_tally(batch.column("code")))
        survey.failures_by_stage.update(_tally(batch.column("stage")))
        _offer_each(sample, "code", _FAILURES_PER_CODE, batch.column("code"), key)
    return [sampled.key for sampled in sample.take(_MAX_FAILURES)]


def _row_key(file: str, batch: pa.RecordBatch, name: str) -> Callable[[int], RowRef]:
    def key(i: int) -> RowRef:
        return RowRef(file, *(batch.column(column)[i].as_py() for column in ("document_id", "page_number", name)))

    return key


def _offer_each(sample: Sample[Key], stratum: str, keep: int, column: pa.Array, key: Callable[[int], Key]) -> None:
    """Add a stratum for each value of a column except null."""
    for value in sorted(set(_tally(column))):
        wanted = _mask(pc.equal(column, value))
        sample.offer_at_random(f"{EACH}{stratum} {value}", keep, wanted, key)


def _mask(column: pa.Array) -> NDArray[np.bool_]:
    return np.asarray(pc.fill_null(column, False).to_numpy(zero_copy_only=False), np.bool_)


def _tally(column: pa.Array) -> dict[str, int]:
    counts = column.value_counts().to_pylist()
    return {entry["values"]: entry["counts"] for entry in counts if entry["values"] is not None}
