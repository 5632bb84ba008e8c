"""Jobs that tests write and run, and the laws that every finished output obeys, read with DuckDB."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import docpipe.pipeline.run.context
import duckdb
import pymupdf
import pytest
from docpipe.pipeline.cluster.session import RaySession, ray_session
from docpipe.pipeline.run.context import RunOptions
from docpipe.pipeline.run.run import run_job
from docpipe.pipeline.run.summary import RunSummary
from docpipe.schemas.errors import ErrorCode, Stage
from docpipe.schemas.job.load import load_job
from docpipe.schemas.tables import TABLES
from PIL import Image, ImageDraw

QUICKSTART = Path(__file__).parents[2] / "jobs" / "quickstart" / "documents"
DOCPIPE = (sys.executable, "-m", "docpipe.cli")
Docpipe = Callable[..., subprocess.CompletedProcess[str]]
"""The type of the fixture `docpipe`, the command line in the process of the tests."""

LAWS = {
    "a page stands twice": "SELECT document_id, page_number FROM pages GROUP BY ALL HAVING count(*) > 1",
    "a document stands twice": "SELECT document_id FROM documents GROUP BY ALL HAVING count(*) > 1",
    "a line id stands twice": "SELECT line_id FROM lines GROUP BY ALL HAVING count(*) > 1",
    "a block id stands twice": "SELECT block_id FROM blocks GROUP BY ALL HAVING count(*) > 1",
    "an error stands twice": (
        "SELECT document_id, uri, page_number, question_id, chart_id, table_id FROM errors "
        "GROUP BY ALL HAVING count(*) > 1"
    ),
    "a line without its page": "SELECT line_id FROM lines ANTI JOIN pages USING (document_id, page_number)",
    "a block without its page": "SELECT block_id FROM blocks ANTI JOIN pages USING (document_id, page_number)",
    "a line without its block": "SELECT line_id FROM lines ANTI JOIN blocks USING (block_id) WHERE block_id NOT NULL",
    "a page without its document": "SELECT document_id FROM pages ANTI JOIN documents USING (document_id)",
    "a page with other lines than its text has": (
        "SELECT p.document_id, p.page_number, count(line_id) AS lines, length(any_value(p.text)) - "
        "length(replace(any_value(p.text), chr(10), '')) AS promised "
        "FROM pages p LEFT JOIN lines ON (p.document_id, p.page_number, text_source) = "
        "(lines.document_id, lines.page_number, source) WHERE status = 'ok' "
        "GROUP BY ALL HAVING lines <> promised"
    ),
    "a failed page without its error": (
        "SELECT document_id, page_number FROM pages p ANTI JOIN errors e "
        "ON (p.document_id, p.page_number, error_code) = (e.document_id, e.page_number, code) "
        "WHERE status = 'failed'"
    ),
    "an error of a page that is well": (
        "SELECT document_id, page_number FROM errors SEMI JOIN pages "
        "ON (errors.document_id, errors.page_number) = (pages.document_id, pages.page_number) AND status = 'ok' "
        "WHERE question_id IS NULL AND chart_id IS NULL AND table_id IS NULL"
    ),
    "a question is answered twice": (
        "SELECT document_id, question_id, page_number FROM answers GROUP BY ALL HAVING count(*) > 1"
    ),
    "an answer without its document": "SELECT question_id FROM answers ANTI JOIN documents USING (document_id)",
    "a failed answer without its error": (
        "SELECT question_id FROM answers ANTI JOIN errors USING (document_id, question_id) WHERE status = 'failed'"
    ),
    "evidence without its line": (
        "SELECT e.line_id FROM (SELECT unnest(evidence) AS e FROM answers) "
        "WHERE e.line_id NOT NULL AND e.line_id NOT IN (SELECT line_id FROM lines)"
    ),
    "a chart id stands twice": "SELECT chart_id FROM charts GROUP BY ALL HAVING count(*) > 1",
    "a chart without its page": "SELECT chart_id FROM charts ANTI JOIN pages USING (document_id, page_number)",
    "a point without its chart": "SELECT chart_id FROM chart_points ANTI JOIN charts USING (chart_id)",
    "a failed chart without its error": (
        "SELECT chart_id FROM charts ANTI JOIN errors USING (chart_id) WHERE status = 'failed'"
    ),
    "a table id stands twice": "SELECT table_id FROM tables GROUP BY ALL HAVING count(*) > 1",
    "a table without its page": "SELECT table_id FROM tables ANTI JOIN pages USING (document_id, page_number)",
    "a cell without its table": "SELECT table_id FROM cells ANTI JOIN tables USING (document_id, table_id)",
    "an answer or chart that no engine was asked for": (
        "SELECT question_id FROM (SELECT question_id, tried, engine FROM answers UNION ALL "
        "SELECT chart_id, tried, engine FROM charts) WHERE tried[-1] IS DISTINCT FROM engine"
    ),
    "a failed file without its error": (
        "SELECT document_id, uri FROM (SELECT document_id, unnest(uris) AS uri, error_code FROM documents) d "
        "ANTI JOIN errors e ON (d.document_id, d.uri, error_code) = (e.document_id, e.uri, code) "
        "WHERE error_code NOT NULL"
    ),
    "an error code of no contract": (
        f"SELECT code FROM errors WHERE code NOT IN ({', '.join(repr(code.value) for code in ErrorCode)})"
    ),
    "an error stage of no contract": (
        f"SELECT stage FROM errors WHERE stage NOT IN ({', '.join(repr(stage.value) for stage in Stage)})"
    ),
}
"""Name of what must not be, and a query that finds it."""

WHOLE = (
    "SELECT document_id, page_count, count(page_number) AS pages FROM documents LEFT JOIN pages USING (document_id) "
    "WHERE documents.error_code IS NULL GROUP BY ALL HAVING pages <> page_count"
)
"""Finds documents of which a page is missing; holds for jobs without `inputs.pages`."""


class Heard:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.pages = 0

    def begin(self, run_id: str) -> None:
        self.run_id = run_id

    def say(self, message: str) -> None:
        self.messages.append(message)

    def start(self, documents: int, pages: int) -> None:
        self.pages = pages

    def advance(self, pages: int, failed: int) -> None:
        pass


def pdf(path: Path, *pages: str, **save: Any) -> Path:
    """A PDF with a page of one line for each text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    document = pymupdf.open()
    for text in pages:
        document.new_page(width=300, height=200).insert_text((40, 60), text)
    path.write_bytes(document.tobytes(**save))
    return path


def tiff(path: Path, *frames: Image.Image) -> Path:
    """A TIFF with a page for each frame."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frames[0].save(path, save_all=True, append_images=frames[1:], compression="tiff_deflate")
    return path


def too_large() -> Image.Image:
    """A blank image whose decoding needs more memory than a job with `limits.page_memory_mb=720` gives."""
    return Image.new("L", (9000, 9000), 255)


def scan(path: Path, text: str) -> Path:
    """An image of one line of text."""
    image = Image.new("L", (900, 500), 255)
    ImageDraw.Draw(image).text((60, 120), text, fill=0, font_size=60)
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)
    return path


def write_job(folder: Path, **sections: Any) -> Path:
    """`folder/job.yaml` that reads `folder/in` into `folder/out`; `sections` stand over that."""
    job = {
        "version": 1,
        "inputs": {"paths": ["in"]},
        "tasks": {"ocr": {"engine": "auto"}},
        "output": {"path": "out"},
        **sections,
    }
    path = folder / "job.yaml"
    # JSON is YAML too.
    path.write_text(json.dumps(job))
    return path


class _Membership:
    """The Ray that this process has joined, and leaves only for another one: runs so find their workers warm."""

    def __init__(self) -> None:
        self._session: RaySession | None = None
        self._joined = ExitStack()

    def join(self, address: str) -> RaySession:
        import ray

        if self._session is None or self._session.address != address or not ray.is_initialized():
            self.leave()
            self._session = self._joined.enter_context(ray_session(address))
        return self._session

    def leave(self) -> None:
        self._session = None
        self._joined.close()


_membership = _Membership()
leave_ray = _membership.leave
"""Before another Ray is started or joined in this process, or the joined one ends."""


@contextmanager
def joined(address: str) -> Iterator[str]:
    """Runs in this process find themselves in the Ray at `address`, which stays joined."""
    with pytest.MonkeyPatch.context() as patch:
        session = _membership.join(address)

        @contextmanager
        def same(_: str | None, **options: object) -> Iterator[RaySession]:
            yield session

        patch.setattr(docpipe.pipeline.run.context, "ray_session", same)
        yield address


def run(job_file: Path, address: str | None, *overrides: str, heard: Heard | None = None, **options: Any) -> RunSummary:
    """Run a job in this process, on the Ray at `address` or the one that was `joined`."""
    job = load_job(job_file, overrides)
    return run_job(job, job_file.parent, RunOptions(address=address, **options), heard or Heard())


def cli(*arguments: str | Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    options = {"capture_output": True, "text": True, "timeout": 240, **options}
    return subprocess.run([*DOCPIPE, *map(str, arguments)], **options)  # type: ignore[no-any-return]


def query(out: Path, sql: str) -> list[tuple[Any, ...]]:
    """Rows of a query over the tables of an output, as anybody with DuckDB would ask."""
    with duckdb.connect() as connection:
        for table in TABLES:
            files = str(out / table / "*.parquet").replace("'", "''")
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{files}'")
        return connection.execute(sql).fetchall()


def assert_sound(out: Path, *, whole: bool = True) -> None:
    """Every law holds, each document's pages are all there, and nothing half written is left."""
    laws = {**LAWS, "a document that lacks pages": WHOLE} if whole else LAWS
    broken = {law: found[:5] for law, sql in laws.items() if (found := query(out, sql))}
    assert not broken, broken
    assert not list((out / "_docpipe" / "tmp").glob("*"))


def page_rows(out: Path) -> dict[tuple[str, int], tuple[Any, ...]]:
    """What reading decided of every page, and how many rows hang on it."""
    sql = (
        "SELECT p.document_id, p.page_number, p.status, p.error_code, p.text_source, p.text, "
        "(SELECT count(*) FROM lines l WHERE (l.document_id, l.page_number) = (p.document_id, p.page_number)), "
        "(SELECT count(*) FROM blocks b WHERE (b.document_id, b.page_number) = (p.document_id, p.page_number)), "
        "(SELECT count(*) FROM errors e WHERE (e.document_id, e.page_number) = (p.document_id, p.page_number)) "
        "FROM pages p"
    )
    return {(row[0], row[1]): row[2:] for row in query(out, sql)}


def done(summary: RunSummary) -> tuple[int, int, int]:
    """Pages that are ok, failed, and were done before."""
    return summary.pages_ok, summary.pages_failed, summary.pages_skipped


def uris(out: Path) -> list[list[str]]:
    """Names of the files of each document, sorted."""
    return sorted(sorted(Path(uri).name for uri in row[0]) for row in query(out, "SELECT uris FROM documents"))


def results(out: Path) -> dict[str, str]:
    """What became of each file, by its name: an error code, or the status and text source of its pages."""
    sql = (
        "SELECT unnest(uris), coalesce(d.error_code, string_agg(DISTINCT coalesce(p.error_code, text_source), ' ')) "
        "FROM documents d LEFT JOIN pages p USING (document_id) GROUP BY document_id, uris, d.error_code"
    )
    return {uri.rsplit("/", 1)[-1]: result for uri, result in query(out, sql)}


def texts(out: Path) -> list[str]:
    """Text of every page, sorted."""
    return sorted((text or "").strip() for (text,) in query(out, "SELECT text FROM pages"))


def without_traceback(stderr: str) -> None:
    """Fails where a person would be shown the inside of the program or of Ray."""
    for noise in ("Traceback", "RayTaskError", "(raylet)", "WARNING", "Exception ignored", "*** SIG"):
        assert noise not in stderr, stderr
