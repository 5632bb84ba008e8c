"""CPU milliseconds a page that a model job takes beside its model, stage by stage, with an engine that answers at once.

    python benchmarks/serving/feeding.py [--few 16] [--many 112] [--task ocr] [--stages-only]

The pages have 40 lines of text in a text layer and are cut into 7 tiles. First the functions of each stage are called
in this process on one unit: the CPU seconds of each, with those of the parser's process. Then `docpipe run` does the
same job for few and for many pages; the difference of the CPU seconds of all its processes is what a page costs once
everything has started. CPU seconds, since wall seconds depend on what else runs here.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import null_engine
import psutil
import pyarrow as pa
import pymupdf
from docpipe.models.engines import kind_of
from docpipe.operators.extraction.ask import ask_about_page
from docpipe.operators.extraction.findings import with_findings
from docpipe.operators.inference.tasks import Budget, EngineTasks, TaskPlan
from docpipe.operators.inference.work import PageRequests, PageResults, Question
from docpipe.operators.reading.messages import ReadSettings
from docpipe.operators.reading.timing import StageSeconds
from docpipe.pipeline.engines.blocks import requests_for, unpack, with_results
from docpipe.pipeline.output.commit import Provenance
from docpipe.pipeline.output.lock import output_lock
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.stages import extract
from docpipe.pipeline.stages.extract import ModelContext
from docpipe.pipeline.stages.read import UNIT, PageTasks, WorkerContext, close_reader, commit_pages
from docpipe.schemas.job.tasks import Use
from docpipe.schemas.uri import local_version

MAX_TILES, PAGES_OF_UNIT = 6, 48
ASK = "What does the item of line 7 cost?"
SAMPLE_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--few", type=int, default=16)
    parser.add_argument("--many", type=int, default=112)
    parser.add_argument("--stages-only", action="store_true", help="without the runs")
    parser.add_argument("--task", choices=("ocr", "docvqa"), default="ocr")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        print(f"task {arguments.task}, pages of {MAX_TILES + 1} tiles, {platform.machine()}, {os.cpu_count()} CPUs")
        apart = stages(folder / "stages", arguments.task)
        for name, seconds in apart.items():
            print(f"  {name:<30} {1000 * seconds:7.1f} ms CPU a page")
        print(f"  {'together':<30} {1000 * sum(apart.values()):7.1f} ms CPU a page")
        if arguments.stages_only:
            return
        few, many = (whole(folder / str(count), arguments.task, count) for count in (arguments.few, arguments.many))
        pages = arguments.many - arguments.few
        for name in sorted({*few, *many}):
            print(f"  of the run: {name:<18} {1000 * (many[name] - few[name]) / pages:7.1f} ms CPU a page")
        total = sum(many.values()) - sum(few.values())
        print(f"a whole run: {1000 * total / pages:.1f} ms CPU a page ({arguments.many} against {arguments.few} pages)")


def draw(folder: Path, pages: int) -> Path:
    """A document of pages with the text that the engine answers with."""
    folder.mkdir(parents=True)
    path = folder / "pages.pdf"
    with pymupdf.open() as document:
        for number in range(pages):
            page = document.new_page()
            page.insert_text((60, 60), f"Page {number}")
            for place, line in enumerate(null_engine.TEXT.splitlines()):
                page.insert_text((60, 80 + 16 * place), line)
        document.save(path)
    return path


def stages(folder: Path, task: str) -> dict[str, float]:
    """CPU seconds a page of each stage, called in this process."""
    path = draw(folder / "in", PAGES_OF_UNIT)
    settings = null_engine.Settings(kind="null", model="null")
    use = Use(task)
    engine = EngineTasks("null", "null", {use: Budget(MAX_TILES, 64)})
    questions = (Question("price", ASK, "money"),) if use is Use.DOCVQA else ()
    models = ModelContext(
        PageTasks(TaskPlan.of_models(engine), questions, asks_pages=bool(questions)), {"null": settings}
    )
    store, provenance = Store(str(folder / "out")), Provenance("run-1", "f" * 32, "t" * 32)
    context = WorkerContext(store, provenance, ReadSettings(engine="text_layer"), 60.0, 2048)
    part = {"document_id": "d", "uri": str(path), "version": local_version(path.stat()), "questions": None}
    blocks = [
        pa.Table.from_pylist([{**part, "pages": list(numbers)}], schema=UNIT)
        for numbers in ([1, 2], range(1, PAGES_OF_UNIT + 1))
    ]
    spent: dict[str, float] = {}
    with ExitStack() as held:
        held.callback(close_reader)
        held.enter_context(output_lock(store, provenance.run_id, lambda _: None, lambda: None))
        for block in blocks:
            # The first block warms up; the second is measured.
            spent = {}
            one_unit(block, context, models, spent)
    return {name: seconds / PAGES_OF_UNIT for name, seconds in spent.items()}


def one_unit(block: pa.Table, context: WorkerContext, models: ModelContext, spent: dict[str, float]) -> None:
    tiling = CpuSum()
    with tiling.around(extract, "page_requests"), cpu(spent, "read and render"):
        work = extract.read_for_models(block, context, models)
    spent["read and render"] -= tiling.seconds
    spent["tile"] = tiling.seconds
    plan, settings = models.tasks.plan, models.settings["null"]
    with cpu(spent, "transfer"):
        requests = requests_for("null", work)
    engine, processor = null_engine.NullEngine(), kind_of(settings).image_processor(settings)

    async def ask_all() -> list[list[PageResults]]:
        async def ask(page: PageRequests) -> PageResults:
            return await ask_about_page(engine, page, processor)

        return [list(await asyncio.gather(*map(ask, pages))) for pages in requests]

    with cpu(spent, "ask and parse"):
        results = asyncio.run(ask_all())
    with cpu(spent, "transfer"):
        items = unpack(with_results("null", work, results))
    with cpu(spent, "ground"):
        pages = [with_findings(page, item.results_of(at), plan) for item in items for at, page in enumerate(item.pages)]
    assert all(page.failure is None and page.findings.tiles == MAX_TILES + 1 for page in pages)
    with cpu(spent, "commit"):
        commit_pages(pages, context, StageSeconds())


class CpuSum:
    """CPU seconds of the calls of one function."""

    seconds = 0.0

    @contextmanager
    def around(self, module: object, name: str) -> Iterator[None]:
        original = getattr(module, name)

        def timed(*arguments: object, **named: object) -> object:
            started = time.process_time()
            try:
                return original(*arguments, **named)
            finally:
                self.seconds += time.process_time() - started

        setattr(module, name, timed)
        try:
            yield
        finally:
            setattr(module, name, original)


@contextmanager
def cpu(spent: dict[str, float], stage: str) -> Iterator[None]:
    """Add the CPU seconds of this process and of its children to a stage."""
    started = own_seconds()
    yield
    spent[stage] = spent.get(stage, 0.0) + own_seconds() - started


def own_seconds() -> float:
    children = psutil.Process().children(recursive=True)
    return time.process_time() + sum(sum(child.cpu_times()[:2]) for child in children)


def whole(folder: Path, task: str, pages: int) -> dict[str, float]:
    """CPU seconds of a run by kind of process."""
    draw(folder / "in", pages)
    asked = {"scope": "page", "questions": [{"id": "price", "ask": ASK, "type": "money"}]} if task == "docvqa" else {}
    job = {
        "version": 1,
        "inputs": {"paths": ["in"]},
        "tasks": {task: {"engine": "null", **asked}},
        "engines": {"null": {"kind": "null", "model": "null", "device": "cpu", "max_tiles": {task: MAX_TILES}}},
        "output": {"path": "out"},
    }
    (folder / "job.yaml").write_text(json.dumps(job))
    command = [sys.executable, "-m", "docpipe.cli", "run", str(folder / "job.yaml"), "--json"]
    log = folder / "log"
    with log.open("w") as stderr:
        run = subprocess.Popen(command, env=environment(folder), stdout=subprocess.PIPE, stderr=stderr, text=True)
    seconds = watched(run)
    assert run.stdout is not None
    printed = run.stdout.read()
    if run.returncode or json.loads(printed)["pages_ok"] != pages:
        sys.exit(f"the run ended with {run.returncode}: {printed}{log.read_text()}")
    return seconds


def environment(folder: Path) -> dict[str, str]:
    """The environment of processes that find the engine as that of an installed package."""
    package = folder / "package"
    facts = package / "null_engine-1.dist-info"
    facts.mkdir(parents=True)
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: null-engine\nVersion: 1\n")
    (facts / "entry_points.txt").write_text("[docpipe.engines]\nnull = null_engine:Registered\n")
    paths = [str(package), str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def watched(run: "subprocess.Popen[str]") -> dict[str, float]:
    """CPU seconds by kind of process until it ends; of each process until the last sample before its end."""
    used: dict[int, tuple[str, float]] = {}
    root = psutil.Process(run.pid)
    while run.poll() is None:
        try:
            processes = [root, *root.children(recursive=True)]
        except psutil.Error:
            break
        for process in processes:
            try:
                known = used.get(process.pid, ("", 0.0))[0]
                used[process.pid] = (kind_of_process(process, known), sum(process.cpu_times()[:2]))
            except psutil.Error:
                continue
        time.sleep(SAMPLE_SECONDS)
    run.wait()
    total: defaultdict[str, float] = defaultdict(float)
    for kind, seconds in used.values():
        total[kind] += seconds
    return total


def kind_of_process(process: psutil.Process, known: str) -> str:
    # A process that ends has no command any more.
    if not (command := " ".join(process.cmdline())):
        return known or "Ray"
    for kind, name in (("engine", "EngineActor"), ("stage before it", "EngineStage")):
        if known == kind or name in command:
            return kind
    if "sandbox.child" in command:
        return "parser"
    if "docpipe.cli" in command:
        return "driver"
    # Ray starts workers before there is a task for them, which names them.
    if (command.startswith("ray::") and "Agent" not in command) or "default_worker.py" in command:
        return "workers"
    return "Ray"


if __name__ == "__main__":
    main()
