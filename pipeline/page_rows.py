"""Page readings as Arrow: one row a page, with its lines, blocks and errors nested in it, until the write."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from ..schemas.page import PageReading, TextLines
from ..schemas.tables import BLOCKS, BOX, ERRORS, LINES, PAGES, WORD

NESTED = {"lines": LINES, "blocks": BLOCKS, "errors": ERRORS}
"""Child tables that travel inside a page's row."""

PAGE_ROW = pa.schema([*PAGES, *(pa.field(name, pa.list_(pa.struct(list(s)))) for name, s in NESTED.items())])


@dataclass(frozen=True)
class ReadPage:
    """A page reading with the document it belongs to."""

    document_id: str
    uri: str
    reading: PageReading


def page_rows(pages: Sequence[ReadPage], run_id: str) -> pa.Table:
    """One row of `PAGE_ROW` for each page, in the order given."""
    children = {
        "lines": _lines_table(pages),
        "blocks": _blocks_table(pages),
        "errors": _errors_table(pages, run_id),
    }
    counts = {
        "lines": [len(page.reading.lines) for page in pages],
        "blocks": [len(page.reading.blocks) for page in pages],
        "errors": [int(page.reading.failure is not None) for page in pages],
    }
    columns = [*_pages_columns(pages, run_id)]
    columns += [_nest(children[name], counts[name], PAGE_ROW.field(name).type) for name in NESTED]
    return pa.Table.from_arrays(columns, schema=PAGE_ROW)


def unnest(rows: pa.Table) -> dict[str, pa.Table]:
    """The table `pages` and its child tables, from rows of `PAGE_ROW`."""
    tables = {"pages": rows.select(PAGES.names).cast(PAGES)}
    for name, schema in NESTED.items():
        values = rows.column(name).combine_chunks().flatten()
        tables[name] = pa.Table.from_arrays(values.flatten(), schema=schema)
    return tables


def _nest(table: pa.Table, counts: Sequence[int], list_type: pa.ListType) -> pa.ListArray:
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts, dtype=np.int32)]).astype(np.int32))
    values = pa.StructArray.from_arrays(
        [column.combine_chunks() for column in table.columns], fields=list(table.schema)
    )
    return pa.ListArray.from_arrays(offsets, values, type=list_type)


def _pages_columns(pages: Sequence[ReadPage], run_id: str) -> list[pa.Array]:
    readings = [page.reading for page in pages]
    confidence = [_confidence(reading.lines) for reading in readings]
    values: dict[str, list[Any]] = {
        "document_id": [page.document_id for page in pages],
        "page_number": [r.page_number for r in readings],
        "status": ["failed" if r.failure else "ok" for r in readings],
        "error_code": [r.failure.code.value if r.failure else None for r in readings],
        "width": [r.width for r in readings],
        "height": [r.height for r in readings],
        "unit": [r.unit for r in readings],
        "rotation": [r.rotation for r in readings],
        "dpi": [r.dpi for r in readings],
        "text_source": [r.text_source for r in readings],
        "text": [r.text for r in readings],
        "confidence": [mean for mean, _ in confidence],
        "low_confidence": [low for _, low in confidence],
        "ink_share": [r.ink_share for r in readings],
        "unexplained_ink": [r.unexplained_ink for r in readings],
        "supported_text": [None] * len(pages),
        "tiles": [None] * len(pages),
        "seconds": [r.seconds for r in readings],
        "run_id": [run_id] * len(pages),
    }
    return [pa.array(values[field.name], field.type) for field in PAGES]


def _confidence(lines: TextLines) -> tuple[float | None, float | None]:
    known = lines.confidence[~np.isnan(lines.confidence)]
    if not known.size:
        return None, None
    return float(known.mean()), float(np.quantile(known, 0.05))


def _lines_table(pages: Sequence[ReadPage]) -> pa.Table:
    texts = [page.reading.lines for page in pages]
    document_id, page_number, order = _row_keys(pages, [len(lines) for lines in texts])
    block_ids = [
        f"{page.document_id}-p{page.reading.page_number}-b{block}" if block >= 0 else None
        for page, lines in zip(pages, texts, strict=True)
        for block in lines.block.tolist()
    ]
    polygons = [None if polygon is None else polygon.ravel().tolist() for lines in texts for polygon in lines.polygons]
    columns = [
        document_id,
        page_number,
        _ids(pages, [len(lines) for lines in texts], "l"),
        pa.array(block_ids, pa.string()),
        order,
        pa.array([text for lines in texts for text in lines.text], pa.string()),
        _boxes([lines.boxes for lines in texts]),
        pa.array(polygons, pa.list_(pa.float32())),
        _floats([lines.confidence for lines in texts]),
        pa.array([page.reading.text_source for page in pages for _ in page.reading.lines.text], pa.string()),
        pa.nulls(len(order), pa.string()),
        pa.nulls(len(order), pa.float32()),
        _words(texts),
    ]
    return pa.Table.from_arrays(columns, schema=LINES)


def _words(texts: Sequence[TextLines]) -> pa.ListArray:
    counts = [np.bincount(lines.word_line, minlength=len(lines)) for lines in texts if len(lines)]
    per_line = np.concatenate(counts) if counts else np.zeros(0, np.int64)
    offsets = np.concatenate([[0], np.cumsum(per_line)]).astype(np.int32)
    words = pa.StructArray.from_arrays(
        [
            pa.array([word for lines in texts for word in lines.word_text], pa.string()),
            _boxes([lines.word_boxes for lines in texts]),
            _floats([lines.word_confidence for lines in texts]),
        ],
        fields=list(WORD),
    )
    return pa.ListArray.from_arrays(pa.array(offsets), words, type=pa.list_(WORD))


def _blocks_table(pages: Sequence[ReadPage]) -> pa.Table:
    blocks = [page.reading.blocks for page in pages]
    document_id, page_number, order = _row_keys(pages, [len(b) for b in blocks])
    columns = [
        document_id,
        page_number,
        _ids(pages, [len(b) for b in blocks], "b"),
        pa.array([kind for b in blocks for kind in b.kind], pa.string()),
        order,
        _boxes([b.boxes for b in blocks]),
        pa.array([text for b in blocks for text in b.text], pa.string()),
        _floats([b.confidence for b in blocks]),
    ]
    return pa.Table.from_arrays(columns, schema=BLOCKS)


def _errors_table(pages: Sequence[ReadPage], run_id: str) -> pa.Table:
    now = datetime.now(UTC)
    rows = [
        {
            "document_id": page.document_id,
            "uri": page.uri,
            "page_number": page.reading.page_number,
            "stage": failure.stage,
            "code": failure.code.value,
            "message": failure.message,
            "attempts": failure.attempts,
            "run_id": run_id,
            "failed_at": now,
        }
        for page in pages
        if (failure := page.reading.failure)
    ]
    return pa.Table.from_pylist(rows, schema=ERRORS)


def _row_keys(pages: Sequence[ReadPage], counts: Sequence[int]) -> tuple[pa.Array, pa.Array, pa.Array]:
    document_id = [page.document_id for page, count in zip(pages, counts, strict=True) for _ in range(count)]
    numbers = np.repeat(np.array([p.reading.page_number for p in pages], np.int32), counts)
    order = np.concatenate([np.arange(count, dtype=np.int32) for count in counts] or [np.zeros(0, np.int32)])
    return pa.array(document_id, pa.string()), pa.array(numbers), pa.array(order)


def _ids(pages: Sequence[ReadPage], counts: Sequence[int], letter: str) -> pa.Array:
    return pa.array(
        [
            f"{page.document_id}-p{page.reading.page_number}-{letter}{index}"
            for page, count in zip(pages, counts, strict=True)
            for index in range(count)
        ],
        pa.string(),
    )


def _boxes(boxes: Sequence[np.ndarray[Any, Any]]) -> pa.StructArray:
    stacked = np.concatenate([*boxes, np.empty((0, 4), np.float32)]).astype(np.float32)
    return pa.StructArray.from_arrays(
        [pa.array(np.ascontiguousarray(stacked[:, i])) for i in range(4)], fields=list(BOX)
    )


def _floats(values: Sequence[np.ndarray[Any, Any]]) -> pa.Array:
    """NaN, which stands for an unknown confidence in the arrays, becomes null."""
    joined = np.concatenate([*values, np.empty(0, np.float32)]).astype(np.float32)
    return pa.array(joined, mask=np.isnan(joined))
