"""Reads the contents of a report from the tables; only sampled rows are read completely."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.dataset as ds

from ..tables import records
from ..tables.reader import StoredOutput
from ..tables.records import StoredAnswer, StoredChart, StoredDocument, StoredFailure, StoredPage, StoredTable
from .sampling import Sampled
from .survey import (
    PageKey,
    PageRef,
    RowRef,
    Survey,
    survey_answers,
    survey_charts,
    survey_documents,
    survey_failures,
    survey_pages,
)

MAX_ANSWERS = 60
MAX_CHARTS = 20


@dataclass(frozen=True)
class ShownPage:
    """A page with its results.

    Attributes:
        reasons: why it was chosen.
        answers: answers with evidence on this page.
    """

    page: StoredPage
    reasons: tuple[str, ...]
    answers: tuple[StoredAnswer, ...]
    charts: tuple[StoredChart, ...]
    tables: tuple[StoredTable, ...] = ()

    @property
    def key(self) -> PageKey:
        return PageKey(self.page.document_id, self.page.page_number)


@dataclass(frozen=True)
class Contents:
    """The contents of a report, without images.

    Attributes:
        pages: pages by document, then page number.
        answers: answers with the least support first; not only those on `pages`.
    """

    survey: Survey
    documents: dict[str, StoredDocument]
    pages: list[ShownPage]
    answers: list[Sampled[StoredAnswer]]
    charts: list[Sampled[StoredChart]]
    failures: list[StoredFailure]


def gather(output: StoredOutput, max_pages: int) -> Contents:
    """Surveys the tables and reads the chosen rows."""
    survey = Survey()
    survey_documents(output, survey)
    answers = _answers(output, survey_answers(output, survey, MAX_ANSWERS))
    charts = _charts(output, survey_charts(output, survey, MAX_CHARTS))
    wanted = {PageKey(c.key.document_id, c.key.page_number): "has a chart" for c in charts}
    for answer in answers:
        for place in answer.key.evidence[:1]:
            wanted.setdefault(PageKey(answer.key.document_id, place.page_number), "evidence of an answer")
    chosen = survey_pages(output, survey, wanted, max_pages)
    failures = sorted(survey_failures(output, survey), key=lambda f: (f.code, f.uri, f.page_number or 0))
    ids = {ref.key.page.document_id for ref in chosen}
    ids |= {a.key.document_id for a in answers} | {c.key.document_id for c in charts}
    documents, document_files = _documents(output, ids)
    pages = _pages(output, chosen, document_files)
    order = {document_id: i for i, document_id in enumerate(sorted(ids, key=lambda i: _file_name(documents, i)))}
    pages.sort(key=lambda shown: (order[shown.page.document_id], shown.page.page_number))
    return Contents(survey, documents, pages, answers, charts, failures)


def _file_name(documents: dict[str, StoredDocument], document_id: str) -> tuple[str, str]:
    document = documents.get(document_id)
    return (document.name.lower() if document else "", document_id)


def _documents(output: StoredOutput, ids: set[str]) -> tuple[dict[str, StoredDocument], list[str]]:
    """The documents by id, and the names of their batches."""
    wanted = ds.field("document_id").isin(list(ids))
    files = [file for file, _ in output.scan("documents", ["document_id"], wanted)] if ids else []
    found = output.rows("documents", files, wanted).to_pylist()
    return {row["document_id"]: records.document(row) for row in found}, files


def _answers(output: StoredOutput, sampled: Sequence[Sampled[RowRef]]) -> list[Sampled[StoredAnswer]]:
    table = output.rows("answers", _files(sampled), _of_documents(sampled))
    found = {
        (row["document_id"], row["page_number"], row["question_id"]): records.answer(row) for row in table.to_pylist()
    }
    answers = [Sampled(found[s.key[1:]], s.reasons) for s in sampled]
    rank = {"answered": 0, "not_found": 1, "declined": 2, "failed": 3}
    return sorted(answers, key=lambda a: (rank.get(a.key.status, 4), 0.0 if a.key.support is None else a.key.support))


def _charts(output: StoredOutput, sampled: Sequence[Sampled[RowRef]]) -> list[Sampled[StoredChart]]:
    where = ds.field("chart_id").isin([s.key.name for s in sampled])
    found = {chart.chart_id: chart for chart in _read_charts(output, _files(sampled), where)}
    charts = [Sampled(found[s.key.name], s.reasons) for s in sampled]
    return sorted(charts, key=lambda c: (c.key.status != "ok", 1.0 if c.key.support is None else c.key.support))


def _read_charts(output: StoredOutput, files: Iterable[str], where: ds.Expression) -> list[StoredChart]:
    charts = output.rows("charts", files, where).to_pylist()
    of_charts = ds.field("chart_id").isin([row["chart_id"] for row in charts])
    points = _grouped(output.rows("chart_points", files, of_charts), "chart_id")
    return [records.chart(row, points[(row["chart_id"],)]) for row in charts]


def _pages(output: StoredOutput, chosen: Sequence[Sampled[PageRef]], document_files: Sequence[str]) -> list[ShownPage]:
    by_file: dict[str, list[Sampled[PageRef]]] = defaultdict(list)
    for sampled in chosen:
        by_file[sampled.key.file].append(sampled)
    shown = []
    for file, members in by_file.items():
        keys = [sampled.key.page for sampled in members]
        of_documents = ds.field("document_id").isin(list({key.document_id for key in keys}))
        where = of_documents & ds.field("page_number").isin([key.page_number for key in keys])
        pages, lines, blocks = (
            _grouped(output.rows(table, [file], where), "document_id", "page_number")
            for table in ("pages", "lines", "blocks")
        )
        answers = [
            records.answer(row) for row in output.rows("answers", [file, *document_files], of_documents).to_pylist()
        ]
        charts = _read_charts(output, [file], where)
        cells = _grouped(output.rows("cells", [file], where), "table_id")
        tables = [
            records.table(row, cells[(row["table_id"],)]) for row in output.rows("tables", [file], where).to_pylist()
        ]
        for sampled in members:
            key = sampled.key.page
            shown.append(
                ShownPage(
                    records.page(pages[key][0], lines[key], blocks[key]),
                    sampled.reasons,
                    tuple(a for a in answers if a.document_id == key.document_id and _has_evidence(a, key)),
                    tuple(c for c in charts if (c.document_id, c.page_number) == key),
                    tuple(t for t in tables if (t.document_id, t.page_number) == key),
                )
            )
    return shown


def _has_evidence(answer: StoredAnswer, key: PageKey) -> bool:
    return any(place.page_number == key.page_number for place in answer.evidence)


def _files(sampled: Sequence[Sampled[RowRef]]) -> list[str]:
    return sorted({s.key.file for s in sampled})


def _of_documents(sampled: Sequence[Sampled[RowRef]]) -> ds.Expression:
    return ds.field("document_id").isin(list({s.key.document_id for s in sampled}))


def _grouped(table: pa.Table, *keys: str) -> dict[tuple[object, ...], list[records.Row]]:
    """Rows by the values of some columns."""
    groups: dict[tuple[object, ...], list[records.Row]] = defaultdict(list)
    for row in table.to_pylist():
        groups[tuple(row[key] for key in keys)].append(row)
    return groups
