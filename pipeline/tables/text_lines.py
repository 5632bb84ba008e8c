"""Converts rows of `lines` back to the text lines of a page."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ...schemas.page import FloatArray, TextLines


def text_lines(rows: pa.Table) -> TextLines:
    """The lines of one page and one source, in reading order, equal to those that were written.

    Only `block` is not restored: it is -1 for all lines.
    """
    rows = rows.sort_by("reading_order")
    words = rows.column("words").combine_chunks()
    counts = pc.fill_null(pc.list_value_length(words), 0).to_numpy(zero_copy_only=False)
    flat = words.flatten()
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
    )


def _boxes(boxes: pa.StructArray) -> FloatArray:
    """Boxes of shape (n, 4); NaN for null."""
    columns = [_floats(pc.struct_field(boxes, name)) for name in ("x0", "y0", "x1", "y1")]
    return np.stack(columns, axis=1)


def _floats(values: pa.Array) -> FloatArray:
    found: FloatArray = pc.fill_null(values, float("nan")).to_numpy(zero_copy_only=False).astype(np.float32)
    return found
