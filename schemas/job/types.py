"""The value types of the keys of job.yaml."""

import re
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from ..locations import holds_credentials
from .languages import ISO_639_1
from .page_ranges import SYNTAX, PageRanges

_KNOWN_TOKENS = re.compile(r"(sk|pk|rk|hf|gh[a-z]|github_pat|glpat|xox[a-z]|npm|pypi)_|AKIA[0-9A-Z]{16}$|eyJ")
_BASE_URL = re.compile(r"https?://[^/\s?#@]+(/[^\s?#@]*)?")
_ADDRESS = re.compile(r"auto|(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):([0-9]{1,5})")
_MANIFESTS = (".parquet", ".csv", ".jsonl")

_Item = TypeVar("_Item")


class Section(BaseModel):
    """A mapping of job.yaml: unknown keys are mistakes, types are strict, and instances are immutable."""

    # Only this package formats errors: pydantic's own text would repeat values that may be secrets.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True, allow_inf_nan=False)


def mistake(reason: str) -> PydanticCustomError:
    """The error that a validator raises; `reason` is shown to the user and must not repeat a secret."""
    return PydanticCustomError("job", "{reason}", {"reason": reason})


def line_error(item: Any) -> InitErrorDetails:
    """An item of `ValidationError.errors()` as `ValidationError.from_exception_data` takes it."""
    kind = item["type"]
    if kind == "job":
        kind = PydanticCustomError("job", "{reason}", item["ctx"])
    return InitErrorDetails(type=kind, loc=item["loc"], input=item["input"], ctx=item.get("ctx", {}))


def _name(value: str) -> str:
    if not value.isprintable() or value != value.strip():
        raise mistake("must be one line of printable text without spaces at its ends")
    return value


def _environment_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,79}", value) or _KNOWN_TOKENS.match(value):
        raise mistake("must be the name of an environment variable, never the secret itself (the value is not shown)")
    return value


def _location(value: str) -> str:
    if holds_credentials(value):
        raise mistake(
            "a URL must not contain credentials (the value is not shown); "
            "set them in the environment, as documented for that file system"
        )
    if not value.strip():
        raise mistake("must not be empty")
    if "\0" in value:
        raise mistake("must be a path or URL without NUL")
    return value


def _local(value: str) -> str:
    if "://" in value:
        raise mistake("must be a local folder; nothing is downloaded")
    return value


def _manifest(value: str) -> str:
    if not value.lower().endswith(_MANIFESTS):
        raise mistake("must end in .parquet, .csv or .jsonl")
    return value


def _base_url(value: str) -> str:
    if "@" in value:
        raise mistake("a URL must not contain credentials (the value is not shown); name a variable with api_key_env")
    if not _BASE_URL.fullmatch(value):
        raise mistake("must be an http:// or https:// URL without a query, such as http://gpu-pool:8000/v1")
    return value


def _address(value: str) -> str:
    match = _ADDRESS.fullmatch(value)
    if match is None or (match[2] and not 0 < int(match[2]) < 65536):
        hint = "; from outside a cluster use docpipe submit" if "://" in value else ""
        raise mistake(f"must be null (this machine), auto or host:port{hint}")
    return value


def _language(value: str) -> str:
    if value not in ISO_639_1:
        raise mistake(f"{value[:20]!r} is not an ISO 639-1 code; write two lower-case letters such as en, de, zh or ja")
    return value


def _engine_names(value: Any) -> str | tuple[str, ...]:
    names = value if isinstance(value, list | tuple) else [value]
    if not names or not all(isinstance(name, str) and name for name in names):
        raise mistake("must be the name of an engine, a list of names, or auto")
    if len(set(names)) < len(names):
        raise mistake("names an engine twice")
    return value if isinstance(value, str) else tuple(value)


def _non_empty(value: tuple[_Item, ...]) -> tuple[_Item, ...]:
    if not value:
        raise mistake("must not be an empty list")
    return value


def _page_ranges(value: Any) -> PageRanges:
    if isinstance(value, PageRanges):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise mistake(SYNTAX)
    try:
        return PageRanges.parse(str(value))
    except ValueError as error:
        raise mistake(str(error)) from None


_AS_LOCATION = Field(min_length=1, json_schema_extra={"format": "location"})
_STRICT_LATER = Field(strict=False)  # a strict tuple would refuse the lists that YAML gives; items stay strict
_KEY = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"

Text = Annotated[str, Field(min_length=1)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_name)]
EnvironmentName = Annotated[
    str,
    AfterValidator(_environment_name),
    Field(json_schema_extra={"pattern": "^[A-Za-z_][A-Za-z0-9_]{0,79}$", "format": "environment-variable"}),
]
Location = Annotated[str, AfterValidator(_location), _AS_LOCATION]
LocalFolder = Annotated[
    str, AfterValidator(_location), AfterValidator(_local), Field(min_length=1, json_schema_extra={"format": "path"})
]
Manifest = Annotated[Location, AfterValidator(_manifest)]
BaseUrl = Annotated[str, AfterValidator(_base_url), Field(json_schema_extra={"pattern": "^https?://", "format": "uri"})]
Address = Annotated[str, AfterValidator(_address)]
Language = Annotated[
    str, AfterValidator(_language), Field(json_schema_extra={"enum": sorted(ISO_639_1), "format": "language"})
]
EngineName = Annotated[str, Field(pattern=_KEY)]
EngineNames = Annotated[
    str | tuple[str, ...],
    PlainValidator(_engine_names),
    PlainSerializer(lambda names: names if isinstance(names, str) else list(names), return_type=str | list[str]),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Items = Annotated[tuple[_Item, ...], _STRICT_LATER]
NonEmpty = Annotated[
    tuple[_Item, ...], _STRICT_LATER, AfterValidator(_non_empty), Field(json_schema_extra={"minItems": 1})
]
Count = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Pages = Annotated[
    PageRanges,
    PlainValidator(_page_ranges),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "pattern": "^[0-9, -]+$", "minimum": 1, "format": "pages"}),
]
