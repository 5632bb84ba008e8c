"""`docpipe plan`: what a run would do, without doing it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..operators.page_reader import PageReader
from ..schemas.job import Job
from .commit import committed_files
from .committed import count_pages
from .fingerprint import check_same_job
from .inputs import InputFile, list_inputs
from .inventory import FileFacts, compare, file_facts, read_inventory
from .output_folder import refuse_foreign_folder
from .planning import PAGES_PER_UNIT, needs_opening, pack_units, plan_documents, remaining_pages
from .ray_session import available_cpus
from .read_settings import read_settings
from .store import Store

FILES_OPENED = 200
"""New files that are opened to count their pages; the rest is estimated from them."""


def plan_job(job: Job, base: Path) -> dict[str, Any]:
    """Documents, pages, what is done, units, stages and engines; writes nothing.

    Raises CommandError like the run would.
    """
    store = Store(job.output.path)
    refuse_foreign_folder(store)
    begun = check_same_job(store, job)
    listed = list_inputs(job.inputs, base, store.url)
    known = read_inventory(store) if begun else {}
    changes = compare(listed, known)
    new = [file for file in listed if needs_opening(file, known, job.limits)]
    known.update(_open(job, new[:FILES_OPENED]))
    unopened = {file.uri for file in new[FILES_OPENED:]}
    documents = plan_documents(
        [file for file in listed if file.uri not in unopened], known, job.limits, job.inputs.pages
    )
    files = committed_files(store, "pages") if begun else []
    work = remaining_pages(store, documents, files, count_pages(store, files))
    pages = sum(len(document.pages) for document in documents)
    to_read = sum(len(numbers) for _, numbers in work)
    per_document = pages / len(documents) if documents else 0.0
    workers = available_cpus()
    units = pack_units(work, workers)
    return {
        "output": store.url,
        "files": asdict(changes),
        "documents": len(documents) + len(unopened),
        "documents_failed": sum(document.failure is not None for document in documents),
        "pages": round(pages + per_document * len(unopened)),
        "pages_done": pages - to_read,
        "pages_estimated": bool(unopened),
        "units": len(units),
        "pages_at_risk": max((unit.page_count for unit in units), default=0) * workers,
        "workers": workers if job.ray.address is None else f"all CPUs of {job.ray.address}",
        "stages": _stages(job),
        "engines": {"ocr": job.tasks.ocr.engine if job.tasks.ocr else None},
        "tiles": 0,
        "tokens": 0,
    }


def plan_text(report: dict[str, Any]) -> str:
    about = "about " if report["pages_estimated"] else ""
    files = ", ".join(f"{count} {name}" for name, count in report["files"].items())
    return "\n".join(
        [
            f"output: {report['output']}",
            f"files: {files}",
            f"documents: {about}{report['documents']}, of which {report['documents_failed']} can not be read",
            f"pages: {about}{report['pages']}, {report['pages_done']} done already",
            f"stages: {' → '.join(report['stages'])}",
            f"ocr engine: {report['engines']['ocr']}; no model needs a GPU, so no tiles and no tokens",
            f"work: {report['units']} units of at most {PAGES_PER_UNIT} pages on {report['workers']} workers; "
            f"a unit is one file of pages, and at most {report['pages_at_risk']} pages are read again after a kill",
        ]
    )


def _stages(job: Job) -> Sequence[str]:
    ocr = job.tasks.ocr
    stages = ["list", "inventory", "read"]
    if ocr and ocr.engine != "text_layer":
        stages.append("ocr")
    if job.layout == "on":
        stages.append("layout")
    return [*stages, "commit", "audit", "documents"]


def _open(job: Job, files: Sequence[InputFile]) -> dict[str, FileFacts]:
    reader = PageReader(read_settings(job), job.limits.page_seconds, job.limits.page_memory_mb)
    try:
        return {file.uri: file_facts(reader, file.uri, file.version, file.size) for file in files}
    finally:
        reader.close()
