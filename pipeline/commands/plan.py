"""`docpipe plan`: what a run would do, without running it."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...models.internvl2.check import machine_devices
from ...operators.reading.reader import PageReader
from ...schemas.job.model import Job
from ...schemas.uri import local_path
from ..cluster.session import RaySession, available_cpus
from ..engines.placement import engine_specs
from ..engines.tasks import (
    check_engines,
    check_questions,
    document_plan,
    engines_asked,
    needs_layout,
    page_plan,
    read_settings,
)
from ..inputs.inventory import FileFacts, compare, facts_of_files, read_inventory
from ..inputs.listing import InputFile, list_inputs
from ..inputs.units import PAGES_PER_UNIT, PlannedDocument, needs_opening, pack_units, plan_documents, remaining_pages
from ..output.commit import committed_files
from ..output.committed import count_pages
from ..output.folder import refuse_foreign_folder
from ..output.store import Store
from ..run.fingerprint import check_same_job
from ..stages.reuse import check_reusable
from ..tables.reader import StoredOutput
from .forecast import ANSWER_TOKENS, EngineForecast, Work, forecast, sample_sizes
from .inspect import answers_text, count_answers

FILES_OPENED = 200
"""Maximum number of new files that are opened to count their pages; the others are estimated from these."""


def plan_job(job: Job, base: Path) -> dict[str, Any]:
    """Documents, pages, completed pages, units, stages and engines; writes nothing.

    Raises the same CommandErrors as the run.
    """
    store = Store(job.output.path)
    refuse_foreign_folder(store)
    if job.inputs.reuse is not None:
        check_reusable(Store(job.inputs.reuse))
    begun = check_same_job(store, job)
    listed = list_inputs(job.inputs, base, store.url)
    check_questions(job, listed)
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
    units = pack_units(work, workers, job.text_engine, asks_models=bool(page_plan(job).engines))
    engines = _forecasts(job, work, documents)
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
        "engines": {"ocr": None, **{task: _engines(job, task) for task in job.tasks.given}},
        "answers_so_far": count_answers(StoredOutput.open(store.url)) if begun else None,
        "models": [asdict(engine) for engine in engines],
        "tiles": sum(engine.tiles for engine in engines),
        "tokens": sum(engine.tokens for engine in engines),
    }


def plan_text(report: dict[str, Any]) -> str:
    about = "about " if report["pages_estimated"] else ""
    files = ", ".join(f"{count} {name}" for name, count in report["files"].items())
    return "\n".join(
        [
            f"output: {report['output']}",
            f"files: {files}",
            f"documents: {about}{report['documents']}, of which {report['documents_failed']} cannot be read",
            f"pages: {about}{report['pages']}, {report['pages_done']} already done",
            f"stages: {' → '.join(report['stages'])}",
            f"ocr engine: {report['engines']['ocr'] or 'auto, as evidence for other tasks'}",
            *(
                f"{task}: asks {' and then '.join([names] if isinstance(names, str) else names)}"
                for task, names in report["engines"].items()
                if task != "ocr"
            ),
            *([answers_text(report["answers_so_far"])] if report["answers_so_far"] else []),
            *map(_model_text, report["models"]),
            f"work: {report['units']} units of at most {PAGES_PER_UNIT} pages on {report['workers']} workers; "
            f"a unit is one file of pages, and at most {report['pages_at_risk']} pages are read again after a kill",
        ]
    )


def _model_text(model: dict[str, Any]) -> str:
    where = f"{model['replicas']} × {model['device']}" + (f", {model['gpus']:g} GPU each" if model["gpus"] else "")
    memory = ""
    if model["needed_bytes"] is not None:
        there = "unknown" if model["device_bytes"] is None else f"{model['device_bytes'] / 1e9:.1f} GB"
        verdict = {True: "fits", False: "does NOT fit", None: "may fit"}[model["fits"]]
        memory = f"; needs {model['needed_bytes'] / 1e9:.1f} GB of {there}: {verdict}"
    least = ""
    if model["least_seconds"] is not None:
        least = (
            f"; {model['least_seconds'] / 3600:.2f} hours at least by the peaks of the GPU (computed, with answers of "
            + ", ".join(f"{count} tokens for {task}" for task, count in ANSWER_TOKENS.items())
            + ")"
        )
    return (
        f"engine {model['engine']}: {model['model']} on {where}{memory}; "
        f"{model['about']} {model['requests']} requests, {model['tiles']} tiles, {model['tokens']} prompt tokens, "
        f"at most {model['new_tokens_at_most']} new tokens{least}"
    )


def _stages(job: Job) -> Sequence[str]:
    stages = ["list", "inventory", "read"]
    if job.text_engine.reader is not None:
        stages.append("ocr")
    if needs_layout(job):
        stages.append("layout")
    pages, documents = page_plan(job), document_plan(job)
    stages += [f"{one.use} by {one.weight_free}" for one in pages.cascades if one.weight_free is not None]
    stages += [f"engine {task.engine}" for task in pages.engines]
    asks = [f"questions by {', '.join(one.engines)}" for one in documents.cascades]
    return [*stages, "commit", "audit", *asks, "documents"]


def _engines(job: Job, task: str) -> str | list[str]:
    names = engines_asked(job, task)
    return names[0] if len(names) == 1 else list(names)


def _forecasts(job: Job, work: Work, documents: Sequence[PlannedDocument]) -> list[EngineForecast]:
    plans = (page_plan(job), document_plan(job))
    if not any(plan.engines for plan in plans):
        return []
    check_engines(job)
    gpus = sum(name.startswith("cuda") for name, _ in machine_devices())
    # The devices of another cluster are unknown here, so its engines are placed as the job requests.
    session = RaySession(available_cpus(), float("inf") if job.ray.address else float(gpus), 1, job.ray.address)
    placed = [(plan, spec) for plan in plans for task in plan.engines for spec in engine_specs(job, [task], session)]
    paths = {d.facts.uri: path for d, _ in work if (path := local_path(d.facts.uri)) is not None}
    reader = PageReader(read_settings(job), job.limits.page_seconds, job.limits.page_memory_mb)
    try:
        sizes = sample_sizes(reader, work, paths)
    finally:
        reader.close()
    readable = [document for document in documents if not document.failure]
    return [forecast(job, plan, spec, work, sizes, readable if plan is plans[1] else []) for plan, spec in placed]


def _open(job: Job, files: Sequence[InputFile]) -> dict[str, FileFacts]:
    reader = PageReader(read_settings(job), job.limits.page_seconds, job.limits.page_memory_mb)
    try:
        return {facts.uri: facts for facts in facts_of_files(reader, files)}
    finally:
        reader.close()
