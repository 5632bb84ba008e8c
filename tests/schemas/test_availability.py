from pathlib import Path

from docpipe.schemas.availability import unavailable_features
from docpipe.schemas.job_file import load_job

EXAMPLE = """\
version: 1
name: invoices
inputs:
  paths: ["invoices/**/*.pdf", "s3://bucket/scans/"]   # files, folders, globs; any fsspec URL
  manifest: documents.parquet        # or .csv .jsonl
  exclude: ["**/draft-*"]
  pages: "1-50"
  reuse: out/last-month
  passwords_env: DOC_PASSWORDS
render: {dpi: 150, max_pixels: 40000000}
layout: auto                         # auto = on where a task needs regions; on; off
tasks:                               # at least one
  ocr:    {engine: auto, languages: [en]}
  docvqa:
    engine: internvl2
    scope: document                  # or page
    questions:
      - {id: total, ask: "What is the total amount?", type: money}
  chart:  {engine: internvl2, source: figures}
engines:
  internvl2:
    kind: internvl2
    model: /models/InternVL2-8B
    dtype: bfloat16
    device: auto
    replicas: 1
    gpus_per_replica: 1
    max_tiles: {ocr: 12, docvqa: 18, chart: 12}
    max_new_tokens: {ocr: 4096, docvqa: 128, chart: 1024}
  cluster-vllm:
    kind: openai
    base_url: http://gpu-pool:8000/v1
    model: InternVL2-26B
    api_key_env: VLLM_API_KEY
limits: {max_file_mb: 2048, page_seconds: 60, page_memory_mb: 2048, max_pages_per_document: 20000}
output: {path: out/invoices}         # any fsspec URL
on_error: {max_failed_pages: 0.05, max_failed_documents: 0.05, abort_after: 200}
ray: {address: null}
"""

REASON = "not available in this version: docpipe 0.1 reads text only"


def load(folder: Path, text: str, *overrides: str) -> list[str]:
    path = folder / "job.yaml"
    path.write_text(text, encoding="utf-8")
    return unavailable_features(load_job(path, overrides))


def test_the_example_of_the_contract(tmp_path: Path) -> None:
    assert load(tmp_path, EXAMPLE) == [
        f"tasks.docvqa: {REASON}",
        f"tasks.chart: {REASON}",
        f"engines.internvl2: kind internvl2 is {REASON}",
        f"engines.cluster-vllm: kind openai is {REASON}",
    ]


def test_a_job_that_reads_text_can_run(tmp_path: Path) -> None:
    text = "version: 1\ninputs: {paths: [a]}\ntasks: {ocr: {}}\noutput: {path: o}\n"
    assert load(tmp_path, text) == []
    assert load(tmp_path, text, "engines.unused={kind: internvl2, model: m}") == [
        f"engines.unused: kind internvl2 is {REASON}"
    ]
