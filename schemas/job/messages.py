"""Mistakes of a job in words: the value that a key must have, and the key that was probably meant."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .engines import BUILT_IN_KINDS
from .installed import installed_kinds
from .json_schema import job_json_schema, schema_at
from .suggestions import did_you_mean, suggestion
from .yaml_nodes import KeyPath, plain_scalar

_SECRET_KEY = re.compile(r"(api_?)?key|token|secret|passwords?|credentials?", re.IGNORECASE)

_MESSAGES = {
    "missing": "required, but missing",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "finite_number": "must be a finite number",
    "string_pattern_mismatch": "may contain letters, digits, _ and -, and must start with a letter or digit",
}

_WANTED = {
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "text",
    "string_sub_type": "text",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}


def key_path(error: Mapping[str, Any]) -> KeyPath:
    """The key in job.yaml that a pydantic error of `Job` refers to."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    if error["type"] in ("union_tag_invalid", "union_tag_not_found"):
        return (*path, "kind")
    # Inside an engine, pydantic inserts the engine's kind after its name.
    return path[:2] + path[3:] if path[:1] == ("engines",) else path


def describe(error: Mapping[str, Any]) -> str:
    """One pydantic error of `Job` in words; repeats no value that could be a secret."""
    kind, value = error["type"], error["input"]
    context = {key: _plain(item) for key, item in error.get("ctx", {}).items()}
    if kind == "job":
        return str(context["reason"])
    if kind == "extra_forbidden":
        return _unknown_key(error["loc"])
    if kind == "literal_error":
        return _wrong_choice(value, _choices(context))
    if kind == "union_tag_invalid":
        return _wrong_choice(context["tag"], _kinds())
    if kind == "union_tag_not_found":
        return f"required, but missing: {', '.join(_kinds()[:-1])} or {_kinds()[-1]}"
    if kind in _WANTED:
        return f"must be {_WANTED[kind]}, {_found(_WANTED[kind], value)}"
    return _MESSAGES[kind].format(**context) if kind in _MESSAGES else str(error["msg"])


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _choices(context: Mapping[str, Any]) -> list[str]:
    return re.findall(r"'([^']*)'", str(context.get("expected", context.get("expected_tags"))))


def _kinds() -> list[str]:
    return [*BUILT_IN_KINDS, *installed_kinds()]


def _wrong_choice(value: Any, choices: Sequence[str]) -> str:
    listed = ", ".join(choices[:-1]) + " or " + choices[-1]
    return f"must be {listed}{did_you_mean(str(value), choices)}"


def _unknown_key(loc: Sequence[str | int]) -> str:
    key, place = str(loc[-1]), loc[:-1]
    known = list(schema_at(place).get("properties", {}))
    if _SECRET_KEY.fullmatch(key):
        variables = [name for name in known if name.endswith("_env")]
        named = f" with {variables[0]}" if variables else ""
        return f"unknown key; secrets come only from the environment: name the variable{named}" + (
            f" (did you mean {variables[0]!r}?)" if variables else ""
        )
    meant = suggestion(key, known) or _elsewhere(key)
    if meant:
        return f"unknown key (did you mean {meant!r}?)"
    return f"unknown key; known here: {', '.join(known)}"


def _elsewhere(key: str) -> str | None:
    return next((path for path in _settings(job_json_schema(), "") if path.rsplit(".", 1)[-1] == key), None)


def _settings(schema: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name in schema.get("properties", {}):
        yield prefix + name
        if not prefix or prefix == "tasks.":
            yield from _settings(schema_at(tuple(f"{prefix}{name}".split("."))), f"{prefix}{name}.")


def _found(wanted: str, value: Any) -> str:
    if isinstance(value, str) and "number" in wanted and (number := _number(value)) is not None:
        return f"not text; write {number}"
    if value is None:
        return "not null"
    if isinstance(value, int) and wanted == "a number" and not isinstance(value, bool):
        return "and not as large"
    if isinstance(value, float) and wanted == "a whole number":
        return "not a fraction"
    if isinstance(value, str | int | float) and wanted == "a list":
        return f"not {_named(value)}; put [ ] around it"
    if isinstance(value, int | float) and wanted == "text":
        return f"not {_named(value)}; put quotes around it"
    return f"not {_named(value)}"


def _number(text: str) -> int | float | None:
    """The number that a text such as `"150"`, `40_000_000` or `5%` means."""
    try:
        meant = plain_scalar(text.strip().removesuffix("%").replace("_", ""))
    except ValueError:
        return None
    if isinstance(meant, bool) or not isinstance(meant, int | float):
        return None
    return meant / 100 if text.strip().endswith("%") else meant


def _named(value: Any) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list | tuple) else "a mapping"
