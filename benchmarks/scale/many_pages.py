"""What grows with the number of pages: listing, resume, audit, planning, inventory and the driver's memory.

python benchmarks/scale/many_pages.py [--pages 100000 400000] [--pages-per-document 10]
    [--pages-per-file 1024] [--folder DIR]

Makes empty input files, writes synthetic rows of `pages` and `lines` by the commit protocol and times each step of a
run that finds all of them done but one document, holding what a run holds. Each size runs in a process of its own.
Prints JSON.
"""

import argparse
import hashlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from docpipe.pipeline.inputs.inventory import FileFacts, append_inventory, document_ids, read_inventory
from docpipe.pipeline.inputs.listing import InputFile, list_inputs
from docpipe.pipeline.inputs.units import PAGES_PER_UNIT, pack_units, plan_documents, remaining_pages
from docpipe.pipeline.output.audit import mend
from docpipe.pipeline.output.commit import Provenance, commit_batch, committed_files
from docpipe.pipeline.output.committed import content_by_document, count_pages
from docpipe.pipeline.output.recovery import clear_leftovers
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.run.documents import commit_documents
from docpipe.schemas.job.model import Inputs, Limits
from docpipe.schemas.tables import TABLES

PDF = "application/pdf"
MOST_FILES = 100_000
"""Most files made to be listed: a million would take longer to make than all else."""

PROVENANCE = Provenance("run", "f" * 32, "t" * 32)


def document_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def batch(keys: list[tuple[str, int]]) -> dict[str, pa.Table]:
    """One line a page: what grows here is the number of rows and files, not their size."""
    ids, numbers = pa.array([key[0] for key in keys]), pa.array([key[1] for key in keys], pa.int32())
    same = {"document_id": ids, "page_number": numbers, "status": "ok", "run_id": "run"}
    line_ids = pa.array([f"{i}-p{n}-l0" for i, n in keys])
    line = {
        "text": "x",
        "source": "text_layer",
        "reading_order": 0,
        "bbox": {"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.2},
    }
    return {
        "pages": filled(TABLES["pages"], {**same, "text_source": "text_layer", "seconds": 0.0}),
        "lines": filled(TABLES["lines"], {**same, "line_id": line_ids, **line}),
    }


def filled(schema: pa.Schema, values: dict[str, Any]) -> pa.Table:
    """Rows of a table: arrays as they are, other values repeated, what is not given null."""
    rows = len(values["document_id"])
    columns = []
    for field in schema:
        value = values.get(field.name)
        columns.append(value if isinstance(value, pa.Array) else pa.repeat(pa.scalar(value, field.type), rows))
    return pa.Table.from_arrays(columns, schema=schema)


def write(folder: Path, pages: int, per_document: int, per_file: int, processes: int) -> None:
    """Files to list, the inventory, and the pages of all documents but the first."""
    documents = pages // per_document
    for number in range(min(documents, MOST_FILES)):
        path = folder / "in" / f"{number // 1000:05}" / f"{number:09}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    facts = [
        FileFacts(f"/bucket/in/{number:09}.pdf", "0-1", 0, name := document_id(number), name * 2, PDF, per_document)
        for number in range(documents)
    ]
    append_inventory(Store(str(folder / "out")), facts, sequence=1)
    step = -(-documents // processes)
    parts = [range(max(1, start), min(start + step, documents)) for start in range(0, documents, step)]
    with ProcessPoolExecutor(processes) as pool:
        list(pool.map(partial(write_pages, Store(str(folder / "out")), per_document, per_file), parts))


def write_pages(store: Store, per_document: int, per_file: int, documents: Iterable[int]) -> None:
    keys: list[tuple[str, int]] = []
    for number in documents:
        name = document_id(number)
        keys += [(name, page) for page in range(1, per_document + 1)]
        while len(keys) >= per_file:
            commit_batch(store, PROVENANCE, "pages", batch(keys[:per_file]))
            del keys[:per_file]
    if keys:
        commit_batch(store, PROVENANCE, "pages", batch(keys))


def listed(inputs: Path) -> list[InputFile]:
    return list_inputs(Inputs(paths=[str(inputs)]), inputs, "/nowhere")


def measure(store: Store, inputs: Path) -> dict[str, float]:
    """Seconds of each step of a run that goes on, and the most memory of this process in MiB until its end."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.process_time(), time.monotonic()
        yield
        seconds[f"{step}, CPU"] = round(time.process_time() - began[0], 2)
        seconds[step] = round(time.monotonic() - began[1], 2)
        seconds[f"{step}, most MiB so far"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)

    with timed("clear leftovers"):
        clear_leftovers(store)
    with timed("audit"):
        mend(store, PROVENANCE)
    with timed("list files"):
        there = len(listed(inputs))
    with timed("read the inventory"):
        known = read_inventory(store)
    files = [InputFile(uri, facts.size, facts.version) for uri, facts in known.items()]
    with timed("plan documents"):
        documents = plan_documents(files, known, Limits(), None)
    with timed("list committed batches"):
        standing = committed_files(store, "pages")
    with timed("count committed pages"):
        counts = count_pages(store, standing)
    with timed("find what remains"):
        work = remaining_pages(store, documents, standing, counts)
    with timed("pack what remains"):
        units = pack_units(work, 100)
    with timed("commit documents"):
        commit_documents(store, PROVENANCE, documents, counts, [])
    with timed("find documents the same"):
        commit_documents(store, PROVENANCE, documents, counts, committed_files(store, "documents"))
    with timed("find what is gone"):
        ids = document_ids(store, known.keys())
        contents = content_by_document(store, committed_files(store, "documents"))
    assert len(ids) == len(contents) == len(documents)
    with timed("pack everything"):
        everything = pack_units([(document, document.pages) for document in documents], 100)
    assert sum(unit.page_count for unit in units) == len(documents[0].pages)
    return {**seconds, "files listed": there, "files of pages": len(standing), "units of everything": len(everything)}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pages", type=int, nargs="+", default=[100_000, 400_000])
    arguments.add_argument("--pages-per-document", type=int, default=10)
    arguments.add_argument("--pages-per-file", type=int, default=PAGES_PER_UNIT)
    arguments.add_argument("--processes", type=int, default=2, help="Processes that write; the steps need one.")
    arguments.add_argument("--folder", type=Path, default=None)
    arguments.add_argument("--measure", default=None, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        sys.stdout.write(json.dumps(measure(Store(f"{options.measure}/out"), Path(options.measure) / "in")))
        return
    found = {}
    for pages in options.pages:
        folder = Path(tempfile.mkdtemp(prefix="docpipe-scale-", dir=options.folder))
        try:
            began = time.monotonic()
            write(folder, pages, options.pages_per_document, options.pages_per_file, options.processes)
            written = round(time.monotonic() - began, 1)
            # A process of its own, so that its memory is that of the steps.
            told = subprocess.run(
                [sys.executable, __file__, "--measure", str(folder)], capture_output=True, text=True, check=True
            )
            found[pages] = {"writing": written, **json.loads(told.stdout)}
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
