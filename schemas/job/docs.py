"""The page docs/job-yaml.md, generated from the JSON Schema.

`python -m docpipe.schemas.job.docs > docs/job-yaml.md` writes it.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from .docs_text import EXAMPLES, INTRODUCTION
from .json_schema import resolved, schema_at

SECTIONS: Mapping[str, tuple[str | int, ...]] = {
    "Top level": (),
    "inputs": ("inputs",),
    "render": ("render",),
    "tasks": ("tasks",),
    "tasks.ocr": ("tasks", "ocr"),
    "tasks.docvqa": ("tasks", "docvqa"),
    "tasks.docvqa.questions": ("tasks", "docvqa", "questions", 0),
    "tasks.chart": ("tasks", "chart"),
    "tasks.table": ("tasks", "table"),
    "engines.NAME of kind internvl2": ("engines", "NAME", "internvl2"),
    "engines.NAME.max_tiles": ("engines", "NAME", "internvl2", "max_tiles"),
    "engines.NAME.max_new_tokens": ("engines", "NAME", "internvl2", "max_new_tokens"),
    "engines.NAME of kind vllm": ("engines", "NAME", "vllm"),
    "engines.NAME of kind openai": ("engines", "NAME", "openai"),
    "limits": ("limits",),
    "output": ("output",),
    "on_error": ("on_error",),
    "ray": ("ray",),
}
"""Heading to the location in the schema whose keys are listed under it."""

_FORMATS = {
    "environment-variable": "name of a variable",
    "language": "language code",
    "location": "path or URL",
    "path": "path",
    "pages": "page ranges",
    "uri": "URL",
}


_SCALARS = {
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "null": "null",
}
_LIMITS = {"minimum": "at least", "exclusiveMinimum": "above", "maximum": "at most", "exclusiveMaximum": "below"}


def job_docs() -> str:
    """The page as Markdown."""
    return "\n".join(_page())


def _page() -> Iterator[str]:
    yield INTRODUCTION
    for heading, place in SECTIONS.items():
        section = schema_at(place)
        yield f"## {heading}\n"
        yield f"{section['description']}\n"
        yield from keys_table(section)
        yield ""
        if heading in EXAMPLES:
            yield f"```yaml\n{EXAMPLES[heading]}```\n"


def keys_table(section: Mapping[str, Any]) -> Iterator[str]:
    """The keys of a section as lines of a Markdown table, from its JSON Schema."""
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    required = section.get("required", [])
    for key, schema in section["properties"].items():
        default = "required" if key in required else _default(schema)
        yield f"| `{key}` | {_type(schema)} | {default} | {_description(schema)} |"


def _description(schema: dict[str, Any]) -> str:
    # A key whose description equals that of its section has the description only in the section.
    return str(schema.get("description") or resolved(schema)["description"])


def _type(schema: Mapping[str, Any]) -> str:
    if "anyOf" in schema:
        options = [_type(option) for option in schema["anyOf"]]
        return "mapping" if "mapping" in options else " or ".join(options)
    if "$ref" in schema or schema.get("type") == "object":
        return "mapping"
    if "format" in schema:
        return _FORMATS[schema["format"]]
    if "enum" in schema:
        return ", ".join(f"`{_written(word)}`" for word in schema["enum"])
    if "const" in schema:
        return f"`{_written(schema['const'])}`"
    if schema["type"] == "array":
        return f"list of: {_type(schema['items'])}"
    return _scalar(schema)


def _scalar(schema: Mapping[str, Any]) -> str:
    word = _SCALARS[schema["type"]]
    if "minimum" in schema and "maximum" in schema:
        return f"{word}, {_number(schema['minimum'])} to {_number(schema['maximum'])}"
    limits = [f"{_LIMITS[key]} {_number(schema[key])}" for key in _LIMITS if key in schema]
    return ", ".join([word, *limits])


def _default(schema: dict[str, Any]) -> str:
    value = schema.get("default")
    if value is None and "properties" in resolved(schema):
        return "left out"
    if isinstance(value, dict):
        return "its defaults" if value else "none"
    return f"`{_written(value)}`"


def _written(value: Any) -> str:
    """A value as job.yaml has it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    # True and False are instances of int.
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return _number(value) if isinstance(value, int | float) else str(value)


def _number(value: float) -> str:
    return str(int(value) if float(value).is_integer() else value)


if __name__ == "__main__":
    sys.stdout.write(job_docs())
