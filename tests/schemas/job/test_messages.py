from pathlib import Path

import pytest

from ..job_texts import MINIMAL, mistakes, write

MISTAKES = [
    ("render: {dpi: '150'}", "5: render.dpi: must be a whole number, not text; write 150"),
    ("render: {dpi: true}", "5: render.dpi: must be a whole number, not true or false"),
    ("render: {dpi: 150.5}", "5: render.dpi: must be a whole number, not a fraction"),
    ("render: {dpi: 17}", "5: render.dpi: must be at least 18"),
    ("render: {dpi: 1201}", "5: render.dpi: must be at most 1200"),
    ("render:\n  dpi: 150\n  max-pixel: 3", "7: render.max-pixel: unknown key (did you mean 'max_pixels'?)"),
    ("render: {max_pixels: 40_000_000}", "must be a whole number, not text; write 40000000"),
    ("render: [1]", "5: render: must be a mapping, not a list"),
    ("rendr: {dpi: 1}", "5: rendr: unknown key (did you mean 'render'?)"),
    ("dpi: 100", "5: dpi: unknown key (did you mean 'render.dpi'?)"),
    ("zzz: 100", "5: zzz: unknown key; known here: version, name, inputs"),
    ("layout: yes", "5: layout: must be auto, on or off (did you mean 'on'?)"),
    ("layout: true", "5: layout: must be auto, on or off (did you mean 'on'?)"),
    ("layout: aut", "5: layout: must be auto, on or off (did you mean 'auto'?)"),
    ("limits: {page_seconds: 0}", "5: limits.page_seconds: must be greater than 0"),
    ("limits: {page_seconds: 1" + "0" * 400 + "}", "5: limits.page_seconds: must be a number, and not as large"),
    ("limits: {page_seconds: .inf}", "5: limits.page_seconds: must be a finite number"),
    ("limits: {page_seconds: true}", "5: limits.page_seconds: must be a number, not true or false"),
    ("on_error: {max_failed_pages: 5%}", "max_failed_pages: must be a number, not text; write 0.05"),
    ("on_error: {max_failed_pages: 1.5}", "5: on_error.max_failed_pages: must be at most 1"),
    ("ray: {address: 'ray://head:10001'}", "use docpipe submit"),
    ("ray: {address: head}", "5: ray.address: must be null (this machine), auto or host:port"),
    ("ray: {address: 'head:70000'}", "5: ray.address: must be null (this machine), auto or host:port"),
    ("name: 2024", "5: name: must be text, not a number; put quotes around it"),
    ("name: ''", "5: name: must not be empty"),
    (
        "engines: {a: {kind: intern}}",
        "5: engines.a.kind: must be internvl2, vllm or openai (did you mean 'internvl2'?)",
    ),
    ("engines: {a: {model: x}}", "5: engines.a.kind: required, but missing: internvl2, vllm or openai"),
    ("engines: {auto: {kind: internvl2, model: m}}", "5: engines.auto: auto is built in"),
    ("engines: {a.b: {kind: internvl2, model: m}}", "5: engines.a.b: may contain letters, digits, _ and -"),
    (
        "engines: {a: {kind: internvl2, model: m, device: gpu}}",
        "a.device: must be auto, cuda or cpu (did you mean 'cuda'?)",
    ),
    ("engines: {a: {kind: internvl2, model: 's3://b/m'}}", "5: engines.a.model: must be a local folder"),
    ("engines: {a: {kind: internvl2, model: m, base_url: 'http://x/v1'}}", "5: engines.a.base_url: unknown key"),
    ("engines: {a: {kind: openai, model: m, base_url: 'ftp://x'}}", "5: engines.a.base_url: must be an http"),
    ("engines: {a: {kind: internvl2, model: m, max_tiles: {docvqa: 0}}}", "a.max_tiles.docvqa: must be at least 1"),
    ("version: 1", "5: version: given twice, first on line 1"),
    ("output: !!python/object:os.system {path: x}", "5: output: given twice, first on line 4"),
    ("name: !!python/name:os.system", "5: name: YAML tags (!…) are not allowed"),
    ('"na\\eme": 1', r"5: 'na\x1bme': unknown key"),
]


@pytest.mark.parametrize(("line", "expected"), MISTAKES)
def test_a_mistake_is_named(line: str, expected: str, tmp_path: Path) -> None:
    [found] = mistakes(write(tmp_path, MINIMAL + line))
    assert found.startswith("job.yaml:")
    assert expected in found


REPLACED = [
    ("version: 1", "version: 2", "1: version: must be 1"),
    ("version: 1", "version: true", "1: version: must be 1"),
    ("version: 1", "version: 1.0", "1: version: must be 1"),
    ("version: 1", "version: '1'", "1: version: must be 1"),
    ("version: 1", "name: x", "1: version: required, but missing"),
    ("output: {path: out}", "output: {}", "4: output.path: required, but missing"),
    ("output: {path: out}", "", "1: output: required, but missing"),
    ("[a.pdf]", "a.pdf", "2: inputs.paths: must be a list, not text; put [ ] around it"),
    ("[a.pdf]", "[]", "2: inputs: needs paths or a manifest"),
    ("[a.pdf]", "[a.pdf, 3]", "2: inputs.paths.1: must be text, not a number"),
    ("[a.pdf]", "['']", "2: inputs.paths.0: must not be empty"),
    ("[a.pdf]", "[a], manifest: m.xls", "2: inputs.manifest: must end in .parquet, .csv or .jsonl"),
    ("[a.pdf]", "[a], pages: 9-5", "2: inputs.pages: '9-5' is reversed; write 5-9"),
    ("[a.pdf]", "[a], pages: 1.5", "2: inputs.pages: write pages and ranges"),
    ("[a.pdf]", "[a], pages: true", "2: inputs.pages: write pages and ranges"),
    ("ocr: {}", "", "3: tasks: needs at least one task: ocr, docvqa, chart or table"),
    ("ocr: {}", "orc: {}", "3: tasks.orc: unknown key (did you mean 'ocr'?)"),
    ("ocr: {}", "ocr: {engine: rapidorc}", "3: tasks.ocr.engine: there is no engine 'rapidorc'; known: auto"),
    ("ocr: {}", "ocr: {engine: rapidorc}", "(did you mean 'rapidocr'?)"),
    ("ocr: {}", "ocr: {languages: [english]}", "3: tasks.ocr.languages.0: 'english' is not an ISO 639-1 code"),
    ("ocr: {}", "ocr: {languages: [en, en]}", "3: tasks.ocr.languages: names a language twice"),
    ("ocr: {}", "ocr: {languages: []}", "3: tasks.ocr.languages: must not be an empty list"),
    ("ocr: {}", "ocr: {languages: [ru]}", "3: tasks.ocr.languages: rapidocr cannot read ru (Cyrillic script)"),
    ("ocr: {}", "ocr: {engine: rapidocr, languages: [en, ko]}", "rapidocr cannot read ko (Hangul)"),
    ("ocr: {}", "ocr: {precision: int8}", "3: tasks.ocr.precision: must be "),
    ("ocr: {}", "ocr: {engine: text_layer, precision: float32}", "3: tasks.ocr.precision: belongs to rapidocr"),
    ("ocr: {}", "chart: {engine: rapidocr}", "3: tasks.chart.engine: rapidocr only reads text"),
    ("ocr: {}", "chart: {engine: none}", "3: tasks.chart.engine: there is no engine 'none'; known: auto, vector"),
]


@pytest.mark.parametrize(("old", "new", "expected"), REPLACED)
def test_a_mistake_in_what_is_required_is_named(old: str, new: str, expected: str, tmp_path: Path) -> None:
    assert old in MINIMAL
    [found] = mistakes(write(tmp_path, MINIMAL.replace(old, new)))
    assert found.startswith("job.yaml:")
    assert expected in found


QUESTIONS = [
    ("{id: a, ask: x}, {id: a, ask: y}", "questions: the ids of questions must differ; used more than once: a"),
    ("{id: 'a/b', ask: x}", "questions.0.id: may contain letters"),
    (
        "{id: a, ask: x, type: mony}",
        "questions.0.type: must be string, number, money, date, boolean or choice (did you mean 'money'?)",
    ),
    ("{id: a, ask: x, type: choice}", "questions.0: type choice needs choices"),
    ("{id: a, ask: x, type: date, choices: [p, q]}", "questions.0: choices belong to type choice, not to type date"),
    ("{id: a, ask: x, type: choice, choices: [p, p]}", "questions.0: choices names an answer twice"),
    ("{id: a, ask: x, type: choice, choices: []}", "questions.0.choices: must not be an empty list"),
    ("", "questions: must not be an empty list unless inputs.manifest provides questions"),
]


@pytest.mark.parametrize(("questions", "expected"), QUESTIONS)
def test_a_mistake_in_a_question_is_named(questions: str, expected: str, tmp_path: Path) -> None:
    task = f"docvqa:\n    engine: e\n    questions: [{questions}]"
    text = MINIMAL.replace("tasks: {ocr: {}}", f"tasks:\n  {task}\nengines: {{e: {{kind: internvl2, model: m}}}}")
    [found] = mistakes(write(tmp_path, text))
    assert f"job.yaml:6: tasks.docvqa.{expected}" in found


TWO = "engines: {a: {kind: internvl2, model: m}, b: {kind: internvl2, model: m}}"
ONE = "engines: {a: {kind: internvl2, model: m}}"
LISTS = [
    ("chart: {engine: [vector, none]}", ONE, "tasks.chart.engine.1: there is no engine 'none'; known: a, auto, vector"),
    ("chart: {engine: [vectr, a]}", ONE, "tasks.chart.engine.0: there is no engine 'vectr'"),
    ("chart: {engine: [a, vector]}", ONE, "tasks.chart.engine.1: vector needs no model; name it first"),
    ("chart: {engine: [a, a]}", ONE, "tasks.chart.engine: names an engine twice"),
    ("chart: {engine: []}", ONE, "tasks.chart.engine: must be the name of an engine, a list of names, or auto"),
    ("chart: {engine: 3}", ONE, "tasks.chart.engine: must be the name of an engine, a list of names, or auto"),
    ("chart: {engine: [auto, a]}", ONE, "tasks.chart.engine.0: auto is no name for a list"),
    ("chart: {engine: grid}", ONE, "tasks.chart.engine: grid is an engine of the task table; name auto or vector or"),
    ("chart: {engine: [rapidocr, a]}", ONE, "tasks.chart.engine.0: rapidocr only reads text; name auto or vector or"),
    ("ocr: {engine: grid}", ONE, "tasks.ocr.engine: grid is an engine of the task table; name auto, text_layer or"),
    ("table: {}", TWO, "tasks.table.engine: auto asks one model, and there are several under engines (a, b); write a"),
    ("table: {accept: 2}", ONE, "tasks.table.accept: must be at most 1"),
    ("chart: {}", "engines: {vector: {kind: internvl2, model: m}}", "engines.vector: vector is built in"),
    ("table: {engine: [a, b]}, chart: {engine: [b, a]}", TWO, "tasks.table.engine: the tasks name"),
    (
        "docvqa: {verify: yes, questions: [{id: q, ask: x}]}",
        ONE,
        "tasks.docvqa.verify: must be true or false, not text",
    ),
    ("docvqa: {verify: true, questions: [{id: q, ask: x}]}", "", "tasks.docvqa.verify: needs a second engine"),
]


@pytest.mark.parametrize(("tasks", "engines", "expected"), LISTS)
def test_a_mistake_in_the_engines_of_a_task_is_named(tasks: str, engines: str, expected: str, tmp_path: Path) -> None:
    text = MINIMAL.replace("{ocr: {}}", f"{{{tasks}}}") + engines
    [found] = mistakes(write(tmp_path, text))
    assert expected in found


SECRET = "hunter2hunter2"
SECRETS = [
    (
        f"engines: {{a: {{kind: openai, model: m, base_url: 'http://u:{SECRET}@x/v1'}}}}",
        "base_url: a URL must not contain credentials",
    ),
    (
        f"engines: {{a: {{kind: openai, model: m, base_url: 'http://{SECRET}@x/v1'}}}}",
        "base_url: a URL must not contain credentials",
    ),
    (
        f"engines: {{a: {{kind: openai, model: m, base_url: 'http://x/v1', api_key_env: sk-{SECRET}}}}}",
        "api_key_env: must be the name",
    ),
    (
        f"engines: {{a: {{kind: openai, model: m, base_url: 'http://x/v1', api_key_env: sk_{SECRET}}}}}",
        "api_key_env: must be the name",
    ),
    (
        f"engines: {{a: {{kind: openai, model: m, base_url: 'http://x/v1', api_key: {SECRET}}}}}",
        "api_key: unknown key; secrets come only from the environment: name the variable with api_key_env",
    ),
    (f"api_key: {SECRET}", "api_key: unknown key; secrets come only from the environment"),
]


@pytest.mark.parametrize(("line", "expected"), SECRETS)
def test_secrets_are_refused_and_never_shown(line: str, expected: str, tmp_path: Path) -> None:
    [found] = mistakes(write(tmp_path, MINIMAL + line))
    assert expected in found
    assert SECRET not in found


@pytest.mark.parametrize(
    "override",
    [
        f"inputs.passwords_env=a {SECRET}",
        f"output.path=s3://key:{SECRET}@bucket/out",
        f'inputs.paths=["zip://x.pdf::ftp://u:{SECRET}@h/a.zip"]',
        f"output.password={SECRET}",
        f"name=[{SECRET}",
    ],
)
def test_secrets_in_overrides_are_never_shown(override: str, tmp_path: Path) -> None:
    [found] = mistakes(write(tmp_path, MINIMAL), override)
    assert found.startswith("--set ")
    assert SECRET not in found
