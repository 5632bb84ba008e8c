"""A run on a Ray of docpipe's own, whose metrics are scraped as Prometheus does it, says what the tables say."""

import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import ModuleType

import pytest
from docpipe.pipeline.cluster import session
from docpipe.pipeline.cluster.session import METRICS_PORT_VARIABLE
from docpipe.pipeline.telemetry import metrics
from docpipe.pipeline.telemetry.metrics import Declared, declared
from docpipe.pipeline.telemetry.unit_report import SUPPORT_BOUNDS
from docpipe.schemas.errors import ErrorCode, InvalidJobError, MissingResourceError, Stage
from docpipe.schemas.job.tasks import Use

from ...shared import ROOT, free_port
from ..knowing_server import KnowingServer, serving
from ..outputs import QUICKSTART, assert_sound, pdf, query, write_job

SAMPLE = re.compile(r"^(\w+)\{(.*)\} (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
JOB = "all sorts"
OF_RAY = {"Component", "NodeAddress", "SessionName", "Version", "WorkerId"}
STAGES = {"fetch", "read", "layout", "ocr", "find", "render", "tile", "engine", "ground", "commit"}
LABELS = {
    "docpipe_job": {JOB},
    "engine": {"m"},
    "status": {"ok", "partial", "failed"},
    "code": set(ErrorCode),
    "reason": set(ErrorCode),
    "task": set(Use),
    "le": {*(f"{bound:g}" for bound in SUPPORT_BOUNDS), "+Inf"},
    "state": {"waiting", "running"},
    "kind": {"prompt", "generated"},
}
"""All values that a label of ours may take."""

Series = list[tuple[str, dict[str, str], float]]


def knows(prompt: str) -> str | int:
    if "total" in prompt:
        return "12.50 EUR"
    if "date" in prompt:
        # No date: refused, and asked again.
        return "perhaps"
    return "Total 12.50 EUR\nNot on the page"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


RUNS_OF_ONE_RAY = """
import sys
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
import docpipe.pipeline.run.context as run_context
from docpipe.pipeline.cluster.session import ray_session
from tests.pipeline.outputs import run

with ray_session(None, images=True) as session:

    @contextmanager
    def same(_, **options):
        yield session

    run_context.ray_session = same
    for line in sys.stdin:
        run(Path(line.strip()), None)
        print("ended", flush=True)
"""


@pytest.fixture(scope="module")
def run_there(port: int) -> Iterator[Callable[[Path], None]]:
    """Runs jobs on docpipe's own Ray, which stays up for the tests of this file, in a process of its own."""
    environment = {**os.environ, METRICS_PORT_VARIABLE: str(port), "RAY_metrics_report_interval_ms": "1000"}
    command = [sys.executable, "-c", RUNS_OF_ONE_RAY]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None

    def run_one(job: Path) -> None:
        process.stdin.write(f"{job}\n")
        process.stdin.flush()
        assert next_line(process) == "ended\n", f"ended with {process.poll()}"

    try:
        yield run_one
        process.stdin.close()
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()


def next_line(process: subprocess.Popen[str]) -> str:
    """The next line that a process writes; empty once it is dead, even while its children hold its output open."""
    assert process.stdout is not None
    while not (readable := select.select([process.stdout], [], [], 0.5)[0]) and process.poll() is None:
        pass
    return process.stdout.readline() if readable else ""


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """Names of the metrics that were there while the job ran."""
    return set()


@contextmanager
def watching(port: int, seen: set[str]) -> Iterator[None]:
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.3):
            # There is nothing before Ray is up, and it may hang up while it starts.
            with suppress(OSError):
                seen.update(name for name, _, _ in scrape(port))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, run_there: Callable[[Path], None], port: int, seen: set[str]) -> Path:
    """A job that has run: good and bad files, a scan, questions, and a model that is asked again."""
    folder = tmp_path_factory.mktemp("metrics")
    pdf(folder / "in" / "a.pdf", "Invoice of 2024-03-05", "Total 12.50 EUR to pay", "Terms")
    pdf(folder / "in" / "b.pdf", *(f"Letter, page {page}" for page in range(40)))
    (folder / "in" / "broken.pdf").write_bytes(b"%PDF-1.7\nno page anywhere")
    (folder / "in" / "receipt.jpg").write_bytes((QUICKSTART / "receipt-1.jpg").read_bytes())
    with serving(knows) as server, watching(port, seen):
        path = job_of(folder, server)
        run_there(path)
    assert_sound(folder / "out")
    return folder / "out"


def job_of(folder: Path, server: KnowingServer) -> Path:
    questions = [{"id": "total", "ask": "What is the total amount?", "type": "money"}]
    questions.append({"id": "date", "ask": "What is the date?", "type": "date"})
    return write_job(
        folder,
        name=JOB,
        tasks={"ocr": {"engine": "m"}, "docvqa": {"engine": "m", "questions": questions}},
        engines={"m": {"kind": "openai", "base_url": server.url, "model": "knowing-1", "max_in_flight": 4}},
        on_error={"max_failed_documents": 1, "max_failed_pages": 1},
        limits={"page_seconds": 60},
    )


def scrape(port: int) -> Series:
    """The samples of ours, with the labels that are not Ray's."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    found = []
    for line in text.splitlines():
        if line.startswith("ray_docpipe_") and (sample := SAMPLE.match(line)):
            labels = {name: value for name, value in LABEL.findall(sample[2]) if not name.startswith("otel_")}
            assert labels.keys() >= OF_RAY
            found.append((sample[1], {n: v for n, v in labels.items() if n not in OF_RAY}, float(sample[3])))
    return found


def sums(series: Series, metric: Declared, *by: str) -> dict[tuple[str, ...], float]:
    total: Counter[tuple[str, ...]] = Counter()
    for name, labels, value in series:
        if name == metric.exported:
            total[tuple(labels[label] for label in by)] += value  # type: ignore[assignment]
    return dict(total)


@pytest.fixture(scope="module")
def series(job: Path, port: int) -> Series:
    """What Ray exports once its workers have reported what they counted."""
    pages = query(job, "SELECT count(*) FROM pages")[0][0]
    documents = query(job, "SELECT count(*) FROM documents")[0][0]
    deadline = time.monotonic() + 60
    while True:
        found = scrape(port)
        counted = sum(sums(found, metrics.PAGES).values()), sum(sums(found, metrics.DOCUMENTS).values())
        if counted == (pages, documents) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def table(out: Path, sql: str) -> dict[tuple[str, ...], float]:
    return {tuple(row[:-1]): float(row[-1]) for row in query(out, sql)}


def test_counters_are_what_the_tables_say(series: Series, job: Path) -> None:
    by_status = "SELECT status, count(*) FROM {} GROUP BY ALL"
    assert sums(series, metrics.PAGES, "status") == table(job, by_status.format("pages"))
    assert sums(series, metrics.DOCUMENTS, "status") == table(job, by_status.format("documents"))
    errors = table(job, "SELECT stage, code, count(*) FROM errors GROUP BY ALL")
    assert errors
    assert sums(series, metrics.ERRORS, "stage", "code") == errors
    assert sums(series, metrics.TILES) == table(job, "SELECT sum(tiles) FROM pages")


def test_support_is_a_histogram_of_what_models_wrote(series: Series, job: Path) -> None:
    counted = sums(series, metrics.SUPPORT, "task", "le")
    for task, rows in (("ocr", "lines"), ("docvqa", "answers")):
        for bound in SUPPORT_BOUNDS:
            wanted = query(job, f"SELECT count(*) FROM {rows} WHERE support <= {bound}::FLOAT")[0][0]
            assert counted.get((task, f"{bound:g}"), 0.0) == wanted, (task, bound)
        assert counted[task, "+Inf"] == query(job, f"SELECT count(support) FROM {rows}")[0][0] > 0


def test_the_ladder_of_attempts_is_counted_by_its_reasons(series: Series, job: Path) -> None:
    more = query(job, "SELECT sum(attempts - 1) FROM answers WHERE question_id = 'date' AND attempts > 1")[0][0]
    # Every page that a question was put to was asked three times; the table keeps one of these pages.
    assert sums(series, metrics.RETRIES, "reason")[("bad_output",)] >= more > 0


def test_times_and_engines_are_told(series: Series) -> None:
    stages = sums(series, metrics.STAGE_SECONDS, "stage")
    assert stages.keys() >= {("fetch",), ("read",), ("ocr",), ("tile",), ("engine",), ("ground",), ("commit",)}
    tokens = sums(series, metrics.ENGINE_TOKENS, "kind")
    assert tokens[("prompt",)] > tokens[("generated",)] > 0
    assert sums(series, metrics.ENGINE_SECONDS, "stage").keys() >= {("wait",), ("server",)}
    assert sums(series, metrics.ENGINE_BUSY_SECONDS, "engine")[("m",)] > 0
    assert all(value >= 0 for _, _, value in series)


def test_every_metric_is_there_while_a_job_runs(series: Series, seen: set[str]) -> None:
    everything = {metric.exported for metric in declared()}
    # An engine elsewhere has no memory of a device here.
    assert seen | {name for name, _, _ in series} == everything - {metrics.ENGINE_MEMORY.exported}


def test_labels_take_few_values(series: Series) -> None:
    metrics_of = {metric.exported: metric for metric in declared()}
    for name, labels, _ in series:
        metric = metrics_of[name]
        assert set(labels) == set(metric.labels)
        for label, value in labels.items():
            stages = set(Stage) if metric is metrics.ERRORS else {*STAGES, "wait", "server"}
            assert value in (stages if label == "stage" else LABELS[label]), (name, label, value)


def test_nothing_is_counted_while_ray_is_still_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", ModuleType("ray"))
    metrics.Metrics("job").inc(metrics.PAGES, 1, status="ok")
    metrics.Metrics("job").set(metrics.PAGES_LEFT, 1)


def test_a_port_that_cannot_be_used_is_told(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ("http", "0", "70000", "-1"):
        monkeypatch.setenv(METRICS_PORT_VARIABLE, wrong)
        with pytest.raises(InvalidJobError, match="is no port"):
            session._metrics_port()
    with socket.socket() as taken:
        taken.bind(("", 0))
        taken.listen()
        monkeypatch.setenv(METRICS_PORT_VARIABLE, str(taken.getsockname()[1]))
        with pytest.raises(MissingResourceError, match="already in use"):
            session._metrics_port()
    import ray._private.utils as of_ray

    monkeypatch.setattr(of_ray, "get_dashboard_dependency_error", lambda: ImportError("no aiohttp"))
    with pytest.raises(MissingResourceError, match=r"docpipe\[cluster\]"):
        session._metrics_port()
