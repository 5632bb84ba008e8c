from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from docpipe.schemas.job.docs import SECTIONS, job_docs
from docpipe.schemas.job.docs_text import EXAMPLES, INTRODUCTION
from docpipe.schemas.job.json_schema import schema_at
from docpipe.schemas.job.load import load_job

PAGE = Path(__file__).parents[3] / "docs" / "job-yaml.md"


def joined() -> str:
    return "".join(EXAMPLES.values()).replace("\nengines:\n  cluster", "\n  cluster")


def sections(place: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    yield place
    for key, schema in schema_at(place)["properties"].items():
        inner = (*place, key)
        if schema.get("type") == "array":
            inner = (*inner, 0)
        if "properties" in schema_at(inner):
            yield from sections(inner)


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == job_docs()


def test_every_section_has_a_heading() -> None:
    kinds = [("engines", "NAME", "internvl2"), ("engines", "NAME", "openai")]
    found = {*sections(()), *(place for kind in kinds for place in sections(kind))}
    # What both kinds of engine have is listed once.
    shared = {("engines", "NAME", "openai", key) for key in ("max_tiles", "max_new_tokens")}
    assert all(
        schema_at(place)["properties"] == schema_at((*place[:2], "internvl2", place[3])).get("properties")
        for place in shared
    )
    assert found - shared == set(SECTIONS.values())


def test_the_examples_make_a_job_in_which_every_key_stands(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(joined(), encoding="utf-8")
    load_job(path)
    data: Any = yaml.safe_load(joined())
    data["tasks"]["docvqa"]["questions"].reverse()
    data["engines"]["NAME"] = {"internvl2": data["engines"]["internvl2"], "openai": data["engines"]["cluster-vllm"]}
    for place in SECTIONS.values():
        written = data
        for key in place:
            written = written[key]
        assert set(written) == set(schema_at(place)["properties"]), place


def test_the_smallest_job_is_one(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(INTRODUCTION.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_job(path).output.path == str(tmp_path / "out" / "scans")
