"""`--set key.path=value`: overrides of a job on the command line."""

import re
from dataclasses import dataclass
from typing import Any

from .yaml_nodes import KeyPath, YamlError, parse_yaml

# How Python decodes bytes of the command line that are not UTF-8.
_HALF_CHARACTERS = re.compile("[\ud800-\udfff]")


class OverrideError(Exception):
    """A `--set` that cannot be applied; the message gives the reason and never repeats the value."""


@dataclass(frozen=True)
class Override:
    """One `--set`.

    Attributes:
        label: its name in messages, without the value, which may be a secret.
        path: keys as text; `apply_override` decides which are indexes into lists.
        value: plain value, read as YAML.
    """

    label: str
    path: tuple[str, ...]
    value: Any


def parse_override(argument: str) -> Override:
    """Read `key.path=value`; the value is YAML, such as `[a, b]`, `0.1`, `null` or text in quotes.

    Raises:
        OverrideError: there is no `=`, a key is empty, or the value is not YAML.
    """
    dotted, equals, text = argument.partition("=")
    label = f"--set {dotted}" if equals else "--set"
    if _HALF_CHARACTERS.search(argument):
        raise OverrideError("--set: is not UTF-8 text")
    path = tuple(dotted.strip().split("."))
    if not equals:
        raise OverrideError(f"{label}: write key.path=value")
    if not all(path):
        raise OverrideError(f"{label}: a key of the path is empty; write key.path=value")
    try:
        document = parse_yaml(text)
    except YamlError as error:
        raise OverrideError(f"{label}: {error.message}; put text in quotes: {dotted}='\"…\"'") from None
    if document.mistakes:
        raise OverrideError(f"{label}: {document.mistakes[0][2]}")
    return Override(label, path, document.value)


def apply_override(data: dict[str, Any], override: Override) -> KeyPath:
    """Change `data` in place and return the key path that was set; missing mappings on the path are created.

    Raises:
        OverrideError: the path leads through a scalar, or an index is not in its list.
    """
    place: Any = data
    path: KeyPath = ()
    for key, following in zip(override.path, (*override.path[1:], None), strict=True):
        step = _step(place, key, path, override)
        path = (*path, step)
        if following is None:
            place[step] = override.value
        else:
            place = _child(place, step)
    return path


def _step(place: Any, key: str, path: KeyPath, override: Override) -> str | int:
    here = ".".join(map(str, path))
    if isinstance(place, dict):
        return key
    if not isinstance(place, list):
        raise OverrideError(f"{override.label}: {here} is a single value, so it has no {key!r}")
    if not (key.isascii() and key.isdigit()):
        raise OverrideError(f"{override.label}: {here} is a list; give the index of an item, counted from 0")
    if int(key[:9]) >= len(place):
        raise OverrideError(f"{override.label}: {here} has {len(place)} items, counted from 0; there is no {key}")
    return int(key)


def _child(place: Any, step: str | int) -> Any:
    if isinstance(place, dict) and place.get(str(step)) is None:
        place[str(step)] = {}
    return place[step]
