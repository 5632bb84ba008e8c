"""Pages on their way through the engines as Arrow blocks: one pickled item a row.

Pickles, since the rows stay within one run of one version of this program, and tiles are megabytes.
"""

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyarrow as pa

from ...operators.inference.work import PageWork, Question

WORK = pa.schema([pa.field("item", pa.large_binary(), nullable=False)])


@dataclass(frozen=True)
class AskedDocument:
    """A document that is asked as a whole.

    Attributes:
        row: of `documents`, committed together with its answers.
        uri, version: of a file with its bytes.
        page_files, line_files: names of the batches that hold its pages and lines.
    """

    row: Mapping[str, Any]
    uri: str
    version: str
    questions: tuple[Question, ...]
    page_files: tuple[str, ...]
    line_files: tuple[str, ...]

    @property
    def document_id(self) -> str:
        return str(self.row["document_id"])


@dataclass(frozen=True)
class WorkItem:
    """A page, or a document with those of its pages that questions are put to.

    Attributes:
        seconds: by stage, of the first item of a block: what the whole block took before it met an engine.
    """

    pages: tuple[PageWork, ...] = ()
    document: AskedDocument | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    def with_pages(self, pages: Sequence[PageWork]) -> "WorkItem":
        return replace(self, pages=tuple(pages))


def pack(items: Sequence[WorkItem], seconds: Mapping[str, float] | None = None) -> pa.Table:
    """A block of `WORK`; `seconds` becomes that of its first item."""
    if seconds and items:
        items = [replace(items[0], seconds=seconds), *items[1:]]
    rows = [pickle.dumps(item, protocol=5) for item in items]
    return pa.Table.from_arrays([pa.array(rows, pa.large_binary())], schema=WORK)


def unpack(block: pa.Table) -> list[WorkItem]:
    """The items of a block of `WORK`."""
    return [pickle.loads(row.as_buffer()) for chunk in block.column("item").chunks for row in chunk]
