from typing import Any

import pytest
import yaml
from docpipe.schemas.job.docs import SECTIONS
from docpipe.schemas.job.docs_text import EXAMPLES
from docpipe.schemas.job.json_schema import job_json_schema, schema_at
from docpipe.schemas.job.model import Job
from jsonschema import Draft202012Validator

# The engines have an example each, and one key in a job.
FIRST, *ENGINES = "".join(EXAMPLES.values()).split("\nengines:\n")
EXAMPLE = yaml.safe_load(f"{FIRST}\nengines:\n" + "\n".join(ENGINES))


def changed(path: tuple[Any, ...], value: object) -> Any:
    job = yaml.safe_load(yaml.safe_dump(EXAMPLE))
    place = job
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return job


def test_the_schema_is_valid_and_names_its_dialect() -> None:
    schema = job_json_schema()
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_example_is_valid_for_both() -> None:
    assert list(Draft202012Validator(job_json_schema()).iter_errors(EXAMPLE)) == []
    assert Job.model_validate(EXAMPLE).name == "invoices"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("dpi",), 3),
        (("render", "dpi"), "150"),
        (("render", "dpi"), True),
        (("render", "dpii"), 150),
        (("layout",), "of"),
        (("inputs", "pages"), "a-b"),
        (("inputs", "passwords_env"), "sk-abc"),
        (("tasks", "ocr", "languages"), []),
        (("tasks", "ocr", "languages"), ["english"]),
        (("tasks", "docvqa", "questions", 0, "id"), "a/b"),
        (("engines", "a b"), {"kind": "internvl2", "model": "m"}),
        (("engines", "internvl2", "kind"), "x"),
        (("engines", "internvl2", "max_tiles"), {"docvqa": 0}),
        (("limits", "page_seconds"), 0),
        (("on_error", "max_failed_pages"), 2),
    ],
)
def test_both_refuse(path: tuple[Any, ...], value: object) -> None:
    job = changed(path, value)
    assert not Draft202012Validator(job_json_schema()).is_valid(job)
    with pytest.raises(ValueError, match="validation error"):
        Job.model_validate(job)


def test_callers_may_change_what_they_get() -> None:
    job_json_schema()["properties"].clear()
    assert "inputs" in job_json_schema()["properties"]


@pytest.mark.parametrize("place", SECTIONS.values())
def test_every_key_is_described(place: tuple[str | int, ...]) -> None:
    section = schema_at(place)
    assert section["additionalProperties"] is False
    for key, schema in section["properties"].items():
        assert "description" in schema or "description" in schema_at((*place, key)), key
