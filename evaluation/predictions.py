"""The contents of an output folder for labelled files, by file name."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ..pipeline.output.commit import committed_files
from ..pipeline.output.committed import dataset
from ..pipeline.output.store import FINGERPRINT_PATH, Store
from ..pipeline.output.version import schema_version
from ..schemas.errors import MissingResourceError
from ..schemas.tables import SCHEMA_VERSION
from .metrics.boxes import Box

Key = tuple[str, int]
"""Document id and page number."""


@dataclass(frozen=True)
class Predictions:
    """Committed rows as dicts, grouped by what labels look them up with.

    Attributes:
        documents: document ids by file name.
        answers: by document id.
    """

    documents: Mapping[str, tuple[str, ...]]
    pages: Mapping[Key, dict[str, Any]]
    lines: Mapping[Key, list[dict[str, Any]]]
    answers: Mapping[str, list[dict[str, Any]]]
    points: Mapping[Key, list[dict[str, Any]]]

    def document(self, file: str) -> str | None:
        """The one document that was read from a file of this name.

        Raises:
            MissingResourceError: several files of that name were read, so the label could mean any of them.
        """
        found = self.documents.get(PurePosixPath(file).name, ())
        if len(found) > 1:
            raise MissingResourceError(f"{file}: {len(found)} different documents of this name are in the output")
        return found[0] if found else None


def read_predictions(output: str) -> Predictions:
    """Read the committed rows of an output folder or URL.

    Raises:
        MissingResourceError: no run has written there.
    """
    store = Store(output if "://" in output else str(Path(output).absolute()))
    by_commit = {table: committed_files(store, table) for table in ("pages", "documents")}
    if not by_commit["pages"] and not by_commit["documents"]:
        raise MissingResourceError(f"{output}: no committed output of docpipe here")
    # Tables alone, without the state of a run, are of this docpipe.
    version = schema_version(store) if store.exists(FINGERPRINT_PATH) else SCHEMA_VERSION
    files = [file for committed in by_commit.values() for file in committed]

    def rows(table: str, columns: Sequence[str]) -> Iterable[dict[str, Any]]:
        if table in by_commit:
            names = [file.name for file in by_commit[table]]
        else:
            names = [file.name for file in files if file.children.get(table)]
        return dataset(store, table, names, version).to_table(list(columns)).to_pylist() if names else ()

    documents = defaultdict[str, set[str]](set)
    for row in rows("documents", ("document_id", "uris")):
        for uri in row["uris"]:
            documents[PurePosixPath(uri).name].add(row["document_id"])
    pages = {_key(row): row for row in rows("pages", ("document_id", "page_number", "text", "width", "height"))}
    lines = defaultdict[Key, list[dict[str, Any]]](list)
    for row in rows("lines", ("document_id", "page_number", "source", "text", "bbox", "confidence", "support")):
        lines[_key(row)].append(row)
    answers = defaultdict[str, list[dict[str, Any]]](list)
    columns = ("page_number", "question", "status", "answer", "confidence", "support", "evidence")
    for row in rows("answers", ("document_id", *columns)):
        answers[row["document_id"]].append(row)
    points = defaultdict[Key, list[dict[str, Any]]](list)
    for row in rows("chart_points", ("document_id", "page_number", "chart_id", "series", "x", "y")):
        points[_key(row)].append(row)
    return Predictions({name: tuple(ids) for name, ids in documents.items()}, pages, lines, answers, points)


def box_of(value: Mapping[str, float]) -> Box:
    return value["x0"], value["y0"], value["x1"], value["y1"]


def _key(row: Mapping[str, Any]) -> Key:
    return row["document_id"], row["page_number"]
