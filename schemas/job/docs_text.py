"""The text of docs/job-yaml.md apart from the keys: how a job file is read, and an example of every section."""

from collections.abc import Mapping

INTRODUCTION = """\
# job.yaml

A job file defines which documents are read, what is done with their pages, and where the tables are
written. `docpipe validate JOB.yaml` checks it and runs nothing; `docpipe run` and `docpipe plan`
check it in the same way before anything starts. All mistakes are reported at once, each with its
line and key and, if a word seems to be misspelt, the word that was probably meant:

```
jobs/invoices.yaml:9: render.dpi: must be a whole number, not text; write 150
jobs/invoices.yaml:12: tasks.ocr.langauges: unknown key (did you mean 'languages'?)
```

The smallest job:

```yaml
version: 1
inputs: {paths: ["scans/"]}
tasks: {ocr: {}}
output: {path: out/scans}
```

**How the file is read.** It is UTF-8 and YAML 1.2, so `on`, `off`, `yes` and `no` are text:
`layout: off` and `languages: [no]` (Norwegian) need no quotes. A number in quotes is text, and text
in place of a number is a mistake. Duplicate keys, unknown keys, tags (`!…`) and merge keys (`<<`)
are mistakes; anchors and aliases work. A section without a value (`ocr:`) has its defaults.

**Paths.** Relative paths are relative to the folder of the job file, including those given with
`--set`; `~/` is the home folder. URLs (`s3://…`, `gs://…`, `file:///…`, `zip://…::s3://…`) are
passed to fsspec unchanged.

**Overrides on the command line.** `--set key.path=value` overrides a value of the file. The value is
YAML, and a list item is addressed by its index, counted from 0. A later `--set` overrides an
earlier one.

```
docpipe run job.yaml --set render.dpi=200 --set layout=off --set 'inputs.paths=["a.pdf", "b/"]' \\
    --set tasks.docvqa.questions.0.ask='"What is the total?"'
```

**Secrets** come only from the environment. `inputs.passwords_env` and `api_key_env` contain names of
variables. A value that cannot be such a name, and a URL that contains a password, are rejected, and
the message does not show them.

**A manifest is read as it is written.** A CSV is Unicode text (UTF-8, or UTF-16 with a byte order mark)
with a header; cells are separated by commas, semicolons, tabs or `|`, and every cell stays text: `0012`,
`3.10` and `NA` are kept so. JSON Lines keep their types, and every digit of a number; Parquet keeps its
types, with dates and times in ISO 8601 and durations in seconds; its columns of bytes become text where
all of them are UTF-8, and base64 otherwise. Another encoding, a column that is given twice, and a row with
too many or too few cells are errors that name the line.

**Questions in a manifest.** A column `questions` contains a list of questions for each document, as
nested values or as JSON text. Each question is a mapping with the keys of `tasks.docvqa.questions`, or
just its text. They are asked in addition to the questions of the job and must not reuse their ids.

**For editors and programs.** `docpipe schema job` prints the JSON Schema (2020-12) of the format.
Only `docpipe validate` checks rules that concern several keys, such as the name of an engine in a
task.
"""

EXAMPLES: Mapping[str, str] = {
    "Top level": """\
version: 1
name: invoices
layout: auto
""",
    "inputs": """\
inputs:
  paths: ["invoices/**/*.pdf", "letters/", "s3://bucket/scans/"]
  manifest: documents.parquet
  exclude: ["**/draft-*"]
  pages: "1-3,10-"
  reuse: out/last-month
  passwords_env: DOC_PASSWORDS
""",
    "render": """\
render: {dpi: 150, max_pixels: 40000000}
""",
    "tasks": """\
tasks:
  ocr: {engine: auto, languages: [en, de]}
  docvqa:
    engine: [key_value, internvl2]
    accept: 0.9
    verify: false
    scope: document
    questions:
      - {id: total, ask: "What is the total amount?", type: money}
      - {id: due, ask: "When is it due?"}
      - {id: kind, ask: "What is this?", type: choice, choices: [invoice, reminder, other]}
  chart: {engine: [vector, cluster-vllm], accept: 0.9, source: figures}
  table: {engine: grid, accept: 0.9}
""",
    "engines.NAME of kind internvl2": """\
engines:
  internvl2:
    kind: internvl2
    model: /models/InternVL2-8B
    dtype: bfloat16
    device: auto
    replicas: 1
    gpus_per_replica: 1
    max_tiles: {ocr: 12, docvqa: 18, chart: 12, table: 12}
    max_new_tokens: {ocr: 4096, docvqa: 128, chart: 1024, table: 4096}
    request_seconds: 600
""",
    "engines.NAME of kind vllm": """\
engines:
  large:
    kind: vllm
    model: /models/InternVL2-Llama3-76B
    dtype: bfloat16
    quantization: fp8
    device: cuda
    replicas: 2
    gpus_per_replica: 4
    max_tiles: {ocr: 12, docvqa: 18, chart: 12, table: 12}
    max_new_tokens: {ocr: 4096, docvqa: 128, chart: 1024, table: 4096}
    request_seconds: 600
    start_seconds: 1800
""",
    "engines.NAME of kind openai": """\
engines:
  cluster-vllm:
    kind: openai
    base_url: http://gpu-pool:8000/v1
    model: InternVL2-26B
    api_key_env: VLLM_API_KEY
    max_in_flight: 16
    max_tiles: {ocr: 12, docvqa: 18, chart: 12, table: 12}
    max_new_tokens: {ocr: 4096, docvqa: 128, chart: 1024, table: 4096}
    request_seconds: 600
""",
    "limits": """\
limits: {max_file_mb: 2048, page_seconds: 60, page_memory_mb: 2048, max_pages_per_document: 20000}
""",
    "output": """\
output: {path: out/invoices}
""",
    "on_error": """\
on_error: {max_failed_pages: 0.05, max_failed_documents: 0.05, abort_after: 200}
""",
    "ray": """\
ray: {address: auto}
""",
}
"""Heading to an example; together they make one valid job that contains every key."""
