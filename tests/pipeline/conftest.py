"""Rows and outputs that the tests of the pipeline share."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from docpipe.pipeline.output.commit import Provenance, commit_batch
from docpipe.pipeline.output.store import Store
from docpipe.pipeline.tables.page_rows import ReadPage, page_tables
from docpipe.schemas.errors import ErrorCode, Failure, Stage
from docpipe.schemas.page import Blocks, PageReading, TextLines

from ..shared import built_once, folder_of_session
from .outputs import pdf, write_job
from .s3_server import S3Server, s3_server

PROVENANCE = Provenance("run-1", "f" * 32, "t" * 32)


def reading(number: int, words: Sequence[str] = ("Total", "12.50"), failed: bool = False) -> PageReading:
    """A page of one line, or one that failed."""
    if failed:
        return PageReading(number, failure=Failure(ErrorCode.TIMEOUT, "took too long", Stage.OCR))
    boxes = np.array([[0.1 * i, 0.1, 0.1 * i + 0.05, 0.2] for i in range(len(words))], np.float32)
    lines = TextLines(
        text=[" ".join(words)],
        boxes=np.array([[0.0, 0.1, 0.5, 0.2]], np.float32),
        polygons=[None],
        confidence=np.array([0.9], np.float32),
        block=np.array([0], np.int32),
        word_text=list(words),
        word_boxes=boxes,
        word_confidence=np.full(len(words), 0.9, np.float32),
        word_line=np.zeros(len(words), np.int32),
    )
    blocks = Blocks(["text"], np.array([[0.0, 0.0, 1.0, 1.0]], np.float32), ["x"], np.array([np.nan], np.float32))
    return PageReading(
        number, 100.0, 200.0, "pt", 0, None, "rapidocr", " ".join(words), lines=lines, blocks=blocks, seconds=0.5
    )


def rows(*pages: tuple[str, int], failed: frozenset[tuple[str, int]] = frozenset()):  # type: ignore[no-untyped-def]
    """The tables of one-line pages."""
    return page_tables([ReadPage(d, f"/in/{d}", reading(n, failed=(d, n) in failed)) for d, n in pages], "run-1")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "out"))


@pytest.fixture
def commit(store: Store) -> Callable[..., str]:
    def _commit(*pages: tuple[str, int], failed: frozenset[tuple[str, int]] = frozenset()) -> str:
        return commit_batch(store, PROVENANCE, "pages", rows(*pages, failed=failed))

    return _commit


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """Where `write_job` lets a job write."""
    return tmp_path / "out"


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job of two documents of two pages."""
    for name in "ab":
        pdf(tmp_path / "in" / f"{name}.pdf", f"{name} one", f"{name} two")
    return write_job(tmp_path)


@pytest.fixture(scope="module")
def s3_module() -> Iterator[S3Server]:
    """An S3 server, with the environment that finds it, for the tests of a file."""
    with s3_server() as server:
        yield server


@pytest.fixture
def s3(s3_module: S3Server) -> S3Server:
    """The S3 server of this file, answering as it should."""
    s3_module.reset()
    return s3_module


@pytest.fixture(scope="session")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An output with all that a report or an export can meet, read-only; `reported.own_output` makes one to change."""
    from .reported import build_output

    return built_once(folder_of_session(tmp_path_factory.getbasetemp()) / "everything", build_output) / "out"
