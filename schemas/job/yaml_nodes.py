"""Parses YAML 1.2 text to plain values, with the line of every value.

PyYAML reads YAML 1.1, where `off`, `no`, `1:30` and `2024-01-01` are not text. This module uses its scanner and
composer, and interprets plain scalars itself by the core schema of YAML 1.2.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

KeyPath = tuple[str | int, ...]

MAX_VALUES = 200_000
"""Maximum number of values after expansion of aliases; nested aliases can expand a few lines to billions."""

_NULL = re.compile(r"null|Null|NULL|~|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
# A key with a text on its line that YAML reads as something else: `Total: what?`, `"Total" or sum?`, `% of what?`.
_NEEDS_QUOTES = re.compile(
    r"""\s*(?:- +)*(?P<key>[A-Za-z_]\w*): +(?P<value>(?![\[{"'|>&*!%@`]).*?: .*|[%@`&*!].*"""
    r"""|(?:"[^"]*"|'[^']*'|\[[^\]]*\]|\{[^}]*\})\s*[^\s#,\]}].*)$"""
)
# A key within braces, and its value up to a comma before the next key, or to the brace that closes them.
_IN_BRACES = re.compile(r"[{,]\s*(?P<key>[A-Za-z_]\w*): +(?P<value>.+?)(?=,\s*[A-Za-z_]\w*:|\}\s*$)")
# A mark of a text over several lines with a text behind it, a pattern of file names, and a Windows path in quotes.
_BLOCK_MARK = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z_]\w*): +(?P<value>[|>][-+]? +[^#\s].*)$")
_PATTERN = re.compile(r"(?:[\[,:]|-)\s+?(?P<value>\*[^\s,\]}]*)|\[(?P<first>\*[^\s,\]}]*)")
_WINDOWS_PATH = re.compile(r"\"(?P<value>[A-Za-z]:\\[^\"]*)\"?")
_TAGGED = re.compile(r"(&\S+\s+)?!")
_HALF_A_PAIR = "half of a \\u… surrogate pair is not a character"


class YamlError(Exception):
    """The text is not YAML; `line` and `column` count from 1 and are None if unknown."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass
class YamlDocument:
    """A parsed text.

    Attributes:
        value: None, bool, int, float, str, list, and dict with text keys.
        lines: key path to the line of the key, or of the item in a list; () is the document itself.
        mistakes: key path, line and message of valid YAML that is not allowed in a job.
    """

    value: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)
    mistakes: list[tuple[KeyPath, int, str]] = field(default_factory=list)


def parse_yaml(text: str) -> YamlDocument:
    """Read one YAML document; an empty text is a document of None.

    Raises:
        YamlError: the syntax is wrong, an alias contains itself, or there are more than `MAX_VALUES` values.
    """
    document = YamlDocument()
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
        if node is not None:
            document.lines[()] = _line(node)
            document.value = _Construction(text, document).value(node, ())
    except yaml.MarkedYAMLError as error:
        raise _syntax_error(error, text) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlError(f"the character U+{error.character:04X} is not allowed", line) from None
    except RecursionError:
        raise YamlError("values are nested too deeply") from None
    return document


class _Construction:
    """One traversal of a node graph; an alias is traversed each time it occurs."""

    def __init__(self, text: str, document: YamlDocument) -> None:
        self._text = text
        self._document = document
        self._open: set[int] = set()
        self._count = 0

    def value(self, node: Any, path: KeyPath) -> Any:
        self._count += 1
        if self._count > MAX_VALUES:
            raise YamlError(f"more than {MAX_VALUES} values; nested aliases multiply them", _line(node))
        if id(node) in self._open:
            raise YamlError("an alias is inside the value that it refers to", _line(node))
        if _TAGGED.match(self._text, node.start_mark.index):
            self._mistake(path, node, "YAML tags (!…) are not allowed; write the plain value")
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        self._open.add(id(node))
        build: Callable[[Any, KeyPath], Any] = self._mapping if isinstance(node, yaml.MappingNode) else self._list
        built = build(node, path)
        self._open.remove(id(node))
        return built

    def _scalar(self, node: Any, path: KeyPath) -> Any:
        try:
            return plain_scalar(node.value) if node.style is None else _characters(node.value)
        except UnicodeError:
            self._mistake(path, node, _HALF_A_PAIR)
            return None
        except ValueError:
            self._mistake(path, node, "the number is too long")
            return None

    def _list(self, node: Any, path: KeyPath) -> list[Any]:
        items = []
        for index, child in enumerate(node.value):
            self._document.lines[*path, index] = _line(child)
            items.append(self.value(child, (*path, index)))
        return items

    def _mapping(self, node: Any, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key_node, child in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._mistake(path, key_node, "a key must be plain text, not a list or mapping")
                continue
            try:
                key = _characters(key_node.value)
            except UnicodeError:
                self._mistake(path, key_node, _HALF_A_PAIR)
                continue
            here = (*path, key)
            if key == "<<" and key_node.style is None:
                self._mistake(here, key_node, "merge keys are not part of YAML 1.2; write the keys out")
            elif key in mapping:
                self._mistake(here, key_node, f"given twice, first on line {self._document.lines[here]}")
            else:
                self._document.lines[here] = _line(key_node)
                mapping[key] = self.value(child, here)
        return mapping

    def _mistake(self, path: KeyPath, node: Any, message: str) -> None:
        self._document.mistakes.append((path, _line(node), message))


def plain_scalar(text: str) -> Any:
    """The value of a scalar without quotes in the core schema of YAML 1.2.

    Raises:
        ValueError: a whole number of more digits than Python converts.
    """
    if _NULL.fullmatch(text):
        return None
    if _BOOLEAN.fullmatch(text):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _OCTAL.fullmatch(text):
        return int(text[2:], 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text[2:], 16)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _characters(text: Any) -> str:
    """Join surrogate pairs: JSON writes some characters as two \\u escapes, which PyYAML does not combine."""
    return str(text) if text.isprintable() else str(text).encode("utf-16", "surrogatepass").decode("utf-16")


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1


def _syntax_error(error: Any, text: str) -> YamlError:
    mark = error.problem_mark or error.context_mark
    message = f"not valid YAML: {error.problem or error.context}"
    if error.context and error.problem:
        message += f" ({error.context})"
    if "'\\t'" in message:
        message += "; indent with spaces, not tabs"
    if mark is None:
        return YamlError(message)
    lines = text.split("\n")[mark.line : mark.line + 1]
    message += "".join(_how_to_write(line, mark.column) for line in lines)
    return YamlError(message, mark.line + 1, mark.column + 1)


def _how_to_write(line: str, column: int) -> str:
    """What to write in a line instead, as the end of a message; empty where that is not known.

    Args:
        column: where it is wrong, counting from 0.
    """
    if path := _WINDOWS_PATH.search(line):
        return f"; a path with backslashes needs single quotes: '{path['value']}'"
    within = [one for one in _IN_BRACES.finditer(line) if one.start("value") <= column < one.end("value")]
    if unquoted := _NEEDS_QUOTES.match(line) or next(iter(within), None) or _BLOCK_MARK.match(line):
        # JSON's form of a text is YAML's form in double quotes.
        quoted = json.dumps(unquoted["value"].strip(), ensure_ascii=False)
        return f"; text with a colon or a sign of YAML needs quotes: {unquoted['key']}: {quoted}"
    if pattern := _PATTERN.search(line):
        return (
            f"; a pattern that begins with an asterisk needs quotes: {json.dumps(pattern['value'] or pattern['first'])}"
        )
    return ""
