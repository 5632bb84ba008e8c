"""Takes off what models wrap around the text of a page: fences, courtesies, Markdown and HTML."""

import re
from dataclasses import dataclass

from .output import json_value, without_entities, without_fence

_INNER_FENCE = re.compile(
    r"\A(?P<before>.*?)^(`{3,})[\w+-]*[ \t]*\n(?P<inside>.*?)^\2[ \t]*$(?P<after>.*)\Z", re.DOTALL | re.MULTILINE
)
_ABOUT = (
    r"(?:extract|transcri|text|content|ocr|image|page|document|markdown|scan|contenu|inhalt|seite|texto|página|testo)"
)
_OPENS = re.compile(
    rf"(?:(?:sure|certainly|of course|okay|ok|absolutely|gerne|natürlich|bien sûr|claro|certo)[!,.:]?\s*)?"
    r"(?:(?:here(?:'s|’s| is| are)|below is|this is|the|i(?:'ve|’ve| have) |hier (?:ist|sind)|voici|aquí|ecco)"
    rf"\b[^\n]{{0,120}}?{_ABOUT}[^\n]{{0,80}}|)[:!.]?",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    r"(?:please )?(?:let me know|i hope (?:this|that)|if you (?:need|have|would like|want)|feel free|is there anything|"
    r"would you like|note(?: that)?:? (?:the|this|some|i) |end of (?:text|document|page|transcription))[^\n]*",
    re.IGNORECASE,
)
_TABLE = re.compile(r"<table\b[^<>]*>(.*?)(?:</table\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ROW = re.compile(r"<tr\b[^<>]*>", re.IGNORECASE)
_CELL = re.compile(r"<t[dh]\b[^<>]*>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:p|div|h[1-6]|ul|ol|li|center|section|header|footer|body|html|head|hr|blockquote)\b[^<>]*>", re.IGNORECASE
)
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|span|sup|sub|small|big|font|mark|a|img|caption|table|thead|tbody|tfoot|tr|td|th|col|colgroup|"
    r"title|page|page_number|watermark)(?:\s[^<>]*=[^<>]*)?\s*/?>",
    re.IGNORECASE,
)
_RULE = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?")
_ROW_OF_PIPES = re.compile(r"\|(.*[^\\])\|")
_HEADING = re.compile(r"\A#{1,6}[ \t]+(?=\S)")
_BOLD = re.compile(r"(?<!\w)(\*\*|__)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\([^()\s]*\)")


@dataclass(frozen=True)
class PageLine:
    """A line of a page's text.

    Attributes:
        is_courtesy: whether it looks like a word of the model to its reader; it counts only where it is printed.
    """

    text: str
    is_courtesy: bool = False


def page_lines(text: str) -> list[PageLine]:
    """The lines of a page in what a model said, without mark-up; the cells of a row are parted by a space.

    Args:
        text: what `output.said` gives; tags of boxes are kept.
    """
    text = without_fence(text).strip("\n")
    value = json_value(text)
    if isinstance(value, dict) and len(value) == 1 and isinstance(only := next(iter(value.values())), str | list):
        value = only
    if isinstance(value, str):
        text = value
    elif isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        text = "\n".join(value)
    before = after = ""
    if fence := _INNER_FENCE.match(text):
        around = [line for part in (fence["before"], fence["after"]) for line in part.split("\n") if line.strip()]
        if all(_OPENS.fullmatch(line.strip()) or _CLOSES.fullmatch(line.strip()) for line in around):
            before, text, after = fence["before"], fence["inside"], fence["after"]
    parts = [part for part in (before, text, after) if part.strip()]
    lines = [line.strip() for part in parts for line in _plain(part).split("\n")]
    lines = [line for line in lines if line and not _RULE.fullmatch(line)]
    last = len(lines) - 1
    return [
        PageLine(line, bool((at == 0 and _OPENS.fullmatch(line)) or (at >= last - 1 and _CLOSES.fullmatch(line))))
        for at, line in enumerate(map(_line, lines))
        if line
    ]


def _plain(text: str) -> str:
    """The text without HTML; other tags, as of boxes, stay."""
    text = _TABLE.sub(lambda table: f"\n{_rows(table[1])}\n", text)
    text = _TAG.sub("", _BLOCK_TAG.sub("\n", _BREAK.sub("\n", text)))
    return without_entities(text)


def _rows(inside: str) -> str:
    rows = ([" ".join(_BREAK.sub(" ", cell).split()) for cell in _CELL.split(row)] for row in _ROW.split(inside))
    return "\n".join(" ".join(filter(None, (_TAG.sub("", cell).strip() for cell in row))) for row in rows)


def _line(line: str) -> str:
    if row := _ROW_OF_PIPES.fullmatch(line):
        line = " ".join(filter(None, (cell.strip() for cell in re.split(r"(?<!\\)\|", row[1])))).replace("\\|", "|")
    return _BOLD.sub(r"\2", _PICTURE.sub(r"\1", _HEADING.sub("", line))).strip()
