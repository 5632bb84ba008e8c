"""Converts pages to rows of `pages` and its child tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...operators.inference.results import NOTHING_FOUND, ModelText
from ...operators.inference.work import ReadPage
from ...schemas.columns import BOX, WORD
from ...schemas.errors import Failure
from ...schemas.page import TextLines, TextSourceReason
from ...schemas.tables import TABLES
from .error_rows import error_row
from .extraction_rows import (
    answers_table,
    cells_table,
    chart_points_table,
    charts_table,
    finding_errors,
    tables_table,
)
from .rows import table_of_columns, table_of_rows


@dataclass(frozen=True)
class _Text:
    """One text of a page: that of the text layer or OCR, or that of a model."""

    page: ReadPage
    lines: TextLines
    source: str
    letter: str
    model: ModelText | None = None


def page_tables(pages: Sequence[ReadPage], run_id: str) -> dict[str, pa.Table]:
    """The rows of all tables for some pages, in the same order."""
    tables = {
        "pages": table_of_columns("pages", _pages_columns(pages, run_id)),
        "lines": _lines_table([text for page in pages for text in _texts(page)]),
        "blocks": _blocks_table(pages),
        "errors": _errors_table(pages, run_id),
    }
    if any(page.findings is not NOTHING_FOUND for page in pages):
        found = [(page.document_id, page.reading.page_number, page.findings) for page in pages]
        tables["answers"] = answers_table([(d, a) for d, _, f in found for a in f.answers], run_id)
        tables["charts"] = charts_table([(d, n, f.charts) for d, n, f in found], run_id)
        tables["chart_points"] = chart_points_table([(d, n, f.charts) for d, n, f in found])
        tables["tables"] = tables_table([(d, n, f.tables) for d, n, f in found], run_id)
        tables["cells"] = cells_table([(d, n, f.tables) for d, n, f in found])
    return tables


def _texts(page: ReadPage) -> list[_Text]:
    texts = [_Text(page, page.reading.lines, page.reading.text_source, "l")]
    model = page.findings.text
    if model is not None:
        texts.append(_Text(page, model.lines, model.source, "m", model))
    return texts


def _pages_columns(pages: Sequence[ReadPage], run_id: str) -> dict[str, list[Any]]:
    """The columns of `pages`; those that are not made here are the fields of their names in `PageReading`."""
    readings = [page.reading for page in pages]
    models = [page.findings.text for page in pages]
    confidence = [_confidence(m.lines if m else r.lines) for r, m in zip(readings, models, strict=True)]
    made: dict[str, list[Any]] = {
        "document_id": [page.document_id for page in pages],
        "status": ["failed" if page.failure else "ok" for page in pages],
        "error_code": [page.failure.code.value if page.failure else None for page in pages],
        "text_source": [m.source if m else r.text_source for r, m in zip(readings, models, strict=True)],
        "text_source_reason": [_text_source_reason(page) for page in pages],
        "warnings": [None if page.failure else list(page.reading.warnings) for page in pages],
        "text": [_page_text(page) for page in pages],
        "confidence": [mean for mean, _ in confidence],
        "low_confidence": [low for _, low in confidence],
        "supported_text": [m.supported if m else None for m in models],
        "tiles": [page.findings.tiles for page in pages],
        "run_id": [run_id] * len(pages),
    }
    return {
        name: made[name] if name in made else [getattr(reading, name) for reading in readings]
        for name in TABLES["pages"].names
    }


def _text_source_reason(page: ReadPage) -> str | None:
    if page.failure:
        return None
    return TextSourceReason.ASKED_FOR if page.findings.text else page.reading.text_source_reason


def _page_text(page: ReadPage) -> str | None:
    if page.failure:
        return None
    model = page.findings.text
    return page.reading.text if model is None else model.text


def _confidence(lines: TextLines) -> tuple[float | None, float | None]:
    known = lines.confidence[~np.isnan(lines.confidence)]
    if not known.size:
        return None, None
    return float(known.mean()), float(np.quantile(known, 0.05))


def _lines_table(texts: Sequence[_Text]) -> pa.Table:
    lines = [text.lines for text in texts]
    rows = _Rows([text.page for text in texts], [len(one) for one in lines])
    block = np.concatenate([*(one.block for one in lines), np.empty(0, np.int32)])
    polygons = [None if polygon is None else polygon.ravel().tolist() for one in lines for polygon in one.polygons]
    grounding, support = _groundings(texts)
    columns = {
        "document_id": rows.document_id,
        "page_number": rows.page_number,
        "line_id": rows.ids([text.letter for text in texts], rows.order),
        "block_id": pc.if_else(pa.array(block >= 0), rows.ids(["b"] * len(texts), pa.array(block)), None),
        "reading_order": rows.order,
        "text": [text for one in lines for text in one.text],
        "bbox": _boxes([one.boxes for one in lines]),
        "polygon": polygons,
        "confidence": _floats([one.confidence for one in lines]),
        "source": _sources(texts, rows),
        "grounding": grounding,
        "support": support,
        "words": _words(texts),
    }
    return table_of_columns("lines", columns)


def _sources(texts: Sequence[_Text], rows: "_Rows") -> pa.Array:
    if not any(text.lines.source for text in texts):
        return rows.spread([text.source for text in texts])
    return pa.array(
        [one for text in texts for one in text.lines.source or [text.source] * len(text.lines)], pa.string()
    )


def _groundings(texts: Sequence[_Text]) -> tuple[pa.Array, pa.Array]:
    """Grounding and support of each line of a model; null for other lines."""
    if all(text.model is None for text in texts):
        count = sum(len(text.lines) for text in texts)
        return pa.nulls(count, pa.string()), pa.nulls(count, pa.float32())
    kinds = pa.array([kind for text in texts for kind in _grounding_kinds(text)], pa.string())
    return kinds, pa.array([support for text in texts for support in _supports(text)], pa.float32())


def _grounding_kinds(text: _Text) -> list[str | None]:
    return [None] * len(text.lines) if text.model is None else [g.kind.value for g in text.model.groundings]


def _supports(text: _Text) -> list[float | None]:
    return [None] * len(text.lines) if text.model is None else [g.support for g in text.model.groundings]


def _words(texts: Sequence[_Text]) -> pa.ListArray:
    """The words of each line; null for lines of a model, which gives no words."""
    lines = [text.lines for text in texts]
    counts = [len(one) for one in lines]
    line_at = np.repeat(np.cumsum([0, *counts])[:-1], [len(one.word_line) for one in lines])
    word_line = np.concatenate([*(one.word_line for one in lines), np.empty(0, np.int32)]) + line_at
    per_line = np.bincount(word_line, minlength=sum(counts))
    unknown = np.repeat([text.model is not None for text in texts], counts)
    offsets = np.concatenate([[0], np.cumsum(per_line)]).astype(np.int32)
    words = pa.StructArray.from_arrays(
        [
            pa.array([word for one in lines for word in one.word_text], pa.string()),
            _boxes([one.word_boxes for one in lines]),
            _floats([one.word_confidence for one in lines]),
        ],
        fields=list(WORD),
    )
    mask = pa.array(unknown, pa.bool_()) if unknown.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets), words, type=pa.list_(WORD), mask=mask)


def _blocks_table(pages: Sequence[ReadPage]) -> pa.Table:
    blocks = [page.reading.blocks for page in pages]
    rows = _Rows(pages, [len(b) for b in blocks])
    columns = {
        "document_id": rows.document_id,
        "page_number": rows.page_number,
        "block_id": rows.ids(["b"] * len(pages), rows.order),
        "kind": [kind for b in blocks for kind in b.kind],
        "reading_order": rows.order,
        "bbox": _boxes([b.boxes for b in blocks]),
        "text": [text for b in blocks for text in b.text],
        "confidence": _floats([b.confidence for b in blocks]),
    }
    return table_of_columns("blocks", columns)


def _errors_table(pages: Sequence[ReadPage], run_id: str) -> pa.Table:
    rows: list[dict[str, Any]] = []
    for page in pages:
        number = page.reading.page_number
        found: list[tuple[dict[str, Any], Failure]] = [({}, page.failure)] if page.failure else []
        found += finding_errors(page.document_id, number, page.findings)
        rows += [error_row(page.document_id, page.uri, number, failure, run_id, **names) for names, failure in found]
    return table_of_rows("errors", rows)


class _Rows:
    """Child rows of pages, `counts[i]` of them for page i.

    Attributes:
        document_id, page_number: document id and page number of each row.
        order: position of each row on its page, counting from 0.
    """

    def __init__(self, pages: Sequence[ReadPage], counts: Sequence[int]) -> None:
        self._pages = pages
        self._page = pa.array(np.repeat(np.arange(len(pages), dtype=np.int32), counts))
        starts = np.cumsum([0, *counts])
        self.order = pa.array(np.arange(starts[-1], dtype=np.int32) - np.repeat(starts[:-1], counts).astype(np.int32))
        self.document_id = self.spread([page.document_id for page in pages])
        self.page_number = pa.array([page.reading.page_number for page in pages], pa.int32()).take(self._page)

    def spread(self, values: Sequence[str]) -> pa.Array:
        """The value of the page of each row."""
        return pa.array(values, pa.string()).take(self._page)

    def ids(self, letters: Sequence[str], numbers: pa.Array) -> pa.Array:
        """`<document>-p<page>-<letter of the page><number of the row>`."""
        prefixes = [
            f"{page.document_id}-p{page.reading.page_number}-{letter}"
            for page, letter in zip(self._pages, letters, strict=True)
        ]
        return pc.binary_join_element_wise(self.spread(prefixes), pc.cast(numbers, pa.string()), "")


def _boxes(boxes: Sequence[np.ndarray[Any, Any]]) -> pa.StructArray:
    """Boxes as an Arrow array; NaN, which means an unknown box, becomes null."""
    stacked = np.concatenate([*boxes, np.empty((0, 4), np.float32)]).astype(np.float32)
    unknown = np.isnan(stacked).any(axis=1)
    return pa.StructArray.from_arrays(
        [pa.array(np.ascontiguousarray(stacked[:, i])) for i in range(4)],
        fields=list(BOX),
        mask=pa.array(unknown) if unknown.any() else None,
    )


def _floats(values: Sequence[np.ndarray[Any, Any]]) -> pa.Array:
    """Numbers as an Arrow array; NaN, which means an unknown confidence, becomes null."""
    joined = np.concatenate([*values, np.empty(0, np.float32)]).astype(np.float32)
    return pa.array(joined, mask=np.isnan(joined))
