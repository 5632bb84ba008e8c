"""`inputs.reuse`: copies page texts of an earlier output if the bytes of the file and the ocr task are the same."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ...pipeline.output.committed import content_by_document
from ...schemas.tables import ROW_IDS, TABLES, TEXT_TABLES
from ..inputs.units import PlannedDocument
from ..output.commit import CommitFile, Provenance, commit_batch, committed_files
from ..output.fitting import read_columns, read_fitted
from ..output.store import Store
from ..output.version import require_current_version

REUSE_UNIT = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("from_id", pa.string(), nullable=False),
        pa.field("to_id", pa.string(), nullable=False),
        pa.field("pages", pa.list_(pa.int32()), nullable=False),
    ]
)
"""Rows name pages of one document in one batch of the earlier output; one block is one batch."""


@dataclass(frozen=True)
class ReusePlan:
    """Blocks of `REUSE_UNIT`, the number of their pages, and the reason if there are none."""

    blocks: Sequence[pa.Table]
    pages: int
    reason: str = ""


def check_reusable(earlier: Store) -> None:
    """Raises InvalidJobError if the earlier output has another schema version."""
    require_current_version(
        earlier, "inputs.reuse", "leave inputs.reuse out, so that the pages are read again, or name a newer output"
    )


def plan_reuse(
    earlier: Store, differences: Sequence[str], work: Sequence[tuple[PlannedDocument, Sequence[int]]]
) -> ReusePlan:
    """The missing pages that an earlier output contains.

    Args:
        differences: how its pages were read in another way than this job reads them.
    """
    if differences:
        return ReusePlan((), 0, f"its pages were read in another way ({'; '.join(differences)})")
    contents = content_by_document(earlier, committed_files(earlier, "documents"))
    ids = {content: document_id for document_id, content in contents.items()}
    wanted = {
        ids[document.facts.content_sha256]: (document.document_id, frozenset(numbers))
        for document, numbers in work
        if document.facts.content_sha256 in ids
    }
    if not wanted:
        return ReusePlan((), 0, "none of the files to read is in it")
    files = committed_files(earlier, "pages")
    blocks = [block for file in files if (block := _block(earlier, file, wanted)).num_rows]
    return ReusePlan(blocks, sum(pc.sum(pc.list_value_length(b.column("pages"))).as_py() for b in blocks))


def reuse_unit(block: pa.Table, earlier: Store, store: Store, provenance: Provenance) -> dict[str, pa.Table]:
    """Copy the pages that a block names into a batch of this output, and return the committed rows."""
    tables = _copy(earlier, block.column("file")[0].as_py(), block, provenance)
    commit_batch(store, provenance, "pages", tables)
    return tables


def _block(earlier: Store, file: CommitFile, wanted: dict[str, tuple[str, frozenset[int]]]) -> pa.Table:
    rows = read_columns(earlier, "pages", file.name, ("document_id", "page_number", "status"))
    found: dict[str, list[int]] = defaultdict(list)
    for from_id, number, status in zip(*(column.to_pylist() for column in rows.columns), strict=True):
        if status == "ok" and from_id in wanted and number in wanted[from_id][1]:
            found[from_id].append(number)
    parts = [
        {"file": file.name, "from_id": from_id, "to_id": wanted[from_id][0], "pages": numbers}
        for from_id, numbers in found.items()
    ]
    return pa.Table.from_pylist(parts, schema=REUSE_UNIT)


def _copy(earlier: Store, name: str, parts: pa.Table, provenance: Provenance) -> dict[str, pa.Table]:
    new_ids = dict(zip(parts.column("from_id").to_pylist(), parts.column("to_id").to_pylist(), strict=True))
    keys = {(row["from_id"], number) for row in parts.to_pylist() for number in row["pages"]}
    copied = {}
    for table in ("pages", *TEXT_TABLES):
        has_rows = table == "pages" or earlier.exists(f"{table}/{name}")
        rows = read_fitted(earlier, table, name) if has_rows else TABLES[table].empty_table()
        copied[table] = _renamed(_only(rows, keys), new_ids, provenance)
    return copied


def _only(rows: pa.Table, keys: set[tuple[str, int]]) -> pa.Table:
    ids, numbers = rows.column("document_id").to_pylist(), rows.column("page_number").to_pylist()
    return rows.filter(pa.array([key in keys for key in zip(ids, numbers, strict=True)], pa.bool_()))


def _renamed(rows: pa.Table, new_ids: dict[str, str], provenance: Provenance) -> pa.Table:
    """The table with the document ids of this output, also in ids that begin with them."""
    old = rows.column("document_id").to_pylist()
    for name in {"document_id", "run_id", *ROW_IDS}.intersection(rows.column_names):
        if name == "run_id":
            values = [provenance.run_id] * rows.num_rows
        else:
            values = [
                value and new_ids[document_id] + value.removeprefix(document_id)
                for value, document_id in zip(rows.column(name).to_pylist(), old, strict=True)
            ]
        index = rows.column_names.index(name)
        rows = rows.set_column(index, rows.schema.field(index), pa.array(values, pa.string()))
    return rows
