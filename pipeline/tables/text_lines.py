"""Converts rows of `lines` back to the text lines of a page."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...schemas.page import FloatArray, TextLines


def text_lines(rows: pa.Table) -> TextLines:
    """The lines of one text of a page, in reading order, equal to those that were written.

    Only `block` is not restored: it is -1 for all lines.
    """
    return _converted(rows.sort_by("reading_order"))


def text_lines_by_page(rows: pa.Table) -> dict[tuple[str, int], TextLines]:
    """The lines of each page, by document id and page number, as `text_lines` gives them.

    All rows are converted at once: a page alone costs several milliseconds, however few lines it has.
    """
    document = rows.column("document_id").combine_chunks().dictionary_encode()
    names = document.dictionary.to_pylist()
    keys = [document.indices, rows.column("page_number"), rows.column("reading_order")]
    document_at, page_at, order_at = (np.asarray(key, dtype=np.int64) for key in keys)
    order = np.lexsort((order_at, page_at, document_at))
    if (np.diff(order) != 1).any():
        rows, document_at, page_at = rows.take(order), document_at[order], page_at[order]
    lines = _converted(rows)
    changes = (np.diff(document_at) != 0) | (np.diff(page_at) != 0)
    bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(lines)] if len(lines) else []
    return {
        (names[document_at[start]], int(page_at[start])): _part(lines, start, end) for start, end in pairwise(bounds)
    }


def _part(lines: TextLines, start: int, end: int) -> TextLines:
    """The lines from `start` to `end` with their words."""
    first, last = np.searchsorted(lines.word_line, [start, end]).tolist()
    return TextLines(
        text=lines.text[start:end],
        boxes=lines.boxes[start:end],
        polygons=lines.polygons[start:end],
        confidence=lines.confidence[start:end],
        block=lines.block[start:end],
        word_text=lines.word_text[first:last],
        word_boxes=lines.word_boxes[first:last],
        word_confidence=lines.word_confidence[first:last],
        word_line=lines.word_line[first:last] - start,
    )


def _converted(rows: pa.Table) -> TextLines:
    words = rows.column("words").combine_chunks()
    counts = pc.fill_null(pc.list_value_length(words), 0).to_numpy(zero_copy_only=False)
    flat = words.flatten()
    source = rows.column("source").to_pylist()
    return TextLines(
        text=rows.column("text").to_pylist(),
        boxes=_boxes(rows.column("bbox").combine_chunks()),
        polygons=[
            None if polygon is None else np.array(polygon, np.float32).reshape(-1, 2)
            for polygon in rows.column("polygon").to_pylist()
        ],
        confidence=_floats(rows.column("confidence").combine_chunks()),
        block=np.full(rows.num_rows, -1, np.int32),
        word_text=flat.field("text").to_pylist(),
        word_boxes=_boxes(flat.field("bbox")),
        word_confidence=_floats(flat.field("confidence")),
        word_line=np.repeat(np.arange(rows.num_rows, dtype=np.int32), counts),
        source=source if len(set(source)) > 1 else [],
    )


def _boxes(boxes: pa.StructArray) -> FloatArray:
    """Boxes of shape (n, 4); NaN for null."""
    columns = [_floats(pc.struct_field(boxes, name)) for name in ("x0", "y0", "x1", "y1")]
    return np.stack(columns, axis=1)


def _floats(values: pa.Array) -> FloatArray:
    found: FloatArray = pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False).astype(np.float32)
    return found
