from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from docpipe.schemas.job.docs import SECTIONS, job_docs, keys_table
from docpipe.schemas.job.docs_text import EXAMPLES, INTRODUCTION
from docpipe.schemas.job.engines import BUILT_IN_KINDS
from docpipe.schemas.job.json_schema import schema_at
from docpipe.schemas.job.load import load_job
from docpipe.schemas.job.types import Items, Location, Section, Share, Text
from pydantic import Field

PAGE = Path(__file__).parents[3] / "docs" / "job-yaml.md"


def joined() -> str:
    # The engines have an example each, and one key in a job.
    first, *engines = "".join(EXAMPLES.values()).split("\nengines:\n")
    return f"{first}\nengines:\n" + "\n".join(engines)


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
    kinds = [("engines", "NAME", kind) for kind in BUILT_IN_KINDS]
    found = {*sections(()), *(place for kind in kinds for place in sections(kind))}
    # What all kinds of engine have is listed once.
    others = [kind for kind in BUILT_IN_KINDS if kind != "internvl2"]
    shared = {("engines", "NAME", kind, key) for kind in others for key in ("max_tiles", "max_new_tokens")}
    assert all(
        schema_at(place)["properties"] == schema_at((*place[:2], "internvl2", place[3])).get("properties")
        for place in shared
    )
    assert found - shared == set(SECTIONS.values())


def test_the_examples_make_a_job_in_which_every_required_key_stands(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(joined(), encoding="utf-8")
    load_job(path)
    data: Any = yaml.safe_load(joined())
    data["tasks"]["docvqa"]["questions"].reverse()
    data["engines"]["NAME"] = {section["kind"]: section for section in data["engines"].values()}
    for place in SECTIONS.values():
        written = data
        for key in place:
            written = written[key]
        section = schema_at(place)
        # The table above an example has every key with its default; what an example does not need may be missing in it.
        assert set(section.get("required", [])) <= set(written) <= set(section["properties"]), place


def test_the_smallest_job_is_one(tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(INTRODUCTION.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    assert load_job(path).output.path == str(tmp_path / "out" / "scans")


class EveryType(Section):
    """A key of each type that a job may have."""

    needed: Text = Field(description="a")
    flag: bool = Field(default=False, description="a")
    flag_or_null: bool | None = Field(default=None, description="a")
    whole: int = Field(default=3, description="a")
    whole_at_most: Annotated[int, Field(le=2)] = Field(default=1, description="a")
    number: float = Field(default=2.5, description="a")
    number_between: Annotated[float, Field(gt=0, le=2)] = Field(default=1, description="a")
    number_below: Annotated[float, Field(lt=2)] = Field(default=1, description="a")
    share: Share = Field(default=1, description="a")
    choice: Literal["a", "b"] = Field(default="a", description="a")
    flag_or_word: Literal[True, "auto"] = Field(default="auto", description="a")
    flag_or_text: bool | str = Field(default=True, description="a")
    location: Location | None = Field(default=None, description="a")
    texts: Items[Text] = Field(default=("a", "b"), description="a")
    flags: Items[bool] = Field(default=(True,), description="a")
    mapping: dict[str, int] = Field(default={}, description="a")


def test_a_key_of_any_type_has_its_type_and_default_as_job_yaml_writes_them() -> None:
    rows = list(keys_table(EveryType.model_json_schema()))[2:]
    assert [row.removesuffix(" | a |") for row in rows] == [
        "| `needed` | text | required",
        "| `flag` | `true` or `false` | `false`",
        "| `flag_or_null` | `true` or `false` or null | `null`",
        "| `whole` | whole number | `3`",
        "| `whole_at_most` | whole number, at most 2 | `1`",
        "| `number` | number | `2.5`",
        "| `number_between` | number, above 0, at most 2 | `1`",
        "| `number_below` | number, below 2 | `1`",
        "| `share` | number, 0 to 1 | `1`",
        "| `choice` | `a`, `b` | `a`",
        "| `flag_or_word` | `true`, `auto` | `auto`",
        "| `flag_or_text` | `true` or `false` or text | `true`",
        "| `location` | path or URL or null | `null`",
        "| `texts` | list of: text | `[a, b]`",
        "| `flags` | list of: `true` or `false` | `[true]`",
        "| `mapping` | mapping | none",
    ]
