"""The JSON Schema of job.yaml."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cache
from typing import Any

from .model import Job

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def job_json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of job.yaml, with a description of every key; for editors and other programs.

    It describes each key by itself; only `load_job` checks rules that concern several keys, such as the engine
    that a task names.
    """
    return {"$schema": DIALECT, **deepcopy(_generated())}


def schema_at(loc: Sequence[str | int]) -> dict[str, Any]:
    """The part of the schema at a location as pydantic writes it: keys, indexes, and the kind of an engine.

    An unknown location has an empty schema.
    """
    node = resolved(_generated())
    for part in loc:
        if part in node.get("properties", {}):
            node = node["properties"][part]
        elif part in node.get("discriminator", {}).get("mapping", {}):
            node = {"$ref": node["discriminator"]["mapping"][part]}
        elif isinstance(part, int):
            node = node.get("items", {})
        else:
            node = next(iter(node.get("patternProperties", {}).values()), {})
        node = resolved(node)
    return node


@cache
def _generated() -> dict[str, Any]:
    return Job.model_json_schema(mode="validation")


def resolved(node: dict[str, Any]) -> dict[str, Any]:
    """The schema that `node` refers to; of an optional value, the schema of the value that is not null."""
    if "anyOf" in node and {"type": "null"} in node["anyOf"]:
        node = next(option for option in node["anyOf"] if option != {"type": "null"})
    if "$ref" in node:
        return resolved(_generated()["$defs"][node["$ref"].rsplit("/", 1)[-1]])
    return node
