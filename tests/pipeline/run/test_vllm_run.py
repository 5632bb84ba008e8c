"""Whole jobs through `kind: vllm`, and through `kind: openai` against a real `vllm serve` of the same folder.

`make test-vllm` builds the environment and runs this.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docpipe.models.internvl2.processor.chat_template import SYSTEM_MESSAGE, TEMPLATES

from ...models.vllm.checkpoints import checkpoint
from ...shared import free_port
from ..outputs import assert_sound, pdf, query, run, write_job

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(3600)]

TASKS = {
    "docvqa": {
        "engine": "m",
        "scope": "page",
        "questions": [{"id": "total", "ask": "What is the total?"}, {"id": "seller", "ask": "Who is the seller?"}],
    }
}
LIMITS = {"max_tiles": {"docvqa": 2}, "max_new_tokens": {"docvqa": 24}, "request_seconds": 1800}
# What a server cannot know or tells otherwise is left out: tiles, and the last digits of probabilities.
SAME = (
    "SELECT uris[1], page_number, question_id, a.status, answer, round(confidence, 4), grounding, raw_output, engine, "
    "model, attempts, tried FROM answers a JOIN documents USING (document_id) ORDER BY ALL",
    "SELECT page_number, status, text, text_source FROM pages ORDER BY ALL",
    "SELECT page_number, question_id, stage, code FROM errors ORDER BY ALL",
)


def job(folder: Path, engine: dict[str, Any]) -> Path:
    return write_job(folder, tasks=TASKS, engines={"m": {**engine, **LIMITS}})


@contextmanager
def vllm_serve(folder: Path, scratch: Path) -> Iterator[str]:
    """The URL of a server of `folder` under the folder's name; it loads docpipe's plugin, and no remote code."""
    template = TEMPLATES["Hermes-2"]
    chat = scratch / "chat.jinja"
    chat.write_text(
        f"{template.system_prefix}{SYSTEM_MESSAGE}{template.stop}"
        "{% for message in messages %}"
        f"{template.user}{{{{ message['content'] }}}}{template.stop}"
        "{% endfor %}"
        f"{template.assistant}",
        encoding="utf-8",
    )
    port = free_port()
    options = ["--host", "127.0.0.1", "--port", str(port), "--served-model-name", folder.name, "--dtype", "float32"]
    options += ["--max-model-len", "2048", "--chat-template", str(chat), "--generation-config", "vllm"]
    options += ["--enforce-eager", "--kv-cache-memory-bytes", "200000000", "--max-num-seqs", "8"]
    options += ["--mm-processor-kwargs", json.dumps({"max_dynamic_patch": 2})]
    command = [sys.executable, "-m", "vllm.entrypoints.cli.main", "serve", str(folder), *options]
    variables = {"TORCHDYNAMO_DISABLE": "1", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with (scratch / "serve.log").open("wb") as log:
        server = subprocess.Popen(command, env={**os.environ, **variables}, stdout=log, stderr=log)
        try:
            _wait(server, f"http://127.0.0.1:{port}/health", scratch / "serve.log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            server.terminate()
            server.wait(120)


def _wait(server: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    for _ in range(1500):
        assert server.poll() is None, log.read_text(errors="replace")[-3000:]
        try:
            urllib.request.urlopen(url, timeout=5)
        except (urllib.error.URLError, OSError):
            time.sleep(1)
        else:
            return
    raise AssertionError("vllm serve did not answer")


def test_the_library_and_the_server_give_the_same_tables(tmp_path: Path, ray: str, out: Path) -> None:
    folder = checkpoint("1B", tmp_path / "model")
    pdf(tmp_path / "in" / "a.pdf", "Invoice of ACME", "Total 12.50 EUR to pay")
    summary = run(job(tmp_path, {"kind": "vllm", "model": str(folder), "dtype": "float32", "device": "cpu"}), ray)
    assert_sound(out)
    assert (summary.pages_ok, summary.answers) == (2, 4)
    library = [query(out, sql) for sql in SAME]
    out.rename(tmp_path / "library")
    with vllm_serve(folder, tmp_path) as url:
        run(job(tmp_path, {"kind": "openai", "base_url": url, "model": folder.name}), ray)
    assert_sound(out)
    assert [query(out, sql) for sql in SAME] == library
