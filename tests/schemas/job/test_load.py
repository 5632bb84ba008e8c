import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from docpipe.schemas.errors import InvalidJobError
from docpipe.schemas.job.docs import SECTIONS
from docpipe.schemas.job.json_schema import schema_at
from docpipe.schemas.job.load import load_job
from docpipe.schemas.job.model import Job
from hypothesis import given
from hypothesis import strategies as st

from ..job_texts import MINIMAL, mistakes, write


def test_all_mistakes_are_listed_by_line_and_overrides_come_last(tmp_path: Path) -> None:
    text = MINIMAL.replace("version: 1", "version: 3").replace("ocr: {}", "ocr: {engine: nope, langs: [en]}")
    found = mistakes(write(tmp_path, text), "render.dpi=x", "limits.page-second=1", "foo", "tasks.ocr.engine.x=1")
    assert [line.split(": ")[:2] for line in found[:3]] == [
        ["job.yaml:1", "version"],
        ["job.yaml:3", "tasks.ocr.engine"],
        ["job.yaml:3", "tasks.ocr.langs"],
    ]
    assert found[3:] == [
        "--set render.dpi: must be a whole number, not text",
        "--set limits.page-second: unknown key (did you mean 'page_seconds'?)",
        "--set: write key.path=value",
        "--set tasks.ocr.engine.x: tasks.ocr.engine is a single value, so it has no 'x'",
    ]


def test_a_mistake_inside_a_value_that_was_set_is_named_by_both(tmp_path: Path) -> None:
    [found] = mistakes(write(tmp_path, MINIMAL), "render={dpi: 5}")
    assert found == "--set render: render.dpi: must be at least 18"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "job.yaml: is empty"),
        (b"# nothing\n", "job.yaml: is empty"),
        (b"- a\n- b\n", "job.yaml:1: a job is a mapping"),
        (b"version: 1\nname: \xff\n", "job.yaml:2: is not UTF-8 text"),
        (b"version: [1\n", "job.yaml:2:1: not valid YAML"),
        (b"#" * (4 * 1024 * 1024 + 1), "job.yaml: is larger than 4 MiB"),
    ],
)
def test_files_that_hold_no_job(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_bytes(content)
    [found] = mistakes(path)
    assert found.startswith(expected)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "nope.yaml") == ["job.yaml: there is no such file"]
    assert mistakes(tmp_path) == ["job.yaml: is a folder, not a job file"]
    assert InvalidJobError.exit_code == 2


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + MINIMAL.encode())
    assert load_job(path).version == 1


def test_words_that_yaml_1_1_takes_for_booleans(tmp_path: Path) -> None:
    job = load_job(write(tmp_path, MINIMAL.replace("ocr: {}", "ocr: {languages: [no]}") + "layout: off\n"))
    assert job.layout == "off"
    assert job.tasks.ocr is not None
    assert job.tasks.ocr.languages == ("no",)
    assert load_job(write(tmp_path, MINIMAL), ["layout=on"]).layout == "on"


@pytest.mark.parametrize("section", ["render", "engines", "limits", "on_error", "ray"])
def test_a_section_without_keys_has_its_defaults(section: str, tmp_path: Path) -> None:
    assert load_job(write(tmp_path, f"{MINIMAL}{section}:\n")) == load_job(write(tmp_path, MINIMAL))


def test_a_task_without_keys_is_asked_for(tmp_path: Path) -> None:
    job = load_job(write(tmp_path, MINIMAL.replace("{ocr: {}}", "\n  ocr:\n")))
    assert job.tasks.ocr is not None
    assert job.tasks.ocr.engine == "auto"


def test_the_name_is_that_of_the_file_where_none_is_given(tmp_path: Path) -> None:
    assert load_job(write(tmp_path, MINIMAL)).name == "job"
    assert load_job(write(tmp_path, MINIMAL + "name: invoices")).name == "invoices"


def test_languages_that_only_a_text_layer_has(tmp_path: Path) -> None:
    text = MINIMAL.replace("ocr: {}", "ocr: {engine: text_layer, languages: [ar, ru]}")
    job = load_job(write(tmp_path, text))
    assert job.tasks.ocr is not None
    assert job.tasks.ocr.languages == ("ar", "ru")


def test_overrides_change_the_file_and_the_last_one_wins(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    job = load_job(path, ["render.dpi=200", "inputs.pages=3", "ray.address=head:6379", "render.dpi=300"])
    assert (job.render.dpi, str(job.inputs.pages), job.ray.address) == (300, "3", "head:6379")


@pytest.mark.parametrize("count", range(1, 4))
def test_every_mix_of_mistakes_is_listed(count: int, tmp_path: Path) -> None:
    lines = ["render: {dpi: x}", "layout: x", "nme: x", "limits: {page_seconds: -1}"]
    for chosen in itertools.combinations(lines, count):
        assert len(mistakes(write(tmp_path, MINIMAL + "\n".join(chosen)))) == count


KEYS = [
    (*(part for part in place if part != "internvl2"), key)
    for place in SECTIONS.values()
    if "openai" not in place
    for key in schema_at(place)["properties"]
]
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=6), st.sampled_from([10**400, "on", "5%"])
)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
)
FULL = (
    MINIMAL
    + """\
engines: {NAME: {kind: internvl2, model: m}}
"""
)


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(
        tmp_path_factory.mktemp("job"),
        FULL.replace("{ocr: {}}", "{ocr: {}, docvqa: {engine: NAME, questions: [{id: a, ask: b}]}}"),
    )


@given(st.sampled_from(KEYS), VALUES)
def test_any_value_is_taken_or_named_as_a_mistake(full: Path, key: tuple[str | int, ...], value: object) -> None:
    path = ".".join(map(str, key))
    message = ""
    try:
        job = load_job(full, [f"{path}={json.dumps(value)}"])
    except InvalidJobError as error:
        message = str(error)
    if message:
        assert any(line.startswith((f"--set {path}", str(full))) for line in message.splitlines())
    else:
        assert Job.model_validate(job.model_dump(mode="json")) == job


def test_checking_a_job_imports_nothing_heavy() -> None:
    code = "import sys, docpipe.schemas.job.load; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    loaded = set(run.stdout.split())
    assert "docpipe.schemas.job.model" in loaded
    assert loaded.isdisjoint({"ray", "torch", "pymupdf", "numpy", "pyarrow", "onnxruntime", "fsspec"})
