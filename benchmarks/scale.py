"""What grows with the number of pages: listing, resume, audit, planning, inventory and the driver's memory.

python benchmarks/scale.py [--pages 100000 400000] [--pages-per-document 10] [--folder DIR]

Writes synthetic rows of `pages` and `lines` by the commit protocol and times each step of a run that finds all of them
done but one document. Each size runs in a process of its own. Prints JSON.
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
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
from docpipe.pipeline.audit import mend
from docpipe.pipeline.commit import Provenance, commit_batch, committed_files
from docpipe.pipeline.committed import count_pages
from docpipe.pipeline.inputs import InputFile
from docpipe.pipeline.inventory import FileFacts, append_inventory, read_inventory
from docpipe.pipeline.planning import PAGES_PER_UNIT, pack_units, plan_documents, remaining_pages
from docpipe.pipeline.recovery import clear_leftovers
from docpipe.pipeline.store import Store
from docpipe.schemas.job import Limits
from docpipe.schemas.tables import LINES, PAGES

PROVENANCE = Provenance("run", "f" * 32, "t" * 32)


def document_id(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()[:32]


def batch(keys: list[tuple[str, int]]) -> dict[str, pa.Table]:
    """One line a page: what grows here is the number of rows and files, not their size."""
    ids, numbers = [key[0] for key in keys], [key[1] for key in keys]
    values = {"document_id": ids, "page_number": numbers, "status": ["ok"] * len(keys), "run_id": ["run"] * len(keys)}
    pages = {**values, "text_source": ["text_layer"] * len(keys), "seconds": [0.0] * len(keys)}
    line_ids = [f"{i}-p{n}-l0" for i, n in keys]
    lines = {**values, "line_id": line_ids, "text": ["x"] * len(keys), "source": ["text_layer"] * len(keys)}
    lines |= {"reading_order": [0] * len(keys), "bbox": [{"x0": 0.1, "y0": 0.1, "x1": 0.9, "y1": 0.2}] * len(keys)}
    return {"pages": filled(PAGES, pages), "lines": filled(LINES, lines)}


def filled(schema: pa.Schema, values: dict[str, list[object]]) -> pa.Table:
    rows = len(values["document_id"])
    return pa.Table.from_arrays(
        [pa.array(values[f.name], f.type) if f.name in values else pa.nulls(rows, f.type) for f in schema],
        schema=schema,
    )


def write(store: Store, pages: int, per_document: int) -> None:
    keys: list[tuple[str, int]] = []
    facts = []
    for number in range(pages // per_document):
        name = document_id(number)
        facts.append(
            FileFacts(f"s3://bucket/in/{number:09}.pdf", "1-etag", 1, name, name, "application/pdf", per_document)
        )
        # The first document is left to do.
        keys += [(name, page) for page in range(1, per_document + 1)] if number else []
        while len(keys) >= PAGES_PER_UNIT:
            commit_batch(store, PROVENANCE, "pages", batch(keys[:PAGES_PER_UNIT]))
            del keys[:PAGES_PER_UNIT]
    if keys:
        commit_batch(store, PROVENANCE, "pages", batch(keys))
    append_inventory(store, facts, sequence=1)


def measure(store: Store) -> dict[str, float]:
    """Seconds of each step of a run that goes on, and the most memory of this process in MiB."""
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        began = time.process_time(), time.monotonic()
        yield
        seconds[f"{step}, CPU"] = round(time.process_time() - began[0], 2)
        seconds[step] = round(time.monotonic() - began[1], 2)

    with timed("clear leftovers"):
        clear_leftovers(store)
    with timed("audit"):
        mend(store, PROVENANCE)
    with timed("read the inventory"):
        known = read_inventory(store)
    listed = [InputFile(uri, fact.size, fact.version) for uri, fact in known.items()]
    with timed("plan documents"):
        documents = plan_documents(listed, known, Limits(), None)
    with timed("list committed batches"):
        files = committed_files(store, "pages")
    with timed("count committed pages"):
        counts = count_pages(store, files)
    with timed("find what remains"):
        work = remaining_pages(store, documents, files, counts)
    with timed("pack what remains"):
        units = pack_units(work, 100)
    with timed("pack everything"):
        everything = pack_units([(document, document.pages) for document in documents], 100)
    assert sum(unit.page_count for unit in units) == len(documents[0].pages)
    return {
        **seconds,
        "files of pages": len(files),
        "units of everything": len(everything),
        "most memory, MiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--pages", type=int, nargs="+", default=[100_000, 400_000])
    arguments.add_argument("--pages-per-document", type=int, default=10)
    arguments.add_argument("--folder", type=Path, default=None)
    arguments.add_argument("--measure", default=None, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.measure:
        sys.stdout.write(json.dumps(measure(Store(options.measure))))
        return
    found = {}
    for pages in options.pages:
        folder = Path(tempfile.mkdtemp(prefix="docpipe-scale-", dir=options.folder))
        try:
            began = time.monotonic()
            write(Store(str(folder)), pages, options.pages_per_document)
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
